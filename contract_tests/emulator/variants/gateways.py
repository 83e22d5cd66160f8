"""Variants of servers in front of the pod: they answer unusual requests themselves, in their own form."""

import re
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import cycle

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app import Answer, Call, Emulator
from ..changes import Family, before, is_under_test, on_the_wire, successes
from .http import START

FAMILY = Family()
HTML = "<html><body><h1>{}</h1></body></html>"
# As web application firewalls do: quotes, markup, climbing paths, encoded NULs and names of JavaScript's prototypes.
ATTACK = re.compile(r"['\"<>{}*]|\.\./|%00|__\w+__")


def in_front(emulator: Emulator, on: Callable[[Scope], bool], answer: Callable[[Scope], Response]) -> None:
    """Let a server in front of the pod answer certain requests to accept and reject."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            chosen = is_under_test(scope) and on(scope)
            await (answer(scope) if chosen else application)(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


def page(status: int, **headers: str) -> Callable[[Scope], Response]:
    """A page in HTML with a status."""
    content = HTML.format(f"{status} {HTTPStatus(status).phrase}")
    return lambda _: Response(content, status, headers, "text/html")


def header(scope: Scope, name: str) -> str:
    """The value of a request header; empty if it is missing."""
    value: bytes = dict(scope["headers"]).get(name.encode(), b"")
    return value.decode("latin-1")


def longest_header(scope: Scope) -> int:
    """The number of characters of the longest value of a request header."""
    return max((len(value) for _, value in scope["headers"]), default=0)


def length_of_body(scope: Scope) -> int:
    """The Content-Length of a request; 0 if it is missing."""
    return int(header(scope, "content-length") or 0)


def of_every_answer(emulator: Emulator, headers: Callable[[], Mapping[str, str]]) -> None:
    """Add headers to every answer that comes through a gateway."""

    def add(_: Scope, message: Message) -> Message:
        if message["type"] != START:
            return message
        added = [(name.encode(), value.encode()) for name, value in headers().items()]
        return {**message, "headers": [*message["headers"], *added]}

    on_the_wire(emulator, add)


@FAMILY.variant()
def firewall_403(emulator: Emulator) -> None:
    """A firewall answers a session header with quotes, ../ or %00 403, in HTML."""
    in_front(emulator, lambda scope: bool(ATTACK.search(header(scope, "sessiontoken"))), page(403))


@FAMILY.variant()
def firewall_406(emulator: Emulator) -> None:
    """A firewall answers unusual session headers, and media types that it does not know, 406 in HTML."""

    def on(scope: Scope) -> bool:
        media_type = header(scope, "content-type").lower()
        is_other = bool(media_type) and not media_type.startswith("application/json")
        return is_other or bool(ATTACK.search(header(scope, "sessiontoken")))

    in_front(emulator, on, page(406))


@FAMILY.variant()
def gateway_of_another_name_400(emulator: Emulator) -> None:
    """A gateway answers an unusual session header 400 in JSON of its own, and names itself in Server and Via."""
    headers = {"server": "gateway/3.4", "via": "1.1 gateway"}
    content = '{"message":"Bad request"}'
    in_front(
        emulator,
        lambda scope: bool(ATTACK.search(header(scope, "sessiontoken"))),
        lambda _: Response(content, 400, headers, "application/json"),
    )
    of_every_answer(emulator, lambda: {"x-gateway": "3.4"})


@FAMILY.variant()
def small_header_buffers_400(emulator: Emulator) -> None:
    """A web server answers a header of more than 1,024 characters 400 in HTML, and names itself in every answer."""
    in_front(emulator, lambda scope: longest_header(scope) > 1024, page(400))
    of_every_answer(emulator, lambda: {"server": "nginx"})


@FAMILY.variant()
def small_header_buffers_431(emulator: Emulator) -> None:
    """A web server answers a header of more than 1,024 characters 431, without a body."""
    in_front(emulator, lambda scope: longest_header(scope) > 1024, lambda _: Response(status_code=431))


@FAMILY.variant()
def bearer_tokens_401_by_a_mesh(emulator: Emulator) -> None:
    """A service mesh answers a request with a Bearer token that it does not know 401, in plain text."""
    in_front(
        emulator,
        lambda scope: header(scope, "authorization").startswith("Bearer "),
        lambda _: PlainTextResponse("Jwt is not in the form of Header.Payload.Signature", 401),
    )


@FAMILY.variant()
def long_paths_414(emulator: Emulator) -> None:
    """A token is long, and a path with more than 1,024 characters is answered 414 in HTML."""
    emulator.sessions.new_token = lambda: secrets.token_hex(600)
    in_front(emulator, lambda scope: len(scope["query_string"]) > 1024, page(414))


@FAMILY.variant()
def chunks_400(emulator: Emulator) -> None:
    """A body in chunks is not read, and answered 400 in HTML, as by a WSGI server."""
    in_front(emulator, lambda scope: bool(header(scope, "transfer-encoding")), page(400))


@FAMILY.variant()
def chunks_ignored(emulator: Emulator) -> None:
    """A body in chunks is not read, so that the pod refuses the request as one without a body."""
    before(emulator, lambda call: setattr(call, "body", b"" if "transfer-encoding" in call.headers else call.body))


@FAMILY.variant()
def chunks_413(emulator: Emulator) -> None:
    """A body in chunks is answered 413 in HTML."""
    in_front(emulator, lambda scope: bool(header(scope, "transfer-encoding")), page(413))


@FAMILY.variant()
def pauses_408(emulator: Emulator) -> None:
    """A body that comes after Expect: 100-continue or in chunks is answered 408 in HTML: it took too long."""
    in_front(emulator, lambda scope: bool(header(scope, "expect") or header(scope, "transfer-encoding")), page(408))


@FAMILY.variant()
def large_bodies_408(emulator: Emulator) -> None:
    """A body of more than 100,000 bytes takes too long, and is answered 408 in HTML."""
    in_front(emulator, lambda scope: length_of_body(scope) > 100_000, page(408))


@FAMILY.variant()
def bodies_of_get_411(emulator: Emulator) -> None:
    """GET, HEAD or DELETE with a body is answered 411 in HTML, as by Squid."""
    in_front(
        emulator, lambda scope: scope["method"] in ("GET", "HEAD", "DELETE") and length_of_body(scope) > 0, page(411)
    )


@FAMILY.variant()
def patch_501(emulator: Emulator) -> None:
    """PATCH is answered 501 in HTML, as by a Java servlet."""
    in_front(emulator, lambda scope: scope["method"] == "PATCH", page(501))


@FAMILY.variant()
def unknown_methods_505(emulator: Emulator) -> None:
    """A request whose method is unknown is answered 505: the web server cannot read its first line."""
    in_front(emulator, lambda scope: scope["method"] == "FROBNICATE", page(505))


@FAMILY.variant()
def every_sixtieth_request_502(emulator: Emulator) -> None:
    """A gateway answers every sixtieth accept or reject 502 in HTML, and the pod does not get the request."""
    count = 0

    def on(_: Scope) -> bool:
        nonlocal count
        count += 1
        return count % 60 == 0

    in_front(emulator, on, page(502))


@FAMILY.variant()
def trace_repeats_the_request(emulator: Emulator) -> None:
    """TRACE is answered 200 with the request, as HTTP defines it."""

    def echo(scope: Scope) -> Response:
        sent = b"".join(b"%b: %b\r\n" % header for header in scope["headers"])
        return Response(sent, media_type="message/http")

    in_front(emulator, lambda scope: scope["method"] == "TRACE", echo)


@FAMILY.variant()
def foreign_origins_403_in_json(emulator: Emulator) -> None:
    """A request with an Origin is answered 403 with an Error."""
    refusal = '{"code":403,"message":"The origin is not allowed."}'
    in_front(
        emulator,
        lambda scope: bool(header(scope, "origin")),
        lambda _: Response(refusal, 403, media_type="application/json"),
    )


@FAMILY.variant()
def other_accept_406_in_json(emulator: Emulator) -> None:
    """If the client does not accept JSON, the answer is 406 with an Error."""
    refusal = '{"code":406,"message":"There is only JSON."}'

    def on(scope: Scope) -> bool:
        accept = header(scope, "accept") or "*/*"
        return not any(kind in accept for kind in ("json", "*/*"))

    in_front(emulator, on, lambda _: Response(refusal, 406, media_type="application/json"))


@FAMILY.variant()
def via_of_one_of_three_nodes(emulator: Emulator) -> None:
    """Three nodes of a balancer take turns, and each names itself in Server and Via."""
    nodes = cycle(("a", "b", "c"))

    def headers() -> dict[str, str]:
        node = next(nodes)
        return {"server": f"node-{node}", "via": f"1.1 node-{node}"}

    of_every_answer(emulator, headers)


@FAMILY.variant()
def merged_and_repeated_headers(emulator: Emulator) -> None:
    """Two gateways add headers: some of them merge into one line, others are repeated."""

    def add(_: Scope, message: Message) -> Message:
        if message["type"] != START:
            return message
        added = [
            (b"via", b"1.1 edge, 1.1 gateway"),
            (b"cache-control", b"no-store"),
            (b"cache-control", b"no-cache, no-store"),
            (b"vary", b"Origin"),
            (b"vary", b"Accept-Encoding"),
            (b"set-cookie", b"a=1; Path=/"),
            (b"set-cookie", b"b=2; Path=/"),
        ]
        return {**message, "headers": [*message["headers"], *added]}

    on_the_wire(emulator, add)


@FAMILY.variant()
def http_1_0(emulator: Emulator) -> None:
    """Every answer is HTTP/1.0, without Content-Length, and the end of the connection ends it."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, _: Send) -> None:
            written = bytearray()

            async def write(message: Message) -> None:
                nonlocal written
                if message["type"] == START:
                    status = HTTPStatus(message["status"])
                    written += b"HTTP/1.0 %d %b\r\n" % (status, status.phrase.encode())
                    for name, value in message["headers"]:
                        if name != b"content-length":
                            written += b"%b: %b\r\n" % (name, value)
                    written += b"\r\n"
                elif scope["method"] != "HEAD":
                    written += message.get("body", b"")

            is_read = False

            async def read() -> Message:
                nonlocal is_read
                message = await receive()
                is_read = not message.get("more_body", False)
                return message

            await application(scope, read, write)
            while not is_read:  # closing a connection with unread bytes resets it, and the client loses the answer
                await read()
            scope["state"]["write"](bytes(written))
            scope["state"]["drop"]()
            while (await receive())["type"] != "http.disconnect":
                pass

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.variant()
def answers_of_two_megabytes(emulator: Emulator) -> None:
    """Every tenth success has an additional member of two megabytes."""
    count = 0

    def lengthen(_: Call, answer: Answer) -> None:
        nonlocal count
        count += 1
        if count % 10 == 0:
            answer.value = {**answer.value, "note": "lorem ipsum dolor sit amet " * 75_000}

    successes(emulator, lengthen)
