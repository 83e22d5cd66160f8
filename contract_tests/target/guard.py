"""Decides which requests may be sent: none that could touch anybody but the cast, no change without permission.

The pod under test may have any fault. So a request counts as naming every user that a careless pod could read
out of it, and not only the user that a correct pod reads.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from ..contract.description import MAX_INT64, operation
from ..contract.exchange import Request
from .target import Target

NOBODYS = (0, MAX_INT64)  # ids that no user has
# A number that a careless pod makes of other text counts as a user's only where it can be a real id: these have
# twelve digits and more, because the number of the pod comes before the number of the user.
LEAST_POSSIBLE_ID = 1000
MOST_POSSIBLE_ID = 2**62

_LITERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?")
_DIGITS = re.compile(r"\d+")
_LAST_DIGITS = 80  # 10**64 is a multiple of 2**64: digits before these change nothing in the lowest 64 bits


class NotPermitted(Exception):
    """The request could change a connection that the suite may not change."""


def check_permitted(request: Request, target: Target) -> None:
    """Refuse a request that could change a connection that the suite may not change.

    Raises:
        NotPermitted: The request could touch a user who is not of the cast. Or it could change a connection, and
            POD_ALLOW_WRITES is not set.
    """
    if request.method is None and operation(request.operation).method == "GET":
        return
    unknown = target.users.get("unknown")
    named = named_users(request, target.user_ids)
    if unknown is not None:
        named.discard(unknown.user_id)
    if strangers := named - target.user_ids:
        raise NotPermitted(f"a request could touch {sorted(strangers)}, who is not of the cast")
    if named and not target.allow_writes:
        raise NotPermitted("it could change a connection, and POD_ALLOW_WRITES is not set")


def named_users(request: Request, cast: set[int]) -> set[int]:
    """Every user whom a pod could read out of the path, the query or the body of a request.

    Args:
        request: The request.
        cast: Ids that are known to be users', however small or large they are.
    """
    query = [value for name, value in parse_qsl(request.query) if _may_name_a_user(name)]
    texts = [*(value for _, value in request.path_parameters), *query]
    if request.body is not None:
        texts += _texts_of(request.body)
    return {user_id for text in texts for user_id in _readings(text, cast)}


def _may_name_a_user(member: str) -> bool:
    return "id" in member.lower() or "user" in member.lower()


def _texts_of(body: bytes) -> Iterator[str]:
    """The values in a body in which a pod could look for a user. Each number is as it is written."""
    found: list[Any] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.extend(value for name, value in pairs if _may_name_a_user(name))
        return dict(pairs)

    try:
        value = json.loads(body, object_pairs_hook=members, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        yield body.replace(b"\0", b"").decode("latin-1")
        return
    if not isinstance(value, dict):
        found.append(value)
    while found:
        value = found.pop()
        if isinstance(value, list):
            found += value
        elif isinstance(value, dict):
            found += value.values()
        elif isinstance(value, str):
            yield value


def _readings(text: str, cast: set[int]) -> Iterator[int]:
    """Every user id that a pod could read out of a text."""
    for literal in _LITERAL.findall(text):
        plain = literal.isdigit()
        if plain and 0 < (number := int(literal[-_LAST_DIGITS:])) <= MAX_INT64:
            if number not in NOBODYS:
                yield number
            continue
        for number in _misread(literal):
            if number in cast or LEAST_POSSIBLE_ID <= number <= MOST_POSSIBLE_ID:
                yield number


def _misread(literal: str) -> Iterator[int]:
    """The ids that a careless pod makes of a number: without its sign, cut to 64 bits, up to the first other sign."""
    first = _DIGITS.findall(literal)[0]
    leading = int(first[-_LAST_DIGITS:])
    digits_alone = literal.lstrip("-") == first
    whole = leading if digits_alone else abs(int(Decimal(literal)))
    if not digits_alone:
        yield leading
    for number in (whole, -whole):
        yield from (number % 2**63, number % 2**64)
