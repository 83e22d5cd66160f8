"""Request bodies: taken though they are none, refused with a crash, or carried out though refused."""

import ast
import contextlib
import json
import math
import re
from collections.abc import Callable
from typing import Any

from ..app import Answer, Call, Emulator, caller_of
from ..changes import Family, before, carry_out, named, performs, refusals
from ..pod import PENDING_INCOMING
from ..refusal import Refusal

FAMILY = Family()
NO_EFFECT = "body-refused-no-effect"


def loose(body: bytes) -> Any:
    """A body as a lenient parser reads it; None where it cannot."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(body)
    return None


def user_id_in(call: Call) -> Any:
    """The value of userId in a body, whatever it is; None where there is none."""
    value = loose(call.body)
    return value.get("userId") if isinstance(value, dict) else None


def takes(emulator: Emulator, find: Callable[[Call], int | None]) -> None:
    """Take for the userId what a function finds in a body."""
    right = emulator.read

    def read(call: Call) -> None:
        found = find(call) if call.operation.body else None
        if found is not None:
            call.body = b'{"userId":%d}' % found
        right(call)

    emulator.read = read


def takes_pattern(emulator: Emulator, pattern: bytes) -> None:
    """Take for the userId what a pattern finds in a body that the right pod cannot read."""

    def find(call: Call) -> int | None:
        match = re.search(pattern, call.body)
        return int(match[1]) if match else None

    takes(emulator, find)


def takes_value(emulator: Emulator, convert: Callable[[Any], int | None]) -> None:
    """Take for the userId what a function makes of the value that stands there."""
    takes(emulator, lambda call: convert(user_id_in(call)))


def crashes(emulator: Emulator, on: Callable[[Call], bool]) -> None:
    """Answer certain bodies with a 500."""
    right = emulator.read

    def read(call: Call) -> None:
        if call.operation.body and on(call):
            raise Refusal(500, "Internal server error.")
        right(call)

    emulator.read = read


@FAMILY.defect("body-user-id-not-coerced")
def string_taken(emulator: Emulator) -> None:
    """A string of digits is taken for a userId."""
    takes_value(
        emulator, lambda value: int(value) if isinstance(value, str) and re.fullmatch("[0-9]+", value) else None
    )


@FAMILY.defect("body-user-id-not-coerced")
def whole_float_taken(emulator: Emulator) -> None:
    """A number with .0 is taken for a userId."""
    takes_value(emulator, lambda value: int(value) if isinstance(value, float) and value.is_integer() else None)


@FAMILY.defect("body-user-id-not-coerced")
def string_with_blanks_taken(emulator: Emulator) -> None:
    """A string with blanks or a sign around the digits is taken for a userId."""
    takes_value(
        emulator, lambda value: int(value) if isinstance(value, str) and re.fullmatch(" *[+]?[0-9]+ *", value) else None
    )


@FAMILY.defect("body-user-id-type-refused", NO_EFFECT)
def digits_at_the_start_taken(emulator: Emulator) -> None:
    """Of a string the digits at its start are taken, as parseInt does: 7078106103809x."""

    def convert(value: Any) -> int | None:
        match = re.match("[0-9]+", value) if isinstance(value, str) else None
        return int(match[0]) if match else None

    takes_value(emulator, convert)


@FAMILY.defect("body-user-id-type-refused", NO_EFFECT)
def fraction_cut_off(emulator: Emulator) -> None:
    """A number with a fraction is taken without it."""
    takes_value(emulator, lambda value: math.floor(value) if isinstance(value, float) and abs(value) < 2**60 else None)


@FAMILY.defect("body-user-id-type-refused", NO_EFFECT)
def list_of_one_taken(emulator: Emulator) -> None:
    """A list with one userId is taken for it."""
    takes_value(
        emulator,
        lambda value: value[0] if isinstance(value, list) and value and isinstance(value[0], int) else None,
    )


@FAMILY.defect("body-user-id-type-refused", NO_EFFECT)
def object_taken(emulator: Emulator) -> None:
    """An object with an id in it is taken for a userId."""

    def convert(value: Any) -> int | None:
        ids = [member for member in value.values() if isinstance(member, int)] if isinstance(value, dict) else []
        return ids[0] if ids else None

    takes_value(emulator, convert)


@FAMILY.defect("body-user-id-type-refused", NO_EFFECT)
def null_means_the_request_that_waits(emulator: Emulator) -> None:
    """With null for a userId the request that is waiting is meant, the first of them."""

    def find(call: Call) -> int | None:
        value = loose(call.body)
        is_null = isinstance(value, dict) and "userId" in value and value["userId"] is None
        return waiting(emulator, call) if is_null else None

    takes(emulator, find)


def waiting(emulator: Emulator, call: Call) -> int | None:
    """Who has asked the caller and may be answered; None where nobody has."""
    caller = caller_of(call)
    for connection in emulator.pod.store.connections(caller.id):
        other = emulator.pod.store.user(connection.other_id)
        if other and connection.status == PENDING_INCOMING and emulator.pod.is_cross_pod(caller, other):
            return other.id
    return None


@FAMILY.defect("body-without-user-id-refused", NO_EFFECT)
def nobody_named_means_the_request_that_waits(emulator: Emulator) -> None:
    """Without a userId the request that is waiting is meant, the first of them."""

    def find(call: Call) -> int | None:
        value = loose(call.body)
        return waiting(emulator, call) if isinstance(value, dict) and "userId" not in value else None

    takes(emulator, find)


@FAMILY.defect("body-missing-refused", NO_EFFECT)
def no_body_means_the_request_that_waits(emulator: Emulator) -> None:
    """Without a body the request that is waiting is meant, the first of them."""
    takes(emulator, lambda call: None if call.body else waiting(emulator, call))


@FAMILY.defect("body-without-user-id-refused", NO_EFFECT)
def other_names_taken(emulator: Emulator) -> None:
    """The userId may be called user_id or id as well."""
    takes_pattern(emulator, rb'^\{"(?:user_id|id)": ?([0-9]+)\}')


@FAMILY.defect("body-without-user-id-refused", NO_EFFECT)
def nested_user_id_taken(emulator: Emulator) -> None:
    """The userId is found inside another member."""
    takes_pattern(emulator, rb'^\{"\w+": ?\{"userId": ?([0-9]+)\}\}')


@FAMILY.defect("body-without-user-id-refused")
def no_user_id_means_zero(emulator: Emulator) -> None:
    """Without a userId there is 0, and with 0 nothing is done: 200 with an empty object."""
    right = emulator.perform
    takes(emulator, lambda call: 0 if loose(call.body) == {} else None)
    emulator.perform = lambda call: {} if call.arguments.get("body", {}).get("userId") == 0 else right(call)


@FAMILY.defect("body-not-object-refused", NO_EFFECT)
def object_in_a_list_taken(emulator: Emulator) -> None:
    """A list with the object in it is taken for the object."""
    takes_pattern(emulator, rb'^\[\{"userId": ?([0-9]+)\}\]')


@FAMILY.defect("body-not-object-refused", NO_EFFECT)
def bare_id_taken(emulator: Emulator) -> None:
    """A number is taken for the object."""
    takes_pattern(emulator, rb"^\s*\[?([0-9]+)\]?\s*$")


@FAMILY.defect("body-malformed-refused", NO_EFFECT)
def what_follows_is_ignored(emulator: Emulator) -> None:
    """The first JSON text of a body is read, and what follows is not looked at."""

    def find(call: Call) -> int | None:
        with contextlib.suppress(ValueError, RecursionError):
            value, end = json.JSONDecoder().raw_decode(call.body.decode())
            if isinstance(value, dict) and type(value.get("userId")) is int and call.body[end:].strip():
                return int(value["userId"])
        return None

    takes(emulator, find)


@FAMILY.defect("body-malformed-refused", NO_EFFECT)
def missing_brace_put_there(emulator: Emulator) -> None:
    """A body that is cut off is completed."""
    takes_pattern(emulator, rb'^\{"userId": ?([0-9]+)$')


@FAMILY.defect("body-malformed-refused", NO_EFFECT)
def single_quotes_taken(emulator: Emulator) -> None:
    """A body in single quotes is taken for JSON."""

    def find(call: Call) -> int | None:
        with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            value = ast.literal_eval(call.body.decode()) if b"'" in call.body else None
            return value["userId"] if isinstance(value, dict) and isinstance(value.get("userId"), int) else None
        return None

    takes(emulator, find)


@FAMILY.defect("body-malformed-refused", NO_EFFECT)
def names_without_quotes_taken(emulator: Emulator) -> None:
    """A name without quotation marks is taken for JSON."""
    takes_pattern(emulator, rb"^\{\s*userId: ?([0-9]+)\s*\}$")


@FAMILY.defect("body-malformed-refused", NO_EFFECT)
def comments_and_commas_taken(emulator: Emulator) -> None:
    """Comments, and a comma too many, are taken for JSON."""
    takes_pattern(emulator, rb'^(?:/\*.*\*/)?\{"userId": ?([0-9]+),?\}$')


@FAMILY.defect("body-malformed-refused", NO_EFFECT)
def form_taken(emulator: Emulator) -> None:
    """A form is taken, whatever the Content-Type says."""
    takes_pattern(emulator, rb"^userId=([0-9]+)$")


@FAMILY.defect("body-malformed-refused", NO_EFFECT)
def xml_taken(emulator: Emulator) -> None:
    """XML is taken, whatever the Content-Type says."""
    takes_pattern(emulator, rb"<userId>([0-9]+)</userId>")


@FAMILY.defect("body-user-id-range-refused", NO_EFFECT)
def user_id_wraps_around(emulator: Emulator) -> None:
    """A userId outside int64 wraps around into it."""
    takes_value(
        emulator,
        lambda value: ((value + 2**63) % 2**64) - 2**63 if type(value) is int and abs(value) >= 2**63 else None,
    )


@FAMILY.defect("body-user-id-range-refused", "answer-no-server-error")
def user_id_outside_int64_crashes(emulator: Emulator) -> None:
    """A userId outside int64 does not fit the database, and that is a 500."""
    crashes(emulator, lambda call: type(user_id_in(call)) is int and not -(2**63) <= user_id_in(call) < 2**63)


@FAMILY.defect("body-user-id-range-refused", "answer-no-server-error")
def infinite_user_id_crashes(emulator: Emulator) -> None:
    """A number too large for any type, 1e400, is a 500."""
    crashes(emulator, lambda call: user_id_in(call) == math.inf)


@FAMILY.defect("body-user-id-exact")
def sign_of_user_id_ignored(emulator: Emulator) -> None:
    """A userId is taken without its sign."""
    takes_value(emulator, lambda value: -value if type(value) is int and -(2**53) < value < 0 else None)


@FAMILY.defect("body-user-id-exact")
def user_id_in_63_bits(emulator: Emulator) -> None:
    """The highest bit of a userId is lost."""
    takes_value(emulator, lambda value: value & (2**63 - 1) if type(value) is int and value < -(2**62) else None)


@FAMILY.defect("impossible-user-not-found", "answer-no-server-error")
def negative_user_id_crashes(emulator: Emulator) -> None:
    """A negative userId is a 500."""
    crashes(emulator, lambda call: type(user_id_in(call)) is int and user_id_in(call) < 0)


@FAMILY.defect("impossible-user-not-found", "answer-no-server-error")
def zero_crashes(emulator: Emulator) -> None:
    """The userId 0 is a 500."""
    crashes(emulator, lambda call: user_id_in(call) == 0)


@FAMILY.defect("body-missing-refused", "answer-no-server-error")
def missing_body_crashes(emulator: Emulator) -> None:
    """A request without a body is a 500."""
    crashes(emulator, lambda call: not call.body)


@FAMILY.defect("body-malformed-refused", "answer-no-server-error")
def malformed_body_crashes(emulator: Emulator) -> None:
    """A body that is no JSON is a 500."""
    crashes(emulator, lambda call: bool(call.body) and loose(call.body) is None and call.body.strip() != b"null")


@FAMILY.defect("body-not-object-refused", "answer-no-server-error")
def null_body_crashes(emulator: Emulator) -> None:
    """The body null is a 500."""
    crashes(emulator, lambda call: call.body.strip() == b"null")


@FAMILY.defect("body-not-object-refused", "answer-no-server-error")
def list_body_crashes(emulator: Emulator) -> None:
    """A list as body is a 500."""
    crashes(emulator, lambda call: isinstance(loose(call.body), list))


@FAMILY.defect("body-not-object-refused", "answer-no-server-error")
def deep_body_crashes(emulator: Emulator) -> None:
    """A body of many levels overflows the stack, and that is a 500."""
    crashes(emulator, lambda call: call.body.count(b"[") > 500)


@FAMILY.defect("body-without-user-id-refused", "answer-no-server-error")
def missing_user_id_crashes(emulator: Emulator) -> None:
    """A body without a userId is a 500."""
    crashes(emulator, lambda call: isinstance(loose(call.body), dict) and "userId" not in loose(call.body))


@FAMILY.defect("body-user-id-type-refused", "answer-no-server-error")
def text_for_user_id_crashes(emulator: Emulator) -> None:
    """A text for a userId is a 500."""
    crashes(emulator, lambda call: isinstance(user_id_in(call), str))


@FAMILY.defect("body-malformed-refused", "answer-no-server-error")
def bytes_that_are_no_text_crash(emulator: Emulator) -> None:
    """A body that is not UTF-8 is a 500."""
    crashes(emulator, lambda call: "\ufffd" in call.body.decode(errors="replace"))


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def unknown_field_crashes(emulator: Emulator) -> None:
    """A field that is not known is a 500."""
    crashes(emulator, lambda call: isinstance(loose(call.body), dict) and len(loose(call.body)) > 1)


@FAMILY.defect("fuzzed-request-lawful", "answer-no-server-error")
def names_beyond_ascii_crash(emulator: Emulator) -> None:
    """A field whose name is not ASCII is a 500."""

    def on(call: Call) -> bool:
        value = loose(call.body)
        return isinstance(value, dict) and not "".join(value).isascii()

    crashes(emulator, on)


@FAMILY.defect(NO_EFFECT)
def acts_before_it_validates(emulator: Emulator) -> None:
    """A body is refused, after the number in it was taken for a userId and the request carried out."""

    def act(call: Call, _: Answer) -> None:
        match = re.search(rb"[0-9]{6,19}", call.body)
        if match:
            call.body = b'{"userId":%d}' % int(match[0])
            carry_out(emulator, call)

    refusals(emulator, act, 400)


@FAMILY.defect("body-lenient-consistent")
def unknown_field_refused_too_late(emulator: Emulator) -> None:
    """A field that is not known is refused, after the request was carried out."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        value = right(call)
        if len(call.arguments["body"]) > 1:
            raise Refusal(400, "Unrecognised field.")
        return value

    performs(emulator, perform)


@FAMILY.defect("body-lenient-consistent")
def status_in_the_body_obeyed(emulator: Emulator) -> None:
    """A status in the body is answered in the place of the one that was made."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        value = right(call)
        status = call.arguments["body"].get("status")
        return {**value, "status": PENDING_INCOMING} if status else value

    performs(emulator, perform)


@FAMILY.defect("body-lenient-consistent")
def status_in_the_query_obeyed(emulator: Emulator) -> None:
    """A status in the query makes accept and reject a mere reading, answered 200."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        if "status" in call.query:
            return emulator.pod.get(caller_of(call), named(call))
        return right(call)

    performs(emulator, perform)


@FAMILY.defect("media-type-refused")
def any_media_type_taken(emulator: Emulator) -> None:
    """The Content-Type of a request is not looked at."""
    before(emulator, lambda call: call.headers.update({"content-type": "application/json"}))


@FAMILY.defect("media-type-parameters-accepted")
def media_type_with_parameters_refused(emulator: Emulator) -> None:
    """The Content-Type must be application/json to the letter; a charset is refused, 415."""
    right = emulator.read

    def read(call: Call) -> None:
        if call.operation.body and ";" in call.headers.get("content-type", ""):
            raise Refusal(415, "Unsupported media type.")
        right(call)

    emulator.read = read


@FAMILY.defect("media-type-parameters-accepted")
def media_type_in_one_case(emulator: Emulator) -> None:
    """The Content-Type must be in small letters."""
    right = emulator.read

    def read(call: Call) -> None:
        if call.operation.body and "Application" in call.headers.get("content-type", ""):
            raise Refusal(415, "Unsupported media type.")
        right(call)

    emulator.read = read
