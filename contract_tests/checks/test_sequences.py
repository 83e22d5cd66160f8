"""Generated sequences of requests by both users: every answer, and the state on both sides, has to follow from them.

This is not a state machine of hypothesis, because hypothesis replays a failure. If the pod's state has changed
meanwhile, or a connection drops, hypothesis reports the test as flaky.
"""

import random
from functools import partial

import pytest

from ..arranging.arrange import state_of
from ..contract.description import UNDER_TEST
from ..contract.exchange import Exchange, Request
from ..contract.lawful import (
    ACCEPTED,
    INCOMING,
    MADE_BY,
    NONE,
    OTHER_SIDE,
    OUTGOING,
    REFUSED,
    REJECTED,
    Lawful,
    act_on_state,
    success,
)
from .check import Check

EXAMPLES_FOR_A_SEQUENCE = 15  # generated requests for which there is one sequence
STEPS = 8
MOST_SHORTER = 16  # sequences that are sent in order to find a shorter one that breaks the rule too
OTHER = {"caller": "requester", "requester": "caller"}
ROLES = tuple(OTHER)
OPERATIONS = ("createConnection", *UNDER_TEST, "removeConnection")
ANY_STATE = success(NONE, INCOMING, OUTGOING, ACCEPTED, REJECTED)

Step = tuple[str, str]
"""An operation, and the role that sends it."""


@pytest.mark.rule("sequence-lawful")
def test_a_sequence_of_requests_is_answered_lawfully(check: Check) -> None:
    check.arranger.bring(INCOMING)  # fails at once if the pod does not offer an operation that is needed
    shorter_left = MOST_SHORTER
    most = check.max_examples // EXAMPLES_FOR_A_SEQUENCE // check.share_of_changes()
    for number in range(max(1, most)):
        seed = f"{check.seed}-{number}"
        sequence = check.repeat(partial(Sequence.run_anew, check, seed))
        if sequence.faulty_steps:
            shorter_left = send_shorter(check, sequence.faulty_steps, shorter_left)


def send_shorter(check: Check, steps: list[Step], most: int) -> int:
    """Send a sequence that breaks the rule without one of its steps, as long as that breaks the rule too.

    The report shows the shortest. Returns how many sequences are left to be sent.

    Args:
        check: The work on the rule.
        steps: The steps of the sequence.
        most: How many sequences may be sent.
    """
    place = 0
    while place < len(steps) > 1 and most:
        most -= 1
        shorter = check.repeat(partial(Sequence.run_anew, check, "", [*steps[:place], *steps[place + 1 :]]))
        if shorter.faulty_steps:
            steps, place = shorter.faulty_steps, 0
        else:
            place += 1
    return most


class Sequence:
    """A sequence of requests by two users, with the state that each of them must read.

    Args:
        check: The work on the rule.
        seed: The seed of the random choices.
        steps: The steps to take; random ones if there are none.

    Attributes:
        faulty_steps: The steps up to the first one that broke the rule; none if the rule was kept.
    """

    def __init__(self, check: Check, seed: str, steps: list[Step] | None = None) -> None:
        self.faulty_steps: list[Step] = []
        self._check = check
        self._random = random.Random(seed)  # noqa: S311 - the same sequence for the same seed, nothing secret
        self._given = steps
        self._taken: list[Step] = []
        self._reads = dict.fromkeys(OTHER, NONE)
        self._trail: list[Exchange] = []

    @classmethod
    def run_anew(cls, check: Check, seed: str, steps: list[Step] | None = None) -> "Sequence":
        """Run a sequence from its start."""
        sequence = cls(check, seed, steps)
        sequence.run()
        return sequence

    def run(self) -> None:
        """Start without a connection, then send several requests, each by one of the two users.

        Raises:
            AnswerLost: The pod may or may not have carried out the last request.
        """
        self._check.arranger.bring(NONE)
        for number in range(STEPS if self._given is None else len(self._given)):
            operation_id, actor = self._choose() if self._given is None else self._given[number]
            self._taken.append((operation_id, actor))
            before = self._reads[actor]
            if operation_id == "removeConnection":
                path = (("uid", str(self._check.user_id(OTHER[actor]))),)
                exchange = self._check.send(Request(operation_id, actor, path_parameters=path))
            else:
                exchange = self._check.act(operation_id, actor, OTHER[actor])
            self._judge(exchange, actor, *lawful_of(operation_id, before))
        self._expect_nothing_more()

    def _choose(self) -> Step:
        """Choose the next operation and who sends it.

        While a connection request is pending, mostly accept or reject: as often by the asker as by the user who is
        asked.
        """
        asker = next((role for role, state in self._reads.items() if state == OUTGOING), None)
        chance = self._random.random()
        if asker is not None and chance < 0.8:
            return self._random.choice(UNDER_TEST), asker if chance < 0.4 else OTHER[asker]
        actor = self._random.choice(ROLES)
        if self._reads[actor] == NONE:
            return self._random.choice(("createConnection", "createConnection", *UNDER_TEST)), actor
        return self._random.choice(OPERATIONS), actor

    def _judge(self, exchange: Exchange, actor: str, lawful: Lawful, made: str | None) -> None:
        """Judge an answer, then read both sides and compare them with the answer and with each other."""
        self._trail.append(exchange)
        self._record(lawful.fault(exchange), str(lawful), exchange)
        wanted = self._wanted(exchange, actor, made)
        mine, theirs = self._read_both(exchange, actor, wanted)
        wanted = wanted or mine
        shown = f"{exchange.status or exchange.failure} to the {actor}'s {exchange.request.operation}"
        fault = None if mine == wanted else f"after {shown} the {actor} reads {mine}"
        self._record(fault, f"the {actor} to read {wanted}", exchange)
        agrees = theirs == OTHER_SIDE[mine]
        fault = None if agrees else f"after {shown} the {actor} reads {mine} and the {OTHER[actor]} {theirs}"
        self._record(fault, "both to read the same", exchange)
        self._reads = {actor: mine, OTHER[actor]: theirs}

    def _wanted(self, exchange: Exchange, actor: str, made: str | None) -> str | None:
        """The state that the actor has to read after an exchange; None where any state will do."""
        if exchange.status != 200:
            return self._reads[actor]
        answered = exchange.answer.member("status") if exchange.answer else None
        return made or (answered if isinstance(answered, str) and answered in OTHER_SIDE else None)

    def _read_both(self, exchange: Exchange, actor: str, wanted: str | None) -> tuple[str, str]:
        """Read both sides: at once, or each when it has settled."""
        other = OTHER[actor]
        if not self._check.target.settle or exchange.status != 200:
            # A late change at the other pod shows at the next reading, and at the end of the sequence.
            return self._check.arranger.read_both(actor, other)
        if wanted is None:
            # Any state is right, and so a reading does not show whether it lags behind.
            self._check.wire.settling.wait(ROLES, ROLES)
            readings = self._check.arranger.read_settled_sides(other, actor)
            mine, theirs = (state_of(readings[viewer], self._check.user_id(OTHER[viewer])) for viewer in (actor, other))
            return mine, theirs
        mine = self._check.state_after(exchange, actor, other, wanted)
        return mine, self._check.state_after(exchange, other, actor, OTHER_SIDE[mine])

    def _expect_nothing_more(self) -> None:
        """Expect both sides to read the same as before, once everything has arrived."""
        if not self._check.target.settle or not self._trail:
            return
        self._check.wire.settling.wait(ROLES, ROLES)
        states = dict(zip(ROLES, self._check.arranger.read_both(*ROLES), strict=True))
        found = f"later the caller reads {states['caller']} and the requester {states['requester']}"
        fault = None if states == self._reads else found
        expected = f"the caller to read {self._reads['caller']}, and the requester the same"
        self._record(fault, expected, self._trail[-1])

    def _record(self, fault: str | None, expected: str, exchange: Exchange) -> None:
        """Record a judgement. A fault shows the whole sequence that led to it."""
        trail = tuple(self._trail) if fault else (exchange,)
        if fault and not self.faulty_steps:
            self.faulty_steps = list(self._taken)
        self._check.ledger.check("sequence-lawful", fault, trail, expected)


def lawful_of(operation_id: str, before: str) -> tuple[Lawful, str | None]:
    """The lawful answers of an operation in a state that the actor reads, and the state that a 200 must make.

    The state is None if the pages and the companion do not say which state a 200 makes.
    """
    if operation_id == "createConnection":
        return (success(OUTGOING), OUTGOING) if before == NONE else (ANY_STATE | REFUSED, None)
    if operation_id == "removeConnection":
        return (success(), NONE) if before == ACCEPTED else (success() | REFUSED, None)
    return act_on_state(operation_id, before), MADE_BY[operation_id] if before == INCOMING else None
