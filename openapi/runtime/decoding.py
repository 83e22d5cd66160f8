"""How the values of JSON are read: strings, integers, enums, arrays and models."""

from __future__ import annotations

from typing import TypeVar, cast

from .errors import DecodeError
from .model import Decoder, refuse
from .types import OpenEnum

T = TypeVar("T")
E = TypeVar("E", bound=OpenEnum)


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


def open_enum(kind: type[E], of: type) -> Decoder[E]:
    """An enum's value, whether the description lists it or not."""

    def decode(value: object) -> E:
        return kind(value) if type(value) is of else refuse("a string" if of is str else "an integer", value)

    return decode


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
