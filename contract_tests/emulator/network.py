"""The way from pod to pod: every message arrives after a delay, and none is sent before it was committed."""

import asyncio
import heapq
import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .messages import Message
from .pod import Pod

TICK = 0.002
"""Seconds. Messages that are due within one tick arrive together, which is much cheaper for the pods."""
_INSTANT = 1e-9
RECENT = 50
"""How many of the last messages the network remembers after they have arrived."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way.

    Attributes:
        message: The message.
        seconds: How long it takes.
    """

    message: Message
    seconds: float


@dataclass(slots=True)
class Journey:
    """A delivery and how far it is.

    Attributes:
        number: Its number in this network, from 1.
        delivery: The delivery.
        sent: When it was sent, in seconds of the network's clock.
        due: When it arrives.
        on_arrival: Called when it has arrived. Returns the number in the outbox from which the message can be taken
            now, or None if another delivery of it is still under way.
        is_under_way: Whether it has not arrived yet.
    """

    number: int
    delivery: Delivery
    sent: float
    due: float
    on_arrival: Callable[[], int | None]
    is_under_way: bool = True


class Network:
    """Carries messages between pods.

    The attributes decide how; a defect or a variant replaces them.

    Args:
        seconds: How long a message takes.

    Attributes:
        delay: Says how many seconds a message takes.
        route: Makes the deliveries of a message: one, and with defects none, several or others.
        call_later: Calls a function after a number of seconds.
        now: Seconds of a clock that never goes back.
        recent: The last messages that were sent, the oldest first, whether they have arrived or not.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.delay: Callable[[Message], float] = lambda _: seconds
        self.route: Callable[[Message], Iterable[Delivery]] = self._route
        self.call_later: Callable[[float, Callable[[], None]], object] = _call_later
        self.now: Callable[[], float] = time.monotonic
        self._pods: dict[str, Pod] = {}
        self.recent: deque[Journey] = deque(maxlen=RECENT)
        self._under_way: dict[int, Journey] = {}
        self._due: list[tuple[float, int]] = []
        self._is_waiting_until = math.inf
        self._numbers = itertools.count(1)

    @property
    def under_way(self) -> list[Delivery]:
        """The deliveries that have not arrived yet, the oldest first."""
        return [entry.delivery for entry in self._under_way.values()]

    def connect(self, pods: Mapping[str, Pod]) -> None:
        """Make pods reachable under their names, and take their messages from now on."""
        self._pods.update(pods)
        for pod in pods.values():
            pod.send = self.send

    def resume(self) -> None:
        """Send what is still in the outboxes, because the pods were stopped before it arrived."""
        for pod in self._pods.values():
            for number, message in pod.outbox():
                self.send(number, message)

    def stop(self) -> None:
        """Deliver nothing any more; the messages stay in the outboxes."""
        self._under_way.clear()
        self._due.clear()
        self.recent.clear()

    def send(self, number: int, message: Message) -> None:
        """Send a message that its pod has committed to its outbox.

        Args:
            number: Its number in the outbox of the sending pod.
            message: The message.
        """
        deliveries = list(self.route(message))
        sender = self._pods[message.sender]
        unfinished = len(deliveries)

        def on_arrival() -> int | None:
            nonlocal unfinished
            unfinished -= 1
            return None if unfinished else number

        if not deliveries:
            sender.forget_messages([number])
        for delivery in deliveries:
            key, now = next(self._numbers), self.now()
            journey = Journey(key, delivery, now, now + delivery.seconds, on_arrival)
            self._under_way[key] = journey
            self.recent.append(journey)
            if delivery.seconds <= 0:
                self._arrive([key])
            else:
                heapq.heappush(self._due, (journey.due, key))
                self._wait()

    def deliver(self, chosen: Callable[[Message], bool] = lambda _: True) -> int:
        """Deliver what is under way at once, or certain messages of it; return how many."""
        keys = [key for key, journey in self._under_way.items() if chosen(journey.delivery.message)]
        self._arrive(keys)
        return len(keys)

    def advance(self, seconds: float) -> None:
        """Let messages arrive earlier by a number of seconds, because a clock was set forward."""
        for journey in self._under_way.values():
            journey.due -= seconds
        self._due = [(journey.due, key) for key, journey in self._under_way.items()]
        heapq.heapify(self._due)
        self._arrive_due()

    def _wait(self) -> None:
        """See to it that the first message that is due arrives in time."""
        if self._due and self._due[0][0] < self._is_waiting_until:
            self._is_waiting_until = self._due[0][0]
            self.call_later(max(TICK, self._is_waiting_until - self.now()), self._arrive_due)

    def _arrive_due(self) -> None:
        self._is_waiting_until = math.inf
        now = self.now()
        keys = []
        while self._due and self._due[0][0] <= now + _INSTANT:
            keys.append(heapq.heappop(self._due)[1])
        self._arrive(keys)
        self._wait()

    def _arrive(self, keys: Iterable[int]) -> None:
        # A message that was delivered early, or whose network was stopped, is not under way any more.
        journeys = [journey for key in keys if (journey := self._under_way.pop(key, None))]
        for journey in journeys:
            journey.is_under_way = False
        for name, arrived in _grouped(journeys, lambda message: message.receiver).items():
            receiver = self._pods.get(name)
            if receiver:
                with receiver.store.transaction():
                    for journey in arrived:
                        receiver.receive(journey.delivery.message)
        for name, arrived in _grouped(journeys, lambda message: message.sender).items():
            numbers = [number for journey in arrived if (number := journey.on_arrival())]
            if numbers:
                self._pods[name].forget_messages(numbers)

    def _route(self, message: Message) -> Iterable[Delivery]:
        return [Delivery(message, self.delay(message))]


def _grouped(journeys: Iterable[Journey], name_of: Callable[[Message], str]) -> dict[str, list[Journey]]:
    groups: dict[str, list[Journey]] = {}
    for journey in journeys:
        groups.setdefault(name_of(journey.delivery.message), []).append(journey)
    return groups


def _call_later(seconds: float, act: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, act)
