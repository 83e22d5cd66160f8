"""Requests that say the same as a plain one in another way, and so have to be answered alike."""

from collections.abc import Callable

from ..contract.description import UNDER_TEST
from ..contract.exchange import Exchange, Request, act
from ..contract.lawful import Lawful
from ..target.not_verified import NotVerified
from .check import Check
from .refusals import AT_ONCE

OtherWays = Callable[[Request], list[tuple[Request, frozenset[int]]]]
"""Says the same as a plain request in other ways, each with the statuses that are lawful besides."""


def expect_alike(check: Check, other_ways: OtherWays) -> None:
    """Send accept and reject plainly and in other ways, and hold the answers against one another.

    They name a stranger, which changes nothing and is answered 404; without permission to write
    they name nobody.

    Args:
        check: The work on the rule.
        other_ways: Makes the other requests of a plain one.

    Raises:
        NotVerified: The plain request is not answered.
    """
    stranger = check.target.allow_writes and "stranger" in check.target.users
    user_id = check.user_id("stranger") if stranger else check.nobody()
    plain = [act(operation_id, "caller", user_id) for operation_id in UNDER_TEST]
    controls = check.wire.send_together(plain, check.rule.id)
    cases = [(control, request, besides) for control in controls for request, besides in other_ways(control.request)]
    for start in range(0, len(cases), AT_ONCE):
        batch = cases[start : start + AT_ONCE]
        exchanges = check.wire.send_together([request for _, request, _ in batch], check.rule.id)
        for (control, _, besides), exchange in zip(batch, exchanges, strict=True):
            _expect_alike(check, control, exchange, besides)


def _expect_alike(check: Check, control: Exchange, exchange: Exchange, besides: frozenset[int]) -> None:
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
