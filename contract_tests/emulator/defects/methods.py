"""Other methods than POST that do something."""

import json
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract_tests.emulator.app import Emulator
from contract_tests.emulator.changes import Family, is_under_test, takes_method

FAMILY = Family()


@FAMILY.defect("method-other-no-effect")
def put_acts(emulator: Emulator) -> None:
    """PUT does what POST does."""
    takes_method(emulator, "PUT")


@FAMILY.defect("method-other-no-effect")
def patch_acts(emulator: Emulator) -> None:
    """PATCH does what POST does."""
    takes_method(emulator, "PATCH")


@FAMILY.defect("method-other-no-effect")
def any_method_acts(emulator: Emulator) -> None:
    """Every method does what POST does."""
    takes_method(emulator, "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")


@FAMILY.defect("method-other-no-effect")
def options_acts(emulator: Emulator) -> None:
    """OPTIONS does what POST does."""
    takes_method(emulator, "OPTIONS")


def answering(emulator: Emulator, methods: tuple[str, ...], response: Response) -> None:
    """Answer other methods on the pages' paths with something."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            answers_it = scope["method"] in methods and is_under_test(scope)
            await (response if answers_it else application)(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.defect("method-other-refused")
def get_explains(emulator: Emulator) -> None:
    """GET answers 200 with a help text."""
    answering(emulator, ("GET", "HEAD"), JSONResponse({"message": "POST a UserConnectionRequest here."}))


@FAMILY.defect("method-other-refused")
def delete_204(emulator: Emulator) -> None:
    """DELETE answers 204, and does nothing."""
    answering(emulator, ("DELETE",), Response(status_code=204))


@FAMILY.defect("method-other-refused", "answer-no-server-error")
def put_500(emulator: Emulator) -> None:
    """PUT is a 500."""
    answering(emulator, ("PUT",), JSONResponse({"code": 500, "message": "Internal server error."}, 500))


@FAMILY.defect("method-other-refused", "answer-no-server-error")
def patch_501(emulator: Emulator) -> None:
    """PATCH is answered 501."""
    answering(emulator, ("PATCH",), JSONResponse({"code": 501, "message": "Not implemented."}, 501))


@FAMILY.defect("method-other-refused")
def get_redirects(emulator: Emulator) -> None:
    """GET is sent on to another page, 302."""
    answering(emulator, ("GET", "HEAD"), Response(status_code=302, headers={"location": "/docs"}))


@FAMILY.defect("method-other-no-effect")
def get_with_the_user_in_the_query_acts(emulator: Emulator) -> None:
    """GET with a userId in the query does what POST does with one in the body."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            user_ids = parse_qs(scope["query_string"].decode("latin-1")).get("userId", [""])
            if scope["method"] == "GET" and is_under_test(scope) and user_ids[0].isdecimal():
                headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
                scope = {**scope, "method": "POST", "headers": [*headers, (b"content-type", b"application/json")]}

                async def body() -> Message:
                    return {"type": "http.request", "body": json.dumps({"userId": int(user_ids[0])}).encode()}

                receive = body
            await application(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.defect("method-other-no-effect")
def put_refused_and_acts(emulator: Emulator) -> None:
    """PUT is answered 405, after it was carried out."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def unseen(_: Message) -> None:
                pass

            if scope["method"] == "PUT" and is_under_test(scope):
                await application({**scope, "method": "POST"}, receive, unseen)
            await application(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)
