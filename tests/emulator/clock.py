"""A clock for tests: time passes only when a test says so."""

import heapq
from collections.abc import Callable
from itertools import count


class Clock:
    """Calls functions when their time has come.

    Attributes:
        seconds: The time since the start.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def now(self) -> float:
        """The time since the start."""
        return self.seconds

    def call_later(self, seconds: float, act: Callable[[], None]) -> None:
        """Call a function when a number of seconds have passed."""
        heapq.heappush(self._later, (self.seconds + seconds, next(self._order), act))

    def advance(self, seconds: float) -> None:
        """Let time pass, and call what is due."""
        end = self.seconds + seconds
        while self._later and self._later[0][0] <= end + 1e-9:
            self.seconds, _, act = heapq.heappop(self._later)
            act()
        self.seconds = end
