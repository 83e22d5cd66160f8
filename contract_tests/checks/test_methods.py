"""Other methods than POST, and other paths: they never succeed and change nothing."""

from dataclasses import replace

import pytest

from ..contract.description import UNDER_TEST, operation
from ..contract.exchange import JSON, Request, act, user_id_body
from ..contract.lawful import REFUSED, Lawful
from .check import Check
from .refusals import Refusals

NO_EFFECT = "method-other-no-effect"
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "FROBNICATE")
WITHOUT_BODY = ("GET", "HEAD", "DELETE", "TRACE")  # some servers refuse a body in these requests (RFC 9110, 9.3)
NO_SUCCESS = Lawful(frozenset(range(300, 500)))  # a redirection to the right path is no success
OVERRIDE = tuple((name, "POST") for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"))


def with_method(operation_id: str, method: str, user_id: int) -> Request:
    """A request with another method than POST that names a user: in its body, or in its query if it has no body."""
    about = f"{method}, not POST"
    # A server sends the headers of TRACE back, so it must not carry a secret (RFC 9110, 9.3.8).
    role = None if method == "TRACE" else "caller"
    if method in WITHOUT_BODY:
        return Request(operation_id, role, query=f"userId={user_id}", method=method, about=about)
    return Request(operation_id, role, user_id_body(user_id), JSON, method=method, about=about)


@pytest.mark.rule("method-other-refused")
def test_another_method_never_succeeds(check: Check) -> None:
    refusals = Refusals(check, NO_EFFECT)
    requests = [
        request
        for operation_id in UNDER_TEST
        for request in (
            *(with_method(operation_id, method, refusals.user_id) for method in METHODS),
            *(
                replace(
                    with_method(operation_id, method, refusals.user_id),
                    headers=OVERRIDE,
                    about=f"{method} with headers that ask for POST",
                )
                for method in ("GET", "PUT")
            ),
        )
    ]
    refusals.expect_all([(REFUSED, request) for request in requests])


@pytest.mark.rule("method-other-no-effect")
def test_another_method_changes_nothing(check: Check) -> None:
    refusals = Refusals(check, NO_EFFECT, judge_answers=False)
    methods = ("PUT", "OPTIONS")
    requests = [with_method(name, method, refusals.user_id) for name in UNDER_TEST for method in methods]
    refusals.expect_all([(REFUSED, request) for request in requests])


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
