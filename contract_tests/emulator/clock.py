"""The clock of the emulated pods, which can be set while they run."""

import time


class Clock:
    """A clock that runs with the time of the machine, and a number of milliseconds ahead of it.

    Attributes:
        ahead: How many milliseconds it is ahead; negative if it is behind.
    """

    def __init__(self) -> None:
        self.ahead = 0

    def milliseconds(self) -> int:
        """The time in milliseconds since 1970."""
        return time.time_ns() // 1_000_000 + self.ahead

    def seconds(self) -> float:
        """The time in seconds since 1970."""
        return time.time() + self.ahead / 1000
