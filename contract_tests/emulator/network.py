"""The way from pod to pod: every message arrives after a delay, and none arrives before it was committed."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from .messages import Message
from .pod import Pod


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way.

    Attributes:
        message: The message.
        seconds: How long it takes.
    """

    message: Message
    seconds: float


class Network:
    """Carries messages between pods.

    The attributes decide how; a defect or a variant replaces them.

    Args:
        seconds: How long a message takes.

    Attributes:
        delay: Says how many seconds a message takes.
        route: Makes the deliveries of a message: one, and with defects none, several or others.
        call_later: Calls a function after a number of seconds.
        under_way: The deliveries that have not arrived yet.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.delay: Callable[[Message], float] = lambda _: seconds
        self.route: Callable[[Message], Iterable[Delivery]] = self._route
        self.call_later: Callable[[float, Callable[[], None]], object] = _call_later
        self.under_way: list[Delivery] = []
        self._pods: dict[str, Pod] = {}

    def connect(self, pods: Mapping[str, Pod]) -> None:
        """Make pods reachable under their names, and take their messages from now on."""
        self._pods.update(pods)
        for pod in pods.values():
            pod.send = self.send

    def resume(self) -> None:
        """Send what is still in the outboxes, because the process ended before it arrived."""
        for pod in self._pods.values():
            for number, message in pod.outbox():
                self.send(number, message)

    def send(self, number: int, message: Message) -> None:
        """Send a message that its pod has committed to its outbox.

        Args:
            number: Its number in the outbox of the sending pod.
            message: The message.
        """
        deliveries = list(self.route(message))
        unfinished = len(deliveries)

        def arrive(delivery: Delivery) -> None:
            nonlocal unfinished
            self.under_way.remove(delivery)
            receiver = self._pods.get(delivery.message.receiver)
            if receiver:
                receiver.receive(delivery.message)
            unfinished -= 1
            if not unfinished:
                self._pods[message.sender].forget_message(number)

        if not deliveries:
            self._pods[message.sender].forget_message(number)
        self.under_way.extend(deliveries)
        for delivery in deliveries:
            if delivery.seconds <= 0:
                arrive(delivery)
            else:
                self.call_later(delivery.seconds, partial(arrive, delivery))

    def _route(self, message: Message) -> Iterable[Delivery]:
        return [Delivery(message, self.delay(message))]


def _call_later(seconds: float, act: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, act)
