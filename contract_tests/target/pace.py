"""The pace: how many requests a second go to one address at the most."""

import asyncio
import math
import time

SLOWED_TO = 20.0  # requests a second, the first time that a pod cannot keep up
SLOWEST = 1.0  # requests a second
FASTEST_SLOWED = 200.0  # requests a second; above it the pace is as it was before
RECOVERS_AFTER = 10  # answers in a row
RECOVERS_BY = 1.25  # times as fast then
AT_ONCE = 0.2  # seconds within which several requests say the same thing once


class Pace:
    """Spreads requests over time.

    Args:
        rate: Requests a second at the most; None for no limit.
    """

    def __init__(self, rate: float | None) -> None:
        self._limit = rate
        self._rate = rate
        self._next_at = 0.0
        self._slowed_at = -math.inf
        self._answered = 0

    async def wait(self) -> None:
        """Wait until the next request may go out."""
        if self._rate is None:
            return
        now = time.monotonic()
        wait, self._next_at = self._next_at - now, max(self._next_at, now) + 1 / self._rate
        if wait > 0:
            await asyncio.sleep(wait)

    def slow_down(self) -> None:
        """Send half as fast from now on: the pod, or a gateway in front of it, cannot keep up."""
        self._answered = 0
        now = time.monotonic()
        if now - self._slowed_at < AT_ONCE:
            return  # requests that are under way together say the same thing once
        self._slowed_at = now
        slowed = SLOWED_TO if self._rate is None else self._rate / 2
        self._rate = max(SLOWEST, slowed)

    def answered(self) -> None:
        """Note an answer; after several in a row the pace recovers."""
        if self._rate == self._limit:
            return
        self._answered += 1
        if self._answered < RECOVERS_AFTER or self._rate is None:
            return
        self._answered = 0
        faster = self._rate * RECOVERS_BY
        recovered = faster >= (self._limit or FASTEST_SLOWED)
        self._rate = self._limit if recovered else faster
