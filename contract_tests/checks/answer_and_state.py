"""Requests that a pod may refuse or carry out. In both cases its answer and the connection have to agree."""

from ..contract.lawful import INCOMING, MADE_BY, act_on_state
from .check import Check
from .refusals import AT_ONCE, Case

RULE = "body-lenient-consistent"


def expect_answers_match_state(check: Check, cases: list[Case]) -> None:
    """Send requests that name the requester, and expect the answers and the connection to agree.

    Several requests are sent at once, while one connection request is pending: refused requests change
    nothing. If the pod carries out one of them, or the connection changes, then the order decided what the others
    met. In that case each request is sent again, alone, with a connection request of its own pending.

    Args:
        check: The work on the rule.
        cases: The lawful answers and the request.

    Raises:
        NotVerified: The connection cannot be brought into a state.
    """
    for start in range(0, len(cases), AT_ONCE):
        batch = cases[start : start + AT_ONCE]
        check.arranger.bring(INCOMING)
        exchanges = check.send_together([request for _, request in batch])
        refused = all(exchange.status != 200 for exchange in exchanges)
        check.wire.settling.wait(["caller"], ["caller"])
        if refused and check.arranger.read("caller", "requester") == INCOMING:
            for (lawful, _), exchange in zip(batch, exchanges, strict=True):
                check.expect(lawful, exchange)
                check.ledger.check(RULE, None, (exchange,))
            continue
        if expect_each_answer_matches_state(check, batch) and refused:
            check.ledger.check(RULE, "requests sent at once changed the connection", tuple(exchanges))


def expect_each_answer_matches_state(check: Check, cases: list[Case]) -> bool:
    """Send each request alone, with a connection request of its own pending.

    Args:
        check: The work on the rule.
        cases: The lawful answers and the request.

    Returns:
        Whether answer and connection agree, for each of them.

    Raises:
        NotVerified: The connection cannot be brought into a state.
    """
    agreeing = [_expect_one(check, case) for case in cases]
    return all(agreeing)


def _expect_one(check: Check, case: Case) -> bool:
    """Send one request while a connection request is pending. Returns whether answer and connection agree."""
    lawful, request = case
    check.arranger.bring(INCOMING)
    exchange = check.send(request)
    check.expect(lawful, exchange)
    agrees, expected = True, INCOMING
    if exchange.answer is not None and exchange.status == 200:
        agrees = check.expect(act_on_state(request.operation, INCOMING), exchange, rule=RULE)
        named = exchange.answer.member("userId")
        fault = None if named in (None, check.user_id("requester")) else f"200 for {named}"
        check.ledger.check(RULE, fault, (exchange,), "an answer about the requester")
        agrees, expected = agrees and fault is None, MADE_BY[request.operation]
    found = check.expect_state(expected, "caller", "requester", after=exchange, rule=RULE)
    return agrees and found == expected
