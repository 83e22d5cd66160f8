"""How the rarer values are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from .errors import DecodeError
from .model import Decoder, Model, refuse

T = TypeVar("T")
M = TypeVar("M", bound=Model)


def text_result(decode: Decoder[T]) -> Callable[[bytes], T]:
    """A result that is text; what is not UTF-8 in it is replaced."""
    return lambda body: decode(body.decode(errors="replace"))


def with_additions(model: M, decode: Decoder[Any]) -> M:
    """A model, when the members that the description does not list are read too."""
    for name, value in model.additional_properties.items():
        try:
            model.additional_properties[name] = decode(value)
        except DecodeError as error:
            raise error.within(name) from None
    return model


def anything(value: object) -> Any:
    """Any JSON value."""
    return value


def boolean(value: object) -> bool:
    """A boolean."""
    return value if isinstance(value, bool) else refuse("a boolean", value)


def number(value: object) -> float:
    """A JSON number that a float can hold."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**1023
    return float(value) if fits and isinstance(value, int | float) else refuse("a number", value)


def constant(only: T) -> Decoder[T]:
    """Exactly one value."""

    def decode(value: object) -> T:
        same = type(value) is type(only) and value == only
        return only if same else refuse("null" if only is None else repr(only), value)

    return decode


null = constant(None)


def built(build: Callable[[Any], T], expected: str, kind: type = str) -> Decoder[T]:
    """What `build` makes of a value of exactly one type: a date, a UUID."""

    def decode(value: object) -> T:
        if type(value) is not kind:
            refuse(expected, value)
        try:
            return build(value)
        except ValueError:
            refuse(expected, value)

    return decode


def mapping(decode: Decoder[T]) -> Decoder[dict[str, T]]:
    """A JSON object whose members have any names."""

    def read(value: object) -> dict[str, T]:
        if not isinstance(value, Mapping):
            refuse("an object", value)
        given = cast("Mapping[object, object]", value)
        if not all(isinstance(name, str) for name in given):
            refuse("an object whose names are text", given)
        members: dict[str, T] = {}
        for name, member in cast("Mapping[str, object]", given).items():
            try:
                members[name] = decode(member)
            except DecodeError as error:
                raise error.within(name) from None
        return members

    return read


def first_of(*decoders: Decoder[Any]) -> Decoder[Any]:
    """What the first of several decoders takes; of models, the first of those that know most of the members."""

    def decode(value: object) -> Any:
        faults: list[str] = []
        taken: list[Model] = []
        for attempt in decoders:
            try:
                read = attempt(value)
            except DecodeError as error:
                faults.append(str(error))
                continue
            if not isinstance(read, Model) or not read.additional_properties:
                return read
            taken.append(read)
        if taken:
            return min(taken, key=lambda model: len(model.additional_properties))
        raise DecodeError("; ".join(faults))

    return decode


def tagged(member: str, kinds: Mapping[str, Decoder[Any]], otherwise: Decoder[Any] | None = None) -> Decoder[Any]:
    """An object whose class is told by the value of one of its members.

    Args:
        member: The name of the member.
        kinds: What reads the object, by the member's value.
        otherwise: What reads an object with another value; without it such an object is refused.
    """

    def decode(value: object) -> Any:
        is_object = isinstance(value, Mapping)
        found = cast("Mapping[str, Any]", value).get(member) if is_object else None
        chosen = kinds.get(found, otherwise) if isinstance(found, str) else otherwise
        if chosen is None:
            refuse(f"an object whose {member} is one of {', '.join(kinds)}", value)
        return chosen(value)

    return decode
