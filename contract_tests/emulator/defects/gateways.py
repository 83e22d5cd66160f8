"""Defects that look like the answers of a server in front of the pod, and that this does not excuse."""

import re
from collections.abc import Callable

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app import Answer, Call, Emulator
from ..changes import Family, is_under_test, refusals
from ..records import User
from ..refusal import Refusal
from .sessions import HEADER, live

FAMILY = Family()
ODD = re.compile(r"['\"{}*]|\.\./|%00")


def token_of(scope: Scope) -> str:
    """The session token of a request; empty if it is missing."""
    value: bytes = dict(scope["headers"]).get(HEADER.encode(), b"")
    return value.decode("latin-1")


def is_odd(scope: Scope) -> bool:
    """Whether a request to accept or reject has a session header with unusual characters."""
    return is_under_test(scope) and bool(ODD.search(token_of(scope)))


def in_front(emulator: Emulator, on: Callable[[Scope], bool], status: int, server: str = "gateway") -> None:
    """Answer certain requests in front of the pod, in HTML and under another name in Server."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            page = HTMLResponse(f"<h1>{status}</h1>", status, {"server": server})
            await (page if on(scope) else application)(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.defect("answer-media-type", "answer-json")
def unknown_users_in_html(emulator: Emulator) -> None:
    """A 404 to an ordinary request is a page in HTML of a server that names itself gateway."""

    def page(_: Call, answer: Answer) -> None:
        answer.content = b"<h1>404</h1>"
        answer.headers |= {"content-type": "text/html", "server": "gateway", "via": "1.1 gateway"}

    refusals(emulator, page, 404)


@FAMILY.defect("answer-media-type")
def missing_sessions_in_html(emulator: Emulator) -> None:
    """A request without a session is answered 401 in HTML, under another name in Server."""
    in_front(emulator, lambda scope: is_under_test(scope) and not token_of(scope), 401)


@FAMILY.defect("answer-media-type", "answer-json")
def cut_tokens_in_html(emulator: Emulator) -> None:
    """An invalid token of usual characters is answered 401 in HTML, under another name in Server."""

    def on(scope: Scope) -> bool:
        token = token_of(scope)
        return (
            is_under_test(scope)
            and re.fullmatch("[A-Za-z0-9_-]+", token) is not None
            and token not in set(live(emulator))
        )

    in_front(emulator, on, 401)


@FAMILY.defect("session-unknown-refused")
def odd_tokens_400(emulator: Emulator) -> None:
    """The pod answers a token with unusual characters 400, with an Error."""
    right = emulator.authenticate

    def authenticate(call: Call) -> User:
        if ODD.search(call.headers.get(HEADER, "")):
            raise Refusal(400, "The token is malformed.")
        return right(call)

    emulator.authenticate = authenticate


@FAMILY.defect("session-unknown-refused")
def odd_tokens_let_in_by_a_page(emulator: Emulator) -> None:
    """A token with unusual characters is answered 200 in HTML, under another name in Server."""
    in_front(emulator, is_odd, 200)


@FAMILY.defect("session-unknown-refused", "answer-no-server-error")
def odd_tokens_500_in_html(emulator: Emulator) -> None:
    """A token with unusual characters is answered 500 in HTML, under another name in Server."""
    in_front(emulator, is_odd, 500)


@FAMILY.defect("session-refused-no-effect")
def odd_tokens_act_behind_a_page(emulator: Emulator) -> None:
    """A request with an odd token is carried out for the user of the first session, and answered 403 in HTML."""

    async def unseen(_: Message) -> None:
        """Send nothing."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_odd(scope):
                await application(scope, receive, send)
                return
            headers = [(name, value) for name, value in scope["headers"] if name != HEADER.encode()]
            headers.append((HEADER.encode(), next(live(emulator)).encode()))
            await application({**scope, "headers": headers}, receive, unseen)
            page: Response = HTMLResponse("<h1>403</h1>", 403)
            await page(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.defect("media-type-parameters-accepted")
def charsets_415_in_html(emulator: Emulator) -> None:
    """JSON with a charset in its Content-Type is answered 415 in HTML, under another name in Server."""

    def on(scope: Scope) -> bool:
        content_type = dict(scope["headers"]).get(b"content-type", b"")
        return is_under_test(scope) and b"charset=utf-8" in content_type.lower()

    in_front(emulator, on, 415)


@FAMILY.defect("method-other-refused")
def trace_succeeds(emulator: Emulator) -> None:
    """TRACE is answered 200 with JSON, and not with the request as HTTP defines it."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            success: Response = Response('{"status":"ACCEPTED"}', media_type="application/json")
            await (success if scope["method"] == "TRACE" and is_under_test(scope) else application)(
                scope, receive, send
            )

        return wrapped

    emulator.wrappers.append(wrapper)
