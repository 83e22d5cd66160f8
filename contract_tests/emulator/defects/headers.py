"""Defects with headers and query arguments: unknown ones change what happens."""

import asyncio
from collections.abc import Callable

from ..app import Answer, Call, Emulator, Proceed
from ..changes import Family, answers, instead, refusals
from .bodies import crashes, loose

FAMILY = Family()


def answering(emulator: Emulator, on: Callable[[Call], bool], status: int) -> None:
    """Answer certain requests with a status and carry nothing out."""

    async def act(call: Call, proceed: Proceed) -> Answer:
        return Answer(status, {"code": status, "message": "No."}) if on(call) else await proceed(call)

    instead(emulator, act)


@FAMILY.defect("request-extras-ignored", "answer-no-server-error")
def no_accept_crashes(emulator: Emulator) -> None:
    """A request without Accept is answered 500."""
    answering(emulator, lambda call: "accept" not in call.headers, 500)


@FAMILY.defect("request-extras-ignored")
def xml_if_accepted(emulator: Emulator) -> None:
    """A request whose Accept includes XML is answered in XML."""

    def act(call: Call, answer: Answer) -> None:
        if "xml" in call.headers.get("accept", ""):
            answer.content = b"<answer/>"
            answer.headers["content-type"] = "application/xml"

    answers(emulator, act)


@FAMILY.defect("request-extras-ignored")
def errors_in_html_if_accepted(emulator: Emulator) -> None:
    """A refused request whose Accept includes HTML is answered in HTML."""

    def act(call: Call, answer: Answer) -> None:
        if "html" in call.headers.get("accept", ""):
            answer.content = b"<html><h1>Error</h1></html>"
            answer.headers["content-type"] = "text/html"

    refusals(emulator, act)


@FAMILY.defect("request-extras-ignored", "answer-no-server-error")
def accept_language_crashes(emulator: Emulator) -> None:
    """A request with Accept-Language is answered 500."""
    answering(emulator, lambda call: "accept-language" in call.headers, 500)


@FAMILY.defect("request-extras-ignored", "answer-no-server-error")
def traceparent_crashes(emulator: Emulator) -> None:
    """A request with a traceparent of another system is answered 500."""
    answering(emulator, lambda call: "traceparent" in call.headers, 500)


@FAMILY.defect("request-extras-ignored", "answer-no-server-error")
def long_header_crashes(emulator: Emulator) -> None:
    """A request with a header of more than 4096 characters is answered 500."""
    answering(emulator, lambda call: any(len(value) > 4096 for value in call.headers.values()), 500)


@FAMILY.defect("request-extras-ignored", "answer-status-documented")
def condition_412(emulator: Emulator) -> None:
    """A request with If-None-Match is answered 412, although nothing matches."""
    answering(emulator, lambda call: "if-none-match" in call.headers, 412)


@FAMILY.defect("request-extras-ignored")
def unknown_query_argument_400(emulator: Emulator) -> None:
    """A request with a query argument is answered 400."""
    answering(emulator, lambda call: bool(call.query), 400)


@FAMILY.defect("request-extras-ignored")
def override_taken_for_a_reading(emulator: Emulator) -> None:
    """POST with X-HTTP-Method-Override: GET is answered 200 with an empty object and not carried out."""

    async def act(call: Call, proceed: Proceed) -> Answer:
        return Answer(200, {}) if "x-http-method-override" in call.headers else await proceed(call)

    instead(emulator, act)


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def unknown_header_and_field_crash(emulator: Emulator) -> None:
    """A request with both an unknown header and an unknown field is answered 500."""
    crashes(emulator, lambda call: "x-unknown" in call.headers and len(loose(call.body) or ()) > 1)


@FAMILY.defect("body-equal-accepted", "answer-whole")
def expectation_hangs(emulator: Emulator) -> None:
    """A request with Expect: 100-continue gets no answer."""

    async def act(call: Call, proceed: Proceed) -> Answer:
        if "expect" in call.headers:
            await asyncio.sleep(60)
        return await proceed(call)

    instead(emulator, act)
