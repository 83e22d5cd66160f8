"""Holds the body of an answer against a schema of the description."""

from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from .description import description, resolved


class WrittenAsFraction(int):
    """An integer that the JSON text writes with a fraction or an exponent, such as 1.0 or 1E0; no digit is lost."""


def validator(schema: dict[str, Any], *, plain: bool = False) -> Any:
    """What validates the body of an answer.

    Args:
        schema: A schema of the description.
        plain: Whether an integer has to be written without a fraction and without an exponent.
    """
    # The references in the schema point into `components`.
    whole = {**schema, "components": description().get("components", {})}
    return (_PlainValidator if plain else _Validator)(whole, format_checker=_formats)


def first_fault(validating: Any, body: Any) -> str | None:
    """The first thing that is wrong with a body, with its place; None if nothing is."""
    for error in validating.iter_errors(body):
        place = "/".join(str(part) for part in error.absolute_path)
        return f"{place}: {error.message}" if place else str(error.message)
    return None


def _is_integer(_: Any, instance: Any) -> bool:
    """An integer. OpenAPI 3.1.1, 4.4: "both 1 and 1.0 are equivalent, and are both considered to be integers"."""
    return isinstance(instance, int) and not isinstance(instance, bool)


def _is_plain_integer(_: Any, instance: Any) -> bool:
    """An integer that is written without a fraction or an exponent: some readers refuse 1.0 as an int64."""
    return _is_integer(_, instance) and not isinstance(instance, WrittenAsFraction)


def _required(_: Any, names: list[str], instance: Any, schema: dict[str, Any]) -> Iterator[ValidationError]:
    """What is written only is in no answer, though the schema requires it."""
    for name in names if isinstance(instance, dict) else ():
        if name not in instance and not _is_written_only(schema.get("properties", {}).get(name)):
            yield ValidationError(f"{name!r} is a required property")


def _is_written_only(schema: Any) -> bool:
    return isinstance(schema, dict) and (schema.get("writeOnly") is True or resolved(schema).get("writeOnly") is True)


def _validator_type(is_integer: Callable[[Any, Any], bool]) -> Any:
    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", is_integer)
    return extend(Draft202012Validator, {"required": _required}, type_checker=checker)  # type: ignore[no-untyped-call] # the stubs leave it untyped


_Validator, _PlainValidator = _validator_type(_is_integer), _validator_type(_is_plain_integer)
_formats = FormatChecker(formats=())


@_formats.checks("int32")
def _within_int32(instance: Any) -> bool:
    return not _is_integer(None, instance) or -(2**31) <= instance < 2**31


@_formats.checks("int64")
def _within_int64(instance: Any) -> bool:
    return not _is_integer(None, instance) or -(2**63) <= instance < 2**63
