"""What models and arguments are made of: values that may be absent or new, and what reads and writes JSON."""

import datetime
import enum
import json
import operator
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from importlib import import_module
from typing import Any, Final, Literal, NoReturn, Self, SupportsIndex, TypeAlias, TypeVar, cast

from attrs import define, field, fields

from .errors import DecodeError, UsageError

T = TypeVar("T")
Decoder = Callable[[object], T]


class Unset(enum.Enum):
    """The type of `UNSET`, of which there is exactly one; copies and pickles of it are itself."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""A field or an argument that is absent."""


class OpenEnum(enum.Enum):
    """An enum that takes any other value of its type too: a pod may gain values at any time."""

    @classmethod
    def decode(cls, value: object) -> Self:
        """The member for a value of JSON, whether the description lists it or not."""
        kind: Any = str if issubclass(cls, str) else int
        return cls(value) if type(value) is kind else refuse("a string" if kind is str else "an integer", value)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        kind = str if issubclass(cls, str) else int
        if type(value) is not kind:
            return None
        member: Self = cast("Any", kind).__new__(cls, value)
        member._name_, member._value_ = str(value), value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the description lists this value."""
        return type(self).__members__.get(self.name) is self


def unix_time(value: int | Unset) -> datetime.datetime | Unset:
    """A unix time as a datetime in UTC: milliseconds where it is 10^11 or more, else seconds.

    Raises:
        DecodeError: It is outside the years 1 to 9999.
    """
    if value is UNSET:
        return UNSET
    seconds = value / 1000 if abs(value) >= 10**11 else value
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise DecodeError(f"expected a unix time in the years 1 to 9999, found {value}") from None


JsonMember: TypeAlias = tuple[str, Decoder[Any], bool, bool]
"""One member of a JSON object: its name, what reads it, whether it is required, and whether it may be null."""


def member(name: str, decode: Decoder[Any], *, required: bool = False, nullable: bool = False) -> dict[str, Any]:
    """What makes an attribute of a model a member of its JSON object, as the attribute's metadata."""
    return {"json": (name, decode, required, nullable)}


_MEMBERS: dict[type, Mapping[str, JsonMember]] = {}


def json_members(model: type["Model"]) -> Mapping[str, JsonMember]:
    """The members of a model's JSON object that the description knows, by their attributes."""
    if model not in _MEMBERS:
        _MEMBERS[model] = {one.name: one.metadata["json"] for one in fields(model) if "json" in one.metadata}
    return _MEMBERS[model]


def _own_copy(additions: Mapping[str, Any]) -> dict[str, Any]:
    return deepcopy(dict(additions)) if additions else {}


# Without `from __future__ import annotations`, so that the models' modules need not know the types of its fields.
@define(repr=False)
class Model:
    """A JSON object of the description. It can change, so that it has no hash.

    Attributes:
        additional_properties: The members that the description does not know; written back by `to_dict`.
    """

    additional_properties: dict[str, Any] = field(factory=dict[str, Any], converter=_own_copy, kw_only=True)

    @classmethod
    def from_dict(cls, source: object) -> Self:
        """Read a decoded JSON object; a `null` where none is allowed is read as absent.

        Raises:
            DecodeError: It is no object, a required member is missing, or a value has not the declared type.
        """
        if not isinstance(source, (dict, Mapping)):  # a dict, which is quick to tell, in nearly every case
            refuse(f"an object ({cls.__name__})", source)
        rest = dict(cast("Mapping[str, Any]", source))
        values: dict[str, Any] = {}
        name = ""
        try:
            for attribute, (name, decode, required, nullable) in json_members(cls).items():
                value = rest.pop(name, UNSET)
                if value is UNSET and required:
                    raise DecodeError("required, and missing")
                absent = value is UNSET or (value is None and not required and not nullable)
                values[attribute] = UNSET if absent else decode(value)
        except DecodeError as error:
            raise error.within(name) from None
        return cls(**values, additional_properties=rest)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the members that are `UNSET`; `dict(model)` is the same.

        Raises:
            UsageError: It holds something that JSON cannot.
        """
        return {name: encoded(value) for name, value in self._present().items()}

    def to_json(self) -> str:
        """The JSON object as text."""
        return json.dumps(self.to_dict())

    def _present(self) -> dict[str, Any]:
        found = {name: getattr(self, attribute) for attribute, (name, *_) in json_members(type(self)).items()}
        return {name: value for name, value in (found | self.additional_properties).items() if value is not UNSET}

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.to_dict().items())

    def __contains__(self, name: object) -> bool:
        return name in self._present()

    def __getitem__(self, name: str) -> Any:
        return self._present()[name]

    def __repr__(self) -> str:
        found = {name: value for name in json_members(type(self)) if (value := getattr(self, name)) is not UNSET}
        if self.additional_properties:
            found["additional_properties"] = self.additional_properties
        shown = (f"{name}={value.value if isinstance(value, enum.Enum) else value!r}" for name, value in found.items())
        return f"{type(self).__name__}({', '.join(shown)})"

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> Any:
        """How pydantic, and so FastAPI, reads a model and writes it."""
        schemas = import_module("pydantic_core.core_schema")

        def read(value: object) -> "Model":
            try:
                return value if isinstance(value, cls) else cls.from_dict(value)
            except DecodeError as error:
                raise ValueError(str(error)) from None  # which pydantic takes for a fault of the value

        written = schemas.plain_serializer_function_ser_schema(cls.to_dict)
        return schemas.no_info_plain_validator_function(read, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, *_: Any) -> dict[str, Any]:
        """What pydantic says of a model in a JSON Schema."""
        return {"type": "object", "title": cls.__name__}


def encoded(value: Any) -> Any:
    """What `json.dumps` takes, of a value that a model or an argument holds.

    Raises:
        UsageError: JSON has no such value.
    """
    if isinstance(value, enum.Enum):
        value = value.value
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, str | float):
        return str(value) if isinstance(value, str) else float(value)
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, list | tuple):
        return [encoded(item) for item in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        return {name: encoded(item) for name, item in cast("Mapping[str, Any]", value).items()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if type(value).__name__ == "UUID":
        return str(value)
    if isinstance(value, SupportsIndex):
        return operator.index(value)
    raise UsageError(f"expected a value of JSON, found {type(value).__name__}")


def refuse(expected: str, found: object) -> NoReturn:
    """Raise the `DecodeError` of a value that has not the declared type."""
    shown = type(found).__name__
    if isinstance(found, Mapping | list):
        shown = "an array" if isinstance(found, list) else "an object"
    elif isinstance(found, str):
        shown = f'the string "{found}"' if len(found) <= 40 else f"a string of {len(found)} characters"
    elif isinstance(found, int) and found.bit_length() > 100:
        shown = f"an integer of {found.bit_length()} bits"
    elif found is None or isinstance(found, int | float):
        shown = json.dumps(found)
    raise DecodeError(f"expected {expected}, found {shown}")


def string(value: object) -> str:
    """A string."""
    return value if type(value) is str else refuse("a string", value)


def integer(bits: int) -> Decoder[int]:
    """A JSON integer that fits, written without a fraction or an exponent."""
    end = 1 << (bits - 1)

    def decode(value: object) -> int:
        return value if type(value) is int and -end <= value < end else refuse(f"an integer of {bits} bits", value)

    return decode


int32 = integer(32)
int64 = integer(64)


def array(item: Decoder[T]) -> Decoder[list[T]]:
    """A JSON array of what `item` decodes."""

    def decode(value: object) -> list[T]:
        if not isinstance(value, list):
            refuse("an array", value)
        items: list[T] = []
        try:
            items.extend(item(element) for element in cast("list[object]", value))
        except DecodeError as error:
            raise error.within(f"[{len(items)}]") from None
        return items

    return decode
