"""Who is not found: nobody, a stranger, oneself, and a connection that was removed."""

import pytest

from contract_tests.check import Check
from contract_tests.description import UNDER_TEST
from contract_tests.exchange import Request, act
from contract_tests.lawful import ACCEPTED, NOBODY, NONE, NOT_FOUND
from contract_tests.wire import NotVerified

IMPOSSIBLE = (0, 1, -1, -(2**31), -(2**53) - 1, -(2**63))


@pytest.mark.rule("unknown-user-not-found")
def test_an_unknown_user_is_not_found(check: Check) -> None:
    for operation_id in UNDER_TEST:
        check.expect(NOBODY, check.act(operation_id, "caller", "unknown"))


@pytest.mark.rule("impossible-user-not-found")
def test_an_id_that_no_user_has_is_not_found(check: Check) -> None:
    for operation_id in UNDER_TEST:
        for user_id in sorted(set(IMPOSSIBLE) - {user.user_id for user in check.target.users.values()}):
            check.expect(NOBODY, check.send(act(operation_id, "caller", user_id)))


@pytest.mark.rule("no-connection-not-found")
def test_a_stranger_s_connection_is_not_found(check: Check) -> None:
    for operation_id in UNDER_TEST:
        check.expect(NOT_FOUND, check.act(operation_id, "caller", "stranger"))


@pytest.mark.rule("no-connection-stays-none")
def test_accept_and_reject_make_no_connection(check: Check) -> None:
    for operation_id in UNDER_TEST:
        exchange = check.act(operation_id, "caller", "stranger")
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
def test_oneself_is_not_found(check: Check) -> None:
    for operation_id in UNDER_TEST:
        check.expect(NOBODY, check.act(operation_id, "caller", "caller"))
