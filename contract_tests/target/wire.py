"""The way to the pod and back: what a run sends goes through here."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from ..contract.exchange import Exchange, Request
from .address import Address
from .answer_lost import AnswerLost
from .guard import check_permitted, named_users
from .history import History
from .interrupt import Interrupted, check_interrupted
from .not_verified import NotVerified
from .renewal import Renewal
from .session import SessionError, Sessions
from .settling import Settling
from .target import ROLES_WITH_SESSION, Target

MOST_HANGS = 2  # of one operation in a row; after that nothing more is sent to it

T = TypeVar("T")


class Wire:
    """Sends requests to the pods, one at a time or a few at once.

    A request passes a :class:`Renewal` and then the :class:`Address` of the pod that gets it.

    Args:
        target: The pods.
        on_exchange: Called with every exchange after it has ended, and before its request returns.

    Attributes:
        sessions: The session tokens of the cast.
        addresses: The way to each pod, by its base address; the caller's comes first.
        renewal: Renews sessions.
        unconnected: The pairs of user ids that once had no connection, and so are not connected implicitly.
        lists_accepted: The roles to which the list with status=ALL has shown an accepted connection.
        history: What leads to the present state of each connection that was arranged.
        settling: Waits until what was done at one pod is read there and at the others.
        puts_back: Whether things are being put back: then the pod is asked again, whatever happened before.
    """

    def __init__(self, target: Target, on_exchange: Callable[[Exchange], None]) -> None:
        self.target = target
        self.unconnected: set[frozenset[int]] = set()
        self.lists_accepted: set[str] = set()
        self.history = History(target)
        self.sessions = Sessions(target, lambda role: self.address_of(role).transport.client(role))
        self.addresses = {url: self._address(url) for url in target.urls}
        self.renewal = Renewal(self.sessions, self._send_to_its_pod)
        self.settling = Settling(target)
        self.puts_back = False
        self._on_exchange = on_exchange
        self._runner = asyncio.Runner()

    def _address(self, url: str) -> Address:
        roles = tuple(role for role in self.target.users if self.target.pod_of(role).url == url)
        pod = self.target.pod_of(next((role for role in roles if role in self.target.pods), "caller"))
        return Address(pod, self.target, roles, self.sessions.token, self._may_change)

    def address_of(self, role: str) -> Address:
        """The way to the pod at which a role has its session."""
        return self.addresses[self.target.pod_of(role).url]

    def absent_at(self, role: str) -> set[str]:
        """The companion operations that the pod of a role turned out not to offer."""
        return self.address_of(role).absent

    @property
    def given_up(self) -> str | None:
        """Why nothing more is sent to one of the pods; None while all of them can be asked."""
        return next((a.repeating.given_up for a in self.addresses.values() if a.repeating.given_up), None)

    def close(self) -> None:
        """Close every connection."""
        for address in self.addresses.values():
            self._run(address.transport.close())
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
        self.address_of(request.receiver).plain_request = request

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
        address = self.address_of(request.receiver)
        if address.repeating.given_up is not None and not self.puts_back:
            raise NotVerified(address.repeating.given_up)
        if address.hangs[request.operation] >= MOST_HANGS and not self.puts_back:
            raise NotVerified(f"{request.operation} gave no answer within the time-out {MOST_HANGS} times")
        try:
            exchange = await self.renewal.send(request, rule)
        except SessionError as reason:
            raise NotVerified(str(reason)) from None
        except AnswerLost:
            self.settling.note_change(request.receiver)
            raise
        exchange = replace(exchange, first=first)
        if exchange.status == 200 and request.sent_method != "GET":
            self.settling.note_change(request.receiver)
        self.history.done(exchange)
        return exchange

    async def _send_to_its_pod(self, request: Request, rule: str) -> Exchange:
        return await self.address_of(request.receiver).repeating.send(request, rule)

    def _may_change(self, request: Request) -> bool:
        """Whether a pod that keeps its promise may change a connection when it gets a request.

        Two users who both have a session here may have a request waiting; nobody else of the cast has.
        """
        if request.sent_method == "GET" or request.role is None or not request.own_session:
            return False
        users = self.target.users
        ids = {users[role].user_id for role in ROLES_WITH_SESSION if role != request.role and role in users}
        ids |= set(self.target.waiting)
        return self.target.allow_writes and bool(named_users(request, ids) & ids)
