"""What may be sent: nothing that could touch anybody but the cast, and no change without permission.

A pod under test may take any request for a good one. So what counts here is what a sloppy pod
could make of a request, not what a right one would.
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

NOBODYS = (0, MAX_INT64)  # numbers that may stand for a user, and are nobody's
# What a sloppy pod makes of another number, of `true` or of a digit within a text is taken for a user
# only where users have such ids: of twelve digits and more, and with a pod's number before the user's.
LEAST_POSSIBLE_ID = 1000
MOST_POSSIBLE_ID = 2**62

_LITERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?")
_DIGITS = re.compile(r"\d+")
_LAST_DIGITS = 80  # 10**64 is a multiple of 2**64: more digits change nothing in what wraps around


class NotPermitted(Exception):
    """The request could change a connection, and the suite may not (or not this one)."""


def check_permitted(request: Request, target: Target) -> None:
    """Refuse a request that could change what it must not.

    Raises:
        NotPermitted: It could touch a user who is not of the cast; or it could change a connection
            and POD_ALLOW_WRITES is not set.
    """
    if request.method is None and operation(request.operation).method == "GET":
        return
    cast = {user.user_id for user in target.users.values()}
    unknown = target.users.get("unknown")
    named = named_users(request, cast)
    if unknown is not None:
        named.discard(unknown.user_id)
    if strangers := named - cast:
        raise NotPermitted(f"a request could touch {sorted(strangers)}, who is not of the cast")
    if named and not target.allow_writes:
        raise NotPermitted("it could change a connection, and POD_ALLOW_WRITES is not set")


def named_users(request: Request, cast: set[int]) -> set[int]:
    """Every user that a request could be taken to name: in the path, the query or the body.

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
    """What stands in a body where a pod could look for a user, with every number as it is written."""
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
    """Every user that the numbers in a text could be taken for."""
    for literal in _LITERAL.findall(text):
        plain = literal.isdigit()
        if plain and 0 < (number := int(literal[-_LAST_DIGITS:])) <= MAX_INT64:
            if number not in NOBODYS:
                yield number
            continue
        for number in _sloppy(literal):
            if number in cast or LEAST_POSSIBLE_ID <= number <= MOST_POSSIBLE_ID:
                yield number


def _sloppy(literal: str) -> Iterator[int]:
    """What a sloppy pod makes of a number: without its sign, cut to 64 bits, up to its first other character."""
    first = _DIGITS.findall(literal)[0]
    leading = int(first[-_LAST_DIGITS:])
    digits_alone = literal.lstrip("-") == first
    whole = leading if digits_alone else abs(int(Decimal(literal)))
    if not digits_alone:
        yield leading
    for number in (whole, -whole):
        yield from (number % 2**63, number % 2**64)
