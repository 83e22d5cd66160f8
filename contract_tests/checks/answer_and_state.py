"""Requests that a pod may refuse or carry out: whichever it does, its answer and the connection have to agree."""

from ..contract.lawful import INCOMING, MADE_BY, act_on_state
from .check import Check
from .refusals import AT_ONCE, Case

AGREEMENT = "body-lenient-consistent"


def expect_agreement(check: Check, cases: list[Case]) -> None:
    """Send requests that name the requester, and see that answer and connection agree.

    What is refused changes nothing, so several are sent at once at one pending request. Where one of
    them turns out to be carried out, or the connection changed, each is sent again at a pending request
    of its own: which of them came first would decide over the others.

    Args:
        check: The work on the rule.
        cases: What the rule allows as an answer, and the request.

    Raises:
        NotVerified: The connection cannot be brought into a state.
    """
    for start in range(0, len(cases), AT_ONCE):
        batch = cases[start : start + AT_ONCE]
        check.arranger.bring(INCOMING)
        exchanges = check.wire.send_together([request for _, request in batch], check.rule.id)
        refused = all(exchange.status != 200 for exchange in exchanges)
        if refused and check.arranger.read("caller", "requester") == INCOMING:
            for (lawful, _), exchange in zip(batch, exchanges, strict=True):
                check.expect(lawful, exchange)
                check.ledger.check(AGREEMENT, None, (exchange,))
            continue
        agreeing = [_expect_one(check, case) for case in batch]
        if refused and all(agreeing):
            check.ledger.check(AGREEMENT, "sent at once, they changed the connection", tuple(exchanges))


def _expect_one(check: Check, case: Case) -> bool:
    """Send one request at a pending request; whether answer and connection agree."""
    lawful, request = case
    check.arranger.bring(INCOMING)
    exchange = check.send(request)
    check.expect(lawful, exchange)
    agrees, expected = True, INCOMING
    if exchange.answer is not None and exchange.status == 200:
        agrees = check.expect(act_on_state(request.operation, INCOMING), exchange, rule=AGREEMENT)
        named = exchange.answer.member("userId")
        fault = None if named in (None, check.user_id("requester")) else f"200 for {named}"
        check.ledger.check(AGREEMENT, fault, (exchange,), "an answer about the requester")
        agrees, expected = agrees and fault is None, MADE_BY[request.operation]
    found = check.expect_state(expected, "caller", "requester", after=exchange, rule=AGREEMENT)
    return agrees and found == expected
