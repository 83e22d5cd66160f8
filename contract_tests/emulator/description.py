"""The description as a server needs it: routes, parameters and the schemas of bodies."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import DESCRIPTION_PATH
from .described import Example, example_of
from .refusal import Refusal

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_INTEGER = re.compile(r"-?[0-9]{1,30}")

_MOST_DIGITS = 25
"""Digits; whole numbers with more are outside int64 anyway."""


def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


def _is_int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


class Schema:
    """A schema of the description, compiled.

    Args:
        schema: The schema; it may contain references to the components.
        components: The description's ``components``.
        where: The name of what is validated, for messages, such as ``The body``.
    """

    def __init__(self, schema: Mapping[str, Any], components: Mapping[str, Any], where: str) -> None:
        # A reference is followed here, once, and not with every request.
        name = str(schema.get("$ref", "")).removeprefix("#/components/schemas/")
        schema = components["schemas"][name] if "$ref" in schema else schema
        self._is_surely_valid = _quick_check(schema)
        self._schema = {**schema, "components": components}
        self._where = where

    @cached_property
    def _validator(self) -> "Draft202012Validator":
        # With the first value that is not surely valid, because it takes its time.
        from jsonschema import Draft202012Validator, FormatChecker

        formats = FormatChecker(formats=())
        for name, check in _QUICK_FORMATS.items():
            formats.checks(name)(check)
        return Draft202012Validator(self._schema, format_checker=formats)

    def require(self, value: object) -> None:
        """Refuse a value that breaks the schema.

        Raises:
            Refusal: 400; the message says where and what was expected. The value may be a secret and is not
                repeated.
        """
        if self._is_surely_valid(value):
            return
        for error in self._validator.iter_errors(value):
            place = "".join(f".{name}" if isinstance(name, str) else f"[{name}]" for name in error.absolute_path)
            raise Refusal(400, f"{self._where}{place}: expected {error.validator} {json.dumps(error.validator_value)}.")


Check = Callable[[object], bool]

_ANNOTATIONS = {"title", "description", "example", "examples", "deprecated", "default"}
_QUICK_TYPES: Mapping[str, Check] = {
    "integer": lambda value: type(value) is int,
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, dict),
}
_QUICK_FORMATS: Mapping[str, Check] = {"int32": _is_int32, "int64": _is_int64}


def _quick_check(schema: Mapping[str, Any]) -> Check:
    """Whether a value surely keeps a schema, in a hundredth of the validator's time.

    Only types, formats and the members of objects are looked at. For any other schema, no value is sure.
    """
    members = schema.get("properties", {})
    is_simple = (
        schema.get("type") in _QUICK_TYPES
        and schema.get("format", "int64") in _QUICK_FORMATS
        and schema.keys() <= {"type", "format", "properties", "required", *_ANNOTATIONS}
    )
    if not is_simple:
        return lambda _: False
    is_of_type = _QUICK_TYPES[schema["type"]]
    is_of_format = _QUICK_FORMATS[schema.get("format", "int64")]
    if schema["type"] != "object":
        return lambda value: is_of_type(value) and is_of_format(value)
    required = tuple(schema.get("required", ()))
    checks = tuple((name, _quick_check(member)) for name, member in members.items())

    def is_valid(value: object) -> bool:
        return (
            isinstance(value, dict)
            and all(name in value for name in required)
            and all(check(value[name]) for name, check in checks if name in value)
        )

    return is_valid


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the path or the query.

    Attributes:
        name: Its name, such as ``userIds``.
        place: ``path`` or ``query``.
        is_required: Whether a request without it is refused.
        is_integer: Whether the schema's type is integer.
        choices: The strings that the schema allows; empty if it allows others too. Their case does not matter.
        schema: The schema of the value.
    """

    name: str
    place: str
    is_required: bool
    is_integer: bool
    choices: tuple[str, ...]
    schema: Schema

    def read(self, text: str | None) -> object:
        """The value of the parameter.

        Args:
            text: The decoded text; None if the parameter is missing.

        Raises:
            Refusal: 400; the parameter is missing or breaks the schema.
        """
        if text is None:
            if self.is_required:
                raise Refusal(400, f"{self.place} parameter {self.name} is missing.")
            return None
        chosen = (choice for choice in self.choices if choice.lower() == text.lower())
        value = int(text) if self.is_integer and _INTEGER.fullmatch(text) else next(chosen, text)
        self.schema.require(value)
        return value


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the description.

    Attributes:
        id: The ``operationId``.
        method: The HTTP method, in capitals.
        path: The path below the pod's base address, with ``{names}`` of parameters.
        session_header: The header with the session token; None if no session is needed.
        body: The schema of the body; None if the operation has no body.
        parameters: The parameters in path and query.
        example: An answer that it documents as success.
        needs_session: Whether it documents the refusal of a call without a session.
    """

    id: str
    method: str
    path: str
    session_header: str | None
    body: Schema | None
    parameters: tuple[Parameter, ...]
    example: Example
    needs_session: bool


@cache
def read_operations(path: Path = DESCRIPTION_PATH) -> tuple[Operation, ...]:
    """The operations of the description.

    Args:
        path: An OpenAPI 3.1 document in JSON; every operation has an ``operationId``.
    """
    description = json.loads(path.read_text(encoding="utf-8"))
    components = description.get("components", {})
    return tuple(
        _operation(route, method.upper(), operation, components)
        for route, item in description["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    )


def _operation(route: str, method: str, operation: Mapping[str, Any], components: Mapping[str, Any]) -> Operation:
    schemes = components.get("securitySchemes", {})
    named = [schemes[name] for scheme in operation.get("security", ()) for name in scheme]
    headers = [scheme["name"] for scheme in named if scheme.get("in") == "header"]
    json_body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Operation(
        id=operation["operationId"],
        method=method,
        path=route,
        session_header=headers[0] if headers else None,
        body=Schema(json_body["schema"], components, "The body") if "schema" in json_body else None,
        parameters=tuple(
            Parameter(
                name=parameter["name"],
                place=parameter["in"],
                is_required=parameter.get("required", False),
                is_integer=parameter["schema"].get("type") == "integer",
                choices=tuple(parameter["schema"].get("enum", ())),
                schema=Schema(parameter["schema"], components, f"{parameter['in']} parameter {parameter['name']}"),
            )
            for parameter in operation.get("parameters", ())
            if parameter.get("in") in ("path", "query") and "schema" in parameter
        ),
        example=example_of(operation, components),
        needs_session="401" in operation["responses"],
    )


def read_json(content: bytes) -> object:
    """Read a body as JSON, strictly.

    Args:
        content: The bytes of the body.

    Returns:
        The value. Whole numbers are integers, whatever they are written like (JSON Schema counts 1.0 among them).

    Raises:
        Refusal: 400; the body is not UTF-8, not JSON (NaN and Infinity are not), nested too deeply, or an
            object has a member twice.
    """
    try:
        return _DECODER.decode(content.decode("utf-8"))
    except (ValueError, RecursionError):
        # From None, because the error quotes the body, which may hold a secret.
        raise Refusal(400, "The body is not well-formed JSON in UTF-8.") from None


def _number(text: str) -> int | float:
    # By Decimal, because a float cannot hold every int64; without those that would fill the memory.
    try:
        number = Decimal(text)
    except InvalidOperation:
        return float(text)  # an exponent beyond Decimal's: infinite, or next to nothing
    if number.is_zero():
        return 0
    is_whole = -_MOST_DIGITS < number.adjusted() < _MOST_DIGITS and number == number.to_integral_value()
    return int(number) if is_whole else float(text)


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _no_repeated_member(members: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(members)
    if len(value) != len(members):
        raise Refusal(400, "The body has an object with the same member twice.")
    return value


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_no_constant, object_pairs_hook=_no_repeated_member)
