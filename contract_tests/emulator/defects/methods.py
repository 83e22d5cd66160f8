"""Defects with methods other than POST, and with other paths."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app import Call, Emulator
from ..changes import Family, is_under_test, takes_method
from ..pod import PENDING_OUTGOING
from ..records import User

FAMILY = Family()


@FAMILY.defect("method-other-refused")
def put_acts(emulator: Emulator) -> None:
    """PUT does what POST does."""
    takes_method(emulator, "PUT")


@FAMILY.defect("method-other-refused")
def patch_acts(emulator: Emulator) -> None:
    """PATCH does what POST does."""
    takes_method(emulator, "PATCH")


@FAMILY.defect("method-other-refused")
def any_method_acts(emulator: Emulator) -> None:
    """Every method does what POST does."""
    takes_method(emulator, "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")


@FAMILY.defect("method-other-no-effect")
def options_acts(emulator: Emulator) -> None:
    """OPTIONS does what POST does."""
    takes_method(emulator, "OPTIONS")


def answering(emulator: Emulator, methods: tuple[str, ...], response: Response) -> None:
    """Answer other methods on the pages' paths with a given response."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            answers_it = scope["method"] in methods and is_under_test(scope)
            await (response if answers_it else application)(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.defect("method-other-refused")
def get_200(emulator: Emulator) -> None:
    """GET is answered 200 with a help text."""
    answering(emulator, ("GET", "HEAD"), JSONResponse({"message": "POST a UserConnectionRequest here."}))


@FAMILY.defect("method-other-refused")
def delete_204(emulator: Emulator) -> None:
    """DELETE is answered 204, and nothing is done."""
    answering(emulator, ("DELETE",), Response(status_code=204))


@FAMILY.defect("method-other-refused", "answer-no-server-error")
def put_500(emulator: Emulator) -> None:
    """PUT is answered 500."""
    answering(emulator, ("PUT",), JSONResponse({"code": 500, "message": "Internal server error."}, 500))


@FAMILY.defect("method-other-refused")
def get_redirects(emulator: Emulator) -> None:
    """GET is redirected to another page, 302."""
    answering(emulator, ("GET", "HEAD"), Response(status_code=302, headers={"location": "/docs"}))


@FAMILY.defect("method-other-refused")
def get_with_the_user_in_the_query_acts(emulator: Emulator) -> None:
    """GET with a userId in the query does what POST does with a userId in the body."""

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
    """PUT does what POST does, and is answered 405."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def unseen(_: Message) -> None:
                pass

            if scope["method"] == "PUT" and is_under_test(scope):
                await application({**scope, "method": "POST"}, receive, unseen)
            await application(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


def rewriting(emulator: Emulator, rewritten: Callable[[Scope], Scope]) -> None:
    """Replace requests by others before the pod sees them."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            await application(rewritten(scope), receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.defect("method-other-refused")
def override_of_put_acts(emulator: Emulator) -> None:
    """PUT with X-HTTP-Method-Override: POST does what POST does."""

    def rewritten(scope: Scope) -> Scope:
        overrides = (b"x-http-method-override", b"POST") in scope["headers"]
        return {**scope, "method": "POST"} if scope["method"] == "PUT" and overrides else scope

    rewriting(emulator, rewritten)


STANDARD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


@FAMILY.defect("method-other-refused")
def unknown_method_acts(emulator: Emulator) -> None:
    """An unknown method does what POST does."""
    rewriting(emulator, lambda scope: scope if scope["method"] in STANDARD else {**scope, "method": "POST"})


@FAMILY.defect("method-other-refused", "answer-no-server-error")
def unknown_method_500(emulator: Emulator) -> None:
    """An unknown method is answered 500."""
    answering(emulator, ("FROBNICATE",), JSONResponse({"code": 500, "message": "Internal server error."}, 500))


@FAMILY.defect("path-other-refused")
def trailing_slash_skips_session_check(emulator: Emulator) -> None:
    """If a slash follows the path, the session is not checked, and the user who was asked becomes the caller."""
    right = emulator.authenticate
    mark = b"x-slash"

    def rewritten(scope: Scope) -> Scope:
        path = str(scope["path"])
        if not path.endswith(("/accept/", "/reject/")):
            return scope
        return {**scope, "path": path.rstrip("/"), "headers": [*scope["headers"], (mark, b"1")]}

    def authenticate(call: Call) -> User:
        if mark.decode() in call.headers:
            for connection in emulator.pod.store.connections(json.loads(call.body)["userId"]):
                asked = emulator.pod.store.user(connection.other_id)
                if asked and connection.status == PENDING_OUTGOING:
                    return asked
        return right(call)

    emulator.authenticate = authenticate
    rewriting(emulator, rewritten)
