"""Headers and query arguments that no page names, and that change something."""

import asyncio
from collections.abc import Callable

from ..app import Answer, Call, Emulator, Proceed
from ..changes import Family, answers, instead, refusals
from .bodies import crashes, loose

FAMILY = Family()


def answering(emulator: Emulator, on: Callable[[Call], bool], status: int) -> None:
    """Answer certain requests with a status, and do nothing."""

    async def act(call: Call, proceed: Proceed) -> Answer:
        return Answer(status, {"code": status, "message": "No."}) if on(call) else await proceed(call)

    instead(emulator, act)


@FAMILY.defect("request-extras-ignored", "answer-no-server-error")
def no_accept_crashes(emulator: Emulator) -> None:
    """A request without Accept is a 500."""
    answering(emulator, lambda call: "accept" not in call.headers, 500)


@FAMILY.defect("request-extras-ignored")
def other_accept_406(emulator: Emulator) -> None:
    """Who accepts something else than JSON is answered 406."""
    answering(emulator, lambda call: not any(kind in call.headers.get("accept", "*") for kind in ("json", "*")), 406)


@FAMILY.defect("request-extras-ignored")
def xml_for_who_accepts_it(emulator: Emulator) -> None:
    """Who accepts XML is answered in XML."""

    def act(call: Call, answer: Answer) -> None:
        if "xml" in call.headers.get("accept", ""):
            answer.content = b"<answer/>"
            answer.headers["content-type"] = "application/xml"

    answers(emulator, act)


@FAMILY.defect("request-extras-ignored")
def errors_as_pages_for_browsers(emulator: Emulator) -> None:
    """Who accepts HTML is answered errors in HTML."""

    def act(call: Call, answer: Answer) -> None:
        if "html" in call.headers.get("accept", ""):
            answer.content = b"<html><h1>Error</h1></html>"
            answer.headers["content-type"] = "text/html"

    refusals(emulator, act)


@FAMILY.defect("request-extras-ignored", "answer-no-server-error")
def language_crashes(emulator: Emulator) -> None:
    """Accept-Language is a 500: there are no texts in that language."""
    answering(emulator, lambda call: "accept-language" in call.headers, 500)


@FAMILY.defect("request-extras-ignored", "answer-no-server-error")
def traceparent_crashes(emulator: Emulator) -> None:
    """The traceparent of a trace that was begun elsewhere is a 500."""
    answering(emulator, lambda call: "traceparent" in call.headers, 500)


@FAMILY.defect("request-extras-ignored", "answer-no-server-error")
def long_header_crashes(emulator: Emulator) -> None:
    """A header of more than 4096 characters is a 500."""
    answering(emulator, lambda call: any(len(value) > 4096 for value in call.headers.values()), 500)


@FAMILY.defect("request-extras-ignored")
def foreign_origin_403(emulator: Emulator) -> None:
    """A request from a page of another origin is answered 403."""
    answering(emulator, lambda call: "origin" in call.headers, 403)


@FAMILY.defect("request-extras-ignored", "answer-status-documented")
def condition_412(emulator: Emulator) -> None:
    """If-None-Match is answered 412, though nothing matches."""
    answering(emulator, lambda call: "if-none-match" in call.headers, 412)


@FAMILY.defect("request-extras-ignored")
def unknown_query_argument_400(emulator: Emulator) -> None:
    """A query argument is answered 400."""
    answering(emulator, lambda call: bool(call.query), 400)


@FAMILY.defect("request-extras-ignored")
def override_taken_for_a_reading(emulator: Emulator) -> None:
    """POST with X-HTTP-Method-Override: GET is answered 200 with an empty object, and nothing is done."""

    async def act(call: Call, proceed: Proceed) -> Answer:
        return Answer(200, {}) if "x-http-method-override" in call.headers else await proceed(call)

    instead(emulator, act)


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def unknown_header_and_field_crash(emulator: Emulator) -> None:
    """An unknown header is a 500 where there is an unknown field too."""
    crashes(emulator, lambda call: "x-unknown" in call.headers and len(loose(call.body) or ()) > 1)


@FAMILY.defect("body-equal-accepted", "answer-whole")
def expectation_hangs(emulator: Emulator) -> None:
    """A request with Expect: 100-continue gets no answer."""

    async def act(call: Call, proceed: Proceed) -> Answer:
        if "expect" in call.headers:
            await asyncio.sleep(60)
        return await proceed(call)

    instead(emulator, act)
