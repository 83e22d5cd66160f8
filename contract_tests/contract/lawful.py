"""Says which answers are lawful for a request in a state. Every test uses these pure functions.

They read the pages as the rule catalogue does. If the pages leave more than one answer open, each of
them is lawful. The rules then only ask that the answer and the connection agree.
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
        connection: The lawful values of `status` in the body of a 200; empty if any value is lawful.
    """

    statuses: frozenset[int]
    connection: frozenset[str] = frozenset()

    def __or__(self, other: "Lawful") -> "Lawful":
        """Return the answers that at least one of the two allows."""
        return Lawful(self.statuses | other.statuses, self.connection | other.connection)

    def __str__(self) -> str:
        """Write the answers for people: ``404 or 400``, ``200 with ACCEPTED``, ``4xx or 3xx``."""
        parts = []
        if 200 in self.statuses:
            parts.append(f"200 with {' or '.join(sorted(self.connection))}" if self.connection else "200")
        for hundred in (500, 400, 300, 200, 100):
            whole = frozenset(range(hundred, hundred + 100))
            few = sorted(self.statuses & whole - {200}, reverse=True)
            parts += [f"{hundred // 100}xx"] if whole <= self.statuses else [str(status) for status in few]
        return " or ".join(parts)

    def fault(self, exchange: Exchange) -> str | None:
        """Say what is wrong with the answer of an exchange; None if it is lawful."""
        if exchange.answer is None:
            return exchange.failure
        if exchange.answer.status not in self.statuses:
            return f"status {exchange.answer.status}"
        if exchange.answer.status == 200 and self.connection:
            status = exchange.answer.member("status")
            if status is None and operation(exchange.request.operation).kind == "companion":
                return None  # no page promises a status here; the state that is read afterwards counts
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
    """Allow 200 with one of these values as the connection's status; with any value if none is given."""
    return Lawful(frozenset({200}), frozenset(connection))


def act_on_state(operation_id: str, state: str) -> Lawful:
    """Return the lawful answers to accept or reject when the caller sees the connection in a state."""
    if state == NONE:
        return NOT_FOUND
    if state == INCOMING:
        return success(MADE_BY[operation_id])
    if state == OUTGOING:
        return REFUSED
    return success(ACCEPTED, REJECTED) | REFUSED


def act_on_relation(operation_id: str, relation: str, state: str) -> Lawful:
    """Return the lawful answers to an accept or reject by the caller.

    Args:
        operation_id: acceptConnection or rejectConnection.
        relation: The named user's role in the cast, or ``nobody``.
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
    """What a body means to a pod.

    Attributes:
        user_id: The user that a pod may take it to name; None if there is none.
        refusable: Whether a pod may refuse the body because of its form.
        refused: Whether a pod must refuse it.
    """

    user_id: int | None
    refusable: bool
    refused: bool


_WRONG = BodyReading(None, refusable=True, refused=True)


def read_body(request: Request) -> BodyReading:
    """Say how a pod may read a request's body, and whether it may or must refuse it.

    A pod may refuse a body that only a lenient reader accepts as JSON, and has to refuse what no reader accepts.
    """
    body, is_strict = _parse(request.body or b"")
    if not isinstance(body, _Members):
        return _WRONG
    ids = [value for name, value in body.pairs if name == "userId"]
    if not ids:
        return _WRONG
    user_id, exact = _as_user_id(ids[-1])
    if user_id is None or not -(2**63) <= user_id <= MAX_INT64:
        return _WRONG
    plain = (
        is_strict
        and exact
        and len(body.pairs) == 1
        and (request.media_type or "").lower() == JSON
        and not request.query
    )
    return BodyReading(user_id, refusable=not plain, refused=False)


class _Members:
    """The members of a JSON object; a repeated member is kept each time."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _parse(data: bytes) -> tuple[Any, bool]:
    """Read a JSON text like a lenient reader. Returns the value and whether the text is JSON by RFC 8259.

    Lenient readers ignore what follows the text and a byte order mark before it, accept NaN, and read bytes that are
    not UTF-8 as some character. RFC 8259, 9, allows that. Without any such value the result is None.
    """
    constants: list[str] = []
    decoder = json.JSONDecoder(object_pairs_hook=_Members, parse_constant=constants.append)
    text = data.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    try:
        value, end = decoder.raw_decode(text)
    except (ValueError, RecursionError):
        return None, False
    is_strict = not constants and not text[end:].strip(" \t\r\n") and not data.startswith(b"\xef\xbb\xbf")
    return value, is_strict and _is_utf_8(data)


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_user_id(value: Any) -> tuple[int | None, bool]:
    """Return the integer that a pod may read a value as, and whether the value is exactly that integer."""
    if isinstance(value, bool):
        return int(value), False
    if isinstance(value, int):
        return value, True
    if isinstance(value, float) and value.is_integer():
        return int(value), False
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() and len(value) < 30:
        return int(value), False
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
        return _as_user_id(value[0])[0], False
    return None, False
