"""What the interface refuses, and what it says."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contract_tests.emulator.control.client import ControlRefused, EmulatedPods
from contract_tests.emulator.process import emulated_pod
from tests.emulator.control.cast import Cast, control


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda pods: pods.set_cross_pod("omega", "acme", enabled=True),
            "404: There is no pod 'omega'. There are: acme",
        ),
        (lambda pods: pods.set_cross_pod("acme", "acme", enabled=True), "400: crossPod is a setting between two pods"),
        (lambda pods: pods.users("omega"), "404: There is no pod 'omega'"),
        (lambda pods: pods.add_user("acme", "caller"), "409: There is a user 'caller' in pod acme already"),
        (
            lambda pods: pods.add_user("acme", "new", user_id=13056700579841),
            "409: There is a user 13056700579841 already",
        ),
        (lambda pods: pods.add_user("acme", "new", user_id=2**63), "400: id: expected maximum"),
        (lambda pods: pods.add_user("acme", ""), "400: username: expected minLength 1"),
        (lambda pods: pods.add_user("acme", "new\n"), "400: username: expected pattern"),
        (lambda pods: pods.open_session(7078106103809, "token\n"), "400: token: expected pattern"),
        (lambda pods: pods.set_entitled(7, entitled=True), "404: There is no user 7"),
        (lambda pods: pods.connections(7), "404: There is no user 7"),
        (lambda pods: pods.set_connection(7, 8, "PENDING"), "404: There is no user 7"),
        (lambda pods: pods.set_connection(7078106103809, 7078106103810, "PENDING"), "400: Users of the same pod"),
        (lambda pods: pods.set_connection(7078106103809, 13056700579841, "BLOCKED"), "400: status: expected enum"),
        (lambda pods: pods.open_session(7), "404: There is no user 7"),
        (lambda pods: pods.set_clock(-1), "400: now: expected minimum 0"),
        (lambda pods: pods.add_fault("explode"), "400: kind: expected enum"),
        (lambda pods: pods.add_fault("status", status=200), "400: status: expected minimum 400"),
        (lambda pods: pods.add_fault("drop", pod="omega"), "404: There is no pod 'omega'"),
        (lambda pods: pods.add_fault("drop", operation="acceptAll"), "400: operation: expected enum"),
        (lambda pods: pods.add_fault("drop", times=0), "400: times: expected minimum 1"),
        (lambda pods: pods.remove_fault(99), "404: There is no fault '99'"),
        (lambda pods: pods.set_defect("succes-201", on=True), "404: There is no defect 'succes-201'"),
        (lambda pods: pods.set_variant("success-201", on=True), "404: There is no variant 'success-201'"),
        (lambda pods: pods.set_defect("logout-without-effect", on=True), "409: .* Add --keys DIR"),
        (lambda pods: pods.restore("nowhere"), "404: There is no snapshot 'nowhere'"),
        (lambda pods: pods.journal(limit=0), "400: Query parameter limit: expected minimum 1"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    pods: EmulatedPods, act: Callable[[EmulatedPods], object], message: str
) -> None:
    with pytest.raises(ControlRefused, match=message):
        act(pods)


@pytest.mark.parametrize(
    ("method", "path", "request_", "status", "message"),
    [
        ("POST", "/faults", {"content": b"{"}, 400, "The body is not well-formed JSON in UTF-8."),
        ("POST", "/faults", {"content": b"[" * 100_000}, 400, "The body is not well-formed JSON in UTF-8."),
        ("POST", "/faults", {"json": []}, 400, 'The body: expected type "object".'),
        ("POST", "/faults", {"json": {"kind": "drop", "user_id": 7}}, 400, "The body: expected only the members kind"),
        ("POST", "/faults", {"json": {}}, 400, 'The body: expected required ["kind"].'),
        ("POST", "/clock", {"json": {}}, 400, "expected either `advance` or `now`"),
        ("POST", "/sessions/revoke", {"json": {}}, 400, "expected either `token` or `user`"),
        ("PATCH", "/users/seven", {"json": {"entitled": True}}, 400, "'seven' is not a user id"),
        ("GET", "/journal?users=7", {}, 400, "There is no query parameter 'users' here. Known: pod, method"),
        ("GET", "/journal?limit=many", {}, 400, "Query parameter limit: expected type"),
        ("GET", "/nowhere", {}, 404, "The routes are described in /emulator/openapi.json"),
        ("GET", "/reset", {}, 405, "Method Not Allowed"),
    ],
)
def test_a_request_that_is_malformed_is_refused(
    users: Cast, method: str, path: str, request_: dict[str, Any], status: int, message: str
) -> None:
    answer = control(users, method, path, **request_)

    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert message in answer.json()["message"]


def test_pods_at_one_address_refuse_what_concerns_several() -> None:
    with emulated_pod() as environment, EmulatedPods(environment["POD_URL"]) as pods:
        with pytest.raises(ControlRefused, match="409: nothing-arrives concerns several pods"):
            pods.set_defect("nothing-arrives", on=True)
        with pytest.raises(ControlRefused, match="400: pod: all private pods share one address"):
            pods.add_fault("drop", pod="acme")
        pods.set_cross_pod("gamma", "acme", enabled=True)
        users = Cast(environment, httpx.Client(trust_env=False))
        with users.http:
            assert users.post("CALLER", "accept", users.id("ISOLATED")).status_code == 200
