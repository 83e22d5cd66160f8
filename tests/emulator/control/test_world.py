"""Pods, users, entitlements, crossPod and connections."""

from typing import Any

import pytest

from contract_tests.emulator.control.client import EmulatedPods
from tests.emulator.control.cast import Cast


def test_pods_are_listed_with_their_addresses(pods: EmulatedPods, users: Cast) -> None:
    listed = pods.pods()

    assert (listed["acme"].url, listed["beta"].url) == (users.url("CALLER"), users.url("REQUESTER"))
    assert listed["beta"].login_url == users.environment["POD_REQUESTER_LOGIN_URL"]
    assert listed["acme"].cross_pod == {"beta": True, "delta": True, "gamma": True}
    assert listed["gamma"].cross_pod == {"acme": False, "beta": False, "delta": False}


def test_a_user_that_is_added_can_connect(pods: EmulatedPods, users: Cast) -> None:
    user = pods.add_user("beta", "new")
    token = pods.open_session(user.id)

    answer = users.post("REQUESTER", "create", users.id("CALLER"), token)
    pods.deliver_messages()

    assert (answer.status_code, users.status("CALLER", user.id)) == (200, "PENDING_INCOMING")
    assert user in pods.users("beta")
    assert users.post("CALLER", "accept", user.id).json()["status"] == "ACCEPTED"


@pytest.mark.parametrize("status", [(True, 200), (False, 403)])
def test_the_entitlement_can_be_given_and_taken(pods: EmulatedPods, users: Cast, status: tuple[bool, int]) -> None:
    entitled, expected = status

    assert pods.set_entitled(users.id("UNENTITLED"), entitled=entitled).entitled is entitled

    assert users.post("UNENTITLED", "accept", users.id("COLLEAGUE")).status_code == expected


def test_cross_pod_can_be_switched(pods: EmulatedPods, users: Cast) -> None:
    assert users.post("CALLER", "accept", users.id("ISOLATED")).status_code == 403

    pods.set_cross_pod("gamma", "acme", enabled=True)
    pods.set_cross_pod("acme", "gamma", enabled=False)
    assert users.post("CALLER", "accept", users.id("ISOLATED")).status_code == 403

    pods.set_cross_pod("acme", "gamma", enabled=True)
    assert users.post("CALLER", "accept", users.id("ISOLATED")).status_code == 200


@pytest.mark.parametrize(
    ("status", "caller_s", "requester_s"),
    [
        ("PENDING", "PENDING_INCOMING", "PENDING_OUTGOING"),
        ("ACCEPTED", "ACCEPTED", "ACCEPTED"),
        ("REJECTED", "REJECTED", "REJECTED"),
        ("NONE", None, None),
    ],
)
def test_a_connection_can_be_set_on_both_sides(
    pods: EmulatedPods, users: Cast, status: Any, caller_s: str | None, requester_s: str | None
) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")
    pods.set_connection(requester, caller, "PENDING")

    sides = pods.set_connection(requester, caller, status)

    assert (users.status("CALLER", requester), users.status("REQUESTER", caller)) == (caller_s, requester_s)
    assert sides == [side for side in pods.connections() if {side.owner_id, side.other_id} == {caller, requester}][::-1]


def test_a_message_under_way_does_not_undo_a_connection_that_was_set(pods: EmulatedPods, users: Cast) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")
    users.post("REQUESTER", "create", caller)
    pods.set_connection(requester, caller, "ACCEPTED")

    pods.deliver_messages()

    assert (users.status("CALLER", requester), users.status("REQUESTER", caller)) == ("ACCEPTED", "ACCEPTED")
