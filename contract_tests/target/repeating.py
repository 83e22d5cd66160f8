"""Sends a request again where its answer did not come from the pod.

A pod may ask to be left alone for a while (429). A connection may drop at any time (RFC 9112, 9.5). A gateway may
answer in the place of the pod (502, 503, 504), and a pod that is restarted takes no connection. None of these is
held against the pod. A request is accused only where it fails each time and plain requests beside it are answered.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import httpx

from ..contract.exchange import Exchange, Request
from .answer_lost import AnswerLost
from .not_verified import NotVerified
from .throttling import MOST_THROTTLED, MOST_WAIT, retry_seconds, wait_before
from .transport import ConnectionDropped, Transport

UNAVAILABLE = (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)
MOST_SILENCE = 30.0  # seconds without any answer of the pod; after that nothing more is sent
MOST_GIVEN_UP = 2  # requests in a row that the pod throttled to the end; after that nothing more is sent
DROPS_TO_ACCUSE = 8  # of one request in a row: where one connection in ten drops, that is one request in 10**8
REFUSALS_TO_ACCUSE = 6  # of one request in a row, each by an answer of a gateway and sent at half the pace
PLAIN_TO_ACCUSE = 8  # plain requests in a row that have to be answered before an operation is accused
LOSSES_BY_CHANCE = 2  # of one request in a row; after more of them it is sent out of step
MOST_BETWEEN = 6  # plain requests that are sent between two attempts
FIRST_DROP_WAIT = 0.02  # seconds; then twice as long each time
LONGEST_WAIT = 2.0  # seconds between two attempts, where no Retry-After asks for more


class _Loss(NamedTuple):
    """An attempt that brought no answer of the pod.

    Attributes:
        cause: Why, in words.
        wait: How many seconds to wait before the next attempt.
        was_sent: Whether the pod may have got the request.
        enough: After how many losses in a row the request may be accused.
        verdict: What is judged where the request is accused.
    """

    cause: str
    wait: float
    was_sent: bool
    enough: int
    verdict: Exchange


class Repeating:
    """Sends requests through a transport until the pod answers them.

    Args:
        transport: Sends a request once.
        plain_request: Gives a harmless request that the pod has answered before; None where there is none yet.
        may_change: Whether a pod that keeps its promise may change something when it gets a request.

    Attributes:
        throttled: How many answers asked to be left alone.
        unavailable: How many times a gateway answered in the place of the pod.
        given_up: Why nothing more is sent; None while the pod can be asked.
    """

    def __init__(
        self,
        transport: Transport,
        plain_request: Callable[[], Request | None],
        may_change: Callable[[Request], bool],
    ) -> None:
        self.throttled = 0
        self.unavailable = 0
        self.given_up: str | None = None
        self._transport = transport
        self._plain_request = plain_request
        self._may_change = may_change
        self._throttled_in_a_row = 0
        self._has_answered = False
        self._silent_since: float | None = None
        self._losses: Counter[Request] = Counter()
        self._accused: set[tuple[str, int | None]] = set()

    async def send(self, request: Request, rule: str) -> Exchange:
        """Send a request until the pod answers it.

        Args:
            request: What to send.
            rule: The id of the rule for which it is sent.

        Raises:
            AnswerLost: The answer was lost, and the pod may have carried the request out.
            ConnectionDropped: There is no connection to the pod, and it has not answered anything yet.
            NotVerified: The pod throttles the request without end, or gives no answer any more.
        """
        waited = 0.0
        attempt = 0
        while True:
            outcome = await self._attempt(request, rule)
            if isinstance(outcome, _Loss):
                exchange = await self._after_loss(request, outcome)
                if exchange is not None:
                    return exchange
                continue
            answer = outcome.answer
            wait = wait_before(answer.status, answer.header("retry-after"), attempt) if answer else None
            if answer is not None:
                self._note_answer(request)
            if wait is None:
                self._throttled_in_a_row = 0
                return outcome
            self.throttled += 1
            attempt += 1
            waited += wait
            if attempt == MOST_THROTTLED or waited > MOST_WAIT:
                if outcome.status == httpx.codes.BAD_REQUEST:
                    return outcome  # the 400 is the pod's word on the request after all
                raise self._throttled_to_the_end(attempt, waited)
            await asyncio.sleep(wait)

    async def _attempt(self, request: Request, rule: str) -> Exchange | _Loss:
        losses = self._losses[request]
        try:
            exchange = await self._transport.send(request, rule)
        except ConnectionDropped as dropped:
            if not self._has_answered and (not dropped.was_sent or losses + 1 == DROPS_TO_ACCUSE):
                raise
            times = f"the connection dropped {losses + 1} times in a row, and a plain request beside it was answered"
            return _Loss(
                cause=str(dropped),
                wait=min(FIRST_DROP_WAIT * 2**losses, LONGEST_WAIT) if dropped.was_sent else 0.25,
                was_sent=dropped.was_sent,
                enough=2 if (request.operation, None) in self._accused else DROPS_TO_ACCUSE,
                verdict=Exchange(request, None, f"{times}: {dropped}", rule),
            )
        if exchange.answer is None or exchange.status not in UNAVAILABLE:
            return exchange
        self.unavailable += 1
        wait = retry_seconds(exchange.answer.header("retry-after"), losses)
        return _Loss(
            cause=f"{request.operation}: a gateway answered {exchange.status}",
            wait=min(wait, MOST_SILENCE),
            was_sent=True,
            enough=1 if (request.operation, exchange.status) in self._accused else REFUSALS_TO_ACCUSE,
            verdict=exchange,
        )

    async def _after_loss(self, request: Request, loss: _Loss) -> Exchange | None:
        """Wait for the next attempt; or what is judged, where the fault lies in the request alone.

        Raises:
            AnswerLost: The pod may have carried the request out.
            NotVerified: The pod gives no answer any more.
        """
        self._losses[request] += 1
        losses = self._losses[request]
        if loss.was_sent and losses >= loss.enough and await self._is_alone(request, loss):
            del self._losses[request]
            self._accused.add((request.operation, loss.verdict.status))
            return loss.verdict
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        if now - self._silent_since > MOST_SILENCE:
            self.given_up = f"nothing more is sent: for {MOST_SILENCE:g} s the pod gave no answer: {loss.cause}"
            raise NotVerified(self.given_up)
        if losses > 1 and loss.verdict.answer is not None:
            self._transport.pace.slow_down()
        await asyncio.sleep(loss.wait)
        if loss.was_sent and losses > LOSSES_BY_CHANCE:
            await self._get_out_of_step()
        if loss.was_sent and self._may_change(request):
            raise AnswerLost(request, loss.cause)
        return None

    async def _is_alone(self, request: Request, loss: _Loss) -> bool:
        """Whether plain requests beside a request that is lost are answered: each of several, before it is accused."""
        is_accused = (request.operation, loss.verdict.status) in self._accused
        for _ in range(1 if is_accused else PLAIN_TO_ACCUSE):
            if not await self._answers_a_plain_request():
                return False
        return True

    async def _answers_a_plain_request(self) -> bool:
        plain = self._plain_request()
        if plain is None:
            return True
        try:
            exchange = await self._transport.send(plain, "preflight")
        except ConnectionDropped:
            return False
        return exchange.answer is not None and exchange.status not in UNAVAILABLE

    async def _get_out_of_step(self) -> None:
        """Send some plain requests. Where every tenth request is lost, the next attempt is not the tenth once more."""
        for _ in range(secrets.randbelow(MOST_BETWEEN + 1)):
            await self._answers_a_plain_request()

    def _note_answer(self, request: Request) -> None:
        self._has_answered = True
        self._silent_since = None
        self._losses.pop(request, None)
        self._transport.pace.answered()

    def _throttled_to_the_end(self, attempts: int, waited: float) -> NotVerified:
        reason = f"the pod throttled one request {attempts} times, and asks for {waited:g} s of waiting in all"
        self._throttled_in_a_row += 1
        if self._throttled_in_a_row >= MOST_GIVEN_UP:
            self.given_up = f"nothing more is sent: {reason}"
        return NotVerified(reason)
