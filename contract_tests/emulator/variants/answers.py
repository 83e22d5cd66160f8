"""Variants of bodies in answers that say the same thing."""

import json
from typing import Any

from ..app import Answer, Call, Emulator
from ..changes import Family, answers, as_json, content, members, refusals, successes
from ..pod import CREATE, GET

FAMILY = Family()
TIMES = ("firstRequestedAt", "updatedAt")
EVERYWHERE = ("acceptConnection", "rejectConnection", CREATE, GET)


def leave_out(emulator: Emulator, *names: str) -> None:
    """Leave optional members out of every connection."""

    def drop(_: Call, answer: Answer) -> None:
        for name in names:
            answer.value.pop(name, None)

    successes(emulator, drop, EVERYWHERE)


@FAMILY.variant()
def only_the_status(emulator: Emulator) -> None:
    """A connection has only the status."""
    leave_out(emulator, "userId", "requestCounter", *TIMES)


@FAMILY.variant()
def only_user_id_and_status(emulator: Emulator) -> None:
    """A connection has only userId and status, as implicit ones do."""
    leave_out(emulator, "requestCounter", *TIMES)


@FAMILY.variant()
def without_user_id(emulator: Emulator) -> None:
    """A connection has no userId."""
    leave_out(emulator, "userId")


@FAMILY.variant()
def without_timestamps(emulator: Emulator) -> None:
    """A connection has no timestamps."""
    leave_out(emulator, *TIMES)


@FAMILY.variant()
def without_updated_at(emulator: Emulator) -> None:
    """A connection has no updatedAt."""
    leave_out(emulator, "updatedAt")


@FAMILY.variant()
def without_counter(emulator: Emulator) -> None:
    """A connection has no requestCounter."""
    leave_out(emulator, "requestCounter")


@FAMILY.variant()
def timestamps_in_seconds(emulator: Emulator) -> None:
    """Timestamps are in seconds."""
    members(emulator, EVERYWHERE, firstRequestedAt=lambda time: time // 1000, updatedAt=lambda time: time // 1000)


@FAMILY.variant()
def updated_when_requested(emulator: Emulator) -> None:
    """The updatedAt always equals firstRequestedAt."""

    def same(_: Call, answer: Answer) -> None:
        if "updatedAt" in answer.value:
            answer.value["updatedAt"] = answer.value["firstRequestedAt"]

    successes(emulator, same, EVERYWHERE)


@FAMILY.variant()
def counter_of_zero(emulator: Emulator) -> None:
    """The requestCounter is always 0."""
    members(emulator, EVERYWHERE, requestCounter=0)


@FAMILY.variant()
def counter_at_its_limit(emulator: Emulator) -> None:
    """The requestCounter is the largest int32."""
    members(emulator, EVERYWHERE, requestCounter=2**31 - 1)


@FAMILY.variant()
def errors_that_name_the_header(emulator: Emulator) -> None:
    """The message of a 401 has the word sessionToken, and every token begins with the same word."""
    sessions = emulator.sessions
    right = sessions.new_token
    sessions.new_token = lambda: f"sessionToken-{right()[:6]}"
    refusals(emulator, lambda _, answer: answer.value.update(message="sessionToken is not valid"), 401)


@FAMILY.variant()
def errors_in_plain_words(emulator: Emulator) -> None:
    """The messages of Errors contain words that are also common in programs."""
    messages = {
        400: "Select a user from the list and update the request, as https://docs.example.com/data/errors says.",
        403: "The internal administrator of /pod/v1/connection did not let you.",
        404: "No such connection. The path /v1/connection/accept does not exist for it.",
    }
    refusals(emulator, lambda _, answer: answer.value.update(message=messages.get(answer.status, "No.")))
    answers(emulator, lambda _, answer: answer.headers.update(server="nginx/1.27.0"), None)


@FAMILY.variant()
def implicit_connections_in_full(emulator: Emulator) -> None:
    """An implicit connection has timestamps and a counter too."""

    def fill(_: Call, answer: Answer) -> None:
        answer.value.setdefault("firstRequestedAt", 1_470_018_073_812)
        answer.value.setdefault("updatedAt", 1_470_018_073_812)
        answer.value.setdefault("requestCounter", 0)

    successes(emulator, fill)


@FAMILY.variant()
def more_fields(emulator: Emulator) -> None:
    """A connection has unknown fields."""
    more = {"displayName": "Zoë", "links": [{"rel": "self"}], "isFederated": None, "version": 3, "weight": 0.5}
    successes(emulator, lambda _, answer: answer.value.update(more), EVERYWHERE)


@FAMILY.variant()
def more_fields_in_errors(emulator: Emulator) -> None:
    """An Error has unknown fields."""
    refusals(emulator, lambda _, answer: answer.value.update(details=[{"field": "userId"}], traceId="4bf92f3577b34da6"))


@FAMILY.variant()
def error_codes_of_another_kind(emulator: Emulator) -> None:
    """The code of an Error is not the HTTP status: 403 in a 404, or a number of the pod's own."""
    codes = {404: 403, 400: 10017, 401: -1, 403: 0, 415: 2**31 - 1}
    refusals(emulator, lambda _, answer: answer.value.update(code=codes[answer.status]))


@FAMILY.variant()
def empty_errors(emulator: Emulator) -> None:
    """An Error is an empty object."""
    refusals(emulator, lambda _, answer: answer.value.clear())


@FAMILY.variant()
def errors_without_code(emulator: Emulator) -> None:
    """An Error has no code."""
    refusals(emulator, lambda _, answer: answer.value.pop("code"))


@FAMILY.variant()
def errors_without_message(emulator: Emulator) -> None:
    """An Error has no message."""
    refusals(emulator, lambda _, answer: answer.value.pop("message"))


@FAMILY.variant()
def errors_in_another_language(emulator: Emulator) -> None:
    """The message of an Error is in Japanese."""
    refusals(emulator, lambda _, answer: answer.value.update(message="リクエストは受け付けられません 🙅"))


@FAMILY.variant()
def long_errors(emulator: Emulator) -> None:
    """The message of an Error is long."""
    refusals(emulator, lambda _, answer: answer.value.update(message="The request was refused. " * 400))


@FAMILY.variant()
def json_indented(emulator: Emulator) -> None:
    """Successes are indented and end with a line break."""
    content(emulator, lambda value: json.dumps(value, indent=4).encode() + b"\r\n")


@FAMILY.variant()
def json_in_ascii(emulator: Emulator) -> None:
    """Every letter of the status is escaped, which JSON allows."""

    def escaped(value: Any) -> bytes:
        status = "".join(f"\\u{ord(letter):04x}" for letter in value["status"])
        return as_json(value).replace(value["status"].encode(), status.encode())

    content(emulator, escaped)


@FAMILY.variant()
def members_in_another_order(emulator: Emulator) -> None:
    """The members of a success are in reverse order."""
    successes(emulator, lambda _, answer: setattr(answer, "value", dict(reversed(answer.value.items()))))
