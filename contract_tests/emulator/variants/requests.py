"""Variants in reading requests: some are stricter than the default pod, some more lenient."""

import json
import re
import zlib
from collections.abc import Callable

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..app import Answer, Call, Emulator, Proceed
from ..changes import Family, before, instead, is_under_test

FAMILY = Family()
COMMON = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def answered(emulator: Emulator, on: Callable[[Call], bool], answer: Callable[[], Answer]) -> None:
    """Answer certain requests with another answer and carry nothing out."""

    async def act(call: Call, proceed: Proceed) -> Answer:
        return answer() if on(call) else await proceed(call)

    instead(emulator, act)


def page(status: int, content: bytes = b"<html><h1>No</h1></html>", media_type: str = "text/html") -> Answer:
    """An answer that a server in front of the pod writes."""
    return Answer(status, None, {"content-type": media_type}, content)


@FAMILY.variant()
def names_in_any_case_taken(emulator: Emulator) -> None:
    """Names of members are accepted in any case, such as userid and UserId, as Go does."""

    def act(call: Call) -> None:
        match = re.fullmatch(rb'\s*\{\s*"userid"\s*:\s*(-?[0-9]+)\s*\}\s*', call.body, re.IGNORECASE)
        if match:
            call.body = b'{"userId":%d}' % int(match[1])

    before(emulator, act)


@FAMILY.variant()
def first_of_two_members_taken(emulator: Emulator) -> None:
    """If a body has a member twice, the first one counts."""

    def act(call: Call) -> None:
        if call.body.count(b'"userId"') == 2 and call.body.count(b"{") == 1:
            match = re.match(rb'\s*\{\s*"userId"\s*:\s*(-?[0-9]+)\s*,', call.body)
            if match and call.body.rstrip().endswith(b"}"):
                call.body = b'{"userId":%d}' % int(match[1])

    before(emulator, act)


@FAMILY.variant()
def lenient_json_taken(emulator: Emulator) -> None:
    """JSON is read as leniently as common readers can: bytes after it, comments, single quotes and NaN are accepted."""

    def act(call: Call) -> None:
        text = call.body.decode("utf-8", errors="replace")
        text = re.sub(r"/\*.*?\*/", "", text).replace("'", '"')
        text = re.sub(r"([{,]\s*)([A-Za-z]\w*)(\s*:)", r'\1"\2"\3', text)
        text = re.sub(r",\s*}", "}", text)
        try:
            value, _ = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict) and type(value.get("userId")) is int:
            call.body = json.dumps({"userId": value["userId"]}).encode()

    before(emulator, act)


@FAMILY.variant()
def array_of_one_id_taken(emulator: Emulator) -> None:
    """An array that contains one id is accepted as the userId, as Jackson can unwrap it."""

    def act(call: Call) -> None:
        match = re.fullmatch(rb'\s*\{\s*"userId"\s*:\s*\[\s*(-?[0-9]+)\s*\]\s*\}\s*', call.body)
        if match:
            call.body = b'{"userId":%d}' % int(match[1])

    before(emulator, act)


@FAMILY.variant()
def compressed_bodies_taken(emulator: Emulator) -> None:
    """A body compressed with gzip is accepted."""

    def act(call: Call) -> None:
        if call.headers.get("content-encoding") == "gzip":
            try:
                call.body = zlib.decompress(call.body, wbits=31)
            except zlib.error:
                call.body = b""

    before(emulator, act)


@FAMILY.variant()
def coded_bodies_415(emulator: Emulator) -> None:
    """A body with a Content-Encoding is answered 415."""
    answered(emulator, lambda call: "content-encoding" in call.headers, lambda: page(415, b"", "text/plain"))


@FAMILY.variant()
def large_bodies_413(emulator: Emulator) -> None:
    """A body of more than 8 KB is answered 413 in HTML by a server in front of the pod."""
    answered(emulator, lambda call: len(call.body) > 8192, lambda: page(413))


@FAMILY.variant()
def chunks_411(emulator: Emulator) -> None:
    """A body without a Content-Length is answered 411."""
    answered(emulator, lambda call: "transfer-encoding" in call.headers, lambda: page(411))


@FAMILY.variant()
def expectations_417(emulator: Emulator) -> None:
    """A request with Expect: 100-continue is answered 417."""
    answered(emulator, lambda call: "expect" in call.headers, lambda: page(417))


@FAMILY.variant()
def any_charset_taken(emulator: Emulator) -> None:
    """The charset of a request is ignored."""

    def act(call: Call) -> None:
        if call.headers.get("content-type", "").startswith("application/json;"):
            call.headers["content-type"] = "application/json"

    before(emulator, act)


@FAMILY.variant()
def other_accept_406(emulator: Emulator) -> None:
    """A request whose Accept does not include JSON is answered 406."""

    def is_other(call: Call) -> bool:
        return not any(kind in call.headers.get("accept", "*/*") for kind in ("application/json", "*/*"))

    answered(emulator, is_other, lambda: page(406, b"", "text/plain"))


@FAMILY.variant()
def foreign_origins_403(emulator: Emulator) -> None:
    """A request with a foreign Origin is answered 403 in plain text by a filter."""
    answered(emulator, lambda call: "origin" in call.headers, lambda: page(403, b"Invalid CORS request", "text/plain"))


@FAMILY.variant()
def long_headers_431(emulator: Emulator) -> None:
    """A request with a header of more than 4096 characters is answered 431."""
    answered(emulator, lambda call: any(len(value) > 4096 for value in call.headers.values()), lambda: page(431))


@FAMILY.variant()
def overrides_405(emulator: Emulator) -> None:
    """POST with X-HTTP-Method-Override: GET is treated as GET and answered 405."""
    answered(emulator, lambda call: call.headers.get("x-http-method-override") == "GET", lambda: page(405))


@FAMILY.variant()
def unknown_query_arguments_400(emulator: Emulator) -> None:
    """A request with an unknown query argument is answered 400."""
    refusal = {"code": 400, "message": "Unknown parameter."}
    answered(emulator, lambda call: bool(call.query), lambda: Answer(400, dict(refusal)))


def in_front(emulator: Emulator, on: Callable[[Scope], bool], answer: Callable[[Scope], Response]) -> None:
    """Answer certain requests before the pod sees them."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            await (answer(scope) if on(scope) else application)(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.variant()
def unknown_methods_501(emulator: Emulator) -> None:
    """TRACE and unknown methods are answered 501."""
    in_front(
        emulator,
        lambda scope: scope["method"] not in COMMON and is_under_test(scope),
        lambda _: Response(status_code=501),
    )


@FAMILY.variant()
def slashes_redirected(emulator: Emulator) -> None:
    """A path with a slash after it is redirected to the path without it, 308."""
    in_front(
        emulator,
        lambda scope: str(scope["path"]).endswith(("/accept/", "/reject/")),
        lambda scope: RedirectResponse(str(scope["path"]).rstrip("/"), 308),
    )
