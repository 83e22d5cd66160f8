"""Requests that mean the same as a plain request. A pod has to answer them in the same way."""

from collections.abc import Callable

from ..contract.description import UNDER_TEST
from ..contract.exchange import Exchange, Request, act
from ..contract.gateway import is_answer_of_http, media_type
from ..contract.lawful import Lawful
from ..target.not_verified import NotVerified
from .check import Check
from .refusals import AT_ONCE

Vary = Callable[[Request], list[Request]]
"""Makes variations of a plain request."""


def expect_same_answer(check: Check, vary: Vary) -> None:
    """Send a plain accept and reject and variations of them, and expect the same answers.

    A variation may also be answered by HTTP itself, such as with 411 to a body in chunks.

    The requests name the stranger: that changes nothing, and the answer is 404. Without permission to write
    they name an id that belongs to no user.

    Args:
        check: The work on the rule.
        vary: Makes the variations of a plain request.

    Raises:
        NotVerified: The plain request gets no answer.
    """
    stranger = check.target.allow_writes and "stranger" in check.target.users
    user_id = check.user_id("stranger") if stranger else check.unused_id()
    plain = [act(operation_id, "caller", user_id) for operation_id in UNDER_TEST]
    controls = check.send_together(plain)
    # A variation of accept stands beside that of reject: a pause that it makes is then made once.
    variations = zip(*(vary(control.request) for control in controls), strict=True)
    cases = [case for each in variations for case in zip(controls, each, strict=True)]
    for start in range(0, len(cases), AT_ONCE):
        batch = cases[start : start + AT_ONCE]
        exchanges = check.send_together([request for _, request in batch])
        for (control, _), exchange in zip(batch, exchanges, strict=True):
            _expect_same(check, control, exchange)


def _expect_same(check: Check, control: Exchange, exchange: Exchange) -> None:
    if control.answer is None:
        raise NotVerified(f"the plain request got no answer: {control.failure}")
    lawful = Lawful(frozenset({control.answer.status}))
    if not check.expect(lawful, exchange) or exchange.status != control.status or exchange.answer is None:
        return
    if exchange in check.ledger.before_the_pod or is_answer_of_http(exchange.request, exchange.answer):
        return  # such an answer may have any form
    expected, found = media_type(control.answer) or "nothing", media_type(exchange.answer) or "nothing"
    check.expect_true(expected == found, f"{lawful} as {expected}", f"{exchange.status} as {found}", control, exchange)
