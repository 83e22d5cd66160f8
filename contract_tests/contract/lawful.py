"""Which answers a state and a request allow: a pure function, used by every test.

The readings of the pages are those of the rule catalogue. Where the pages leave something open,
every answer that they leave open is lawful; what is then asked is that the answer and the
connection agree.
"""

import json
from dataclasses import dataclass
from typing import Any

from .description import MAX_INT64, operation
from .exchange import JSON, Exchange, Request
from .oracle import CLIENT_ERRORS

NONE = "NONE"
INCOMING = "PENDING_INCOMING"
OUTGOING = "PENDING_OUTGOING"
ACCEPTED = "ACCEPTED"
REJECTED = "REJECTED"

OTHER_SIDE = {NONE: NONE, INCOMING: OUTGOING, OUTGOING: INCOMING, ACCEPTED: ACCEPTED, REJECTED: REJECTED}
MADE_BY = {"acceptConnection": ACCEPTED, "rejectConnection": REJECTED}


@dataclass(frozen=True)
class Lawful:
    """The lawful answers to a request.

    Attributes:
        statuses: The lawful HTTP statuses.
        connection: With a 200, the lawful values of `status` in the body; empty for any.
    """

    statuses: frozenset[int]
    connection: frozenset[str] = frozenset()

    def __or__(self, other: "Lawful") -> "Lawful":
        """What either of two allows."""
        return Lawful(self.statuses | other.statuses, self.connection | other.connection)

    def __str__(self) -> str:
        """As a person would say it: ``404 or 400``, ``200 with ACCEPTED``."""
        parts = []
        if 200 in self.statuses:
            parts.append(f"200 with {' or '.join(sorted(self.connection))}" if self.connection else "200")
        parts += [str(status) for status in sorted(self.statuses, reverse=True) if status != 200]
        return " or ".join(parts)

    def fault(self, exchange: Exchange) -> str | None:
        """What is wrong with an answer; None where it is lawful."""
        if exchange.answer is None:
            return exchange.failure
        if exchange.answer.status not in self.statuses:
            return f"status {exchange.answer.status}"
        if exchange.answer.status == 200 and self.connection:
            status = exchange.answer.member("status")
            if status is None and operation(exchange.request.operation).kind == "companion":
                return None  # no page promises that it says so; what is then read counts
            if not isinstance(status, str) or status not in self.connection:
                return f"200 with {status if isinstance(status, str) else 'no status'}"
        return None


REFUSED = Lawful(CLIENT_ERRORS)
REFUSED_OR_415 = Lawful(CLIENT_ERRORS | {415})
UNAUTHORIZED = Lawful(frozenset({401}))
NO_SESSION = Lawful(frozenset({401, 400}))
FORBIDDEN = Lawful(frozenset({403}))
NOT_FOUND = Lawful(frozenset({404}))
NOBODY = Lawful(frozenset({404, 400}))


def success(*connection: str) -> Lawful:
    """A 200 with one of these as the connection's status; with any, where none is named."""
    return Lawful(frozenset({200}), frozenset(connection))


def act_on_state(operation_id: str, state: str) -> Lawful:
    """What accept or reject may answer, by the state of the connection as the caller sees it."""
    if state == NONE:
        return NOT_FOUND
    if state == INCOMING:
        return success(MADE_BY[operation_id])
    if state == OUTGOING:
        return REFUSED
    return success(ACCEPTED, REJECTED) | REFUSED


def act_on_relation(operation_id: str, relation: str, state: str) -> Lawful:
    """What accept or reject may answer to the caller.

    Args:
        operation_id: acceptConnection or rejectConnection.
        relation: Who the named user is to the caller: a role of the cast, or ``nobody``.
        state: The state of the connection with the requester or bystander, as the caller sees it.
    """
    if relation in ("nobody", "unknown", "caller"):
        return NOBODY
    if relation == "colleague":
        return success(ACCEPTED) if operation_id == "acceptConnection" else REFUSED
    if relation == "isolated":
        return REFUSED
    if relation == "stranger":
        return NOT_FOUND
    return act_on_state(operation_id, state)


@dataclass(frozen=True)
class BodyReading:
    """What a body says.

    Attributes:
        user_id: The user it names, where a pod may take it so.
        refusable: Whether a pod may refuse it for its form.
        refused: Whether a pod has to.
    """

    user_id: int | None
    refusable: bool
    refused: bool


_WRONG = BodyReading(None, refusable=True, refused=True)


def read_body(request: Request) -> BodyReading:
    """What a pod may, and what it has to, make of a request's body."""
    try:
        body = json.loads(
            (request.body or b"").decode("utf-8"), object_pairs_hook=_Members, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        return _WRONG
    if not isinstance(body, _Members):
        return _WRONG
    ids = [value for name, value in body.pairs if name == "userId"]
    if not ids:
        return _WRONG
    user_id, exact = _as_user_id(ids[-1])
    if user_id is None or not -(2**63) <= user_id <= MAX_INT64:
        return _WRONG
    plain = exact and len(body.pairs) == 1 and (request.media_type or "").lower() == JSON and not request.query
    return BodyReading(user_id, refusable=not plain, refused=False)


class _Members:
    """The members of a JSON object, repeated ones included."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _no_constant(literal: str) -> Any:
    raise ValueError(literal)


def _as_user_id(value: Any) -> tuple[int | None, bool]:
    """The integer that a value may be taken for, and whether it is one exactly."""
    if isinstance(value, bool):
        return int(value), False
    if isinstance(value, int):
        return value, True
    if isinstance(value, float) and value.is_integer():
        return int(value), False
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() and len(value) < 30:
        return int(value), False
    return None, False
