"""Values that are not in every JSON: what is absent, enums that may grow, and times."""

from __future__ import annotations

import datetime
import enum
from typing import Any, Final, Literal, Self, cast

from .errors import DecodeError


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


class OpenStrEnum(OpenEnum, enum.StrEnum):
    """Strings, of which the description lists some."""


class OpenIntEnum(OpenEnum, enum.IntEnum):
    """Integers, of which the description lists some."""


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
