"""Reset, snapshots, the clock and messages under way."""

import time

import pytest

from contract_tests.emulator.control.client import ControlRefused, EmulatedPods
from tests.emulator.control.cast import PROPAGATION_MS, Cast


def test_reset_goes_back_to_the_start(pods: EmulatedPods, users: Cast) -> None:
    before = pods.users(), [(side.owner_id, side.other_id, side.status) for side in pods.connections()]
    pods.add_user("beta", "new")
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "ACCEPTED")
    pods.set_entitled(users.id("CALLER"), entitled=False)
    pods.revoke_sessions_of(users.id("CALLER"))
    pods.advance_clock(10**12)
    pods.add_fault("drop")
    pods.set_defect("success-201", on=True)
    pods.snapshot("kept")

    pods.reset()

    after = pods.users(), [(side.owner_id, side.other_id, side.status) for side in pods.connections()]
    assert after == before
    assert (pods.faults(), pods.journal(), pods.snapshots(), pods.defects()["success-201"]) == ([], [], [], False)
    assert abs(pods.now() - time.time() * 1000) < 60_000
    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code == 200


def test_reset_drops_messages_under_way(pods: EmulatedPods, users: Cast) -> None:
    users.post("REQUESTER", "create", users.id("CALLER"))
    assert len(pods.messages()) == 1

    pods.reset()

    assert (pods.messages(), pods.deliver_messages()) == ([], 0)
    assert users.status("CALLER", users.id("REQUESTER")) is None


def test_a_snapshot_brings_back_connections_sessions_and_messages(pods: EmulatedPods, users: Cast) -> None:
    users.post("REQUESTER", "create", users.id("CALLER"))
    token = pods.open_session(users.id("COLLEAGUE"))
    name = pods.snapshot()
    pods.deliver_messages()
    users.post("CALLER", "accept", users.id("REQUESTER"))
    pods.revoke_session(token)

    pods.restore(name)

    assert [message["status"] for message in pods.messages()] == ["PENDING_INCOMING"]
    assert users.status("REQUESTER", users.id("CALLER")) == "PENDING_OUTGOING"
    assert users.post("CALLER", "accept", users.id("COLLEAGUE"), token).status_code == 400
    pods.deliver_messages()
    assert users.status("CALLER", users.id("REQUESTER")) == "PENDING_INCOMING"


def test_snapshots_have_names(pods: EmulatedPods) -> None:
    assert (pods.snapshot("one"), pods.snapshot(), pods.snapshots()) == ("one", pods.snapshots()[1], pods.snapshots())
    pods.forget_snapshot("one")
    assert len(pods.snapshots()) == 1
    with pytest.raises(ControlRefused, match="404: There is no snapshot 'one'"):
        pods.restore("one")


def test_the_clock_set_forward_ends_sessions(pods: EmulatedPods, users: Cast) -> None:
    before = pods.now()

    after = pods.advance_clock(15 * 24 * 3600 * 1000)

    assert after - before >= 15 * 24 * 3600 * 1000
    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code == 401


def test_the_clock_set_forward_lets_messages_arrive(pods: EmulatedPods, users: Cast) -> None:
    users.post("REQUESTER", "create", users.id("CALLER"))
    pods.advance_clock(PROPAGATION_MS // 2)
    assert users.status("CALLER", users.id("REQUESTER")) is None

    pods.advance_clock(PROPAGATION_MS // 2)

    assert users.status("CALLER", users.id("REQUESTER")) == "PENDING_INCOMING"


def test_changes_have_the_time_of_the_clock(pods: EmulatedPods, users: Cast) -> None:
    assert abs(pods.set_clock(1_470_018_073_000) - 1_470_018_073_000) < 10_000

    requested_at = users.post("REQUESTER", "create", users.id("CALLER")).json()["firstRequestedAt"]

    assert abs(requested_at - 1_470_018_073_000) < 20_000
