"""The way to the pod and back: what a run sends goes through here."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from ..contract.exchange import Exchange, Request
from .guard import check_permitted, named_users
from .history import History
from .interrupt import Interrupted, check_interrupted
from .not_verified import NotVerified
from .renewal import Renewal
from .repeating import Repeating
from .session import SessionError, Sessions
from .target import ROLES_WITH_SESSION, Target
from .transport import Transport

MOST_HANGS = 2  # of one operation in a row; after that nothing more is sent to it

T = TypeVar("T")


class Wire:
    """Sends requests to one pod, one at a time or a few at once.

    A request passes a :class:`Renewal`, a :class:`Repeating` and a :class:`Transport` on its way.

    Args:
        target: The pod.
        on_exchange: Called with every exchange after it has ended, and before its request returns.

    Attributes:
        sessions: The session tokens of the cast.
        transport: Sends a request once, and counts what it sends.
        repeating: Sends a request again where that is due.
        renewal: Renews sessions.
        absent: The companion operations that the pod turned out not to offer.
        history: What leads to the present state of each connection that was arranged.
        puts_back: Whether things are being put back: then the pod is asked again, whatever happened before.
    """

    def __init__(self, target: Target, on_exchange: Callable[[Exchange], None]) -> None:
        self.target = target
        self.absent: set[str] = set()
        self.history = History(target)
        self.sessions = Sessions(target, lambda _: self.transport.client)
        self.transport = Transport(target, self.sessions.token)
        self.repeating = Repeating(self.transport, lambda: self.renewal.plain_request, self._may_change)
        self.renewal = Renewal(self.sessions, self.repeating)
        self.puts_back = False
        self._on_exchange = on_exchange
        self._runner = asyncio.Runner()

    def close(self) -> None:
        """Close every connection."""
        self._run(self.transport.close())
        self._runner.close()

    def _run(self, sending: Coroutine[Any, Any, T]) -> T:
        try:
            return self._runner.run(sending)
        except asyncio.CancelledError:
            raise Interrupted from None  # nothing but a signal cancels

    def token(self, role: str) -> str:
        """The session token of a role.

        Raises:
            SessionError: The login failed.
        """
        return self._run(self.sessions.token(role))

    def ended_token(self, role: str) -> str:
        """A token of a session of its own that was ended.

        Raises:
            NotVerified: The pod does not say that it ended the session.
        """

        async def log_in_and_out() -> str | None:
            token = await self.sessions.log_in(role)
            return token if await self.sessions.log_out(role, token) else None

        token = self._run(log_in_and_out())
        if token is None:
            raise NotVerified("the pod has no logout that answers 200")
        return token

    def set_probe(self, request: Request) -> None:
        """Remember a harmless request whose answer shows that a role's session is alive."""
        self.renewal.set_probe(request)

    def send(self, request: Request, rule: str) -> Exchange:
        """Send a request and wait for the whole answer.

        Args:
            request: What to send.
            rule: The id of the rule for which it is sent.

        Raises:
            NotPermitted: The request could touch somebody or change something that it must not.
            NotVerified: The operation hung before, the role has no session any more, or the pod throttles
                without end or gives no answer any more.
            AnswerLost: The answer was lost, and the pod may have carried the request out.
            ConnectionDropped: There is no connection to the pod, and it has not answered anything yet.
        """
        check_interrupted()
        exchange = self._run(self._send(request, rule))
        self._on_exchange(exchange)
        return exchange

    def send_together(self, requests: list[Request], rule: str) -> list[Exchange]:
        """Send requests at once, each on its own connection; the exchanges in the order of the requests.

        Raises:
            NotPermitted, NotVerified, AnswerLost, ConnectionDropped: As for ``send``.
        """

        async def all_at_once() -> list[Exchange | BaseException]:
            sending = (self._send(request, rule) for request in requests)
            return await asyncio.gather(*sending, return_exceptions=True)

        check_interrupted()
        outcomes = self._run(all_at_once())
        exchanges = [outcome for outcome in outcomes if isinstance(outcome, Exchange)]
        # Only now: judging takes time, and the time-outs of requests under way would run meanwhile.
        for exchange in exchanges:
            self._on_exchange(exchange)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return exchanges

    async def _send(self, request: Request, rule: str) -> Exchange:
        check_permitted(request, self.target)
        first = self.history.before(request, rule)
        if self.repeating.given_up is not None and not self.puts_back:
            raise NotVerified(self.repeating.given_up)
        if self.transport.hangs[request.operation] >= MOST_HANGS and not self.puts_back:
            raise NotVerified(f"{request.operation} gave no answer within the time-out {MOST_HANGS} times")
        try:
            exchange = await self.renewal.send(request, rule)
        except SessionError as reason:
            raise NotVerified(str(reason)) from None
        exchange = replace(exchange, first=first)
        self.history.done(exchange)
        return exchange

    def _may_change(self, request: Request) -> bool:
        """Whether a pod that keeps its promise may change a connection when it gets a request.

        Two users who both have a session here may have a request waiting; nobody else of the cast has.
        """
        if request.sent_method == "GET" or request.role is None or not request.own_session:
            return False
        users = self.target.users
        ids = {users[role].user_id for role in ROLES_WITH_SESSION if role != request.role and role in users}
        return self.target.allow_writes and bool(named_users(request, ids) & ids)
