"""Requests that mean the same as a plain request. A pod has to answer them in the same way."""

from collections.abc import Callable

from ..contract.description import UNDER_TEST
from ..contract.exchange import Exchange, Request, act
from ..contract.lawful import Lawful
from ..target.not_verified import NotVerified
from .check import Check
from .refusals import AT_ONCE

Vary = Callable[[Request], list[tuple[Request, frozenset[int]]]]
"""Makes variations of a plain request. Each comes with the statuses that are lawful besides the plain answer's."""


def expect_same_answer(check: Check, vary: Vary) -> None:
    """Send a plain accept and reject and variations of them, and expect the same answers.

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
    cases = [(control, request, besides) for control in controls for request, besides in vary(control.request)]
    for start in range(0, len(cases), AT_ONCE):
        batch = cases[start : start + AT_ONCE]
        exchanges = check.send_together([request for _, request, _ in batch])
        for (control, _, besides), exchange in zip(batch, exchanges, strict=True):
            _expect_same(check, control, exchange, besides)


def _expect_same(check: Check, control: Exchange, exchange: Exchange, besides: frozenset[int]) -> None:
    if control.answer is None:
        raise NotVerified(f"the plain request got no answer: {control.failure}")
    lawful = Lawful(frozenset({control.answer.status}) | besides)
    if not check.expect(lawful, exchange) or exchange.status != control.status or exchange.answer is None:
        return
    expected, found = _media_type(control), _media_type(exchange)
    check.expect_true(expected == found, f"{lawful} as {expected}", f"{exchange.status} as {found}", control, exchange)


def _media_type(exchange: Exchange) -> str:
    value = exchange.answer.header("content-type") if exchange.answer else None
    return (value or "nothing").partition(";")[0].strip().lower()
