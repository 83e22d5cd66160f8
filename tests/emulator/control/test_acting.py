"""Asking, accepting and rejecting as any user."""

from contract_tests.emulator.control.client import EmulatedPods
from tests.emulator.control.cast import Cast


def test_a_user_acts_by_a_request_to_the_own_pod(pods: EmulatedPods, users: Cast) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")

    statuses = [pods.act(requester, "ask", caller), pods.deliver_messages(), pods.act(caller, "accept", requester)]

    assert statuses == [200, 1, 200]
    assert users.status("CALLER", requester) == "ACCEPTED"
    assert pods.act(caller, "reject", requester) == 400
    assert [entry["pod"] for entry in pods.journal(method="POST")] == ["beta", "acme", "acme"]


def test_acting_meets_the_faults_that_are_set(pods: EmulatedPods, users: Cast) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")
    pods.set_connection(requester, caller, "PENDING")
    pods.add_fault("drop", times=1)
    pods.add_fault("cut", times=1, carried_out=True)
    pods.add_fault("status", status=503, times=1)

    assert [pods.act(caller, "accept", requester) for _ in range(4)] == [None, 200, 503, 400]
