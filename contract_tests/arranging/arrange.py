"""Reads the connection between two users, and brings it into a state."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..contract.exchange import Exchange, Request
from ..contract.lawful import ACCEPTED, INCOMING, NONE, OTHER_SIDE, OUTGOING, REJECTED, success
from ..target.answer_lost import AnswerLost
from ..target.history import MOST_STEPS, change, next_step
from ..target.not_verified import NotVerified
from ..target.wire import Wire
from ..verdict.ledger import Ledger
from .companion_operations import NOT_OFFERED, absent_for_arranging, why_no_arranging

# The rows of the behaviour table, as the user who is asked reads the connection.
# The state before and the operation give the rule, the lawful answer and the state after.
TABLE = {
    (NONE, "createConnection"): ("connect-makes-pending", success(), INCOMING),
    (INCOMING, "acceptConnection"): ("accept-makes-accepted", success(ACCEPTED), ACCEPTED),
    (INCOMING, "rejectConnection"): ("reject-makes-rejected", success(REJECTED), REJECTED),
    (OUTGOING, "acceptConnection"): ("accept-makes-accepted", success(ACCEPTED), ACCEPTED),  # sent by the other user
}
STATES = (INCOMING, OUTGOING, ACCEPTED, REJECTED)
REACHES = {
    "createConnection": "request-reaches-other-pod",
    "acceptConnection": "decision-reaches-other-pod",
    "rejectConnection": "decision-reaches-other-pod",
}
MOST_LOSSES = 20  # of answers, on the way to one state or over one request
LOSSES_AT_ONCE = 3  # of requests that are sent at once; after that they are sent in two halves
FIELDS = ("firstRequestedAt", "updatedAt", "requestCounter")

Readings = dict[tuple[str, str], Exchange]
"""Readings of connections. The key is the role that reads and the role that it reads about."""


class _Brought(NamedTuple):
    """The state that a connection was brought into, and the reading that showed it."""

    state: str
    reading: Exchange


class _Step(NamedTuple):
    """A step on the way to a state.

    Attributes:
        before: The state before it, as the one who is asked read it.
        exchange: What was sent, and the answer.
        role: Who acted.
        other: Whom the request named.
        was_agreed: Whether both users read the same state before it.
    """

    before: str
    exchange: Exchange
    role: str
    other: str
    was_agreed: bool

    def made(self, asker: str) -> str | None:
        """The state that the step has made, as the one who is asked reads it; None where it is not known.

        It follows from the behaviour table, or it is the state that the answer names.
        """
        operation_id = self.exchange.request.operation
        if self.exchange.status != 200:
            return None
        if row := TABLE.get((self.before, operation_id)):
            return row[2]
        if operation_id == "removeConnection":
            return NONE if self.before == ACCEPTED else None
        named = self.exchange.answer.member("status") if self.exchange.answer else None
        if not isinstance(named, str) or named not in STATES:
            return None
        return OTHER_SIDE[named] if self.role == asker else named


class Arranger:
    """Brings connections into states, only by the pod's own operations.

    Args:
        wire: The way to the pod.
        rule: The id of the rule that needs the connection.
        ledger: Records a step that breaks a row of the behaviour table.
    """

    def __init__(self, wire: Wire, rule: str, ledger: Ledger | None = None) -> None:
        self._wire = wire
        self._rule = rule
        self._ledger = ledger
        self._brought: dict[tuple[str, str], _Brought] = {}
        self._is_agreed = True  # whether both users read the same, where that was asked

    def send(self, request: Request) -> Exchange:
        """Send a request, as ``send_together`` does."""
        return self.send_together([request])[0]

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at once. Where an answer is lost, bring the connections back and send all of them again.

        Where that happens several times, more than two requests are sent in two halves: the fewer are sent at once, the
        more seldom one of them is lost.

        Returns:
            The exchanges, in the order of the requests.

        Raises:
            AnswerLost: An answer was lost, and the state that the connection had before is not known.
            NotVerified: As for ``bring``; or answers were lost again and again.
        """
        concerns = self._wire.history.concerns
        for losses in range(MOST_LOSSES):
            if losses == LOSSES_AT_ONCE and len(requests) > 2:
                half = len(requests) // 2
                return [*self.send_together(requests[:half]), *self.send_together(requests[half:])]
            concerned = [pair for pair in self._brought if any(concerns(request, pair) for request in requests)]
            try:
                exchanges = self._wire.send_together(list(requests), self._rule)
            except AnswerLost:
                if not concerned:
                    raise
                for asker, asked in concerned:
                    self.bring(self._brought[asker, asked].state, asker=asker, asked=asked)
                continue
            for exchange in exchanges:
                if exchange.status == 200 and exchange.request.sent_method != "GET":
                    for pair in (pair for pair in concerned if concerns(exchange.request, pair)):
                        self._brought.pop(pair, None)
            return exchanges
        raise NotVerified(f"answers were lost {MOST_LOSSES} times")

    def brought(self, asker: str, asked: str) -> Exchange | None:
        """The reading that showed the state into which a connection was brought; None if a request changed it since."""
        brought = self._brought.get((asker, asked))
        return brought.reading if brought else None

    def read(self, viewer: str, other: str) -> str:
        """Read the state of the connection with another user.

        Args:
            viewer: The role whose session reads.
            other: The role at the other end of the connection.

        Returns:
            One of the four statuses, or ``NONE``.

        Raises:
            NotVerified: The pod offers neither reading operation (info, list), or its answer shows no state.
        """
        return self._state(self.read_exchange(viewer, other), viewer, other)

    def _state(self, reading: Exchange, viewer: str, other: str) -> str:
        state = state_of(reading, self._wire.target.users[other].user_id)
        self._wire.history.read(self._rule, viewer, other, state)
        return state

    def read_exchange(self, viewer: str, other: str) -> Exchange:
        """Read like ``read``, and return the whole exchange."""
        return self.read_about(viewer, self._wire.target.users[other].user_id)

    def read_about(self, viewer: str, other_id: int) -> Exchange:
        """Read the connection with a user, who is named by the id."""
        address = self._wire.address_of(viewer)
        if "getConnection" in address.absent:
            if "listConnections" in address.absent:
                raise NotVerified("the pod offers no reading of connections (info, list)")
            return self._read_list(viewer, other_id)
        exchange = self._read_info(viewer, other_id)
        if exchange.status == 200 or address.offers_info or "listConnections" in address.absent:
            return exchange
        # A pod that does not offer info may answer it as it answers a user with whom there is no connection.
        try:
            listed = self._read_list(viewer, other_id)
        except NotVerified:
            if viewer == "unentitled":
                raise  # who may not see the list says nothing about the pod
            return exchange
        if state_of(listed, other_id) == NONE:
            return exchange
        again = self._read_info(viewer, other_id)
        if again.status == 200:  # the connection came about between the two readings
            return again
        address.absent.add("getConnection")
        return listed

    def _read_info(self, viewer: str, other_id: int) -> Exchange:
        exchange = self._wire.send(_info(viewer, other_id), self._rule)
        if exchange.status == 200:
            self._wire.address_of(viewer).offers_info = True
        if exchange.status in (200, 404):
            return exchange
        raise NotVerified(f"reading the connection: info answered {_shown(exchange)}")

    def _read_list(self, viewer: str, other_id: int) -> Exchange:
        # A list contains implicit connections only if the request asks for ACCEPTED. Two users who once had no
        # connection have no implicit one. A list may be long, so the second one is read only if it can show more.
        pair = frozenset((self._wire.target.users[viewer].user_id, other_id))
        is_enough = viewer in self._wire.lists_accepted and pair in self._wire.unconnected
        for status in ("ALL",) if is_enough else ("ALL", ACCEPTED):
            query = f"status={status}&userIds={other_id}"
            exchange = self._wire.send(Request("listConnections", viewer, query=query), self._rule)
            if exchange.status != 200:
                raise NotVerified(f"reading the connection: list answered {_shown(exchange)}")
            found = _connection(exchange, other_id).get("status")
            if status == "ALL" and found == ACCEPTED:
                self._wire.lists_accepted.add(viewer)
            if found != NONE:
                return exchange
        self._wire.unconnected.add(pair)
        return exchange

    def reading(self, viewer: str, other: str) -> Request:
        """The request that reads one connection."""
        return _info(viewer, self._wire.target.users[other].user_id)

    def read_all(self, pairs: Sequence[tuple[str, str]]) -> list[Exchange]:
        """Read several connections, given as pairs of viewer and other user; at once if the pod offers info.

        Raises:
            NotVerified: As for ``read``.
        """
        addresses = [self._wire.address_of(viewer) for viewer, _ in pairs]
        if not all(address.offers_info for address in addresses):
            return [self.read_exchange(viewer, other) for viewer, other in pairs]
        return self._wire.send_together([self.reading(viewer, other) for viewer, other in pairs], self._rule)

    def read_both(self, one: str, other: str) -> tuple[str, str]:
        """Read a connection from both sides at the same time, and return both states.

        Raises:
            NotVerified: As for ``read``.
        """
        mine, theirs = self.read_all([(one, other), (other, one)])
        users = self._wire.target.users
        return state_of(mine, users[other].user_id), state_of(theirs, users[one].user_id)

    def bring(self, state: str, *, asker: str = "requester", asked: str = "caller") -> Exchange:
        """Bring the connection between two users into a state.

        Args:
            state: The state that ``asked`` is to read: ``NONE``, ``PENDING_INCOMING``, ``ACCEPTED`` or
                ``REJECTED``.
            asker: The role that sends the connection request.
            asked: The role that receives the request and answers it.

        Returns:
            The reading by ``asked`` that shows the state.

        Raises:
            NotVerified: The pod does not offer an operation that is needed, or the operation has no effect.
        """
        self._wire.history.arrange(self._rule, asker, asked)
        if self._ledger is not None:
            self._ledger.note_arranged(self._rule, asker, asked)
        trail: list[str] = []
        tried: Counter[str] = Counter()
        step: _Step | None = None
        losses = 0
        while sum(tried.values()) < MOST_STEPS:
            reading = self._read_settled(step, asker, asked)
            current = self._state(reading, asked, asker)
            if current == state:
                self._brought.pop((asked, asker), None)
                self._brought[asker, asked] = _Brought(state, reading)
                return reading
            steps = steps_to_try(current, state, asker, asked)
            if reason := self.why_not(None if current == state else steps[0]):
                raise NotVerified(reason)
            if tried[current] == len(steps):
                break
            operation_id, role, other = steps[tried[current]]
            tried[current] += 1
            request = change(operation_id, role, self._wire.target.users[other].user_id, about="arranging")
            try:
                exchange = self._wire.send(request, self._rule)
            except AnswerLost:
                losses += 1
                if losses > MOST_LOSSES:
                    raise
                tried[current] -= 1
                step = None  # the pod may have carried it out
                continue
            step = _Step(current, exchange, role, other, was_agreed=self._is_agreed)
            trail.append(f"{operation_id} by the {role}: {_shown(exchange)}")
            if (current, operation_id) == (NONE, "createConnection") and self._is_not_offered(exchange):
                raise NotVerified(self.why_not() or f"the {role} may not connect: {trail[-1]}")
        raise NotVerified(f"the connection is {current} and cannot be brought into {state}: {'; '.join(trail)}")

    def why_not(self, step: tuple[str, str, str] | None = None) -> str | None:
        """Why connections cannot be brought into states and back; None if they can.

        Args:
            step: The next step, by its operation, who sends it and whom it names.
        """
        if step is not None and step[0] == "createConnection" and not self._wire.settling.arrives(step[1], step[2]):
            urls = [self._wire.target.pod_of(role).url for role in step[1:]]
            return f"requests that were made at {urls[0]} were not read at {urls[1]}"
        return why_no_arranging(absent_for_arranging(address.absent for address in self._wire.addresses.values()))

    def _read_settled(self, step: _Step | None, asker: str, asked: str) -> Exchange:
        """Read a connection as the one who is asked does, once both users read what the last step has made.

        A step that is a row of the behaviour table is judged: its answer, and what each of the two users reads.
        """
        made = step.made(asker) if step else None
        if step is None or made is None:
            readings = self._read_sides(asker, asked)
            self._check_row(step, asker, asked, readings)
            return readings[asked]
        sides = {asked: (asker, made), asker: (asked, OTHER_SIDE[made])}
        # First what the actor reads: meanwhile the change is on its way to the other pod.
        viewers = sorted(sides, key=lambda role: role != step.role) if self._wire.target.settle else [asked]
        readings = {viewer: self._read_until_shown(step.role, viewer, *sides[viewer]) for viewer in viewers}
        if asker in readings:
            self._is_agreed = all(self._shows(readings[viewer], *sides[viewer]) for viewer in viewers)
        self._check_row(step, asker, asked, readings)
        return readings[asked]

    def _read_until_shown(self, actor: str, viewer: str, other: str, state: str) -> Exchange:
        read = partial(self.read_exchange, viewer, other)
        return self._wire.settling.read_until(read, lambda reading: self._shows(reading, other, state), actor, viewer)

    def _read_sides(self, asker: str, asked: str) -> Mapping[str, Exchange]:
        if self._wire.target.settle:
            self._wire.settling.wait_for_own_changes((asker, asked))
            return self.read_settled_sides(asker, asked)
        return {asked: self.read_exchange(asked, asker)}

    def read_settled_sides(self, asker: str, asked: str) -> Mapping[str, Exchange]:
        """Read a connection from both sides until they agree, and return the readings by the role that reads."""
        users = self._wire.target.users

        def read_both() -> dict[str, Exchange]:
            mine, theirs = self.read_all([(asked, asker), (asker, asked)])
            return {asked: mine, asker: theirs}

        def agree(readings: dict[str, Exchange]) -> bool:
            state = state_of(readings[asked], users[asker].user_id)
            return self._shows(readings[asker], asked, OTHER_SIDE[state])

        settling = self._wire.settling
        readings = settling.read_until(read_both, agree, asked, asker, is_change=False)
        self._is_agreed = agree(readings)
        if not self._is_agreed:
            settling.note_missed(asker, asked)  # the fault may lie on either way
        return readings

    def _shows(self, reading: Exchange, other: str, state: str | None) -> bool:
        """Whether a reading shows a state; with None, any state will do."""
        return state is None or state_of(reading, self._wire.target.users[other].user_id) == state

    def _is_not_offered(self, exchange: Exchange) -> bool:
        """Whether the answer to Connect says that the pod does not offer it, or does not offer it to this user."""
        if exchange.status not in NOT_OFFERED:
            return False
        roles = self._ledger.succeeded["createConnection"] if self._ledger else set()
        if not roles:
            self._wire.absent_at(exchange.request.receiver).add("createConnection")
        return exchange.request.role not in roles

    def _check_row(self, step: _Step | None, asker: str, asked: str, readings: Mapping[str, Exchange]) -> None:
        """Judge a step that is a row of the behaviour table: the answer, and the state that was read after it.

        Between two pods the row is judged by what its actor reads. Whether the change reached the other pod is a rule
        of its own.

        Args:
            step: The step.
            asker: The role that asks.
            asked: The role that is asked.
            readings: What was read after the step, by the role that read.
        """
        row = TABLE.get((step.before, step.exchange.request.operation)) if step else None
        if step is None or row is None or self._ledger is None or not step.was_agreed:
            return
        rule, lawful, made = row
        users, target = self._wire.target.users, self._wire.target
        found = {asked: state_of(readings[asked], users[asker].user_id)}
        if asker in readings:
            found[asker] = OTHER_SIDE[state_of(readings[asker], users[asked].user_id)]
        crosses = asker in found and target.pod_of(asker) != target.pod_of(asked)
        judged = found[step.role] if crosses else found[asked]
        operation_id = step.exchange.request.operation
        fault = lawful.fault(step.exchange)
        if fault is None and judged != made:
            fault = f"{operation_id} answered 200, and the connection is {judged}"
        self._ledger.check(rule, fault, (step.exchange,), f"{lawful}, and {step.before} to become {made}")
        if crosses and step.exchange.status == 200:
            arrived = found[asked if step.role == asker else asker]
            waited = self._wire.settling.waited(asker, asked)
            fault = f"{operation_id} answered 200, and the connection is {arrived} at the other pod{waited}"
            rule = REACHES[operation_id]
            self._ledger.check(
                rule, None if arrived == made else fault, (step.exchange,), f"{made} at the other pod too"
            )


def _info(viewer: str, other_id: int) -> Request:
    return Request("getConnection", viewer, path_parameters=(("userId", str(other_id)),))


def steps_to_try(current: str, wanted: str, asker: str, asked: str) -> list[tuple[str, str, str]]:
    """The steps to try, one after the other, to leave a state: the operation, who sends it, whom it names."""
    step = next_step(current, wanted, asker, asked)
    if current != REJECTED:
        # Twice: a request that has no effect once is a finding, and the rule can still go on.
        return [step, step]
    # A pod may refuse a second request after a rejection. Then the user who rejected can take the rejection back.
    return [step, ("removeConnection", asked, asker), ("removeConnection", asker, asked)]


def state_of(exchange: Exchange, other_id: int) -> str:
    """The state that the answer to a reading shows.

    Raises:
        NotVerified: The answer shows no state.
    """
    if exchange.status == 404:
        return NONE
    status = _connection(exchange, other_id).get("status")
    if status not in (*STATES, NONE):
        raise NotVerified(f"reading the connection: {_shown(exchange)} with status {status!r}")
    return str(status)


def change_between(before: Exchange, now: Exchange, other_id: int) -> str | None:
    """What changed between two readings: the state, or a field that both readings show. None if nothing changed.

    Raises:
        NotVerified: One of the two answers shows no state.
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
    """The connection that the answer to a reading shows; an empty object if the answer shows none."""
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
        return unnamed[0] if len(value) == 1 else {}  # the request asked for one user
    return mine[0] if mine else {"status": NONE}


def _shown(exchange: Exchange) -> str:
    return str(exchange.status) if exchange.answer else str(exchange.failure)
