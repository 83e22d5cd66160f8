"""Brings the connection between two users into a state, reads it, and puts things back."""

import json

from contract_tests.exchange import Exchange, Request, act
from contract_tests.lawful import ACCEPTED, INCOMING, NONE, OUTGOING, REJECTED
from contract_tests.ledger import Ledger
from contract_tests.offered import NOT_OFFERED, why_no_arranging
from contract_tests.wire import NotVerified, Wire

MOST_STEPS = 6
# The rows of the behaviour table, as the one who is asked sees them: the rule, and the new state.
TABLE = {
    (NONE, "createConnection"): ("connect-makes-pending", INCOMING),
    (INCOMING, "acceptConnection"): ("accept-makes-accepted", ACCEPTED),
    (INCOMING, "rejectConnection"): ("reject-makes-rejected", REJECTED),
}
STATES = (INCOMING, OUTGOING, ACCEPTED, REJECTED)


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
        exchange = self.read_exchange(viewer, other)
        return state_of(exchange, self._wire.target.users[other].user_id)

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
            if _listed_status(exchange, other_id) != NONE:
                break
        return exchange

    def reading(self, viewer: str, other: str) -> Request:
        """The request that reads one connection."""
        other_id = self._wire.target.users[other].user_id
        return Request("getConnection", viewer, path_parameters=(("userId", str(other_id)),))

    def read_both(self, one: str, other: str) -> tuple[str, str]:
        """The state of a connection as each of two users reads it, read at the same time.

        Raises:
            NotVerified: As for ``read``.
        """
        if "getConnection" in self._wire.absent:
            return self.read(one, other), self.read(other, one)
        mine, theirs = self._wire.send_together([self.reading(one, other), self.reading(other, one)], self._rule)
        users = self._wire.target.users
        return state_of(mine, users[other].user_id), state_of(theirs, users[one].user_id)

    def bring(self, state: str, *, asker: str = "requester", asked: str = "caller") -> None:
        """Bring the connection between two users into a state, as the one who is asked sees it.

        Args:
            state: ``NONE``, ``PENDING_INCOMING`` (the asker asked), ``ACCEPTED`` or ``REJECTED`` (by
                the one who is asked).
            asker: The role that asks.
            asked: The role that is asked.

        Raises:
            NotVerified: An operation that it takes is not there, or does not do what it says.
        """
        trail = []
        step: tuple[str, Exchange] | None = None
        for _ in range(MOST_STEPS):
            current = self.read(asked, asker)
            self._note_row(step, current)
            if current == state:
                return
            if reason := why_no_arranging(self._wire.absent):
                raise NotVerified(reason)
            operation_id, role, other = _step(current, state, asker, asked)
            exchange = self._wire.send(self._act(operation_id, role, other), self._rule)
            step = current, exchange
            trail.append(f"{operation_id} by the {role}: {_shown(exchange)}")
            if exchange.status in NOT_OFFERED and operation_id == "createConnection" and current == NONE:
                self._wire.absent.add(operation_id)
        raise NotVerified(f"the connection cannot be brought into {state}: {'; '.join(trail)}")

    def _note_row(self, step: tuple[str, Exchange] | None, found: str) -> None:
        """Where a step was a row of the behaviour table and answered 200, the connection has to have followed."""
        if step is None or self._ledger is None:
            return
        before, exchange = step
        row = TABLE.get((before, exchange.request.operation))
        if row is None or exchange.status != 200:
            return
        rule, made = row
        fault = None if found == made else f"{exchange.request.operation} answered 200, and the connection is {found}"
        self._ledger.check(rule, fault, (exchange,), f"{before} to become {made}")

    def _act(self, operation_id: str, role: str, other: str) -> Request:
        other_id = self._wire.target.users[other].user_id
        if operation_id == "removeConnection":
            return Request(operation_id, role, path_parameters=(("uid", str(other_id)),), about="arranging")
        return act(operation_id, role, other_id, about="arranging")


def state_of(exchange: Exchange, other_id: int) -> str:
    """The state that the answer to a reading says.

    Raises:
        NotVerified: The answer says none.
    """
    if exchange.status == 404:
        return NONE
    if exchange.answer is not None and exchange.request.operation == "getConnection":
        status = exchange.answer.member("status")
    else:
        status = _listed_status(exchange, other_id)
    if status not in (*STATES, NONE):
        raise NotVerified(f"reading the connection: {_shown(exchange)} with status {status!r}")
    return str(status)


def _listed_status(exchange: Exchange, other_id: int) -> object:
    try:
        entries = json.loads(exchange.answer.body) if exchange.answer else None
    except ValueError:
        entries = None
    if not isinstance(entries, list):
        return None
    for entry in entries:
        if isinstance(entry, dict) and entry.get("userId") == other_id:
            return entry.get("status")
    return NONE


def _step(current: str, wanted: str, asker: str, asked: str) -> tuple[str, str, str]:
    """The next operation on the way, by whom, of whom."""
    if current == NONE:
        return "createConnection", asker, asked
    if current == INCOMING:
        return ("rejectConnection" if wanted == REJECTED else "acceptConnection"), asked, asker
    if current == OUTGOING:
        return "acceptConnection", asker, asked
    if current == REJECTED:
        return "createConnection", asker, asked
    return "removeConnection", asked, asker


def _shown(exchange: Exchange) -> str:
    return str(exchange.status) if exchange.answer else str(exchange.failure)
