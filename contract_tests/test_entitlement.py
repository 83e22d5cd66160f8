"""Entitlement: who lacks it is forbidden, and changes nothing."""

import pytest

from contract_tests.check import Check
from contract_tests.description import UNDER_TEST
from contract_tests.lawful import FORBIDDEN


@pytest.mark.rule("entitlement-missing-forbidden")
def test_a_caller_without_the_entitlement_is_forbidden(check: Check) -> None:
    for operation_id in UNDER_TEST:
        check.expect(FORBIDDEN, check.act(operation_id, "unentitled", "requester"))


@pytest.mark.rule("entitlement-missing-no-effect")
def test_what_is_forbidden_changes_nothing(check: Check) -> None:
    # Whatever connection there is: a request to this user could not be taken back by anybody of the cast.
    before = check.arranger.read("requester", "unentitled")
    for operation_id in UNDER_TEST:
        exchange = check.act(operation_id, "unentitled", "requester")
        check.expect_state(before, "requester", "unentitled", after=exchange)
