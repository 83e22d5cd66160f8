"""Defects in delivery: answers are late, cut off or redirected."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app import Answer, Call, Emulator, Proceed
from ..changes import Family, instead, is_under_test, on_the_wire, successes
from ..pod import ACCEPT, REJECT

FAMILY = Family()
START, BODY = "http.response.start", "http.response.body"


async def never() -> None:
    """Wait for ever."""
    await asyncio.Event().wait()


@FAMILY.defect("answer-whole")
def accept_hangs(emulator: Emulator) -> None:
    """Accept is carried out, but its answer is never sent."""

    async def hang(call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        if answer.status == 200:
            await never()
        return answer

    instead(emulator, hang, (ACCEPT,))


@FAMILY.defect("answer-whole")
def malformed_body_hangs(emulator: Emulator) -> None:
    """A body that is cut off gets no answer."""

    async def hang(call: Call, proceed: Proceed) -> Answer:
        if call.body.startswith(b"{") and not call.body.rstrip().endswith(b"}"):
            await never()
        return await proceed(call)

    instead(emulator, hang)


@FAMILY.defect("answer-whole")
def unknown_user_hangs(emulator: Emulator) -> None:
    """A userId that belongs to nobody gets no answer."""

    async def hang(call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        if answer.status == 404 and answer.value["message"] == "No such user.":
            await never()
        return answer

    instead(emulator, hang)


@FAMILY.defect("answer-prompt")
def first_accept_slow(emulator: Emulator) -> None:
    """The first accept takes three seconds."""
    is_first = True

    async def slow(call: Call, proceed: Proceed) -> Answer:
        nonlocal is_first
        answer = await proceed(call)
        if answer.status == 200 and is_first:
            is_first = False
            await asyncio.sleep(3)
        return answer

    instead(emulator, slow, (ACCEPT,))


@FAMILY.defect("answer-whole")
def dripping(emulator: Emulator) -> None:
    """The answer to reject is sent byte by byte, one byte a second."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def drip(message: Message) -> None:
                if message["type"] == BODY and scope["path"].endswith("/reject"):
                    for byte in message["body"][:-1]:
                        await send({"type": BODY, "body": bytes([byte]), "more_body": True})
                        await asyncio.sleep(1)
                    message = {**message, "body": message["body"][-1:]}
                await send(message)

            await application(scope, receive, drip)

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.defect("answer-whole")
def content_length_too_long(emulator: Emulator) -> None:
    """The Content-Length of a success is larger than its body, and the connection closes."""

    def lengthen(scope: Scope, message: Message) -> Message:
        if message["type"] != START or message["status"] != 200 or not is_under_test(scope):
            return message
        headers = [
            (name, b"%d" % (int(value) + 16) if name == b"content-length" else value)
            for name, value in message["headers"]
        ]
        return {**message, "headers": headers}

    on_the_wire(emulator, lengthen)


@FAMILY.defect("answer-whole")
def cut_after_the_headers(emulator: Emulator) -> None:
    """The connection closes after the headers of the answer to reject."""

    def cut(scope: Scope, message: Message) -> Message | None:
        return None if message["type"] == BODY and scope["path"].endswith("/reject") else message

    on_the_wire(emulator, cut)


@FAMILY.defect("answer-whole")
def chunks_without_an_end(emulator: Emulator) -> None:
    """The answer to reject is sent in chunks, and the connection closes before the last chunk."""

    def unending(scope: Scope, message: Message) -> Message:
        if not scope["path"].endswith("/reject"):
            return message
        if message["type"] == BODY:
            return {**message, "more_body": True}
        headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
        return {**message, "headers": headers}

    on_the_wire(emulator, unending)


@FAMILY.defect("answer-status-documented", "accept-makes-accepted")
def success_redirects(emulator: Emulator) -> None:
    """A success is redirected, 303, to the address where the connection can be read."""

    def redirect(_: Call, answer: Answer) -> None:
        answer.status = 303
        answer.headers["location"] = f"/pod/v1/connection/user/{answer.value['userId']}/info"

    successes(emulator, redirect)


@FAMILY.defect("answer-status-documented", "reject-makes-rejected")
def reject_moved(emulator: Emulator) -> None:
    """Reject is redirected to another path, 308, and not carried out."""

    async def moved(_: Call, __: Proceed) -> Answer:
        return Answer(308, {}, {"location": "/pod/v2/connection/reject"})

    instead(emulator, moved, (REJECT,))
