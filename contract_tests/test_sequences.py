"""Generated sequences of requests by both users: every answer and both sides' state follow from them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from contract_tests.check import Check
from contract_tests.exchange import Exchange, Request
from contract_tests.lawful import (
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

SEQUENCES = 15
STEPS = 8
OTHER = {"caller": "requester", "requester": "caller"}
BOTH = st.sampled_from(sorted(OTHER))
ANY_STATE = success(NONE, INCOMING, OUTGOING, ACCEPTED, REJECTED)


@pytest.mark.rule("sequence-lawful")
def test_a_sequence_of_requests_is_answered_lawfully(check: Check) -> None:
    check.arranger.bring(INCOMING)  # so that an operation that it takes and that is not there is said at once

    class Sequence(ConnectionMachine):
        """The machine, at work for this rule."""

        work = check

    machine: Any = hypothesis_seed(check.seed)(Sequence)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


class ConnectionMachine(RuleBasedStateMachine):
    """Two users and the connection between them, with the state that each of them must read."""

    work: Check

    def __init__(self) -> None:
        super().__init__()
        self.reads = {"caller": NONE, "requester": NONE}
        self.trail: list[Exchange] = []

    @initialize()
    def begin_without_connection(self) -> None:
        """Every sequence starts from nothing."""
        self.work.arranger.bring(NONE)

    @rule(actor=BOTH)
    def connect(self, actor: str) -> None:
        """One asks the other."""
        before = self.reads[actor]
        lawful = success(OUTGOING) if before == NONE else ANY_STATE | REFUSED
        exchange = self.work.act("createConnection", actor, OTHER[actor])
        self.see(exchange, actor, lawful, {OUTGOING} if before == NONE else None)

    @rule(actor=BOTH, operation_id=st.sampled_from(sorted(MADE_BY)))
    def act(self, actor: str, operation_id: str) -> None:
        """One accepts or rejects the other."""
        before = self.reads[actor]
        exchange = self.work.act(operation_id, actor, OTHER[actor])
        made = {MADE_BY[operation_id]} if before == INCOMING else None
        self.see(exchange, actor, act_on_state(operation_id, before), made)

    @rule(actor=BOTH)
    def remove(self, actor: str) -> None:
        """One ends the connection; what the companion does not say of it is left open."""
        other_id = str(self.work.user_id(OTHER[actor]))
        exchange = self.work.send(Request("removeConnection", actor, path_parameters=(("uid", other_id),)))
        lawful = success() if self.reads[actor] == ACCEPTED else success() | REFUSED
        self.see(exchange, actor, lawful, {NONE} if self.reads[actor] == ACCEPTED else None)

    def see(self, exchange: Exchange, actor: str, lawful: Lawful, made: set[str] | None) -> None:
        """Hold an answer against what is lawful, then both sides against each other and against the answer."""
        self.trail.append(exchange)
        self.hold(lawful.fault(exchange), str(lawful), exchange)
        mine, theirs = self.work.arranger.read_both(actor, OTHER[actor])
        if exchange.status == 200:
            answered = exchange.answer.member("status") if exchange.answer else None
            wanted = made or ({answered} if answered in OTHER_SIDE else {mine})
        else:
            wanted = {self.reads[actor]}
        shown = f"{exchange.status or exchange.failure} to the {actor}'s {exchange.request.operation}"
        fault = None if mine in wanted else f"after {shown} the {actor} reads {mine}"
        self.hold(fault, f"the {actor} to read {' or '.join(sorted(wanted))}", exchange)
        agrees = theirs == OTHER_SIDE[mine]
        fault = None if agrees else f"after {shown} the {actor} reads {mine} and the {OTHER[actor]} {theirs}"
        self.hold(fault, "both to read the same", exchange)
        self.reads = {actor: mine, OTHER[actor]: theirs}

    def hold(self, fault: str | None, expected: str, exchange: Exchange) -> None:
        """Note what was seen, with the whole sequence that led there."""
        trail = tuple(self.trail) if fault else (exchange,)
        self.work.ledger.check("sequence-lawful", fault, trail, expected)
