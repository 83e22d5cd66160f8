"""The way to the pod and back: paced, timed as a whole, throttling obeyed, drops counted."""

import asyncio
import gzip
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import httpx

from ..contract.exchange import Answer, Exchange, Request
from .guard import check_permitted
from .history import History
from .interrupt import Interrupted, check_interrupted
from .session import SessionError, Sessions, tls_context
from .target import Target
from .throttling import MOST_THROTTLED, MOST_WAIT, wait_before

CONTINUE_SECONDS = 0.2  # for 100 Continue; who expects it need not wait any longer (RFC 9110, 10.1.1)
MOST_HANGS = 2  # of one operation; after that nothing more is sent to it
MOST_VAIN_RENEWALS = 2  # of one session, each answered 401 again
MOST_GIVEN_UP = 2  # requests in a row that the pod throttled to the end; after that nothing more is sent

T = TypeVar("T")


class NotVerified(Exception):
    """What a rule takes is not there; the message says what."""


class ConnectionDropped(Exception):
    """The connection broke before an answer began, and the request may have been carried out.

    Attributes:
        request: What was sent.
    """

    def __init__(self, request: Request, cause: str) -> None:
        super().__init__(f"{request.operation}: {cause}")
        self.request = request


class Wire:
    """Sends requests to one pod, one at a time or a few at once.

    Args:
        target: The pod.
        on_exchange: Called with every exchange, in the order in which they end.

    Attributes:
        sent: How many requests went out, by operation.
        dropped: How many connections broke before an answer began.
        throttled: How many answers were 429.
        renewed: How many sessions were renewed.
        given_up: Why nothing more is sent; None where the pod can be asked.
        dead_sessions: The roles whose session ended, and who cannot log in.
        absent: The companion operations that the pod turned out not to offer.
        history: What leads to where the connections are that were arranged.
    """

    def __init__(self, target: Target, on_exchange: Callable[[Exchange], None]) -> None:
        self.target = target
        self.sent: Counter[str] = Counter()
        self.dropped = 0
        self.throttled = 0
        self.renewed = 0
        self.given_up: str | None = None
        self.absent: set[str] = set()
        self.history = History(target)
        self._on_exchange = on_exchange
        self._runner = asyncio.Runner()
        self._tls = tls_context(target)
        self._clients = [self._open_client(keep_alive=True)]
        self.sessions = Sessions(target, lambda: self._clients[-1])
        self._throttled_in_a_row = 0
        self._hangs: Counter[str] = Counter()
        self.dead_sessions: set[str] = set()
        self._vain_renewals: Counter[str] = Counter()
        self._probes: dict[str, Request] = {}
        self._next_at = 0.0

    def _open_client(self, *, keep_alive: bool) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._tls,
            proxy=self.target.proxy,
            trust_env=False,
            timeout=self.target.timeout,
            limits=httpx.Limits(max_keepalive_connections=None if keep_alive else 0),
            headers={"User-Agent": "symphony-pod-contract-tests"},
            # One user's cookie must not travel with another user's request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients:
            self._run(client.aclose())
        self._runner.close()

    def _run(self, sending: Coroutine[Any, Any, T]) -> T:
        try:
            return self._runner.run(sending)
        except asyncio.CancelledError:
            raise Interrupted from None  # nothing but a signal cancels

    def token(self, role: str) -> str:
        """The session token of a role."""
        return self._run(self.sessions.token(role))

    def ended_token(self, role: str) -> str:
        """A token of a session of its own that was ended.

        Raises:
            NotVerified: The pod does not say that it ended it.
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
        if request.role is not None:
            self._probes[request.role] = request

    def send(self, request: Request, rule: str) -> Exchange:
        """Send a request and wait for the whole answer.

        Args:
            request: What to send.
            rule: The id of the rule for which it is sent.

        Raises:
            NotPermitted: The request could touch somebody or change something that it must not.
            NotVerified: The operation hung before, the role has no session any more, or the pod throttles
                without end.
            ConnectionDropped: The connection broke, and the request may have been carried out.
        """
        check_interrupted()
        return self._run(self._send(request, rule))

    def send_together(self, requests: list[Request], rule: str) -> list[Exchange]:
        """Send requests at once, each on its own connection; the exchanges in the order of the requests.

        Raises:
            NotPermitted, NotVerified, ConnectionDropped: As for ``send``.
        """

        async def all_at_once() -> list[Exchange | BaseException]:
            sending = (self._send(request, rule) for request in requests)
            return await asyncio.gather(*sending, return_exceptions=True)

        check_interrupted()
        exchanges = []
        for outcome in self._run(all_at_once()):
            if isinstance(outcome, BaseException):
                raise outcome
            exchanges.append(outcome)
        return exchanges

    async def _send(self, request: Request, rule: str) -> Exchange:
        check_permitted(request, self.target)
        first = self.history.before(request, rule)
        if self.given_up is not None:
            raise NotVerified(self.given_up)
        if self._hangs[request.operation] >= MOST_HANGS:
            raise NotVerified(f"{request.operation} gave no answer within the time-out {MOST_HANGS} times")
        if request.own_session and request.role in self.dead_sessions:
            raise NotVerified(_session_ended(request.role))
        role = request.role if request.own_session else None
        try:
            used = await self.sessions.token(role) if role else ""
            exchange = await self._exchange(request, rule)
            if exchange.status == httpx.codes.UNAUTHORIZED and role is not None:
                exchange = await self._after_unauthorized(exchange, role, used)
        except SessionError as reason:
            raise NotVerified(str(reason)) from None
        exchange = replace(exchange, first=first)
        self.history.done(exchange)
        self._on_exchange(exchange)
        return exchange

    async def _after_unauthorized(self, exchange: Exchange, role: str, used: str) -> Exchange:
        """Tell an ended session, which is renewed, from a right one that this request is refused."""
        probe = self._probes.get(role)
        if probe is not None and probe != exchange.request:
            probed = await self._exchange(probe, exchange.rule)
            if probed.status != httpx.codes.UNAUTHORIZED:
                if await self.sessions.token(role) == used:
                    return exchange
                # Another request, sent at the same time, has renewed the session.
                return await self._exchange(exchange.request, exchange.rule)
        if self.sessions.can_log_in(role) and self._vain_renewals[role] < MOST_VAIN_RENEWALS:
            renewed = await self.sessions.renew(role, used)
            self.renewed += renewed  # in a line of its own: others count while this one waits
            again = await self._exchange(exchange.request, exchange.rule)
            self._vain_renewals[role] += again.status == httpx.codes.UNAUTHORIZED
            return again
        if probe is not None:
            self.dead_sessions.add(role)
            raise NotVerified(_session_ended(role))
        return exchange

    async def _exchange(self, request: Request, rule: str) -> Exchange:
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
                return exchange  # it was the pod's word on the request after all
            if last:
                break
            await asyncio.sleep(wait)
        reason = f"the pod throttled one request {attempt + 1} times, and asks for {waited:g} s of waiting in all"
        self._throttled_in_a_row += 1
        if self._throttled_in_a_row >= MOST_GIVEN_UP:
            self.given_up = f"nothing more is sent: {reason}"
        raise NotVerified(reason)

    async def _reading_twice(self, request: Request, rule: str) -> Exchange:
        """Send a request; once more where the connection dropped and it only reads (RFC 9110, 9.2.2)."""
        try:
            return await self._once(request, rule)
        except ConnectionDropped:
            if request.sent_method != "GET":
                raise
            return await self._once(request, rule)

    async def _once(self, request: Request, rule: str) -> Exchange:
        await self._pace()
        headers = list(request.headers)
        if "Accept" not in dict(headers):
            headers.append(("Accept", "application/json"))
        if request.media_type is not None:
            headers.append(("Content-Type", request.media_type))
        token = request.token
        if token is None and request.role is not None:
            token = await self.sessions.token(request.role)
        if token is not None:
            headers.append((request.token_header, token))
        client = self._clients[-1]
        opened: list[str] = []

        async def trace(event: str, _: object) -> None:
            if event == "connection.connect_tcp.started":
                opened.append(event)

        built = client.build_request(
            request.sent_method,
            self.target.url + request.path,
            content=_content(request),
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in headers],
            extensions={"trace": trace},
        )
        for name, value in request.headers:
            if not value:
                del built.headers[name]
        self.sent[request.operation] += 1
        start = time.perf_counter()
        try:
            async with asyncio.timeout(self.target.timeout):
                response = await client.send(built)
            body = response.content
            if response.headers.get("content-encoding", "").lower() == "x-gzip":  # the same as gzip: RFC 9110, 8.4.1.3
                body = gzip.decompress(body)
        except (TimeoutError, httpx.TimeoutException):
            self._hangs[request.operation] += 1
            return Exchange(request, None, f"no whole answer within {self.target.timeout:g} s", rule)
        except httpx.LocalProtocolError:
            raise  # the suite's own request is no HTTP
        except httpx.TransportError as error:
            return self._broken(request, rule, error, reused=not opened)
        except (httpx.DecodingError, gzip.BadGzipFile, EOFError, zlib.error) as error:
            return Exchange(request, None, f"the answer's content encoding is broken: {error}", rule)
        answer = Answer(
            status=response.status_code,
            headers=tuple((name.lower(), value) for name, value in response.headers.multi_items()),
            body=body,
            seconds=time.perf_counter() - start,
            reason=response.extensions.get("reason_phrase", b"").decode("latin-1"),
        )
        return Exchange(request, answer, None, rule)

    def _broken(self, request: Request, rule: str, error: httpx.TransportError, *, reused: bool) -> Exchange:
        before_answer = isinstance(error, httpx.ConnectError | httpx.ReadError | httpx.WriteError) or (
            isinstance(error, httpx.RemoteProtocolError) and "without sending a response" in str(error)
        )
        if before_answer:
            self.dropped += 1
            if reused and len(self._clients) == 1:
                # A server may close an idle connection at any time: from now on there are none.
                self._clients.append(self._open_client(keep_alive=False))
            raise ConnectionDropped(request, f"{type(error).__name__}: {error}")
        return Exchange(request, None, f"the answer broke off or is no HTTP: {error}", rule)

    async def _pace(self) -> None:
        if self.target.rate is None:
            return
        now = time.monotonic()
        wait, self._next_at = self._next_at - now, max(self._next_at, now) + 1 / self.target.rate
        if wait > 0:
            await asyncio.sleep(wait)


def _session_ended(role: str) -> str:
    return (
        f"the {role}'s session ended in mid-run: the pod accepted it, and answers 401 now; it takes a token that lives "
        f"as long as the run, or POD_{role.upper()}_USERNAME and POD_{role.upper()}_PRIVATE_KEY"
    )


def _content(request: Request) -> bytes | AsyncIterator[bytes] | None:
    """The body as it is to be sent: whole, in two chunks, or when the pod had time to ask for it."""
    body, headers = request.body, dict(request.headers)
    if body is None or not headers.keys() & {"Transfer-Encoding", "Expect"}:
        return body

    async def parts() -> AsyncIterator[bytes]:
        if "Expect" in headers:
            await asyncio.sleep(CONTINUE_SECONDS)
        half = len(body) // 2
        for part in (body[:half], body[half:]):
            yield part

    return parts()
