"""Sends a request again where that is due: the pod asks to be left alone for a while, or a reading was dropped."""

import asyncio

import httpx

from ..contract.exchange import Exchange, Request
from .not_verified import NotVerified
from .throttling import MOST_THROTTLED, MOST_WAIT, wait_before
from .transport import ConnectionDropped, Transport

MOST_GIVEN_UP = 2  # requests in a row that the pod throttled to the end; after that nothing more is sent


class Repeating:
    """Sends requests through a transport, and again where that is due.

    Args:
        transport: Sends a request once.

    Attributes:
        throttled: How many answers asked to be left alone.
        given_up: Why nothing more is sent; None while the pod can be asked.
    """

    def __init__(self, transport: Transport) -> None:
        self.throttled = 0
        self.given_up: str | None = None
        self._transport = transport
        self._throttled_in_a_row = 0

    async def send(self, request: Request, rule: str) -> Exchange:
        """Send a request until the pod answers it.

        Raises:
            NotVerified: The pod throttles the request without end.
            ConnectionDropped: The connection broke, and the pod may have carried the request out.
        """
        waited = 0.0
        for attempt in range(MOST_THROTTLED):
            exchange = await self._reading_twice(request, rule)
            answer = exchange.answer
            wait = wait_before(answer.status, answer.header("retry-after"), attempt) if answer else None
            if wait is None:
                self._throttled_in_a_row = 0
                return exchange
            self.throttled += 1
            waited += wait
            last = attempt == MOST_THROTTLED - 1 or waited > MOST_WAIT
            if last and exchange.status == httpx.codes.BAD_REQUEST:
                return exchange  # the 400 is the pod's word on the request after all
            if last:
                break
            await asyncio.sleep(wait)
        reason = f"the pod throttled one request {attempt + 1} times, and asks for {waited:g} s of waiting in all"
        self._throttled_in_a_row += 1
        if self._throttled_in_a_row >= MOST_GIVEN_UP:
            self.given_up = f"nothing more is sent: {reason}"
        raise NotVerified(reason)

    async def _reading_twice(self, request: Request, rule: str) -> Exchange:
        """Send a request; once more where the connection dropped and the request only reads (RFC 9110, 9.2.2)."""
        try:
            return await self._transport.send(request, rule)
        except ConnectionDropped:
            if request.sent_method != "GET":
                raise
            return await self._transport.send(request, rule)
