"""Private pods: users of one pod are connected implicitly; between two pods, crossPod has to be on."""

import pytest

from ..arranging.arrange import state_of
from ..contract.description import UNDER_TEST
from ..contract.exchange import JSON, Request, act
from ..contract.lawful import ACCEPTED, INCOMING, REFUSED, success
from ..target.not_verified import NotVerified
from .check import Check
from .refusals import Refusals

NO_EFFECT = "cross-pod-off-no-effect"


@pytest.mark.rule("implicit-accept-accepted")
def test_accept_of_a_colleague_returns_accepted(check: Check) -> None:
    for _ in range(2):
        check.expect(success(ACCEPTED), check.act("acceptConnection", "caller", "colleague"))


@pytest.mark.rule("implicit-reject-refused")
def test_reject_of_a_colleague_is_refused(check: Check) -> None:
    check.expect(REFUSED, check.act("rejectConnection", "caller", "colleague"))


@pytest.mark.rule("implicit-connection-stays")
def test_a_colleague_stays_connected_after_a_reject(check: Check) -> None:
    reject = check.act("rejectConnection", "caller", "colleague")
    if reject.is_success:
        raise NotVerified("rejectConnection of the colleague was not refused")
    accept = check.act("acceptConnection", "caller", "colleague")
    fault = success(ACCEPTED).fault(accept)
    check.ledger.check(check.rule.id, fault, (reject, accept), "200 with ACCEPTED to accept, after a reject")
    reject = check.act("rejectConnection", "caller", "colleague")
    try:
        check.arranger.read("caller", "colleague")
    except NotVerified:
        return
    check.expect_state(ACCEPTED, "caller", "colleague", after=reject)


@pytest.mark.rule("cross-pod-off-refused")
def test_without_cross_pod_accept_and_reject_are_refused(check: Check) -> None:
    isolated = check.user_id("isolated")
    in_a_string = b'{"userId": "%d"}' % isolated
    requests = [act(operation_id, "caller", isolated) for operation_id in UNDER_TEST]
    requests += [
        Request(operation_id, "caller", in_a_string, JSON, about="userId as a string") for operation_id in UNDER_TEST
    ]
    Refusals(check, NO_EFFECT).expect_all([(REFUSED, request) for request in requests])


@pytest.mark.rule("cross-pod-off-no-effect")
def test_a_request_refused_for_cross_pod_changes_nothing(check: Check) -> None:
    before = check.earlier_reading("caller", "isolated")
    if not before:
        raise NotVerified("the connection with the isolated user could not be read when the run began")
    if (found := state_of(before["caller", "isolated"], check.user_id("isolated"))) != INCOMING:
        raise NotVerified(f"no connection request of the isolated user is pending: the connection is {found}")
    for operation_id in UNDER_TEST:
        exchange = check.act(operation_id, "caller", "isolated")
        check.require_refusals("caller", "isolated")
        check.expect_unchanged(before, exchange)
