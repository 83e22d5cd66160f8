"""More defects in reading bodies: repeated members, encodings, escapes, size, and a userId outside the body."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from ..app import Answer, Call, Emulator
from ..changes import BOTH, Family, before, carry_out, named, performs, successes
from ..refusal import Refusal
from .bodies import crashes, loose, takes, user_id_in

FAMILY = Family()


def refuses(emulator: Emulator, on: Callable[[Call], bool]) -> None:
    """Refuse certain bodies that are valid."""
    right = emulator.read

    def read(call: Call) -> None:
        if call.operation.body and on(call):
            raise Refusal(400, "The body is not well-formed JSON in UTF-8.")
        right(call)

    emulator.read = read


def decimal(text: str) -> int | None:
    """The number that a string of digits stands for; None for any other string."""
    return int(text) if text.isdecimal() else None


@FAMILY.defect("body-user-id-exact")
def query_comes_before_the_body(emulator: Emulator) -> None:
    """A userId in the query replaces the one in the body."""
    takes(emulator, lambda call: decimal(call.query.get("userId", "")))


@FAMILY.defect("body-without-user-id-refused")
def missing_user_id_taken_from_query(emulator: Emulator) -> None:
    """If the body has no userId, the one in the query is used."""
    takes(emulator, lambda call: decimal(call.query.get("userId", "")) if loose(call.body) == {} else None)


@FAMILY.defect("body-without-user-id-refused")
def missing_user_id_taken_from_header(emulator: Emulator) -> None:
    """If the body has no userId, the one in a header is used."""
    takes(emulator, lambda call: decimal(call.headers.get("userid", "")) if loose(call.body) == {} else None)


@FAMILY.defect("body-without-user-id-refused")
def last_user_id_kept(emulator: Emulator) -> None:
    """If the body has no userId, the one of the previous request is used, because the object is reused."""
    right = emulator.read
    kept: list[int] = []

    def read(call: Call) -> None:
        if call.operation.id in BOTH and kept and loose(call.body) == {}:
            call.body = b'{"userId":%d}' % kept[-1]
        right(call)
        if call.operation.id in BOTH:
            kept.append(named(call))

    emulator.read = read


@FAMILY.defect("body-without-user-id-refused")
def names_trimmed(emulator: Emulator) -> None:
    """Blanks around a member's name are removed."""

    def find(call: Call) -> int | None:
        value = loose(call.body)
        trimmed = {name.strip(): member for name, member in value.items()} if isinstance(value, dict) else {}
        user_id = trimmed.get("userId")
        return user_id if type(user_id) is int and "userId" not in value else None

    takes(emulator, find)


@FAMILY.defect("body-not-object-refused")
def json_in_a_string_taken(emulator: Emulator) -> None:
    """A string that holds the object's JSON is accepted as the object."""

    def find(call: Call) -> int | None:
        value = loose(call.body)
        inner = loose(value.encode()) if isinstance(value, str) else None
        return inner["userId"] if isinstance(inner, dict) and type(inner.get("userId")) is int else None

    takes(emulator, find)


@FAMILY.defect("body-lenient-json-refused")
def bytes_that_are_no_text_dropped(emulator: Emulator) -> None:
    """Bytes that are not UTF-8 are dropped, and the rest is read."""
    before(emulator, lambda call: setattr(call, "body", call.body.decode(errors="ignore").encode()))


@FAMILY.defect("body-lenient-json-refused")
def nan_is_a_number(emulator: Emulator) -> None:
    """NaN is accepted as a number, as Python's parser does."""
    takes(emulator, lambda call: user_id_in(call) if b"NaN" in call.body and type(user_id_in(call)) is int else None)


def repeated(call: Call) -> list[int]:
    """The values of userId in a body that has it more than once."""
    with suppress(ValueError, RecursionError):
        members = json.loads(call.body, object_pairs_hook=list)
        pairs = [member for member in members if isinstance(member, tuple)] if isinstance(members, list) else []
        ids = [value for name, value in pairs if name == "userId" and type(value) is int]
        return ids if len(ids) > 1 else []
    return []


@FAMILY.defect("body-lenient-consistent")
def every_repeated_user_id_acted_on(emulator: Emulator) -> None:
    """If a body has userId twice, the pod acts on both and answers for the last one."""
    right = emulator.read

    def read(call: Call) -> None:
        for user_id in repeated(call):
            call.body = b'{"userId":%d}' % user_id
            carry_out(emulator, replace(call, arguments={}))
        right(call)

    emulator.read = read


@FAMILY.defect("body-lenient-consistent")
def first_acted_on_and_last_answered(emulator: Emulator) -> None:
    """If a body has userId twice, the pod acts on the first and answers for the last one."""
    right = emulator.read

    def read(call: Call) -> None:
        ids = repeated(call)
        if ids:
            call.body = b'{"userId":%d}' % ids[0]
        right(call)
        if ids:
            call.arguments["answered"] = ids[-1]

    def answer(call: Call, answer: Answer) -> None:
        answer.value["userId"] = call.arguments.get("answered", answer.value["userId"])

    emulator.read = read
    successes(emulator, answer)


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def text_beyond_ascii_crashes(emulator: Emulator) -> None:
    """A body that is not ASCII is answered 500."""
    crashes(emulator, lambda call: not call.body.isascii())


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def null_in_an_unknown_field_crashes(emulator: Emulator) -> None:
    """A body with null as the value of any field is answered 500."""
    crashes(emulator, lambda call: isinstance(loose(call.body), dict) and None in loose(call.body).values())


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def body_of_16_kb_crashes(emulator: Emulator) -> None:
    """A body of more than 10000 bytes is answered 500."""
    crashes(emulator, lambda call: len(call.body) > 10_000)


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def body_of_1_mb_crashes(emulator: Emulator) -> None:
    """A body of more than 500000 bytes is answered 500."""
    crashes(emulator, lambda call: len(call.body) > 500_000)


@FAMILY.defect("impossible-user-not-found", "answer-no-server-error")
def largest_user_id_crashes(emulator: Emulator) -> None:
    """The largest int64 as the userId is answered 500."""
    crashes(emulator, lambda call: user_id_in(call) == 2**63 - 1)


@FAMILY.defect("impossible-user-not-found", "answer-no-server-error")
def user_id_past_double_precision_crashes(emulator: Emulator) -> None:
    """A userId past 2**53, which a double cannot hold exactly, is answered 500."""
    crashes(emulator, lambda call: type(user_id_in(call)) is int and 2**53 < user_id_in(call) < 2**63)


@FAMILY.defect("body-equal-accepted")
def white_space_before_the_body_refused(emulator: Emulator) -> None:
    """A body with white space before the brace is refused."""
    refuses(emulator, lambda call: call.body.lstrip()[:1] == b"{" != call.body[:1])


@FAMILY.defect("body-equal-accepted")
def white_space_in_the_body_refused(emulator: Emulator) -> None:
    """A body with white space between name and colon is refused."""
    refuses(emulator, lambda call: re.search(rb'"\s+:', call.body) is not None)


@FAMILY.defect("body-equal-accepted")
def escapes_in_names_refused(emulator: Emulator) -> None:
    """A name with JSON escapes is not recognised, and the body is refused."""
    refuses(emulator, lambda call: b"\\u" in call.body and b'"userId"' not in call.body)


@FAMILY.defect("body-equal-accepted", "answer-no-server-error")
def body_in_chunks_crashes(emulator: Emulator) -> None:
    """A body in chunks is answered 500."""
    crashes(emulator, lambda call: "transfer-encoding" in call.headers)


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def coded_body_crashes(emulator: Emulator) -> None:
    """A body with a Content-Encoding is answered 500."""
    crashes(emulator, lambda call: "content-encoding" in call.headers)


@FAMILY.defect("body-lenient-consistent")
def coded_body_refused_too_late(emulator: Emulator) -> None:
    """A request with a Content-Encoding is carried out and refused afterwards."""

    def perform(call: Call, right: Callable[[Call], object]) -> object:
        value = right(call)
        if "content-encoding" in call.headers:
            raise Refusal(400, "Unsupported encoding.")
        return value

    performs(emulator, perform)


def crashes_over_type(emulator: Emulator, pattern: str) -> None:
    """Answer requests whose Content-Type matches a pattern with 500."""
    right = emulator.authorize

    def authorize(call: Call) -> None:
        if call.operation.body and re.search(pattern, call.headers.get("content-type", "")):
            raise Refusal(500, "Internal server error.")
        right(call)

    emulator.authorize = authorize


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def unknown_charset_crashes(emulator: Emulator) -> None:
    """A Content-Type with an unknown charset is answered 500."""
    crashes_over_type(emulator, "charset=x-")


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def malformed_media_type_crashes(emulator: Emulator) -> None:
    """A Content-Type that is not a media type is answered 500."""
    crashes_over_type(emulator, "^[^/]+$")


@FAMILY.defect("media-type-parameters-accepted", "answer-no-server-error")
def charset_in_quotation_marks_crashes(emulator: Emulator) -> None:
    """A Content-Type with a charset in quotation marks is answered 500."""
    crashes_over_type(emulator, 'charset="')
