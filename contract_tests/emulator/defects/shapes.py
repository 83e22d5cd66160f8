"""Defects in the shape of answers: something else stands where a UserConnection or an Error belongs."""

from collections.abc import Callable
from typing import Any

from ..app import Emulator
from ..changes import Family, as_json, refusals, successes
from ..pod import ACCEPT, REJECT

FAMILY = Family()


def reshape(emulator: Emulator, shape: Callable[[Any], Any], *to: str) -> None:
    """Replace the value of a success by one that a function makes of it."""
    successes(emulator, lambda _, answer: setattr(answer, "value", shape(answer.value)), to or (ACCEPT, REJECT))


def reshape_error(emulator: Emulator, shape: Callable[[Any], Any]) -> None:
    """Replace the Error of a refusal by a value that a function makes of it."""
    refusals(emulator, lambda _, answer: setattr(answer, "value", shape(answer.value)))


@FAMILY.defect("success-schema")
def success_in_a_list(emulator: Emulator) -> None:
    """A success is a list that holds the connection."""
    reshape(emulator, lambda value: [value])


@FAMILY.defect("success-schema")
def success_empty_list(emulator: Emulator) -> None:
    """A success is an empty list."""
    reshape(emulator, lambda _: [])


@FAMILY.defect("success-schema")
def success_null(emulator: Emulator) -> None:
    """A success is null."""
    reshape(emulator, lambda _: None)


@FAMILY.defect("success-schema")
def success_true(emulator: Emulator) -> None:
    """A success is true."""
    reshape(emulator, lambda _: True)


@FAMILY.defect("success-schema")
def success_ok(emulator: Emulator) -> None:
    """A success is the text ok."""
    reshape(emulator, lambda _: "ok")


@FAMILY.defect("success-schema")
def success_json_in_a_string(emulator: Emulator) -> None:
    """A success is a JSON string that holds the JSON of the connection."""
    reshape(emulator, lambda value: as_json(value).decode())


@FAMILY.defect("success-says-status")
def success_empty_object(emulator: Emulator) -> None:
    """A success is an empty object."""
    reshape(emulator, lambda _: {})


@FAMILY.defect("success-says-status")
def success_in_an_envelope(emulator: Emulator) -> None:
    """A success is wrapped in {"data": …}."""
    reshape(emulator, lambda value: {"data": value})


@FAMILY.defect("success-says-status")
def reject_says_only_a_message(emulator: Emulator) -> None:
    """Reject answers with a message and no connection, as remove does."""
    reshape(emulator, lambda _: {"format": "TEXT", "message": "Connection rejected."}, REJECT)


@FAMILY.defect("success-says-status")
def success_as_error(emulator: Emulator) -> None:
    """A success is an Error that says 200."""
    reshape(emulator, lambda _: {"code": 200, "message": "Success"})


@FAMILY.defect("success-says-status")
def success_in_snake_case(emulator: Emulator) -> None:
    """The members of a success have names in snake case."""
    reshape(emulator, lambda value: {"user_id": value["userId"], "connection_status": value["status"]})


@FAMILY.defect("success-says-status")
def success_in_capitals(emulator: Emulator) -> None:
    """The members of a success have names in capital letters."""
    reshape(emulator, lambda value: {name.upper(): member for name, member in value.items()})


@FAMILY.defect("answer-json")
def success_without_body(emulator: Emulator) -> None:
    """A success has no body."""
    successes(emulator, lambda _, answer: setattr(answer, "content", b""))


@FAMILY.defect("error-schema")
def error_in_a_list(emulator: Emulator) -> None:
    """A refusal is a list that holds the Error."""
    reshape_error(emulator, lambda error: [error])


@FAMILY.defect("error-schema")
def error_as_text(emulator: Emulator) -> None:
    """A refusal is a string with the message."""
    reshape_error(emulator, lambda error: error["message"])


@FAMILY.defect("error-schema")
def error_null(emulator: Emulator) -> None:
    """A refusal is null."""
    reshape_error(emulator, lambda _: None)


@FAMILY.defect("error-schema")
def error_code_as_string(emulator: Emulator) -> None:
    """The code of an Error is a string."""
    reshape_error(emulator, lambda error: {**error, "code": str(error["code"])})


@FAMILY.defect("error-schema")
def error_code_as_name(emulator: Emulator) -> None:
    """The code of an Error is a name."""
    reshape_error(emulator, lambda error: {**error, "code": "CONNECTION_ERROR"})


@FAMILY.defect("error-schema")
def error_code_as_float(emulator: Emulator) -> None:
    """The code of an Error has a fraction."""
    reshape_error(emulator, lambda error: {**error, "code": error["code"] + 0.5})


@FAMILY.defect("error-schema")
def error_code_past_int32(emulator: Emulator) -> None:
    """The code of an Error is larger than int32."""
    reshape_error(emulator, lambda error: {**error, "code": 4_000_000_000 + error["code"]})


@FAMILY.defect("error-schema")
def error_code_null(emulator: Emulator) -> None:
    """The code of an Error is null."""
    reshape_error(emulator, lambda error: {**error, "code": None})


@FAMILY.defect("error-schema")
def error_code_boolean(emulator: Emulator) -> None:
    """The code of an Error is true."""
    reshape_error(emulator, lambda error: {**error, "code": True})


@FAMILY.defect("error-schema")
def error_message_null(emulator: Emulator) -> None:
    """The message of an Error is null."""
    reshape_error(emulator, lambda error: {**error, "message": None})


@FAMILY.defect("error-schema")
def error_message_as_object(emulator: Emulator) -> None:
    """The message of an Error is an object with a text for each language."""
    reshape_error(emulator, lambda error: {**error, "message": {"en": error["message"]}})


@FAMILY.defect("error-schema")
def error_message_as_list(emulator: Emulator) -> None:
    """The message of an Error is a list of messages."""
    reshape_error(emulator, lambda error: {**error, "message": [error["message"]]})


@FAMILY.defect("error-not-empty")
def error_without_message(emulator: Emulator) -> None:
    """The message of an Error is empty."""
    reshape_error(emulator, lambda error: {**error, "message": ""})


@FAMILY.defect("error-not-empty")
def error_of_a_framework(emulator: Emulator) -> None:
    """An Error has the members that a web framework writes by default: timestamp, status, path."""
    reshape_error(emulator, lambda error: {"timestamp": 1470018073812, "status": error["code"], "path": "/pod"})


@FAMILY.defect("answer-json")
def error_without_body(emulator: Emulator) -> None:
    """A refusal has no body."""
    refusals(emulator, lambda _, answer: setattr(answer, "content", b""))


@FAMILY.defect("answer-json")
def unauthorized_without_body(emulator: Emulator) -> None:
    """A 401 has no body; it has a WWW-Authenticate header."""
    refusals(emulator, lambda _, answer: setattr(answer, "content", b""), 401)
    refusals(emulator, lambda _, answer: answer.headers.update({"www-authenticate": "Session"}), 401)
