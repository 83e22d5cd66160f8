"""Ids in generated requests: somebody of the cast, or nobody."""

import re
from typing import Any

from ..contract.description import MAX_INT64

IMPOSSIBLE = (0, -1, -(2**63), MAX_INT64)  # not 1 and the like: some pods count their users from there

_DIGITS = re.compile(r"\d+")


def with_known_id(value: Any, user_id: int) -> Any:
    """A JSON value of the same shape, where one id takes the place of every number that could be read as an id.

    Args:
        value: What was generated.
        user_id: Somebody of the cast, or nobody. Where it cannot stand, since a text has no sign and a fraction
            may need more digits than a float has, the number is less than one.
    """
    if isinstance(value, dict):
        return {name: with_known_id(member, user_id) for name, member in value.items()}
    if isinstance(value, list):
        return [with_known_id(member, user_id) for member in value]
    if isinstance(value, str):
        return _DIGITS.sub(str(max(user_id, 0)), value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_INT64:
        return value
    if value % 1 == 0:
        return user_id
    number = user_id + value % 1
    return number if int(number) == user_id else value % 1
