"""The object that the test of a rule works with: it sends requests and judges the answers."""

from collections.abc import Callable, Collection
from functools import partial
from typing import TypeVar

from ..arranging.arrange import MOST_LOSSES, Arranger, Readings, change_between, state_of
from ..contract.exchange import Exchange, Request, act
from ..contract.gateway import is_answer_of_http, statuses_of_http
from ..contract.lawful import INCOMING, OTHER_SIDE, Lawful
from ..contract.rules import Rule
from ..target.answer_lost import AnswerLost
from ..target.not_verified import NotVerified
from ..target.wire import Wire
from ..verdict.ledger import Ledger
from .generating import Generating

DEFAULT_EXAMPLES = 150  # requests that are generated for each operation
SHARE_WHEN_SLOW = 3  # one in so many generated changes is made where a change takes long to settle
ROUNDS = 2  # of what a rule tries to see twice
OFTEN = 15  # judgements of a rule that arranging for other rules has made

T = TypeVar("T")


class Check:
    """Sends the requests of one rule and records the judgements.

    Args:
        rule: The rule.
        wire: The way to the pod.
        ledger: Records what is seen of each rule.
        seed: The seed of generated requests.
        max_examples: How many requests are generated for each operation.
        generating: Generates requests.

    Attributes:
        arranger: Brings connections into states.
    """

    def __init__(
        self,
        rule: Rule,
        wire: Wire,
        ledger: Ledger,
        *,
        seed: int,
        max_examples: int,
        generating: Generating,
    ) -> None:
        self.rule = rule
        self.wire = wire
        self.target = wire.target
        self.ledger = ledger
        self.seed = seed
        self.max_examples = max_examples
        self.generating = generating
        self.arranger = Arranger(wire, rule.id, ledger)

    def user_id(self, role: str) -> int:
        """The user id of a role."""
        return self.target.users[role].user_id

    def unused_id(self) -> int:
        """An id that belongs to no user: POD_UNKNOWN_USER_ID, or -1 if that is not set."""
        unknown = self.target.users.get("unknown")
        return unknown.user_id if unknown else -1

    def can_arrange(self) -> bool:
        """Whether the suite may change the connection of caller and requester, and can change it and put it back."""
        target = self.target
        sessions = target.has_session("caller") and target.has_session("requester")
        return target.allow_writes and sessions and self.arranger.why_not() is None

    def send(self, request: Request) -> Exchange:
        """Send a request for this rule; again where its answer was lost, with the connection as it was before."""
        return self.arranger.send(request)

    def send_together(self, requests: list[Request]) -> list[Exchange]:
        """Send requests for this rule at once; again, with the connections as before, where an answer was lost."""
        return self.arranger.send_together(requests)

    def repeat(self, step: Callable[[], T]) -> T:
        """Take a step of the rule; again from its start where an answer was lost on the way.

        Args:
            step: Brings every connection that it changes into its state, and sends.
        """
        for _ in range(MOST_LOSSES):
            try:
                return step()
            except AnswerLost as lost:
                cause = lost
        raise NotVerified(f"answers were lost {MOST_LOSSES} times: {cause}")

    def act(self, operation_id: str, role: str, other: str) -> Exchange:
        """Send a well-formed accept, reject or create: by one role, about another."""
        return self.send(act(operation_id, role, self.user_id(other)))

    def next_waiting(self, operation_id: str) -> int:
        """The id of the next user of ``POD_WAITING_USER_IDS`` whose request to the caller is waiting.

        The request is used up by this: it may be answered once.

        Raises:
            NotVerified: No such request is waiting.
        """
        for user_id in self.target.waiting:
            if user_id in self.ledger.used_up:
                continue
            if state_of(self.arranger.read_about("caller", user_id), user_id) == INCOMING:
                self.ledger.used_up[user_id] = operation_id
                return user_id
        raise NotVerified(
            "no request of POD_WAITING_USER_IDS is waiting any more. Have users of other pods ask the caller to "
            "connect, and name them there"
        )

    def share_of_changes(self) -> int:
        """One in how many of the generated changes is made: all, or fewer if changes take long to settle."""
        return SHARE_WHEN_SLOW if self.wire.settling.is_slow() else 1

    def rounds(self) -> int:
        """How often a rule tries what arranging judges too: twice, or once if arranging has judged it often by now."""
        return 1 if self.ledger.records[self.rule.id].checked >= OFTEN else ROUNDS

    def expect(self, lawful: Lawful, exchange: Exchange, *, rule: str | None = None) -> bool:
        """Judge an answer. Returns whether it is lawful.

        An answer that HTTP itself defines is lawful. An answer of a server in front of the pod is not judged.
        """
        if exchange in self.ledger.before_the_pod:
            return True
        fault = lawful.fault(exchange)
        if exchange.answer is not None and is_answer_of_http(exchange.request, exchange.answer):
            fault = None
        expected = lawful | Lawful(statuses_of_http(exchange.request))
        self.ledger.check(rule or self.rule.id, fault, (exchange,), str(expected))
        return fault is None

    def reading_after(self, after: Exchange, viewer: str, other: str, wanted: Collection[str]) -> Exchange:
        """Read a connection after an exchange.

        What a 200 has to change is read until it shows, within the target's ``settle``. What has to stay is read once,
        when a change would have arrived.

        Args:
            after: The exchange.
            viewer: The role that reads.
            other: The role at the other end.
            wanted: The states that are expected.
        """

        def is_wanted(reading: Exchange) -> bool:
            return state_of(reading, self.user_id(other)) in wanted

        actor = after.request.receiver
        if after.status == 200 and after.request.sent_method != "GET":
            read = partial(self.arranger.read_exchange, viewer, other)
            return self.wire.settling.read_until(read, is_wanted, actor, viewer)
        self.wire.settling.wait([actor], [viewer])
        return self.arranger.read_exchange(viewer, other)

    def state_after(self, after: Exchange, viewer: str, other: str, *wanted: str) -> str:
        """The state that is read after an exchange; see ``reading_after``."""
        return state_of(self.reading_after(after, viewer, other, wanted), self.user_id(other))

    def waited(self, after: Exchange, viewer: str) -> str:
        """How long a viewer waited for what an exchange has to change, in words."""
        return self.wire.settling.waited(after.request.receiver, viewer) if after.status == 200 else ""

    def expect_state(
        self, expected: str | set[str], viewer: str, other: str, *, after: Exchange, rule: str | None = None
    ) -> str:
        """Read a connection after an exchange and judge its state. Returns the state that was read."""
        wanted = {expected} if isinstance(expected, str) else expected
        reading = self.reading_after(after, viewer, other, wanted)
        found = state_of(reading, self.user_id(other))
        fault = None if found in wanted else f"{_answered(after)}, and the {viewer} reads {found}"
        fault = fault and fault + self.waited(after, viewer)
        text = f"the {viewer} to read {' or '.join(sorted(wanted))} for the connection with the {other}"
        self.ledger.check(rule or self.rule.id, fault, (after, reading), text)
        return found

    def expect_on_both_sides(self, expected: str | set[str], viewer: str, other: str, *, after: Exchange) -> None:
        """Read a connection from both sides at once. The viewer has to read an expected state, the other the same."""
        wanted = {expected} if isinstance(expected, str) else expected
        my_reading, their_reading = self._read_both_sides(wanted, viewer, other, after)
        mine, theirs = state_of(my_reading, self.user_id(other)), state_of(their_reading, self.user_id(viewer))
        waited = self.waited(after, other)
        fault = None if mine in wanted else f"{_answered(after)}, and the {viewer} reads {mine}{waited}"
        text = f"the {viewer} to read {' or '.join(sorted(wanted))} for the connection with the {other}"
        self.ledger.check(self.rule.id, fault, (after, my_reading), text)
        fault = f"{_answered(after)}, and the {viewer} reads {mine}, the {other} {theirs}{waited}"
        agree = theirs == OTHER_SIDE[mine]
        self.ledger.check(self.rule.id, None if agree else fault, (after, their_reading), "both to read the same")

    def _read_both_sides(
        self, wanted: Collection[str], viewer: str, other: str, after: Exchange
    ) -> tuple[Exchange, Exchange]:
        """Read a connection from both sides: at once, or each when it has settled."""
        if not self.target.settle:
            mine, theirs = self.read((viewer, other), (other, viewer)).values()
            return mine, theirs
        mine = self.reading_after(after, viewer, other, wanted)
        seen = OTHER_SIDE[state_of(mine, self.user_id(other))]
        return mine, self.reading_after(after, other, viewer, {seen})

    def read(self, *pairs: tuple[str, str]) -> Readings:
        """Read connections at once, given as pairs of the role that reads and the role at the other end."""
        return dict(zip(pairs, self.arranger.read_all(pairs), strict=True))

    def expect_unchanged(self, before: Readings, *after: Exchange, rule: str | None = None) -> bool:
        """Read connections again and expect no change. Returns whether all of them are unchanged.

        The state is compared, and each of firstRequestedAt, updatedAt and requestCounter that both readings show.

        Args:
            before: The earlier readings.
            after: The exchanges since then.
            rule: The rule that is judged; this one by default.
        """
        unchanged = True
        self.wire.settling.wait({exchange.request.receiver for exchange in after}, {viewer for viewer, _ in before})
        for (viewer, other), now in self.read(*before).items():
            change = change_between(before[viewer, other], now, self.user_id(other))
            sent = "; ".join(_answered(exchange) for exchange in after) or "time went by"
            fault = (
                None
                if change is None
                else f"{sent}, and the {viewer} reads for the connection with the {other}: {change}"
            )
            expected = f"the connection of {viewer} and {other} unchanged"
            self.ledger.check(rule or self.rule.id, fault, (*after, now), expected)
            unchanged = unchanged and change is None
        return unchanged

    def was_refused(self, role: str, other: str) -> bool:
        """Whether the pod refused every accept and reject of a user that a role has sent in this run.

        A success is a finding of its own, and it may have changed the connection.
        """
        return (role, self.user_id(other)) not in self.ledger.acted_on

    def require_refusals(self, role: str, other: str) -> None:
        """Require that the pod refused every accept and reject of a user that a role has sent in this run.

        Raises:
            NotVerified: One of them succeeded.
        """
        if not self.was_refused(role, other):
            raise NotVerified(f"the pod did not refuse every request of the {role} about the {other}")

    def earlier_reading(self, viewer: str, other: str) -> Readings:
        """The reading of a connection that must not change any more; empty if there is no reading."""
        kept = self.ledger.kept.get((viewer, other))
        return {} if kept is None else {(viewer, other): kept.reading}

    def expect_true(self, kept: bool, expected: str, found: str, *trail: Exchange) -> None:
        """Record a judgement in words: whether the rule was kept, what was expected and what was found."""
        self.ledger.check(self.rule.id, None if kept else found, trail, expected)


def _answered(exchange: Exchange) -> str:
    if exchange.answer is None:
        return f"{exchange.request.operation}: {exchange.failure}"
    return f"{exchange.request.operation} answered {exchange.answer.status}"
