"""Timestamps: accept and reject leave firstRequestedAt as it was and set updatedAt to a later time."""

import json
import time

import pytest

from ..contract.exchange import Exchange
from ..contract.lawful import INCOMING, MADE_BY
from ..target.not_verified import NotVerified
from .check import Check

SOME_TIME = 0.06  # seconds; longer than the resolution of any clock in milliseconds
A_SECOND = 1.1  # seconds; longer than the resolution of a clock in seconds
LATEST_IN_SECONDS = 10**11  # a larger timestamp is in milliseconds
ROUNDS = (("acceptConnection", "requester", "caller"), ("rejectConnection", "caller", "requester"))


@pytest.mark.rule("timestamps-follow-the-request")
def test_accept_and_reject_keep_first_requested_at_and_set_updated_at(check: Check) -> None:
    for operation_id, asker, asked in ROUNDS:
        check.arranger.bring(INCOMING, asker=asker, asked=asked)
        before = check.arranger.read_exchange(asked, asker)
        asker_id = check.user_id(asker)
        updated = milliseconds(before, asker_id, "updatedAt")
        if updated is None and milliseconds(before, asker_id, "firstRequestedAt") is None:
            raise NotVerified("the pod shows no timestamps when a connection is read")
        if updated is not None:
            # Without a pause, a right pod may use the same time twice.
            time.sleep(SOME_TIME if updated % 1000 else A_SECOND)
        exchange = check.act(operation_id, asked, asker)
        if exchange.status != 200:
            raise NotVerified(f"{operation_id} at a pending request: {exchange.status or exchange.failure}")
        after = check.reading_after(exchange, asked, asker, {MADE_BY[operation_id]})
        for later in (exchange, after):
            judge_first(check, asker_id, before, later)
            judge_updated(check, asker_id, before, later)
    if not check.ledger.records[check.rule.id].checked:
        raise NotVerified("the answers to accept and reject show no timestamps")


def judge_first(check: Check, other_id: int, before: Exchange, later: Exchange) -> None:
    """Expect the same firstRequestedAt. If one of the two is in whole seconds, only the seconds are compared."""
    was, now = (milliseconds(exchange, other_id, "firstRequestedAt") for exchange in (before, later))
    if was is None or now is None:
        return
    exact = was % 1000 and now % 1000
    same = was == now if exact else was // 1000 == now // 1000
    found = f"firstRequestedAt was {was} ms when read, and {now} ms in the answer to {later.request.operation}"
    check.expect_true(same, "the same firstRequestedAt before and after", found, before, later)


def judge_updated(check: Check, other_id: int, before: Exchange, later: Exchange) -> None:
    """Expect that updatedAt is later than before."""
    was, now = (milliseconds(exchange, other_id, "updatedAt") for exchange in (before, later))
    if was is None or now is None:
        return
    found = f"updatedAt was {was} ms when read, and {now} ms in the answer to {later.request.operation}"
    check.expect_true(now > was, "an updatedAt that is later than before", found, before, later)


def milliseconds(exchange: Exchange, other_id: int, name: str) -> int | None:
    """A timestamp of the connection with a user, converted to milliseconds; None if the answer shows none."""
    try:
        shown = json.loads(exchange.answer.body) if exchange.answer else None
    except (ValueError, RecursionError):
        return None
    if isinstance(shown, list):
        entries = (entry for entry in shown if isinstance(entry, dict) and entry.get("userId") == other_id)
        shown = next(entries, None)
    value = shown.get(name) if isinstance(shown, dict) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) > LATEST_IN_SECONDS else value * 1000
