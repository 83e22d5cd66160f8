"""Not found: an id of no user, a stranger, the caller itself, and a connection that was removed."""

import pytest

from ..contract.description import MAX_INT64, UNDER_TEST
from ..contract.exchange import Request, act
from ..contract.lawful import ACCEPTED, NOBODY, NONE, NOT_FOUND, Lawful
from ..target.not_verified import NotVerified
from .check import Check
from .refusals import Case, Refusals

NO_EFFECT = "not-found-no-effect"
IMPOSSIBLE = (0, -1, -(2**63), MAX_INT64)


def cases_naming(user_ids: list[int], lawful: Lawful) -> list[Case]:
    """Accept and reject by the caller that name these ids, with the lawful answers."""
    return [(lawful, act(operation_id, "caller", user_id)) for operation_id in UNDER_TEST for user_id in user_ids]


def impossible_ids(check: Check) -> list[int]:
    """Ids that no user has. An id that a user of the cast has is left out."""
    return sorted(set(IMPOSSIBLE) - {user.user_id for user in check.target.users.values()})


@pytest.mark.rule("unknown-user-not-found")
def test_an_unknown_user_is_not_found(check: Check) -> None:
    Refusals(check, NO_EFFECT).expect_all(cases_naming([check.user_id("unknown")], NOBODY))


@pytest.mark.rule("impossible-user-not-found")
def test_an_id_that_no_user_has_is_not_found(check: Check) -> None:
    Refusals(check, NO_EFFECT).expect_all(cases_naming(impossible_ids(check), NOBODY))


@pytest.mark.rule("no-connection-not-found")
def test_a_stranger_s_connection_is_not_found(check: Check) -> None:
    Refusals(check, NO_EFFECT).expect_all(cases_naming([check.user_id("stranger")], NOT_FOUND))


@pytest.mark.rule("no-connection-stays-none")
def test_accept_and_reject_make_no_connection(check: Check) -> None:
    for operation_id in UNDER_TEST:
        exchange = check.act(operation_id, "caller", "stranger")
        check.require_refusals("caller", "stranger")
        check.expect_state(NONE, "caller", "stranger", after=exchange)


@pytest.mark.rule("removed-connection-not-found")
def test_a_removed_connection_is_not_found(check: Check) -> None:
    for operation_id in UNDER_TEST:
        check.arranger.bring(ACCEPTED)
        remove = Request("removeConnection", "caller", path_parameters=(("uid", str(check.user_id("requester"))),))
        removed = check.send(remove)
        if removed.status != 200:
            raise NotVerified(f"the pod does not remove an accepted connection: {removed.status or removed.failure}")
        exchange = check.act(operation_id, "caller", "requester")
        check.expect(NOT_FOUND, exchange)
        check.expect_state(NONE, "caller", "requester", after=exchange)


@pytest.mark.rule("self-not-found")
def test_the_caller_itself_is_not_found(check: Check) -> None:
    Refusals(check, NO_EFFECT).expect_all(cases_naming([check.user_id("caller")], NOBODY))


@pytest.mark.rule("not-found-no-effect")
def test_a_user_that_is_not_found_leaves_the_pending_request_unchanged(check: Check) -> None:
    cases = cases_naming([check.user_id("caller"), *impossible_ids(check)], NOBODY)
    if "unknown" in check.target.users:
        cases += cases_naming([check.user_id("unknown")], NOBODY)
    if "stranger" in check.target.users:
        cases += cases_naming([check.user_id("stranger")], NOT_FOUND)
    Refusals(check, NO_EFFECT, judge_answers=False).expect_all(cases)
