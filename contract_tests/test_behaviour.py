"""The behaviour table, row by row, and what follows from it: both sides agree, and nobody else is touched."""

import pytest

from contract_tests.check import Check
from contract_tests.description import UNDER_TEST
from contract_tests.exchange import act
from contract_tests.lawful import (
    ACCEPTED,
    INCOMING,
    MADE_BY,
    NONE,
    OTHER_SIDE,
    OUTGOING,
    REFUSED,
    REJECTED,
    act_on_state,
    success,
)
from contract_tests.offered import NOT_OFFERED
from contract_tests.wire import NotVerified

ROUNDS_OF_RACING = 3
SEVERAL_TIMES = (("requester", "caller"), ("caller", "requester"), ("requester", "caller"))


@pytest.mark.rule("connect-makes-pending")
def test_connect_makes_a_pending_request(check: Check) -> None:
    for asker, asked in (("requester", "caller"), ("caller", "requester")):
        check.arranger.bring(NONE)
        exchange = check.act("createConnection", asker, asked)
        if exchange.status in NOT_OFFERED:
            raise NotVerified(f"the pod does not offer createConnection: {exchange.status}")
        check.expect(success(OUTGOING), exchange)
        check.expect_state(OUTGOING, asker, asked, after=exchange)
        check.expect_state(INCOMING, asked, asker, after=exchange)


@pytest.mark.rule("accept-makes-accepted")
def test_accept_of_a_pending_request_makes_it_accepted(check: Check) -> None:
    for asker, asked in SEVERAL_TIMES:
        check.arranger.bring(NONE, asker=asker, asked=asked)
        expect_made(check, "acceptConnection", asker, asked)


@pytest.mark.rule("reject-makes-rejected")
def test_reject_of_a_pending_request_makes_it_rejected(check: Check) -> None:
    for asker, asked in SEVERAL_TIMES:
        check.arranger.bring(NONE, asker=asker, asked=asked)
        expect_made(check, "rejectConnection", asker, asked)
        expect_made(check, "rejectConnection", asker, asked)  # of a second request, after the first was rejected


def expect_made(check: Check, operation_id: str, asker: str, asked: str) -> None:
    """Expect the row of the table, seen by the one who accepts or rejects."""
    check.arranger.bring(INCOMING, asker=asker, asked=asked)
    exchange = check.act(operation_id, asked, asker)
    check.expect(act_on_state(operation_id, INCOMING), exchange)
    check.expect_state(MADE_BY[operation_id], asked, asker, after=exchange)


@pytest.mark.rule("sides-agree")
def test_both_sides_read_the_same_state(check: Check) -> None:
    for operation_id in UNDER_TEST:
        check.arranger.bring(INCOMING)
        exchange = check.act(operation_id, "caller", "requester")
        mine = check.arranger.read("caller", "requester")
        check.expect_state(OTHER_SIDE[mine], "requester", "caller", after=exchange)


@pytest.mark.rule("state-stays")
def test_a_state_stays_until_somebody_acts(check: Check) -> None:
    for operation_id in UNDER_TEST:
        check.arranger.bring(INCOMING)
        exchange = check.act(operation_id, "caller", "requester")
        made = check.arranger.read("caller", "requester")
        for _ in range(3):
            check.expect_state(made, "caller", "requester", after=exchange)
            check.expect_state(OTHER_SIDE[made], "requester", "caller", after=exchange)
        for other_operation_id in UNDER_TEST:
            check.send(act(other_operation_id, "caller", check.nobody(), about="about nobody"))
            check.expect_state(made, "caller", "requester", after=exchange)


@pytest.mark.rule("bystander-left-alone")
def test_nobody_else_s_connection_changes(check: Check) -> None:
    if check.arranger.read("caller", "bystander") == NONE:
        check.arranger.bring(INCOMING, asker="bystander")
    before = check.arranger.read("caller", "bystander")
    for operation_id in UNDER_TEST:
        check.arranger.bring(INCOMING)
        exchange = check.act(operation_id, "caller", "requester")
        check.expect_state(before, "caller", "bystander", after=exchange)
        check.expect_state(OTHER_SIDE[before], "bystander", "caller", after=exchange)


@pytest.mark.rule("own-request-refused")
def test_a_requester_cannot_accept_or_reject_its_own_request(check: Check) -> None:
    for asker, asked in (("requester", "caller"), ("caller", "requester")):
        check.arranger.bring(NONE, asker=asker, asked=asked)
        for operation_id in UNDER_TEST:
            check.arranger.bring(INCOMING, asker=asker, asked=asked)
            exchange = check.act(operation_id, asker, asked)
            check.expect(REFUSED, exchange)
            check.expect_state(OUTGOING, asker, asked, after=exchange)
            check.expect_state(INCOMING, asked, asker, after=exchange)


@pytest.mark.rule("undocumented-transition-consistent")
def test_where_the_table_has_no_row_answer_and_connection_agree(check: Check) -> None:
    for state in (ACCEPTED, REJECTED):
        for operation_id in UNDER_TEST:
            check.arranger.bring(state)
            exchange = check.act(operation_id, "caller", "requester")
            check.expect(act_on_state(operation_id, state), exchange)
            answered = exchange.answer.member("status") if exchange.answer and exchange.status == 200 else state
            check.expect_state(str(answered), "caller", "requester", after=exchange)
            check.expect_state(OTHER_SIDE.get(str(answered), state), "requester", "caller", after=exchange)


@pytest.mark.rule("race-consistent")
def test_two_requests_at_once_leave_a_state_that_one_of_them_made(check: Check) -> None:
    requester = check.user_id("requester")
    pairs = [("acceptConnection", "rejectConnection"), ("acceptConnection", "acceptConnection")]
    for pair in pairs * ROUNDS_OF_RACING:
        check.arranger.bring(NONE)
        check.arranger.bring(INCOMING)
        together = [act(operation_id, "caller", requester, about="two at once") for operation_id in pair]
        exchanges = check.wire.send_together(together, check.rule.id)
        for exchange in exchanges:
            check.expect(success(ACCEPTED, REJECTED) | REFUSED, exchange)
        made = {str(e.answer.member("status")) for e in exchanges if e.answer and e.status == 200}
        shown = ", ".join(str(exchange.status or exchange.failure) for exchange in exchanges)
        check.expect_true(bool(made), "one of the two to succeed", f"{shown}", *exchanges)
        if made:
            mine = check.expect_state(made, "caller", "requester", after=exchanges[-1])
            check.expect_state(OTHER_SIDE[mine], "requester", "caller", after=exchanges[-1])
