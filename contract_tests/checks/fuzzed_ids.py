"""Puts ids into generated requests: ids of the cast, or ids that belong to no user."""

import re
from typing import Any

from ..contract.description import MAX_INT64

# Ids that no user has. Small positive numbers are not among them: some pods count their users from 1.
IMPOSSIBLE = (0, -1, -(2**63), MAX_INT64)

_DIGITS = re.compile(r"\d+")


def with_known_id(value: Any, user_id: int) -> Any:
    """Replace every number that a pod could read as a user id by a known id. The shape of the JSON value stays.

    Args:
        value: The generated value.
        user_id: The known id. It does not fit everywhere: digits in a string have no sign, and a float may lack the
            digits for the id and a fraction. There the number becomes 0, or a fraction less than one.
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
