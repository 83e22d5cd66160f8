"""Faults that are set while the emulated pods run: answers that are late, wrong, cut off or missing."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from .app import Answer, Call, Modifier, Proceed

Kind = Literal["status", "delay", "throttle", "drop", "cut", "garbage"]
KINDS: tuple[Kind, ...] = ("status", "delay", "throttle", "drop", "cut", "garbage")


@dataclass(slots=True)
class Fault:
    """A fault, and the requests that it concerns. What is None concerns all.

    Attributes:
        kind: ``status`` answers with another status, ``delay`` answers late, ``throttle`` answers 429, ``drop``
            closes the connection without an answer, ``cut`` closes it in the middle of the answer, and ``garbage``
            answers with bytes that are not JSON.
        pod: The name of the pod.
        operation: The operationId.
        user_id: The user of the session.
        status: The status of the answer, for ``status``.
        milliseconds: The delay, for ``delay``.
        retry_after: The seconds in ``Retry-After``, for ``throttle``.
        is_carried_out: Whether the request is carried out nevertheless.
        times: How many requests are left that it concerns; None for no limit.
        probability: The probability with which it concerns a request.
        seed: The seed of the probability.
        number: Its number, from 1.
    """

    kind: Kind
    pod: str | None = None
    operation: str | None = None
    user_id: int | None = None
    status: int = 500
    milliseconds: int = 0
    retry_after: int = 1
    is_carried_out: bool = False
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    number: int = 0
    _randomness: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._randomness = random.Random(self.seed)  # noqa: S311 - repeatable, nothing secret

    def concerns(self, pod: str, call: Call, user_id: int | None) -> bool:
        """Whether it concerns a request, which counts as one of its times."""
        wanted = (self.pod, self.operation, self.user_id)
        found = (pod, call.operation.id, user_id)
        if self.times == 0 or any(one is not None and one != other for one, other in zip(wanted, found, strict=True)):
            return False
        if self._randomness.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    async def answer(self, call: Call, proceed: Proceed) -> Answer:
        """Answer a request that it concerns."""
        if self.kind == "delay":
            await asyncio.sleep(self.milliseconds / 1000)
            return await proceed(call)
        if self.kind in ("cut", "garbage"):
            answer = await proceed(call)
            if self.kind == "cut":
                answer.is_cut = True
            else:
                answer.content = b"\x00\xff{garbage"
            return answer
        if self.is_carried_out:
            await proceed(call)
        if self.kind == "drop":
            return Answer(200, None, is_dropped=True)
        if self.kind == "throttle":
            return Answer(429, {"code": 429, "message": "Too many requests"}, {"retry-after": str(self.retry_after)})
        return Answer(self.status, {"code": self.status, "message": "This fault was set at the emulated pod."})


class Faults:
    """The faults that are set; of several that concern a request the first one counts."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        """Set a fault, and give it its number."""
        fault.number = next(self._numbers)
        self._faults.append(fault)
        return fault

    def all(self) -> list[Fault]:
        """The faults that are set, the oldest first."""
        return list(self._faults)

    def remove(self, number: int) -> bool:
        """Remove a fault; say whether there was one with this number."""
        found = [fault for fault in self._faults if fault.number == number]
        self._faults = [fault for fault in self._faults if fault.number != number]
        return bool(found)

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def modifier(self, pod: str, user_of: Callable[[str], int | None]) -> Modifier:
        """What happens around the calls of a pod.

        Args:
            pod: The name of the pod.
            user_of: The user of a session token.
        """

        def modifier(call: Call, proceed: Proceed) -> Awaitable[Answer]:
            if self._faults:
                user_id = user_of(call.headers.get("sessiontoken", ""))
                for fault in self._faults:
                    if fault.concerns(pod, call, user_id):
                        return fault.answer(call, proceed)
            return proceed(call)

        return modifier
