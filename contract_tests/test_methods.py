"""Other methods than POST: they never succeed, and change nothing."""

import pytest

from contract_tests.check import Check
from contract_tests.description import UNDER_TEST
from contract_tests.exchange import JSON, Request, user_id_body
from contract_tests.lawful import REFUSED, Lawful
from contract_tests.refusals import Refusals

METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE")
OTHER_METHOD_REFUSED = Lawful(REFUSED.statuses | {405})


@pytest.mark.rule("method-other-refused")
def test_another_method_never_succeeds(check: Check) -> None:
    for operation_id in UNDER_TEST:
        body = user_id_body(check.nobody())
        for method in METHODS:
            request = Request(operation_id, "caller", body, JSON, method=method, about=f"{method} instead of POST")
            check.expect(OTHER_METHOD_REFUSED, check.send(request))


@pytest.mark.rule("method-other-no-effect")
def test_another_method_changes_nothing(check: Check) -> None:
    refusals = Refusals(check, check.rule.id)
    answered = Lawful(frozenset(range(100, 500)))  # what OPTIONS may say is HTTP's business; a server error is not
    body = user_id_body(refusals.user_id)
    for operation_id in UNDER_TEST:
        cases = [
            (
                OTHER_METHOD_REFUSED,
                Request(operation_id, "caller", body, JSON, method=method, about=f"{method}, not POST"),
            )
            for method in METHODS
        ]
        query = f"userId={refusals.user_id}"
        refusals.expect_all(
            [
                *cases,
                (answered, Request(operation_id, "caller", body, JSON, method="OPTIONS", about="OPTIONS, not POST")),
                (
                    OTHER_METHOD_REFUSED,
                    Request(operation_id, "caller", query=query, method="GET", about="a userId in the query"),
                ),
            ]
        )
