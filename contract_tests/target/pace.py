"""The pace: how many requests a second go to one address at the most."""

import asyncio
import time


class Pace:
    """Spreads requests over time.

    Args:
        rate: Requests a second at the most; None for no limit.
    """

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._next_at = 0.0

    async def wait(self) -> None:
        """Wait until the next request may go out."""
        if self._rate is None:
            return
        now = time.monotonic()
        wait, self._next_at = self._next_at - now, max(self._next_at, now) + 1 / self._rate
        if wait > 0:
            await asyncio.sleep(wait)
