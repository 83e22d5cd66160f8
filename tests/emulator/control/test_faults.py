"""Faults by rule."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contract_tests.emulator.control.client import EmulatedPods
from tests.emulator.control.cast import Cast


def test_a_status_is_answered_as_often_as_was_said(pods: EmulatedPods, users: Cast) -> None:
    pods.add_fault("status", status=503, times=2)

    statuses = [users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]


@pytest.mark.parametrize(
    ("carried_out", "expected"),
    [(False, "PENDING_INCOMING"), (True, "ACCEPTED")],
    ids=["not carried out", "carried out"],
)
@pytest.mark.parametrize("kind", ["status", "throttle", "drop"])
def test_a_request_is_carried_out_where_that_was_said(
    pods: EmulatedPods, users: Cast, kind: Any, carried_out: bool, expected: str
) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "PENDING")
    pods.add_fault(kind, times=1, carried_out=carried_out)

    try:
        status = users.post("CALLER", "accept", users.id("REQUESTER")).status_code
    except httpx.RemoteProtocolError:
        status = 0

    assert status == {"status": 500, "throttle": 429, "drop": 0}[kind]
    assert users.status("CALLER", users.id("REQUESTER")) == expected


def test_a_throttled_answer_says_when_to_come_again(pods: EmulatedPods, users: Cast) -> None:
    pods.add_fault("throttle", retry_after=7)

    answer = users.post("CALLER", "accept", users.id("COLLEAGUE"))

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_an_answer_can_be_late_cut_or_garbage(pods: EmulatedPods, users: Cast) -> None:
    pods.add_fault("delay", milliseconds=150, times=1)
    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).elapsed >= timedelta(milliseconds=150)

    pods.add_fault("cut", times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        users.post("CALLER", "accept", users.id("COLLEAGUE"))

    pods.add_fault("garbage", times=1)
    with pytest.raises(ValueError, match="."):
        users.post("CALLER", "accept", users.id("COLLEAGUE")).json()


@pytest.mark.parametrize(
    "chosen",
    [
        {"operation": "acceptConnection"},
        {"pod": "acme", "operation": "acceptConnection"},
        {"user_id": "CALLER", "operation": "acceptConnection"},
    ],
    ids=str,
)
def test_a_fault_concerns_only_the_chosen_requests(pods: EmulatedPods, users: Cast, chosen: dict[str, Any]) -> None:
    if "user_id" in chosen:
        chosen = {**chosen, "user_id": users.id("CALLER")}
    pods.add_fault("status", **chosen)

    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code == 500
    assert users.post("CALLER", "create", users.id("COLLEAGUE")).status_code == 200
    assert users.post("REQUESTER", "create", users.id("CALLER")).status_code == 200


def test_chance_is_the_same_with_the_same_seed(pods: EmulatedPods, users: Cast) -> None:
    def statuses() -> list[int]:
        number = pods.add_fault("status", probability=0.5, seed=7)
        found = [users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code for _ in range(20)]
        pods.remove_fault(number)
        return found

    first = statuses()

    assert (statuses(), set(first)) == (first, {200, 500})


def test_faults_are_listed_and_removed(pods: EmulatedPods) -> None:
    one, two = pods.add_fault("drop", times=3), pods.add_fault("status", operation="listConnections")

    assert [(fault["number"], fault["kind"], fault["times"]) for fault in pods.faults()] == [
        (one, "drop", 3),
        (two, "status", None),
    ]
    pods.remove_fault(one)
    assert [fault["number"] for fault in pods.faults()] == [two]
    pods.clear_faults()
    assert pods.faults() == []
