"""Defects in reading bodies: invalid ones are accepted, answered 500, or carried out although they are refused."""

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


def loose(body: bytes) -> Any:
    """The body as a lenient parser reads it; None if it cannot be parsed."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(body)
    return None


def user_id_in(call: Call) -> Any:
    """The value of userId in a body, of any type; None if there is none."""
    value = loose(call.body)
    return value.get("userId") if isinstance(value, dict) else None


def takes(emulator: Emulator, find: Callable[[Call], int | None]) -> None:
    """Use the number that a function finds in a body as the userId."""
    right = emulator.read

    def read(call: Call) -> None:
        found = find(call) if call.operation.body else None
        if found is not None:
            call.body = b'{"userId":%d}' % found
        right(call)

    emulator.read = read


def takes_pattern(emulator: Emulator, pattern: bytes) -> None:
    """Use the number that a pattern finds in a body as the userId."""

    def find(call: Call) -> int | None:
        match = re.search(pattern, call.body)
        return int(match[1]) if match else None

    takes(emulator, find)


def takes_value(emulator: Emulator, convert: Callable[[Any], int | None]) -> None:
    """Use the number that a function makes of the value of userId."""
    takes(emulator, lambda call: convert(user_id_in(call)))


def crashes(emulator: Emulator, on: Callable[[Call], bool]) -> None:
    """Answer certain bodies with 500."""
    right = emulator.read

    def read(call: Call) -> None:
        if call.operation.body and on(call):
            raise Refusal(500, "Internal server error.")
        right(call)

    emulator.read = read


@FAMILY.defect("body-user-id-not-coerced")
def string_taken(emulator: Emulator) -> None:
    """A string of digits is accepted as the userId."""
    takes_value(
        emulator, lambda value: int(value) if isinstance(value, str) and re.fullmatch("[0-9]+", value) else None
    )


@FAMILY.defect("body-user-id-not-coerced")
def string_with_blanks_taken(emulator: Emulator) -> None:
    """A string of digits with blanks around it or a plus sign before it is accepted as the userId."""
    takes_value(
        emulator, lambda value: int(value) if isinstance(value, str) and re.fullmatch(" *[+]?[0-9]+ *", value) else None
    )


@FAMILY.defect("body-user-id-type-refused")
def digits_at_the_start_taken(emulator: Emulator) -> None:
    """The digits at the start of a string are accepted as the userId, as parseInt reads 7078106103809x."""

    def convert(value: Any) -> int | None:
        match = re.match("[0-9]+", value) if isinstance(value, str) else None
        return int(match[0]) if match else None

    takes_value(emulator, convert)


@FAMILY.defect("body-user-id-type-refused")
def fraction_cut_off(emulator: Emulator) -> None:
    """A number with a fraction is accepted as the userId, and the fraction is cut off."""
    takes_value(emulator, lambda value: math.floor(value) if isinstance(value, float) and abs(value) < 2**60 else None)


@FAMILY.defect("body-user-id-not-coerced")
def list_of_one_taken(emulator: Emulator) -> None:
    """A list that holds one id is accepted as the userId."""
    takes_value(
        emulator,
        lambda value: value[0] if isinstance(value, list) and value and isinstance(value[0], int) else None,
    )


@FAMILY.defect("body-user-id-type-refused")
def object_taken(emulator: Emulator) -> None:
    """An object that holds an id is accepted as the userId."""

    def convert(value: Any) -> int | None:
        ids = [member for member in value.values() if isinstance(member, int)] if isinstance(value, dict) else []
        return ids[0] if ids else None

    takes_value(emulator, convert)


@FAMILY.defect("body-user-id-type-refused")
def null_user_id_means_waiting_request(emulator: Emulator) -> None:
    """If the userId is null, the pod answers the first request that waits for the caller."""

    def find(call: Call) -> int | None:
        value = loose(call.body)
        is_null = isinstance(value, dict) and "userId" in value and value["userId"] is None
        return waiting(emulator, call) if is_null else None

    takes(emulator, find)


def waiting(emulator: Emulator, call: Call) -> int | None:
    """The id of the first user whose request waits for the caller and can be answered; None if there is none."""
    caller = caller_of(call)
    for connection in emulator.pod.store.connections(caller.id):
        other = emulator.pod.store.user(connection.other_id)
        if other and connection.status == PENDING_INCOMING and emulator.pod.is_cross_pod(caller, other):
            return other.id
    return None


@FAMILY.defect("body-without-user-id-refused")
def missing_user_id_means_waiting_request(emulator: Emulator) -> None:
    """If the body has no userId, the pod answers the first request that waits for the caller."""

    def find(call: Call) -> int | None:
        value = loose(call.body)
        return waiting(emulator, call) if isinstance(value, dict) and "userId" not in value else None

    takes(emulator, find)


@FAMILY.defect("body-missing-refused")
def missing_body_means_waiting_request(emulator: Emulator) -> None:
    """If there is no body, the pod answers the first request that waits for the caller."""
    takes(emulator, lambda call: None if call.body else waiting(emulator, call))


@FAMILY.defect("body-without-user-id-refused")
def other_names_taken(emulator: Emulator) -> None:
    """A member called user_id or id is accepted as the userId."""
    takes_pattern(emulator, rb'^\{"(?:user_id|id)": ?([0-9]+)\}')


@FAMILY.defect("body-without-user-id-refused")
def nested_user_id_taken(emulator: Emulator) -> None:
    """A userId inside another member is accepted."""
    takes_pattern(emulator, rb'^\{"\w+": ?\{"userId": ?([0-9]+)\}\}')


@FAMILY.defect("body-without-user-id-refused")
def no_user_id_means_zero(emulator: Emulator) -> None:
    """A body without a userId is answered 200 with an empty object, and nothing is done."""
    right = emulator.perform
    takes(emulator, lambda call: 0 if loose(call.body) == {} else None)
    emulator.perform = lambda call: {} if call.arguments.get("body", {}).get("userId") == 0 else right(call)


@FAMILY.defect("body-not-object-refused")
def object_in_a_list_taken(emulator: Emulator) -> None:
    """A list that holds the object is accepted as the object."""
    takes_pattern(emulator, rb'^\[\{"userId": ?([0-9]+)\}\]')


@FAMILY.defect("body-not-object-refused")
def bare_id_taken(emulator: Emulator) -> None:
    """A bare number is accepted as the body."""
    takes_pattern(emulator, rb"^\s*\[?([0-9]+)\]?\s*$")


@FAMILY.defect("body-lenient-json-refused")
def what_follows_is_ignored(emulator: Emulator) -> None:
    """The pod reads the first JSON text of a body and ignores the bytes after it."""

    def find(call: Call) -> int | None:
        with contextlib.suppress(ValueError, RecursionError):
            value, end = json.JSONDecoder().raw_decode(call.body.decode())
            if isinstance(value, dict) and type(value.get("userId")) is int and call.body[end:].strip():
                return int(value["userId"])
        return None

    takes(emulator, find)


@FAMILY.defect("body-malformed-refused")
def missing_brace_put_there(emulator: Emulator) -> None:
    """The pod adds a closing brace that is missing."""
    takes_pattern(emulator, rb'^\{"userId": ?([0-9]+)$')


@FAMILY.defect("body-lenient-json-refused")
def single_quotes_taken(emulator: Emulator) -> None:
    """A body with single quotes is accepted as JSON."""

    def find(call: Call) -> int | None:
        with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            value = ast.literal_eval(call.body.decode()) if b"'" in call.body else None
            return value["userId"] if isinstance(value, dict) and isinstance(value.get("userId"), int) else None
        return None

    takes(emulator, find)


@FAMILY.defect("body-lenient-json-refused")
def names_without_quotes_taken(emulator: Emulator) -> None:
    """A member's name without quotation marks is accepted."""
    takes_pattern(emulator, rb"^\{\s*userId: ?([0-9]+)\s*\}$")


@FAMILY.defect("body-lenient-json-refused")
def comments_and_commas_taken(emulator: Emulator) -> None:
    """Comments and a trailing comma are accepted."""
    takes_pattern(emulator, rb'^(?:/\*.*\*/)?\{"userId": ?([0-9]+),?\}$')


@FAMILY.defect("body-malformed-refused")
def form_taken(emulator: Emulator) -> None:
    """A form is accepted under any Content-Type."""
    takes_pattern(emulator, rb"^userId=([0-9]+)$")


@FAMILY.defect("body-malformed-refused")
def xml_taken(emulator: Emulator) -> None:
    """XML is accepted under any Content-Type."""
    takes_pattern(emulator, rb"<userId>([0-9]+)</userId>")


@FAMILY.defect("body-user-id-range-refused")
def user_id_wraps_around(emulator: Emulator) -> None:
    """A userId outside int64 wraps around."""
    takes_value(
        emulator,
        lambda value: ((value + 2**63) % 2**64) - 2**63 if type(value) is int and abs(value) >= 2**63 else None,
    )


@FAMILY.defect("body-user-id-range-refused", "answer-no-server-error")
def user_id_outside_int64_crashes(emulator: Emulator) -> None:
    """A userId outside int64 is answered 500, because it does not fit the database."""
    crashes(emulator, lambda call: type(user_id_in(call)) is int and not -(2**63) <= user_id_in(call) < 2**63)


@FAMILY.defect("body-user-id-range-refused", "answer-no-server-error")
def infinite_user_id_crashes(emulator: Emulator) -> None:
    """A userId that no number type can hold, 1e400, is answered 500."""
    crashes(emulator, lambda call: user_id_in(call) == math.inf)


@FAMILY.defect("body-user-id-exact")
def sign_of_user_id_ignored(emulator: Emulator) -> None:
    """The sign of a userId is ignored."""
    takes_value(emulator, lambda value: -value if type(value) is int and -(2**53) < value < 0 else None)


@FAMILY.defect("body-user-id-exact")
def user_id_in_63_bits(emulator: Emulator) -> None:
    """The highest bit of a userId is lost."""
    takes_value(emulator, lambda value: value & (2**63 - 1) if type(value) is int and value < -(2**62) else None)


@FAMILY.defect("impossible-user-not-found", "answer-no-server-error")
def negative_user_id_crashes(emulator: Emulator) -> None:
    """A negative userId is answered 500."""
    crashes(emulator, lambda call: type(user_id_in(call)) is int and user_id_in(call) < 0)


@FAMILY.defect("impossible-user-not-found", "answer-no-server-error")
def zero_crashes(emulator: Emulator) -> None:
    """The userId 0 is answered 500."""
    crashes(emulator, lambda call: user_id_in(call) == 0)


@FAMILY.defect("body-missing-refused", "answer-no-server-error")
def missing_body_crashes(emulator: Emulator) -> None:
    """A request without a body is answered 500."""
    crashes(emulator, lambda call: not call.body)


@FAMILY.defect("body-malformed-refused", "answer-no-server-error")
def malformed_body_crashes(emulator: Emulator) -> None:
    """A body that is not JSON is answered 500."""
    crashes(emulator, lambda call: bool(call.body) and loose(call.body) is None and call.body.strip() != b"null")


@FAMILY.defect("body-not-object-refused", "answer-no-server-error")
def null_body_crashes(emulator: Emulator) -> None:
    """The body null is answered 500."""
    crashes(emulator, lambda call: call.body.strip() == b"null")


@FAMILY.defect("body-not-object-refused", "answer-no-server-error")
def list_body_crashes(emulator: Emulator) -> None:
    """A list as the body is answered 500."""
    crashes(emulator, lambda call: isinstance(loose(call.body), list))


@FAMILY.defect("body-not-object-refused", "answer-no-server-error")
def deep_body_crashes(emulator: Emulator) -> None:
    """A deeply nested body overflows the stack and is answered 500."""
    crashes(emulator, lambda call: call.body.count(b"[") > 500)


@FAMILY.defect("body-without-user-id-refused", "answer-no-server-error")
def missing_user_id_crashes(emulator: Emulator) -> None:
    """A body without a userId is answered 500."""
    crashes(emulator, lambda call: isinstance(loose(call.body), dict) and "userId" not in loose(call.body))


@FAMILY.defect("body-user-id-type-refused", "answer-no-server-error")
def text_for_user_id_crashes(emulator: Emulator) -> None:
    """A string as the userId is answered 500."""
    crashes(emulator, lambda call: isinstance(user_id_in(call), str))


@FAMILY.defect("body-malformed-refused", "answer-no-server-error")
def bytes_that_are_no_text_crash(emulator: Emulator) -> None:
    """A body that is not UTF-8 is answered 500."""
    crashes(emulator, lambda call: "\ufffd" in call.body.decode(errors="replace"))


@FAMILY.defect("body-lenient-consistent", "answer-no-server-error")
def unknown_field_crashes(emulator: Emulator) -> None:
    """A body with an unknown field is answered 500."""
    crashes(emulator, lambda call: isinstance(loose(call.body), dict) and len(loose(call.body)) > 1)


@FAMILY.defect("fuzzed-request-lawful", "answer-no-server-error")
def names_beyond_ascii_crash(emulator: Emulator) -> None:
    """A field whose name is not ASCII is answered 500."""

    def on(call: Call) -> bool:
        value = loose(call.body)
        return isinstance(value, dict) and not "".join(value).isascii()

    crashes(emulator, on)


@FAMILY.defect("body-refused-no-effect")
def acts_before_it_validates(emulator: Emulator) -> None:
    """The pod takes the number in an invalid body as the userId, carries the request out, and refuses it afterwards."""

    def act(call: Call, _: Answer) -> None:
        match = re.search(rb"[0-9]{6,19}", call.body)
        if match:
            call.body = b'{"userId":%d}' % int(match[0])
            carry_out(emulator, call)

    refusals(emulator, act, 400)


@FAMILY.defect("body-lenient-consistent")
def unknown_field_refused_too_late(emulator: Emulator) -> None:
    """The pod carries out a request with an unknown field, and refuses it afterwards."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        value = right(call)
        if len(call.arguments["body"]) > 1:
            raise Refusal(400, "Unrecognised field.")
        return value

    performs(emulator, perform)


@FAMILY.defect("body-lenient-consistent")
def status_in_the_body_obeyed(emulator: Emulator) -> None:
    """If the body has a status, the request is carried out, and the answer says PENDING_INCOMING."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        value = right(call)
        status = call.arguments["body"].get("status")
        return {**value, "status": PENDING_INCOMING} if status else value

    performs(emulator, perform)


@FAMILY.defect("body-lenient-consistent")
def status_in_the_query_obeyed(emulator: Emulator) -> None:
    """If the query has a status, accept and reject only read the connection and answer 200."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        if "status" in call.query:
            return emulator.pod.get(caller_of(call), named(call))
        return right(call)

    performs(emulator, perform)


@FAMILY.defect("media-type-refused")
def any_media_type_taken(emulator: Emulator) -> None:
    """The Content-Type of a request is ignored."""
    before(emulator, lambda call: call.headers.update({"content-type": "application/json"}))


@FAMILY.defect("media-type-parameters-accepted")
def media_type_with_parameters_refused(emulator: Emulator) -> None:
    """A Content-Type with a parameter, such as a charset, is answered 415."""
    right = emulator.read

    def read(call: Call) -> None:
        if call.operation.body and ";" in call.headers.get("content-type", ""):
            raise Refusal(415, "Unsupported media type.")
        right(call)

    emulator.read = read


@FAMILY.defect("media-type-parameters-accepted")
def media_type_in_one_case(emulator: Emulator) -> None:
    """A Content-Type with capital letters is answered 415."""
    right = emulator.read

    def read(call: Call) -> None:
        if call.operation.body and "Application" in call.headers.get("content-type", ""):
            raise Refusal(415, "Unsupported media type.")
        right(call)

    emulator.read = read
