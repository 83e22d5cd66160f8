"""Entitlement: who lacks it is forbidden, and changes nothing."""

import pytest

from ..contract.description import UNDER_TEST
from ..contract.exchange import act
from ..contract.lawful import FORBIDDEN
from .check import Check
from .refusals import Refusals

NO_EFFECT = "entitlement-missing-no-effect"


@pytest.mark.rule("entitlement-missing-forbidden")
def test_a_caller_without_the_entitlement_is_forbidden(check: Check) -> None:
    # In turn: who was refused once must not be let through the next time.
    exchanges = [check.act(operation_id, "unentitled", "requester") for operation_id in UNDER_TEST]
    for exchange in exchanges:
        check.expect(FORBIDDEN, exchange)
    check.expect_unchanged(check.kept("requester", "unentitled"), *exchanges, rule=NO_EFFECT)


@pytest.mark.rule("entitlement-missing-no-effect")
def test_what_is_forbidden_changes_nothing(check: Check) -> None:
    # Whatever connection there is: a request to this user could not be taken back by anybody of the cast.
    before = check.kept("requester", "unentitled") or check.read(("requester", "unentitled"))
    for operation_id in UNDER_TEST:
        check.expect_unchanged(before, check.act(operation_id, "unentitled", "requester"))
    requester = check.user_id("requester")
    Refusals(check, NO_EFFECT).expect_all(
        [(FORBIDDEN, act(operation_id, "unentitled", requester)) for operation_id in UNDER_TEST]
    )
