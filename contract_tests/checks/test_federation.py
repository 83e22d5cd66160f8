"""Two pods: what is done at one reaches the other as what it was, and a session is known to its own pod alone."""

import time
from functools import partial

import pytest

from ..arranging.arrange import Readings, state_of
from ..contract.description import UNDER_TEST
from ..contract.exchange import JSON, Exchange, Request, act, user_id_body
from ..contract.lawful import INCOMING, MADE_BY, NONE, OTHER_SIDE, OUTGOING, REFUSED, UNAUTHORIZED, success
from ..verdict.ledger import Kept
from .check import ROUNDS, Check
from .refusals import Refusals

BOTH = ("caller", "requester")
BOTH_WAYS = (("requester", "caller"), ("caller", "requester"))
LATE = 1.5  # seconds after a decision; nothing that was on its way may change it then
ANY_STATE = success(INCOMING, OUTGOING, *MADE_BY.values())


@pytest.mark.rule("session-of-another-pod-refused")
def test_a_session_of_another_pod_is_refused(check: Check) -> None:
    for owner, host in BOTH_WAYS:
        refusals = Refusals(check, check.rule.id, asker=owner, asked=host)
        token, shell = check.wire.token(owner), f"$POD_{owner.upper()}_TOKEN"
        refusals.expect_all(
            [
                (
                    UNAUTHORIZED,
                    Request(
                        operation_id,
                        role=None,
                        body=user_id_body(user_id),
                        media_type=JSON,
                        token=token,
                        token_shell=shell,
                        pod_of=host,
                        about=f"the {owner}'s session, at the pod of the {host}",
                    ),
                )
                for operation_id in UNDER_TEST
                for user_id in (refusals.user_id, check.unused_id())
            ]
        )


@pytest.mark.rule("request-reaches-other-pod")
def test_a_request_is_read_at_the_other_pod(check: Check) -> None:
    for asker, asked in BOTH_WAYS * check.rounds():
        check.arranger.bring(NONE, asker=asker, asked=asked)
        exchange = check.act("createConnection", asker, asked)
        check.expect(success(OUTGOING), exchange)
        check.expect_state(INCOMING, asked, asker, after=exchange)
        # A second request, after the first one was rejected.
        check.arranger.bring(MADE_BY["rejectConnection"], asker=asker, asked=asked)
        again = check.act("createConnection", asker, asked)
        if again.status == 200 and again.answer and again.answer.member("status") == OUTGOING:
            check.expect_state(INCOMING, asked, asker, after=again)


@pytest.mark.rule("decision-reaches-other-pod")
def test_a_decision_is_read_at_the_other_pod_as_what_it_was(check: Check) -> None:
    for asker, asked in BOTH_WAYS * check.rounds():
        for operation_id in UNDER_TEST:
            check.arranger.bring(INCOMING, asker=asker, asked=asked)
            exchange = check.act(operation_id, asked, asker)
            check.expect_state(OTHER_SIDE[MADE_BY[operation_id]], asker, asked, after=exchange)


@pytest.mark.rule("only-two-users-see")
def test_nobody_but_the_two_users_reads_of_a_connection(check: Check) -> None:
    others = [("bystander", "caller"), ("bystander", "requester"), ("caller", "bystander"), ("requester", "bystander")]
    for operation_id in UNDER_TEST:
        check.arranger.bring(NONE)
        before: Readings = check.read(*others)
        request = check.act("createConnection", "requester", "caller")
        check.expect_on_both_sides(OUTGOING, "requester", "caller", after=request)
        check.expect_unchanged(before, request)
        decision = check.act(operation_id, "caller", "requester")
        check.expect_on_both_sides(MADE_BY[operation_id], "caller", "requester", after=decision)
        check.expect_unchanged(before, decision)


@pytest.mark.rule("decision-not-undone-later")
def test_what_arrives_late_does_not_undo_a_decision(check: Check) -> None:
    if ("caller", "bystander") not in check.ledger.kept:
        for operation_id in UNDER_TEST:
            expect_decisions_to_last(check, {"requester": operation_id})
        return
    # The bystander's requests reach the caller here. One wait for both decisions takes half the time.
    kept = expect_decisions_to_last(check, {"requester": "rejectConnection", "bystander": "acceptConnection"})
    check.ledger.kept["caller", "bystander"] = kept["bystander"]


def expect_decisions_to_last(check: Check, decisions: dict[str, str]) -> dict[str, Kept]:
    """Answer requests as the caller, and expect the states that this makes to be there after a while.

    Args:
        check: The work on the rule.
        decisions: The operation that answers the request of each of these roles.

    Returns:
        What the caller reads at last for each of these roles, and since when it has been so.
    """
    made: dict[str, Exchange] = {}
    for asker, operation_id in decisions.items():
        check.arranger.bring(NONE, asker=asker)
        check.arranger.bring(INCOMING, asker=asker)
        made[asker] = check.act(operation_id, "caller", asker)
        check.expect_on_both_sides(MADE_BY[operation_id], "caller", asker, after=made[asker])
    since = time.perf_counter()
    users = ("caller", *decisions)
    check.wire.settling.wait(users, users)
    # No reading shows sooner that nothing is on its way any more.
    time.sleep(max(0.0, since + LATE - time.perf_counter()))
    late = check.read(*((viewer, other) for asker in made for viewer, other in (("caller", asker), (asker, "caller"))))
    for asker, decision in made.items():
        mine, theirs = late["caller", asker], late[asker, "caller"]
        states = [state_of(mine, check.user_id(asker)), state_of(theirs, check.user_id("caller"))]
        state = MADE_BY[decision.request.operation]
        expected = f"{state} and {OTHER_SIDE[state]} on the two sides, still"
        found = " and ".join(states)
        check.expect_true(states == [state, OTHER_SIDE[state]], expected, found, decision, mine, theirs)
    return {asker: Kept(late["caller", asker], since) for asker in made}


@pytest.mark.rule("crossing-converges")
def test_what_crosses_on_its_way_leaves_both_sides_in_one_state(check: Check) -> None:
    for _ in range(ROUNDS):
        check.repeat(partial(expect_one_state, check, NONE, "createConnection", "createConnection"))
        for operation_id in UNDER_TEST:
            check.repeat(partial(expect_one_state, check, INCOMING, operation_id, "createConnection"))


def expect_one_state(check: Check, state: str, by_caller: str, by_requester: str) -> None:
    """Send a request by each user at once, each to its own pod, and expect both to read the same in the end."""
    check.arranger.bring(state)
    exchanges: list[Exchange] = check.send_together(
        [
            act(by_caller, "caller", check.user_id("requester"), about="at the same time as the requester"),
            act(by_requester, "requester", check.user_id("caller"), about="at the same time as the caller"),
        ]
    )
    for exchange in exchanges:
        check.expect(ANY_STATE | REFUSED, exchange)
    check.wire.settling.wait(BOTH, BOTH)
    readings = check.arranger.read_settled_sides("requester", "caller")
    mine, theirs = (
        state_of(readings[viewer], check.user_id(other))
        for viewer, other in (("caller", "requester"), ("requester", "caller"))
    )
    found = f"the caller reads {mine} and the requester {theirs}"
    check.expect_true(theirs == OTHER_SIDE[mine], "one state on both sides", found, *exchanges, *readings.values())
