"""The way from pod to pod: every message arrives after a delay, and none is sent before it was committed."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from .messages import Message
from .pod import Pod

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
        on_arrival: Called when it has arrived.
        is_under_way: Whether it has not arrived yet.
    """

    number: int
    delivery: Delivery
    sent: float
    due: float
    on_arrival: Callable[[], None]
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

        def on_arrival() -> None:
            nonlocal unfinished
            unfinished -= 1
            if not unfinished:
                sender.forget_message(number)

        if not deliveries:
            sender.forget_message(number)
        for delivery in deliveries:
            key, now = next(self._numbers), self.now()
            journey = Journey(key, delivery, now, now + delivery.seconds, on_arrival)
            self._under_way[key] = journey
            self.recent.append(journey)
            if delivery.seconds <= 0:
                self._arrive(key)
            else:
                self.call_later(delivery.seconds, partial(self._arrive, key))

    def deliver(self, chosen: Callable[[Message], bool] = lambda _: True) -> int:
        """Deliver what is under way at once, or certain messages of it; return how many."""
        keys = [key for key, entry in self._under_way.items() if chosen(entry.delivery.message)]
        for key in keys:
            self._arrive(key)
        return len(keys)

    def advance(self, seconds: float) -> None:
        """Let messages arrive earlier by a number of seconds, because a clock was set forward."""
        now = self.now()
        for key, entry in list(self._under_way.items()):
            entry.due -= seconds
            if entry.due <= now:
                self._arrive(key)
            else:
                self.call_later(entry.due - now, partial(self._arrive, key))

    def _arrive(self, key: int) -> None:
        # A message that was delivered early, or whose network was stopped, is not under way any more.
        entry = self._under_way.pop(key, None)
        if entry is None:
            return
        entry.is_under_way = False
        receiver = self._pods.get(entry.delivery.message.receiver)
        if receiver:
            receiver.receive(entry.delivery.message)
        entry.on_arrival()

    def _route(self, message: Message) -> Iterable[Delivery]:
        return [Delivery(message, self.delay(message))]


def _call_later(seconds: float, act: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, act)
