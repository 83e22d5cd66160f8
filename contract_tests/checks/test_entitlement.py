"""Entitlement: a caller without it is answered 403, and its requests change nothing."""

import pytest

from ..contract.description import UNDER_TEST
from ..contract.exchange import act
from ..contract.lawful import FORBIDDEN
from .check import Check
from .refusals import Refusals

NO_EFFECT = "entitlement-missing-no-effect"


@pytest.mark.rule("entitlement-missing-forbidden")
def test_a_caller_without_the_entitlement_is_forbidden(check: Check) -> None:
    # One after the other: the second request must be refused too.
    exchanges = [check.act(operation_id, "unentitled", "requester") for operation_id in UNDER_TEST]
    for exchange in exchanges:
        check.expect(FORBIDDEN, exchange)
    if check.was_refused("unentitled", "requester"):
        check.expect_unchanged(check.earlier_reading("requester", "unentitled"), *exchanges, rule=NO_EFFECT)


@pytest.mark.rule("entitlement-missing-no-effect")
def test_a_forbidden_request_changes_nothing(check: Check) -> None:
    # The connection is used as it is found. Nobody of the cast could take back a new connection request to this user.
    before = check.earlier_reading("requester", "unentitled") or check.read(("requester", "unentitled"))
    for operation_id in UNDER_TEST:
        exchange = check.act(operation_id, "unentitled", "requester")
        check.require_refusals("unentitled", "requester")
        check.expect_unchanged(before, exchange)
    requester = check.user_id("requester")
    Refusals(check, NO_EFFECT, judge_answers=False).expect_all(
        [(FORBIDDEN, act(operation_id, "unentitled", requester)) for operation_id in UNDER_TEST]
    )
