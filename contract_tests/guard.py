"""What may be sent: nothing that could touch anybody but the cast, and no change without permission.

A pod under test may take any request for a good one. So what counts here is what a sloppy pod
could make of a request, not what a right one would.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from contract_tests.description import operation
from contract_tests.exchange import Request
from contract_tests.target import MAX_INT64, Target

# Real ids have twelve digits and more; numbers this small are what `true` or a cut-off digit become.
LEAST_POSSIBLE_ID = 1000

_DIGITS = re.compile(r"\d+")


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
    named = named_users(request)
    unknown = target.users.get("unknown")
    if unknown is not None:
        named.discard(unknown.user_id)
    if strangers := named - {user.user_id for user in target.users.values()}:
        raise NotPermitted(f"a request could touch {sorted(strangers)}, who is not of the cast")
    if named and not target.allow_writes:
        raise NotPermitted("it could change a connection, and POD_ALLOW_WRITES is not set")


def named_users(request: Request) -> set[int]:
    """Every user that a request could be taken to name: in the path, the query or the body."""
    # A token may hold any digits, and stands where no pod looks for a user.
    query = [value for name, value in parse_qsl(request.query) if name != "sessionToken"]
    texts = [*(value for _, value in request.path_parameters), *query]
    found = {number for text in texts for number in _numbers(text)}
    if request.body is not None:
        found |= _in_body(request.body)
    return {number for number in found if LEAST_POSSIBLE_ID <= number <= MAX_INT64}


def _in_body(body: bytes) -> set[int]:
    found: list[Any] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.extend(value for name, value in pairs if "id" in name.lower())
        return dict(pairs)

    try:
        value = json.loads(body, object_pairs_hook=members)
    except (ValueError, RecursionError):
        return set(_numbers(body.replace(b"\0", b"").decode("latin-1")))
    if not isinstance(value, dict):
        found.append(value)
    return set(_numbers_in(found))


def _numbers_in(values: list[Any]) -> Iterator[int]:
    """Every number that stands in JSON values, however deep."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, str):
            yield from _numbers(value)
        elif isinstance(value, int) or (isinstance(value, float) and abs(value) < 2**70):
            yield int(value)


def _numbers(text: str) -> list[int]:
    # More than 25 digits are past int64 whichever way they are read, and int() takes long over them.
    return [int(digits) for digits in _DIGITS.findall(text) if len(digits) <= 25]
