"""Private pods: users of one are connected implicitly; between two, crossPod has to be on."""

import pytest

from contract_tests.check import Check
from contract_tests.description import UNDER_TEST
from contract_tests.exchange import Exchange
from contract_tests.lawful import ACCEPTED, REFUSED, success
from contract_tests.wire import NotVerified


@pytest.mark.rule("implicit-accept-accepted")
def test_accept_of_a_colleague_returns_accepted(check: Check) -> None:
    for _ in range(2):
        check.expect(success(ACCEPTED), check.act("acceptConnection", "caller", "colleague"))


@pytest.mark.rule("implicit-reject-refused")
def test_reject_of_a_colleague_is_refused(check: Check) -> None:
    check.expect(REFUSED, check.act("rejectConnection", "caller", "colleague"))


@pytest.mark.rule("implicit-connection-stays")
def test_a_colleague_is_connected_still_after_a_reject(check: Check) -> None:
    reject = check.act("rejectConnection", "caller", "colleague")
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
    for operation_id in UNDER_TEST:
        check.expect(REFUSED, check.act(operation_id, "caller", "isolated"))


@pytest.mark.rule("cross-pod-off-no-effect")
def test_what_is_refused_for_cross_pod_changes_nothing(check: Check) -> None:
    def reading() -> tuple[Exchange, object]:
        exchange = check.arranger.read_exchange("caller", "isolated")
        return exchange, (exchange.status, exchange.answer.member("status") if exchange.answer else None)

    _, before = reading()
    for operation_id in UNDER_TEST:
        exchange = check.act(operation_id, "caller", "isolated")
        read, after = reading()
        check.expect_true(after == before, f"the caller to read {before}", f"{after}", exchange, read)
