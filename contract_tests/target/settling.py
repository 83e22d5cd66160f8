"""Settling: what is done at one pod reaches the other after a while, and readings at the own pod may lag too."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from statistics import median
from typing import NamedTuple, TypeVar

from .target import Target

FIRST_PAUSE = 0.003  # seconds between two readings
GROWTH = 0.05  # the pauses grow by this share of the time that has passed
LONGEST_PAUSE = 1.0
MOST_MISSED = 2  # times that a change is waited for in full; after that for a moment only
SHORTENED = 0.5  # seconds
MARGIN = 2.0  # how many times the longest time that a change took is waited for what has to stay
MANY = 20  # changes; the longest of the latest so many says more
MARGIN_OF_MANY = 1.5
FEW = 5  # changes; fewer do not show that readings at the own pod never lag
LEAST_AFTER_FEW = 0.25  # seconds; the shortest wait for a change at the own pod after few changes
SLOW = 0.1  # seconds; above it a change to another pod takes so long that fewer are made
SOONER = 0.9  # of the time until the first re-reading, where that showed the change: it may have been there before

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
        self._first_pause: dict[Direction, float] = {}
        self._missed: Counter[Direction] = Counter()
        self._changed_at: dict[str, float] = {}  # of each pod, where a change was made that was not read there yet

    def read_until(
        self, read: Callable[[], T], is_wanted: Callable[[T], bool], actor: str, viewer: str, *, is_change: bool = True
    ) -> T:
        """Read until the reading is as wanted, at growing distances, and return what was read last.

        Where the target's ``settle`` is 0 this reads once.

        Args:
            read: Reads.
            is_wanted: Whether a reading is as it has to be.
            actor: The role that did something just now.
            viewer: The role that reads.
            is_change: Whether something was changed just now, so that the reading shows how long that took.
        """
        direction = self._direction(actor, viewer)
        start = time.monotonic()
        end_at = start + self._limit(direction)
        not_there_at: list[float] = []
        pauses = self._pauses(direction)
        while True:
            asked_at = time.monotonic()
            found = read()
            if is_wanted(found) or time.monotonic() >= end_at:
                break
            not_there_at.append(asked_at - start)
            time.sleep(min(next(pauses), max(0.0, end_at - time.monotonic())))
        if self._target.settle and (is_change or not is_wanted(found)):
            self._note(direction, not_there_at, time.monotonic() - start if is_wanted(found) else None)
        return found

    def _note(self, direction: Direction, not_there_at: list[float], seconds: float | None) -> None:
        """Note how long a change took.

        Args:
            direction: Where it was made, and where it was read.
            not_there_at: The seconds after which it was not read yet.
            seconds: The seconds after which it was read; None where it was not.
        """
        if seconds is None:
            self._missed[direction] += 1
            return
        self._missed[direction] = 0
        self._seconds[direction].append(seconds if not_there_at else 0.0)
        if not _crosses(direction):
            self._changed_at.pop(direction[0], None)
        if len(not_there_at) > 1:
            self._first_pause[direction] = not_there_at[-1]
        elif not_there_at and direction in self._first_pause:
            self._first_pause[direction] *= SOONER

    def _pauses(self, direction: Direction) -> Iterator[float]:
        """The seconds between readings: until shortly before the change is expected, then at growing distances."""
        passed = 0.0
        if (first := self._first_pause.get(direction, 0.0)) > FIRST_PAUSE:
            yield first
            passed = first
        while True:
            pause = min(FIRST_PAUSE + GROWTH * passed, LONGEST_PAUSE)
            yield pause
            passed += pause

    def note_change(self, actor: str) -> None:
        """Note that an actor may have changed something just now at its own pod."""
        self._changed_at[self._target.pod_of(actor).url] = time.monotonic()

    def wait_for_own_changes(self, viewers: Collection[str]) -> None:
        """Wait before viewers read where they stand: readings at the own pod may lag behind what was done there.

        A change that was read there already is not waited for.
        """
        if not self._target.settle:
            return
        now = time.monotonic()
        left = [0.0]
        for viewer in viewers:
            changed_at = self._changed_at.pop(self._target.pod_of(viewer).url, None)
            if changed_at is not None:
                left.append(changed_at + self._until_own_change_shows(self._direction(viewer, viewer)) - now)
        time.sleep(max(left))

    def _until_own_change_shows(self, direction: Direction) -> float:
        seen = self._seconds[direction]
        is_sure = len(seen) >= MANY or (len(seen) >= FEW and not any(seen))
        wait = self._until_all_arrived(direction)
        return wait if is_sure else min(self._limit(direction), max(wait, LEAST_AFTER_FEW))

    def note_missed(self, actor: str, viewer: str) -> None:
        """Note that what an actor had done was not read by a viewer."""
        self._missed[self._direction(actor, viewer)] += 1

    def wait(self, actors: Collection[str], viewers: Collection[str]) -> None:
        """Wait before viewers read what has to stay: as long as what the actors did may be on its way.

        That is twice the longest that a change took in this direction, or one and a half times the longest of the
        latest 20.
        Before one was seen, it is twice the longest of the latest 20 in each direction of the same kind (to the own
        pod, or to another one).
        Before any of that kind was seen, it is the whole time.
        """
        if self._target.settle:
            directions = {self._direction(actor, viewer) for actor in actors for viewer in viewers}
            time.sleep(max(map(self._until_all_arrived, directions), default=0.0))

    def _until_all_arrived(self, direction: Direction) -> float:
        latest = self._seconds[direction][-MANY:]
        seen = latest or [
            seconds
            for other, found in self._seconds.items()
            if _crosses(other) == _crosses(direction)
            for seconds in found[-MANY:]
        ]
        limit = self._limit(direction)
        margin = MARGIN_OF_MANY if len(latest) == MANY else MARGIN
        return min(limit, margin * max(seen)) if seen else limit

    def is_slow(self) -> bool:
        """Whether changes usually take so long to reach another pod that a rule has to make do with fewer of them."""
        seen = [seconds for direction, found in self._seconds.items() if _crosses(direction) for seconds in found]
        return bool(seen) and median(seen) > SLOW

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


def _crosses(direction: Direction) -> bool:
    acted_at, read_at = direction
    return acted_at != read_at
