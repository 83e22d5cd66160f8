"""Settling: what is done at one pod reaches the other after a while, and readings at the own pod may lag too."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from statistics import median
from typing import NamedTuple, TypeVar

from .target import Target

FIRST_PAUSE = 0.005  # seconds between two readings; then half as long again each time
LONGEST_PAUSE = 1.0
MOST_MISSED = 2  # times that a change is waited for in full; after that for a moment only
SHORTENED = 0.5  # seconds
MARGIN = 3.0  # how many times the longest time that a change took is waited for what has to stay

T = TypeVar("T")
Direction = tuple[str, str]  # the base address where something was done, and the one where it is read


class Settled(NamedTuple):
    """How long changes took in one direction.

    Attributes:
        acted_at: The base address of the pod at which something was done.
        read_at: The base address of the pod at which it was read.
        times: How many changes were read there.
        missed: How many were not read there in time.
        median: Seconds; None where no change was read.
        longest: Seconds; None where no change was read.
    """

    acted_at: str
    read_at: str
    times: int
    missed: int
    median: float | None
    longest: float | None


class Settling:
    """Waits for what has to change, and before what has to stay is read.

    Args:
        target: Says where each role has its session, and how long a change may take.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._seconds: defaultdict[Direction, list[float]] = defaultdict(list)
        self._missed: Counter[Direction] = Counter()

    def read_until(self, read: Callable[[], T], is_wanted: Callable[[T], bool], actor: str, viewer: str) -> T:
        """Read until the reading is as wanted, at growing distances, and return what was read last.

        Where the target's ``settle`` is 0 this reads once.

        Args:
            read: Reads.
            is_wanted: Whether a reading is as it has to be.
            actor: The role that did something just now.
            viewer: The role that reads.
        """
        direction = self._direction(actor, viewer)
        start = time.monotonic()
        end_at = start + self._limit(direction)
        found = read()
        is_there_at_once = is_wanted(found)
        pause = FIRST_PAUSE
        while not is_wanted(found) and time.monotonic() < end_at:
            time.sleep(min(pause, max(0.0, end_at - time.monotonic())))
            pause = min(1.5 * pause, LONGEST_PAUSE)
            found = read()
        if self._target.settle and is_wanted(found):
            self._seconds[direction].append(0.0 if is_there_at_once else time.monotonic() - start)
            self._missed[direction] = 0
        elif self._target.settle:
            self._missed[direction] += 1
        return found

    def wait(self, actor: str, viewer: str) -> None:
        """Wait before a viewer reads what has to stay: as long as what an actor did may be on its way.

        That is three times the longest that a change took in this direction; before one was seen, in any direction;
        and before any was seen at all, the whole time.
        """
        direction = self._direction(actor, viewer)
        if self._target.settle:
            seen = self._seconds[direction] or [seconds for found in self._seconds.values() for seconds in found]
            longest = max(seen, default=None)
            time.sleep(self._limit(direction) if longest is None else min(self._limit(direction), MARGIN * longest))

    def arrives(self, actor: str, viewer: str) -> bool:
        """Whether what an actor does may be read by a viewer: False where it never was, though it was waited for."""
        direction = self._direction(actor, viewer)
        return self._missed[direction] < MOST_MISSED or bool(self._seconds[direction])

    def waited(self, actor: str, viewer: str) -> str:
        """How long was waited, in words: empty where nothing is waited for."""
        seconds = self._limit(self._direction(actor, viewer))
        return f", {seconds:g} s later" if seconds else ""

    def summary(self) -> Iterator[Settled]:
        """How long changes took, for each direction."""
        for direction in sorted({*self._seconds, *self._missed}):
            seconds = self._seconds[direction]
            middle, longest = (round(median(seconds), 3), round(max(seconds), 3)) if seconds else (None, None)
            missed = self._missed[direction]
            if seconds or missed:
                yield Settled(*direction, len(seconds), missed, middle, longest)

    def _direction(self, actor: str, viewer: str) -> Direction:
        return self._target.pod_of(actor).url, self._target.pod_of(viewer).url

    def _limit(self, direction: Direction) -> float:
        """How long a change is waited for: not in full any more, where it was waited for in vain a few times."""
        settle = self._target.settle
        if self._missed[direction] < MOST_MISSED:
            return settle
        longest = max(self._seconds[direction], default=0.0)
        return min(settle, max(SHORTENED, MARGIN * longest))
