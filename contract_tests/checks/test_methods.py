"""Other methods than POST, and other paths: they never succeed and change nothing."""

from dataclasses import replace

import pytest

from ..contract.description import UNDER_TEST, operation
from ..contract.exchange import JSON, SELDOM_KNOWN, Request, act, user_id_body
from ..contract.lawful import REFUSED, Lawful
from .check import Check
from .refusals import Refusals

METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", *SELDOM_KNOWN)
OTHER_METHOD_REFUSED = Lawful(REFUSED.statuses | {405})
NOT_A_SERVER_ERROR = Lawful(frozenset(range(100, 500)))
NO_SUCCESS = Lawful(frozenset(range(300, 500)))  # a redirection to the right path is no success
OVERRIDE = tuple((name, "POST") for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"))


def with_method(operation_id: str, method: str, user_id: int) -> tuple[Lawful, Request]:
    """A request with another method than POST, and the lawful answers to it."""
    # TRACE has no body (RFC 9110, 9.3.8).
    body = None if method == "TRACE" else user_id_body(user_id)
    lawful = Lawful(OTHER_METHOD_REFUSED.statuses | {501}) if method in SELDOM_KNOWN else OTHER_METHOD_REFUSED
    return lawful, Request(operation_id, "caller", body, JSON, method=method, about=f"{method}, not POST")


@pytest.mark.rule("method-other-refused")
def test_another_method_never_succeeds(check: Check) -> None:
    for operation_id in UNDER_TEST:
        cases = [with_method(operation_id, method, check.unused_id()) for method in METHODS]
        exchanges = check.send_together([request for _, request in cases])
        for (lawful, _), exchange in zip(cases, exchanges, strict=True):
            check.expect(lawful, exchange)


@pytest.mark.rule("method-other-no-effect")
def test_another_method_changes_nothing(check: Check) -> None:
    refusals = Refusals(check, check.rule.id)
    user_id = refusals.user_id
    cases = []
    for operation_id in UNDER_TEST:
        _, options = with_method(operation_id, "OPTIONS", user_id)
        refused, get = with_method(operation_id, "GET", user_id)
        cases += [
            *(with_method(operation_id, method, user_id) for method in METHODS),
            (NOT_A_SERVER_ERROR, options),  # HTTP defines the answers to OPTIONS
            (refused, replace(get, body=None, media_type=None, query=f"userId={user_id}", about="userId in the query")),
            (refused, replace(get, headers=OVERRIDE, about="GET with headers that ask for POST")),
        ]
    refusals.expect_all(cases)


@pytest.mark.rule("path-other-refused")
def test_a_similar_path_needs_a_session_too(check: Check) -> None:
    refusals = Refusals(check, check.rule.id)
    cases = []
    for operation_id in UNDER_TEST:
        path = operation(operation_id).path
        folder, _, verb = path.rpartition("/")
        others = (
            f"{path}/",
            f"/{path}",
            f"{folder}//{verb}",
            f"{path};x=y",
            f"{path}.json",
            f"{folder}/{verb.upper()}",
            f"{folder}/%{ord(verb[0]):x}{verb[1:]}",
        )
        plain = act(operation_id, None, refusals.user_id)
        cases += [(NO_SUCCESS, replace(plain, at=other, about=f"{other}, no session")) for other in others]
    refusals.expect_all(cases)
