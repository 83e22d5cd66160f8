"""Variants of the HTTP server."""

import asyncio
import gzip
import random
import time
import zlib
from collections.abc import Callable
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app import Answer, Call, Emulator, Proceed
from ..changes import Family, answers, as_json, drop_header, instead, on_the_wire
from ..pod import ACCEPT, CREATE, GET, LIST, REJECT, REMOVE, SESSION_INFO

FAMILY = Family()
START, BODY = "http.response.start", "http.response.body"
ALL = (ACCEPT, REJECT, CREATE, GET, LIST, REMOVE, SESSION_INFO)


def header(emulator: Emulator, **values: str) -> None:
    """Set headers in every answer."""
    named = {name.replace("_", "-"): value for name, value in values.items()}
    answers(emulator, lambda _, answer: answer.headers.update(named), None)


@FAMILY.variant()
def charset_named(emulator: Emulator) -> None:
    """The Content-Type of answers names the charset."""
    header(emulator, content_type="application/json;charset=utf-8")


@FAMILY.variant()
def charset_in_capitals(emulator: Emulator) -> None:
    """The Content-Type of answers has capital letters, blanks and quotation marks."""
    header(emulator, content_type='Application/JSON ; Charset="UTF-8"')


@FAMILY.variant()
def type_with_other_parameters(emulator: Emulator) -> None:
    """The Content-Type of answers has an unknown parameter."""
    header(emulator, content_type="application/json; profile=v1; charset=utf-8")


@FAMILY.variant()
def many_headers(emulator: Emulator) -> None:
    """Answers have the headers of gateways, load balancers and browser security."""
    header(
        emulator,
        strict_transport_security="max-age=31536000; includeSubDomains",
        x_content_type_options="nosniff",
        x_request_id="0f2c1c9e-5a0b-4b7e-9a53-3a3f4d1e2b6c",
        cache_control="no-store",
        set_cookie="AWSALB=abc123; Path=/; Secure; HttpOnly",
        via="1.1 gateway",
        vary="Accept-Encoding",
    )


@FAMILY.variant()
def chunked(emulator: Emulator) -> None:
    """Answers are sent in chunks, without a Content-Length."""
    drop_header(emulator, "content-length")


@FAMILY.variant()
def many_small_chunks(emulator: Emulator) -> None:
    """Answers are sent in chunks of seven bytes."""
    drop_header(emulator, "content-length")

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def piecemeal(message: Message) -> None:
                if message["type"] == BODY:
                    body = message["body"]
                    for start in range(0, len(body), 7):
                        await send({"type": BODY, "body": body[start : start + 7], "more_body": True})
                    message = {"type": BODY, "body": b""}
                await send(message)

            await application(scope, receive, piecemeal)

        return wrapped

    emulator.wrappers.append(wrapper)


def compressed(emulator: Emulator, coding: str, compress: Callable[[bytes], bytes]) -> None:
    """Compress the answer to every client that accepts the coding."""

    def change(call: Call, answer: Answer) -> None:
        if coding in call.headers.get("accept-encoding", ""):
            answer.content = compress(as_json(answer.value) if answer.content is None else answer.content)
            answer.headers["content-encoding"] = coding

    answers(emulator, change, None)


@FAMILY.variant()
def gzipped(emulator: Emulator) -> None:
    """Answers are compressed with gzip."""
    compressed(emulator, "gzip", gzip.compress)


@FAMILY.variant()
def deflated(emulator: Emulator) -> None:
    """Answers are compressed with deflate."""
    compressed(emulator, "deflate", zlib.compress)


@FAMILY.variant()
def closes_every_connection(emulator: Emulator) -> None:
    """The pod closes the connection after every answer, and announces it."""

    def close(_: Scope, message: Message) -> Message:
        if message["type"] != START:
            return message
        return {**message, "headers": [*message["headers"], (b"connection", b"close")]}

    on_the_wire(emulator, close)


@FAMILY.variant()
def closes_every_seventh_connection(emulator: Emulator) -> None:
    """The pod closes the connection after every seventh answer, and announces it."""
    count = 0

    def close(_: Scope, message: Message) -> Message:
        nonlocal count
        if message["type"] != START:
            return message
        count += 1
        closing = [(b"connection", b"close")] if count % 7 == 0 else []
        return {**message, "headers": [*message["headers"], *closing]}

    on_the_wire(emulator, close)


def drops(emulator: Emulator, every: int, *, carried_out: bool) -> None:
    """Close the connection on some requests without an answer."""
    count = 0

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal count
            count += 1
            if count % every:
                await application(scope, receive, send)
                return
            if carried_out:
                await application(scope, receive, unsent)
            scope["state"]["drop"]()
            while (await receive())["type"] != "http.disconnect":
                pass

        return wrapped

    emulator.wrappers.append(wrapper)


async def unsent(_: Message) -> None:
    """Send nothing."""


@FAMILY.variant()
def drops_requests(emulator: Emulator) -> None:
    """The pod closes the connection on every 150th request and does not carry it out."""
    drops(emulator, 150, carried_out=False)


@FAMILY.variant()
def drops_every_tenth_request(emulator: Emulator) -> None:
    """The pod closes the connection on every tenth request and does not carry it out."""
    drops(emulator, 10, carried_out=False)


@FAMILY.variant()
def drops_answers(emulator: Emulator) -> None:
    """The pod carries out every 149th request and closes the connection before the answer."""
    drops(emulator, 149, carried_out=True)


def throttled(emulator: Emulator, every: int, answer: Callable[[], Answer]) -> None:
    """Answer every n-th request with another answer and carry nothing out."""
    count = 0

    async def throttle(call: Call, proceed: Proceed) -> Answer:
        nonlocal count
        count += 1
        return answer() if count % every == 0 else await proceed(call)

    instead(emulator, throttle, ALL)


def too_many(retry_after: str | None, status: int = 429) -> Answer:
    """An answer that asks the client to wait."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return Answer(status, {"code": status, "message": "Too many requests"}, headers)


@FAMILY.variant()
def throttled_for_no_time(emulator: Emulator) -> None:
    """Every 15th request is answered 429 with Retry-After: 0."""
    throttled(emulator, 15, lambda: too_many("0"))


@FAMILY.variant()
def throttled_for_a_second(emulator: Emulator) -> None:
    """Every 200th request is answered 429 with Retry-After: 1."""
    throttled(emulator, 200, lambda: too_many("1"))


@FAMILY.variant()
def throttled_until_a_date(emulator: Emulator) -> None:
    """Every 200th request is answered 429 with a date in Retry-After."""
    throttled(emulator, 200, lambda: too_many(formatdate(time.time() + 1, usegmt=True)))


@FAMILY.variant()
def throttled_without_retry_after(emulator: Emulator) -> None:
    """Every 100th request is answered 429 without Retry-After."""
    throttled(emulator, 100, lambda: too_many(None))


@FAMILY.variant()
def throttled_in_html(emulator: Emulator) -> None:
    """Every 100th request is answered 429 in HTML by a gateway."""

    def page() -> Answer:
        headers = {"retry-after": "0", "content-type": "text/html"}
        return Answer(429, None, headers, b"<html><h1>429 Too Many Requests</h1></html>")

    throttled(emulator, 100, page)


@FAMILY.variant()
def throttled_by_an_agent(emulator: Emulator) -> None:
    """Every 100th request is answered 400 with Retry-After, as an Agent does."""
    throttled(emulator, 100, lambda: too_many("0", 400))


def delayed(emulator: Emulator, seconds: Callable[[], float]) -> None:
    """Delay every answer."""

    async def wait(call: Call, proceed: Proceed) -> Answer:
        await asyncio.sleep(seconds())
        return await proceed(call)

    instead(emulator, wait, ALL)


@FAMILY.variant()
def latency_with_jitter(emulator: Emulator) -> None:
    """Every answer takes between 5 and 60 ms."""
    randomness = random.Random(0)  # noqa: S311 - the same pauses in every run, nothing secret
    delayed(emulator, lambda: randomness.uniform(0.005, 0.06))


@FAMILY.variant()
def latency_of_200_ms_now_and_then(emulator: Emulator) -> None:
    """One answer in twenty takes 200 ms, the others 5."""
    randomness = random.Random(0)  # noqa: S311 - the same pauses in every run, nothing secret
    delayed(emulator, lambda: 0.2 if randomness.random() < 0.05 else 0.005)


@FAMILY.variant()
def answers_out_of_order(emulator: Emulator) -> None:
    """Requests are carried out in order, but of several at once a later one may be answered first."""
    randomness = random.Random(0)  # noqa: S311 - the same pauses in every run, nothing secret

    async def late(call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        await asyncio.sleep(randomness.uniform(0, 0.02))
        return answer

    instead(emulator, late, ALL)
