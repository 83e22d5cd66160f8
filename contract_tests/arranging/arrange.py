"""Brings the connection between two users into a state, reads it, and puts things back."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..contract.exchange import Exchange, Request
from ..contract.lawful import ACCEPTED, INCOMING, NONE, OUTGOING, REJECTED, success
from ..target.history import MOST_STEPS, change, next_step
from ..target.not_verified import NotVerified
from ..target.transport import ConnectionDropped
from ..target.wire import Wire
from ..verdict.ledger import Ledger
from .companion_operations import NOT_OFFERED, why_no_arranging

# The rows of the behaviour table, as the one who is asked sees them: the rule, what is answered, and the new state.
TABLE = {
    (NONE, "createConnection"): ("connect-makes-pending", success(), INCOMING),
    (INCOMING, "acceptConnection"): ("accept-makes-accepted", success(ACCEPTED), ACCEPTED),
    (INCOMING, "rejectConnection"): ("reject-makes-rejected", success(REJECTED), REJECTED),
    (OUTGOING, "acceptConnection"): ("accept-makes-accepted", success(ACCEPTED), ACCEPTED),  # by the other one
}
STATES = (INCOMING, OUTGOING, ACCEPTED, REJECTED)
FIELDS = ("firstRequestedAt", "updatedAt", "requestCounter")

Readings = dict[tuple[str, str], Exchange]
"""Readings of connections, by the role that reads and the role that is read about."""


class Arranger:
    """Arranges connections through the pod's own operations, and nothing else.

    Args:
        wire: The way to the pod.
        rule: The id of the rule for which things are arranged.
        ledger: Told where a row of the behaviour table is not kept on the way.
    """

    def __init__(self, wire: Wire, rule: str, ledger: Ledger | None = None) -> None:
        self._wire = wire
        self._rule = rule
        self._ledger = ledger

    def read(self, viewer: str, other: str) -> str:
        """The state of the connection with another user, as the viewer reads it.

        Args:
            viewer: The role whose session reads.
            other: The role that is read about.

        Returns:
            One of the four statuses, or ``NONE``.

        Raises:
            NotVerified: The pod offers neither of the two reading operations, or answers neither.
        """
        return self._state(self.read_exchange(viewer, other), viewer, other)

    def _state(self, reading: Exchange, viewer: str, other: str) -> str:
        state = state_of(reading, self._wire.target.users[other].user_id)
        self._wire.history.read(self._rule, viewer, other, state)
        return state

    def read_exchange(self, viewer: str, other: str) -> Exchange:
        """Read as ``read`` does, and return the whole exchange."""
        if "getConnection" not in self._wire.absent:
            exchange = self._wire.send(self.reading(viewer, other), self._rule)
            if exchange.status in (200, 404):
                return exchange
            raise NotVerified(f"reading the connection: info answered {_shown(exchange)}")
        if "listConnections" in self._wire.absent:
            raise NotVerified("the pod offers no reading of connections (info, list)")
        # Implicit connections are listed only where ACCEPTED is asked for.
        for status in ("ALL", ACCEPTED):
            other_id = self._wire.target.users[other].user_id
            query = f"status={status}&userIds={other_id}"
            exchange = self._wire.send(Request("listConnections", viewer, query=query), self._rule)
            if exchange.status != 200:
                raise NotVerified(f"reading the connection: list answered {_shown(exchange)}")
            if _connection(exchange, other_id).get("status") != NONE:
                break
        return exchange

    def reading(self, viewer: str, other: str) -> Request:
        """The request that reads one connection."""
        other_id = self._wire.target.users[other].user_id
        return Request("getConnection", viewer, path_parameters=(("userId", str(other_id)),))

    def read_all(self, pairs: Sequence[tuple[str, str]]) -> list[Exchange]:
        """Read several connections, each given by its viewer and the other user, at once where the pod has info.

        Raises:
            NotVerified: As for ``read``.
        """
        if "getConnection" in self._wire.absent:
            return [self.read_exchange(viewer, other) for viewer, other in pairs]
        return self._wire.send_together([self.reading(viewer, other) for viewer, other in pairs], self._rule)

    def read_both(self, one: str, other: str) -> tuple[str, str]:
        """The state of a connection as each of two users reads it, read at the same time.

        Raises:
            NotVerified: As for ``read``.
        """
        mine, theirs = self.read_all([(one, other), (other, one)])
        users = self._wire.target.users
        return state_of(mine, users[other].user_id), state_of(theirs, users[one].user_id)

    def bring(self, state: str, *, asker: str = "requester", asked: str = "caller") -> Exchange:
        """Bring the connection between two users into a state, as the one who is asked sees it.

        Args:
            state: ``NONE``, ``PENDING_INCOMING`` (the asker asked), ``ACCEPTED`` or ``REJECTED`` (by
                the one who is asked).
            asker: The role that asks.
            asked: The role that is asked.

        Returns:
            The reading by the one who is asked that shows the state.

        Raises:
            NotVerified: An operation that it takes is not there, or does not do what it says.
        """
        self._wire.history.arrange(self._rule, asker, asked)
        trail: list[str] = []
        seen: Counter[str] = Counter()
        step: tuple[str, Exchange] | None = None
        for _ in range(MOST_STEPS):
            reading = self.read_exchange(asked, asker)
            current = self._state(reading, asked, asker)
            self._note_row(step, current)
            if current == state:
                return reading
            if reason := why_no_arranging(self._wire.absent):
                raise NotVerified(reason)
            ways = ways_on(current, state, asker, asked)
            if seen[current] == len(ways):
                break
            operation_id, role, other = ways[seen[current]]
            seen[current] += 1
            request = change(operation_id, role, self._wire.target.users[other].user_id, about="arranging")
            try:
                exchange = self._wire.send(request, self._rule)
            except ConnectionDropped:
                if seen[current] > 1:
                    raise
                step = None  # it may have been carried out
                continue
            step = current, exchange
            trail.append(f"{operation_id} by the {role}: {_shown(exchange)}")
            if (current, operation_id) == (NONE, "createConnection") and self._is_not_offered(exchange):
                raise NotVerified(why_no_arranging(self._wire.absent) or f"the {role} may not connect: {trail[-1]}")
        raise NotVerified(f"the connection is {current} and cannot be brought into {state}: {'; '.join(trail)}")

    def _is_not_offered(self, exchange: Exchange) -> bool:
        """Whether an answer to Connect says that the pod does not offer it, or not to this user."""
        if exchange.status not in NOT_OFFERED:
            return False
        roles = self._ledger.succeeded["createConnection"] if self._ledger else set()
        if not roles:
            self._wire.absent.add("createConnection")
        return exchange.request.role not in roles

    def _note_row(self, step: tuple[str, Exchange] | None, found: str) -> None:
        """A step that is a row of the behaviour table has to succeed, and the connection has to have followed."""
        if step is None or self._ledger is None:
            return
        before, exchange = step
        row = TABLE.get((before, exchange.request.operation))
        if row is None:
            return
        rule, lawful, made = row
        fault = lawful.fault(exchange)
        if fault is None and found != made:
            fault = f"{exchange.request.operation} answered 200, and the connection is {found}"
        self._ledger.check(rule, fault, (exchange,), f"{lawful}, and {before} to become {made}")


def ways_on(current: str, wanted: str, asker: str, asked: str) -> list[tuple[str, str, str]]:
    """What can be tried, one after the other, on the way from one state to another: by whom, of whom."""
    step = next_step(current, wanted, asker, asked)
    if current != REJECTED:
        return [step, step]  # once more: one request that was lost is a finding, and no end of the rule
    # A pod may let nobody ask again who was rejected, but the one who rejected may take that back.
    return [step, ("removeConnection", asked, asker), ("removeConnection", asker, asked)]


def state_of(exchange: Exchange, other_id: int) -> str:
    """The state that the answer to a reading says.

    Raises:
        NotVerified: The answer says none.
    """
    if exchange.status == 404:
        return NONE
    status = _connection(exchange, other_id).get("status")
    if status not in (*STATES, NONE):
        raise NotVerified(f"reading the connection: {_shown(exchange)} with status {status!r}")
    return str(status)


def change_between(before: Exchange, now: Exchange, other_id: int) -> str | None:
    """What the second of two readings shows to have changed: the state, or a field that both of them show.

    Raises:
        NotVerified: One of them says no state.
    """
    was, found = state_of(before, other_id), state_of(now, other_id)
    if was != found:
        return f"{found}, and {was} before"
    fields_before, fields_now = _connection(before, other_id), _connection(now, other_id)
    for name in FIELDS:
        old, new = fields_before.get(name), fields_now.get(name)
        if isinstance(old, int) and isinstance(new, int) and old != new:
            return f"{name} {new}, and {old} before"
    return None


def _connection(exchange: Exchange, other_id: int) -> dict[str, Any]:
    """The connection that the answer to a reading shows; with no status where it shows nothing of the kind."""
    try:
        value = json.loads(exchange.answer.body) if exchange.answer else None
    except (ValueError, RecursionError):
        return {}
    if exchange.request.operation == "getConnection":
        return value if isinstance(value, dict) else {}
    if not isinstance(value, list):
        return {}
    entries = [entry for entry in value if isinstance(entry, dict)]
    mine = [entry for entry in entries if entry.get("userId") == other_id]
    unnamed = [entry for entry in entries if entry.get("userId") is None]
    if unnamed and not mine:
        return unnamed[0] if len(value) == 1 else {}  # one user was asked for
    return mine[0] if mine else {"status": NONE}


def _shown(exchange: Exchange) -> str:
    return str(exchange.status) if exchange.answer else str(exchange.failure)
