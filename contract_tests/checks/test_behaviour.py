"""The behaviour table, row by row, and what follows from it: both sides agree, and nobody else is touched."""

import time

import pytest

from ..arranging.arrange import Readings, state_of
from ..arranging.companion_operations import NOT_OFFERED
from ..contract.description import UNDER_TEST
from ..contract.exchange import act
from ..contract.lawful import (
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
from ..target.not_verified import NotVerified
from ..verdict.ledger import Kept
from .check import Check

ROUNDS_OF_RACING = 3
LONG_ENOUGH = 5.0  # seconds for which a state has to stay
SEVERAL_TIMES = (("requester", "caller"), ("caller", "requester"), ("requester", "caller"))


@pytest.mark.rule("connect-makes-pending")
def test_connect_makes_a_pending_request(check: Check) -> None:
    for asker, asked in (("requester", "caller"), ("caller", "requester")):
        check.arranger.bring(NONE)
        exchange = check.act("createConnection", asker, asked)
        if exchange.status in NOT_OFFERED and asker not in check.ledger.succeeded["createConnection"]:
            raise NotVerified(f"the pod does not offer createConnection: {exchange.status}")
        check.expect(success(OUTGOING), exchange)
        check.expect_both(OUTGOING, asker, asked, after=exchange)


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
    expect_agreement(check)  # before arranging: where they do not agree, a connection may not be arranged any more
    for operation_id in UNDER_TEST:
        check.arranger.bring(INCOMING)
        exchange = check.act(operation_id, "caller", "requester")
        mine = check.arranger.read("caller", "requester")
        check.expect_state(OTHER_SIDE[mine], "requester", "caller", after=exchange)


def expect_agreement(check: Check) -> None:
    """Expect both sides to read the same, whatever was done so far."""
    readings = check.read(("caller", "requester"), ("requester", "caller"))
    mine, theirs = (state_of(reading, check.user_id(other)) for (_, other), reading in readings.items())
    found = f"the caller reads {mine} and the requester {theirs}"
    check.expect_true(theirs == OTHER_SIDE[mine], "both to read the same", found, *readings.values())


@pytest.mark.rule("state-stays")
def test_a_state_stays_until_somebody_acts(check: Check) -> None:
    for operation_id in UNDER_TEST[::-1]:
        check.arranger.bring(INCOMING)
        exchange = check.act(operation_id, "caller", "requester")
        made = check.arranger.read("caller", "requester")
        for _ in range(3):
            check.expect_both(made, "caller", "requester", after=exchange)
        for other_operation_id in UNDER_TEST:
            check.send(act(other_operation_id, "caller", check.nobody(), about="about nobody"))
            check.expect_state(made, "caller", "requester", after=exchange)
    if ("caller", "bystander") not in check.ledger.kept:
        check.ledger.kept["caller", "requester"] = Kept(check.arranger.bring(ACCEPTED))
    for other in ("bystander", "requester"):
        if kept := check.ledger.kept.pop(("caller", other), None):
            # In a whole run more time than that has gone by.
            time.sleep(max(0.0, kept.at + LONG_ENOUGH - time.perf_counter()))
            check.expect_unchanged({("caller", other): kept.reading})


@pytest.mark.rule("bystander-left-alone")
def test_nobody_else_s_connection_changes(check: Check) -> None:
    expect_no_effect_of_requests_about_others(check)
    expect_bystander_left_alone(check)
    expect_both_made(check, "acceptConnection", "rejectConnection")
    check.arranger.bring(INCOMING, asker="bystander")
    expect_both_made(check, "rejectConnection", "acceptConnection")
    check.ledger.kept["caller", "bystander"] = Kept(check.arranger.bring(ACCEPTED, asker="bystander"))
    expect_bystander_left_alone(check)
    check.expect_unchanged(check.kept("caller", "isolated"))


def expect_bystander_left_alone(check: Check) -> None:
    """Expect the bystander's connection to be as it is after accept and reject of the requester."""
    before = check.read(("caller", "bystander"), ("bystander", "caller"))
    for operation_id in UNDER_TEST:
        check.arranger.bring(INCOMING)
        check.expect_unchanged(before, check.act(operation_id, "caller", "requester"))


def expect_no_effect_of_requests_about_others(check: Check) -> None:
    """Expect two pending requests to go on waiting, whatever is sent about others, and by others."""
    before: Readings = {
        ("caller", other): check.arranger.bring(INCOMING, asker=other) for other in ("bystander", "requester")
    }
    requests = []
    if "colleague" in check.target.users:
        requests += [act(operation_id, "caller", check.user_id("colleague")) for operation_id in UNDER_TEST]
    between = check.arranger.read("bystander", "requester")
    by_bystander = {NONE: UNDER_TEST, ACCEPTED: ("acceptConnection",)}.get(between, ())
    requests += [act(operation_id, "bystander", check.user_id("requester")) for operation_id in by_bystander]
    exchanges = check.wire.send_together(requests, check.rule.id)
    for exchange in exchanges:
        if between == NONE and exchange.request.role == "bystander":
            check.expect(REFUSED, exchange)
    check.expect_unchanged(before, *exchanges)


def expect_both_made(check: Check, of_requester: str, of_bystander: str) -> None:
    """Expect of two requests at once, each about another connection, that neither undoes the other."""
    check.arranger.bring(INCOMING)
    acts = {"requester": of_requester, "bystander": of_bystander}
    together = [act(operation_id, "caller", check.user_id(other)) for other, operation_id in acts.items()]
    exchanges = check.wire.send_together(together, check.rule.id)
    for (other, operation_id), exchange in zip(acts.items(), exchanges, strict=True):
        check.expect(act_on_state(operation_id, INCOMING), exchange)
        check.expect_state(MADE_BY[operation_id], "caller", other, after=exchange)


@pytest.mark.rule("own-request-refused")
def test_a_requester_cannot_accept_or_reject_its_own_request(check: Check) -> None:
    for asker, asked in (("requester", "caller"), ("caller", "requester")):
        check.arranger.bring(NONE, asker=asker, asked=asked)
        for operation_id in UNDER_TEST:
            before: Readings = {(asked, asker): check.arranger.bring(INCOMING, asker=asker, asked=asked)}
            before |= check.read((asker, asked))
            exchange = check.act(operation_id, asker, asked)
            check.expect(REFUSED, exchange)
            check.expect_unchanged(before, exchange)


@pytest.mark.rule("undocumented-transition-consistent")
def test_where_the_table_has_no_row_answer_and_connection_agree(check: Check) -> None:
    for state in (ACCEPTED, REJECTED):
        for actor, other in (("caller", "requester"), ("requester", "caller")):
            before: Readings = {}
            for operation_id in UNDER_TEST:
                if not before:
                    check.arranger.bring(state)
                    before = check.read((actor, other), (other, actor))
                exchange = check.act(operation_id, actor, other)
                check.expect(act_on_state(operation_id, state), exchange)
                if exchange.answer and exchange.status == 200:
                    check.expect_both(str(exchange.answer.member("status")), actor, other, after=exchange)
                    before = {}
                elif not check.expect_unchanged(before, exchange):
                    before = {}


@pytest.mark.rule("rejected-request-not-forced")
def test_who_was_rejected_cannot_accept_its_own_request(check: Check) -> None:
    check.arranger.bring(REJECTED)
    exchange = check.act("acceptConnection", "requester", "caller")
    check.expect(act_on_state("acceptConnection", REJECTED), exchange)
    found = check.arranger.read_exchange("caller", "requester")
    forced = state_of(found, check.user_id("requester")) == ACCEPTED
    check.expect_true(not forced, "the caller not to read ACCEPTED", "the caller reads ACCEPTED", exchange, found)


@pytest.mark.rule("race-consistent")
def test_two_requests_at_once_leave_a_state_that_one_of_them_made(check: Check) -> None:
    pairs = [("acceptConnection", "rejectConnection"), ("acceptConnection", "acceptConnection")]
    requester = check.user_id("requester")
    for pair in pairs * ROUNDS_OF_RACING:
        check.arranger.bring(INCOMING)
        together = [act(operation_id, "caller", requester, about="two at once") for operation_id in pair]
        exchanges = check.wire.send_together(together, check.rule.id)
        for exchange in exchanges:
            check.expect(success(ACCEPTED, REJECTED) | REFUSED, exchange)
        made = {str(e.answer.member("status")) for e in exchanges if e.answer and e.status == 200}
        shown = ", ".join(str(exchange.status or exchange.failure) for exchange in exchanges)
        check.expect_true(bool(made), "one of the two to succeed", f"{shown}", *exchanges)
        if made:
            check.expect_both(made, "caller", "requester", after=exchanges[-1])
        if made == {ACCEPTED, REJECTED}:
            both = both_succeed_in_turn(check)
            expected = "one of the two to succeed, as the pod has it when one comes after the other"
            check.expect_true(both, expected, "accept and reject at once both succeeded", *exchanges)


def both_succeed_in_turn(check: Check) -> bool:
    """Whether accept and reject both succeed if one comes after the other, in one order or the other."""
    for order in (UNDER_TEST, UNDER_TEST[::-1]):
        check.arranger.bring(INCOMING)
        if {200} == {check.act(operation_id, "caller", "requester").status for operation_id in order}:
            return True
    return False
