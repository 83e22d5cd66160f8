"""The rows of the behaviour table, and what follows from them: both sides agree, and no other connection changes."""

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
LONG_ENOUGH = 5.0  # seconds that a state has to last
ASKERS_AND_ASKED = (("requester", "caller"), ("caller", "requester"), ("requester", "caller"))


@pytest.mark.rule("connect-makes-pending")
def test_connect_makes_a_pending_request(check: Check) -> None:
    for asker, asked in (("requester", "caller"), ("caller", "requester")):
        check.arranger.bring(NONE)
        exchange = check.act("createConnection", asker, asked)
        if exchange.status in NOT_OFFERED and asker not in check.ledger.succeeded["createConnection"]:
            raise NotVerified(f"the pod does not offer createConnection: {exchange.status}")
        check.expect(success(OUTGOING), exchange)
        check.expect_on_both_sides(OUTGOING, asker, asked, after=exchange)


@pytest.mark.rule("accept-makes-accepted")
def test_accept_of_a_pending_request_makes_it_accepted(check: Check) -> None:
    if not check.can_arrange():
        expect_transition_of_waiting_request(check, "acceptConnection")
        return
    for asker, asked in ASKERS_AND_ASKED:
        check.arranger.bring(NONE, asker=asker, asked=asked)
        expect_transition(check, "acceptConnection", asker, asked)


@pytest.mark.rule("reject-makes-rejected")
def test_reject_of_a_pending_request_makes_it_rejected(check: Check) -> None:
    if not check.can_arrange():
        expect_transition_of_waiting_request(check, "rejectConnection")
        return
    for asker, asked in ASKERS_AND_ASKED:
        check.arranger.bring(NONE, asker=asker, asked=asked)
        expect_transition(check, "rejectConnection", asker, asked)
        expect_transition(check, "rejectConnection", asker, asked)  # a second request, after the first one was rejected


def expect_transition_of_waiting_request(check: Check, operation_id: str) -> None:
    """Expect a row of the behaviour table of a request that was waiting when the run began, on the caller's side."""
    user_id = check.next_waiting(operation_id)
    exchange = check.send(act(operation_id, "caller", user_id, about="a request of POD_WAITING_USER_IDS"))
    check.expect(act_on_state(operation_id, INCOMING), exchange)
    made = MADE_BY[operation_id]
    reading = check.wire.settling.read_until(
        lambda: check.arranger.read_about("caller", user_id),
        lambda reading: state_of(reading, user_id) == made,
        "caller",
        "caller",
    )
    found = state_of(reading, user_id)
    check.expect_true(found == made, f"the caller to read {made}", f"the caller reads {found}", exchange, reading)


def expect_transition(check: Check, operation_id: str, asker: str, asked: str) -> None:
    """Expect a row of the behaviour table: the answer to the user who was asked, and the state that this user reads."""
    check.arranger.bring(INCOMING, asker=asker, asked=asked)
    exchange = check.act(operation_id, asked, asker)
    check.expect(act_on_state(operation_id, INCOMING), exchange)
    check.expect_state(MADE_BY[operation_id], asked, asker, after=exchange)


@pytest.mark.rule("sides-agree")
def test_both_sides_read_the_same_state(check: Check) -> None:
    expect_sides_agree(check)  # before arranging, which may fail if the sides disagree
    for operation_id in UNDER_TEST:
        check.arranger.bring(INCOMING)
        exchange = check.act(operation_id, "caller", "requester")
        mine = check.state_after(exchange, "caller", "requester", MADE_BY[operation_id])
        check.expect_state(OTHER_SIDE[mine], "requester", "caller", after=exchange)


def expect_sides_agree(check: Check) -> None:
    """Expect that caller and requester read the same state of their connection."""
    readings = check.arranger.read_settled_sides("requester", "caller")
    mine, theirs = (
        state_of(readings[viewer], check.user_id(other))
        for viewer, other in (("caller", "requester"), ("requester", "caller"))
    )
    found = f"the caller reads {mine} and the requester {theirs}"
    check.expect_true(theirs == OTHER_SIDE[mine], "both to read the same", found, *readings.values())


@pytest.mark.rule("state-stays")
def test_a_state_stays_until_somebody_acts(check: Check) -> None:
    for operation_id in UNDER_TEST[::-1]:
        check.arranger.bring(INCOMING)
        exchange = check.act(operation_id, "caller", "requester")
        made = check.state_after(exchange, "caller", "requester", MADE_BY[operation_id])
        for _ in range(3):
            check.expect_on_both_sides(made, "caller", "requester", after=exchange)
        for other_operation_id in UNDER_TEST:
            check.send(act(other_operation_id, "caller", check.unused_id(), about="an id that belongs to no user"))
            check.expect_state(made, "caller", "requester", after=exchange)
    if ("caller", "bystander") not in check.ledger.kept:
        check.ledger.kept["caller", "requester"] = Kept(check.arranger.bring(ACCEPTED))
    for other in ("bystander", "requester"):
        if kept := check.ledger.kept.pop(("caller", other), None):
            # In a whole run this much time has usually passed already.
            time.sleep(max(0.0, kept.at + LONG_ENOUGH - time.perf_counter()))
            check.expect_unchanged({("caller", other): kept.reading})


@pytest.mark.rule("bystander-left-alone")
def test_nobody_else_s_connection_changes(check: Check) -> None:
    expect_no_effect_of_requests_about_others(check)
    expect_bystander_left_alone(check)
    expect_both_transitions(check, "acceptConnection", "rejectConnection")
    check.arranger.bring(INCOMING, asker="bystander")
    expect_both_transitions(check, "rejectConnection", "acceptConnection")
    check.ledger.kept["caller", "bystander"] = Kept(check.arranger.bring(ACCEPTED, asker="bystander"))
    expect_bystander_left_alone(check)
    if "isolated" in check.target.users and check.was_refused("caller", "isolated"):
        check.expect_unchanged(check.earlier_reading("caller", "isolated"))


def expect_bystander_left_alone(check: Check) -> None:
    """Expect that accept and reject of the requester do not change the bystander's connection."""
    before = check.read(("caller", "bystander"), ("bystander", "caller"))
    exchanges = []
    for operation_id in UNDER_TEST:
        check.arranger.bring(INCOMING)
        exchanges.append(check.act(operation_id, "caller", "requester"))
    check.expect_unchanged(before, *exchanges)


def expect_no_effect_of_requests_about_others(check: Check) -> None:
    """Expect that two connection requests stay pending when requests about and by other users are sent."""
    before: Readings = {
        ("caller", other): check.arranger.bring(INCOMING, asker=other) for other in ("bystander", "requester")
    }
    requests = []
    if "colleague" in check.target.users:
        requests += [act(operation_id, "caller", check.user_id("colleague")) for operation_id in UNDER_TEST]
    between = check.arranger.read("bystander", "requester")
    by_bystander = {NONE: UNDER_TEST, ACCEPTED: ("acceptConnection",)}.get(between, ())
    requests += [act(operation_id, "bystander", check.user_id("requester")) for operation_id in by_bystander]
    exchanges = check.send_together(requests)
    for exchange in exchanges:
        if between == NONE and exchange.request.role == "bystander":
            check.expect(REFUSED, exchange)
    check.expect_unchanged(before, *exchanges)


def expect_both_transitions(check: Check, of_requester: str, of_bystander: str) -> None:
    """Expect that two requests at once, about two connections, both take effect."""
    check.arranger.bring(INCOMING)
    acts = {"requester": of_requester, "bystander": of_bystander}
    together = [act(operation_id, "caller", check.user_id(other)) for other, operation_id in acts.items()]
    exchanges = check.send_together(together)
    for (other, operation_id), exchange in zip(acts.items(), exchanges, strict=True):
        check.expect(act_on_state(operation_id, INCOMING), exchange)
        check.expect_state(MADE_BY[operation_id], "caller", other, after=exchange)


@pytest.mark.rule("own-request-refused")
def test_a_requester_cannot_accept_or_reject_its_own_request(check: Check) -> None:
    for asker, asked in (("requester", "caller"), ("caller", "requester")):
        check.arranger.bring(NONE, asker=asker, asked=asked)
        before: Readings = {(asked, asker): check.arranger.bring(INCOMING, asker=asker, asked=asked)}
        before |= check.read((asker, asked))
        exchanges = [check.act(operation_id, asker, asked) for operation_id in UNDER_TEST]
        for exchange in exchanges:
            check.expect(REFUSED, exchange)
        check.expect_unchanged(before, *exchanges)


@pytest.mark.rule("undocumented-transition-consistent")
def test_without_a_row_in_the_table_answer_and_connection_agree(check: Check) -> None:
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
                    check.expect_on_both_sides(str(exchange.answer.member("status")), actor, other, after=exchange)
                    before = {}
                elif not check.expect_unchanged(before, exchange):
                    before = {}


@pytest.mark.rule("rejected-request-not-forced")
def test_a_rejected_user_cannot_accept_its_own_request(check: Check) -> None:
    check.arranger.bring(REJECTED)
    exchange = check.act("acceptConnection", "requester", "caller")
    check.expect(act_on_state("acceptConnection", REJECTED), exchange)
    found = check.reading_after(exchange, "caller", "requester", {REJECTED})
    forced = state_of(found, check.user_id("requester")) == ACCEPTED
    check.expect_true(not forced, "the caller not to read ACCEPTED", "the caller reads ACCEPTED", exchange, found)


@pytest.mark.rule("race-consistent")
def test_two_requests_at_once_leave_the_state_of_one_of_them(check: Check) -> None:
    pairs = [("acceptConnection", "rejectConnection"), ("acceptConnection", "acceptConnection")]
    requester = check.user_id("requester")
    for pair in pairs * ROUNDS_OF_RACING:
        check.arranger.bring(INCOMING)
        together = [act(operation_id, "caller", requester, about="two at once") for operation_id in pair]
        exchanges = check.send_together(together)
        for exchange in exchanges:
            check.expect(success(ACCEPTED, REJECTED) | REFUSED, exchange)
        carried_out = [exchange for exchange in exchanges if exchange.answer and exchange.status == 200]
        made = {str(exchange.answer.member("status")) for exchange in carried_out if exchange.answer}
        shown = ", ".join(str(exchange.status or exchange.failure) for exchange in exchanges)
        check.expect_true(bool(made), "one of the two to succeed", f"{shown}", *exchanges)
        if made:
            check.expect_on_both_sides(made, "caller", "requester", after=carried_out[-1])
        if made == {ACCEPTED, REJECTED}:
            both = both_succeed_in_turn(check)
            expected = "one of the two to succeed, as when they are sent one after the other"
            check.expect_true(both, expected, "accept and reject at once both succeeded", *exchanges)


def both_succeed_in_turn(check: Check) -> bool:
    """Whether accept and reject both succeed if they are sent one after the other, in either order."""
    for order in (UNDER_TEST, UNDER_TEST[::-1]):
        check.arranger.bring(INCOMING)
        if {200} == {check.act(operation_id, "caller", "requester").status for operation_id in order}:
            return True
    return False
