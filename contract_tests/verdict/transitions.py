"""Which requests changed which connection to what: what the pod did, to be shown beside the pages' behaviour table."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from ..contract.exchange import Exchange, Request
from ..contract.lawful import NONE, OTHER_SIDE, read_body

PARTIES = ("caller", "requester", "bystander")
"""The roles whose connections with each other are followed."""

_READINGS = ("getConnection", "listConnections")


class Transition(NamedTuple):
    """What one kind of request did to a connection.

    Attributes:
        before: The state that the acting user read last before the request.
        operation: The operationId.
        status: The HTTP status of the answer.
        after: The state that the acting user read last after it; None if it was not read.
        other_side: The state that the other user read last after it; None if it was not read.
    """

    before: str
    operation: str
    status: int
    after: str | None
    other_side: str | None


@dataclass
class _Act:
    """A request about a connection, and what was read since."""

    role: str
    before: str
    operation: str
    status: int
    read: dict[str, str] = field(default_factory=dict)


@dataclass
class _Connection:
    """What is known of the connection between two roles."""

    read: dict[str, str] = field(default_factory=dict)
    act: _Act | None = None


class Transitions:
    """Follows the connections between the caller, the requester and the bystander.

    A request counts if the acting user had read the connection before it, and one of the two users read it after it,
    with no other request in between.

    Args:
        user_ids: The user id of each role.
    """

    def __init__(self, user_ids: Mapping[str, int]) -> None:
        self._roles = {user_id: role for role, user_id in user_ids.items() if role in PARTIES}
        self._connections: dict[frozenset[str], _Connection] = {}
        self._counted: Counter[Transition] = Counter()

    def note(self, exchange: Exchange) -> None:
        """Look at an exchange: a reading, a request that acts on a connection, or one that might."""
        request = exchange.request
        if request.operation in _READINGS and not request.is_elsewhere:
            self._note_reading(exchange)
        elif request.operation not in _READINGS and request.operation != "getSessionInfo":
            self._note_act(exchange)

    def as_results(self) -> list[dict[str, Any]]:
        """Return an entry for each kind of transition that was seen, with how often it was."""
        for connection in self._connections.values():
            self._close(connection)
        entries = sorted(self._counted.items(), key=lambda item: [str(part) for part in item[0]])
        return [{**transition._asdict(), "times": times} for transition, times in entries]

    def _note_reading(self, exchange: Exchange) -> None:
        role, other = exchange.request.role, self._roles.get(_read_user(exchange.request) or 0)
        state = _state(exchange)
        if role not in PARTIES or other is None or state is None or not exchange.request.own_session:
            return
        connection = self._connections.setdefault(frozenset((role, other)), _Connection())
        connection.read[role] = state
        if connection.act is not None:
            connection.act.read[role] = state

    def _note_act(self, exchange: Exchange) -> None:
        request = exchange.request
        named = self._roles.get(_named_user(request) or 0)
        is_plain = request.own_session and not request.is_elsewhere and request.role in PARTIES
        if request.role is None or named is None or named == request.role or not is_plain:
            # A careless pod could carry it out, whatever connection it is about: what was read before may be stale.
            for connection in self._connections.values():
                self._close(connection)
                connection.read.clear()
            return
        connection = self._connections.setdefault(frozenset((request.role, named)), _Connection())
        is_known = request.role in connection.read
        self._close(connection)
        if is_known and exchange.answer is not None:
            before = connection.read[request.role]
            connection.act = _Act(request.role, before, request.operation, exchange.answer.status)
        connection.read.clear()

    def _close(self, connection: _Connection) -> None:
        """Count the last act, if somebody has read the connection since."""
        act, connection.act = connection.act, None
        if act is None or not act.read:
            return
        others = [state for role, state in act.read.items() if role != act.role]
        transition = Transition(
            act.before, act.operation, act.status, act.read.get(act.role), others[0] if others else None
        )
        self._counted[transition] += 1


def _named_user(request: Request) -> int | None:
    """The user that a request names; None if it names nobody plainly."""
    if request.operation == "removeConnection":
        return _number(dict(request.path_parameters).get("uid", ""))
    if request.body is None:
        return None
    reading = read_body(request)
    return None if reading.refusable else reading.user_id


def _read_user(request: Request) -> int | None:
    """The user whose connection a reading is about; None if it is about several."""
    if request.operation == "getConnection":
        return _number(dict(request.path_parameters).get("userId", ""))
    named = parse_qs(request.query).get("userIds", [])
    return _number(named[0]) if len(named) == 1 else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() else None


def _state(exchange: Exchange) -> str | None:
    """The state that a reading shows; None if it shows none."""
    if exchange.answer is None:
        return None
    if exchange.request.operation == "getConnection":
        state = NONE if exchange.status == 404 else exchange.answer.member("status")
        return state if isinstance(state, str) and state in OTHER_SIDE else None
    try:
        entries = json.loads(exchange.answer.body)
    except (ValueError, RecursionError):
        return None
    if exchange.status != 200 or not isinstance(entries, list):
        return None
    named = [
        entry for entry in entries if isinstance(entry, dict) and entry.get("userId") == _read_user(exchange.request)
    ]
    state = named[0].get("status") if named else NONE
    return state if isinstance(state, str) and state in OTHER_SIDE else None
