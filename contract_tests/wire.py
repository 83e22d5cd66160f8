"""The way to the pod and back: paced, timed as a whole, throttling obeyed, drops counted."""

import asyncio
import email.utils
import time
from collections import Counter
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from contract_tests.exchange import Answer, Exchange, Request
from contract_tests.guard import check_permitted
from contract_tests.session import Sessions, tls_context
from contract_tests.target import Target

MOST_HANGS = 2  # of one operation; after that nothing more is sent to it
MOST_VAIN_RENEWALS = 2  # of one session, each answered 401 again
MOST_THROTTLED = 6  # 429s to one request
MOST_WAIT = 60.0  # seconds for one Retry-After


class NotVerified(Exception):
    """What a rule takes is not there; the message says what."""


class ConnectionDropped(Exception):
    """The connection broke before an answer began, and the request may have been carried out."""


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
        absent: The companion operations that the pod turned out not to offer.
    """

    def __init__(self, target: Target, on_exchange: Callable[[Exchange], None]) -> None:
        self.target = target
        self.sent: Counter[str] = Counter()
        self.dropped = 0
        self.throttled = 0
        self.renewed = 0
        self.absent: set[str] = set()
        self._on_exchange = on_exchange
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            verify=tls_context(target),
            proxy=target.proxy,
            trust_env=False,
            timeout=target.timeout,
            headers={"User-Agent": "symphony-pod-contract-tests"},
            # One user's cookie must not travel with another user's request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
        self.sessions = Sessions(target, self._client)
        self._hangs: Counter[str] = Counter()
        self._dead_sessions: set[str] = set()
        self._vain_renewals: Counter[str] = Counter()
        self._probes: dict[str, Request] = {}
        self._next_at = 0.0

    def close(self) -> None:
        """Close every connection."""
        self._runner.run(self._client.aclose())
        self._runner.close()

    def token(self, role: str) -> str:
        """The session token of a role."""
        return self._runner.run(self.sessions.token(role))

    def ended_token(self, role: str) -> str:
        """A token of a session of its own that was ended.

        Raises:
            NotVerified: The pod does not say that it ended it.
        """

        async def log_in_and_out() -> str | None:
            token = await self.sessions.log_in(role)
            return token if await self.sessions.log_out(token) else None

        token = self._runner.run(log_in_and_out())
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
            NotVerified: The operation hung before, or the role's session is no more.
            ConnectionDropped: The connection broke, and the request may have been carried out.
        """
        return self._runner.run(self._send(request, rule))

    def send_together(self, requests: list[Request], rule: str) -> list[Exchange]:
        """Send requests at once, each on its own connection; the exchanges in the order of the requests.

        Raises:
            NotPermitted, NotVerified, ConnectionDropped: As for ``send``.
        """

        async def all_at_once() -> list[Exchange]:
            return list(await asyncio.gather(*(self._send(request, rule) for request in requests)))

        return self._runner.run(all_at_once())

    async def _send(self, request: Request, rule: str) -> Exchange:
        check_permitted(request, self.target)
        if self._hangs[request.operation] >= MOST_HANGS:
            raise NotVerified(f"{request.operation} gave no answer within the time-out {MOST_HANGS} times")
        if request.own_session and request.role in self._dead_sessions:
            raise NotVerified(f"the pod no longer accepts the {request.role}'s session")
        role = request.role if request.own_session else None
        used = await self.sessions.token(role) if role else ""
        exchange = await self._exchange(request, rule)
        if exchange.status == httpx.codes.UNAUTHORIZED and role is not None:
            exchange = await self._after_unauthorized(exchange, role, used)
        self._on_exchange(exchange)
        return exchange

    async def _after_unauthorized(self, exchange: Exchange, role: str, used: str) -> Exchange:
        """Renew an expired session once; where that cannot be, tell a dead session from an odd answer."""
        if self.sessions.can_log_in(role) and self._vain_renewals[role] < MOST_VAIN_RENEWALS:
            self.renewed += await self.sessions.renew(role, used)
            again = await self._exchange(exchange.request, exchange.rule)
            self._vain_renewals[role] += again.status == httpx.codes.UNAUTHORIZED
            return again
        probe = self._probes.get(role)
        if probe is not None and probe != exchange.request:
            probed = await self._exchange(probe, exchange.rule)
            if probed.status == httpx.codes.UNAUTHORIZED:
                self._dead_sessions.add(role)
                raise NotVerified(f"the pod no longer accepts the {role}'s session")
        return exchange

    async def _exchange(self, request: Request, rule: str) -> Exchange:
        for attempt in range(MOST_THROTTLED):
            exchange = await self._once(request, rule)
            if exchange.answer is None or not _is_throttled(exchange.answer):
                return exchange
            self.throttled += 1
            await asyncio.sleep(_retry_after(exchange.answer, attempt))
        raise NotVerified(f"the pod throttled one request {MOST_THROTTLED} times")

    async def _once(self, request: Request, rule: str) -> Exchange:
        await self._pace()
        headers = [("Accept", "application/json"), *request.headers]
        if request.media_type is not None:
            headers.append(("Content-Type", request.media_type))
        token = request.token
        if token is None and request.role is not None:
            token = await self.sessions.token(request.role)
        if token is not None:
            headers.append((request.token_header, token))
        built = self._client.build_request(
            request.sent_method,
            self.target.url + request.path,
            content=request.body,
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in headers],
        )
        self.sent[request.operation] += 1
        start = time.perf_counter()
        try:
            async with asyncio.timeout(self.target.timeout):
                response = await self._client.send(built)
        except (TimeoutError, httpx.TimeoutException):
            self._hangs[request.operation] += 1
            return Exchange(request, None, f"no whole answer within {self.target.timeout:g} s", rule)
        except httpx.LocalProtocolError:
            raise  # the suite's own request is no HTTP
        except httpx.TransportError as error:
            return self._broken(request, rule, error)
        except httpx.DecodingError as error:
            return Exchange(request, None, f"the answer's content encoding is broken: {error}", rule)
        answer = Answer(
            status=response.status_code,
            headers=tuple((name.lower(), value) for name, value in response.headers.multi_items()),
            body=response.content,
            seconds=time.perf_counter() - start,
        )
        return Exchange(request, answer, None, rule)

    def _broken(self, request: Request, rule: str, error: httpx.TransportError) -> Exchange:
        before_answer = isinstance(error, httpx.ConnectError | httpx.ReadError | httpx.WriteError) or (
            isinstance(error, httpx.RemoteProtocolError) and "without sending a response" in str(error)
        )
        if before_answer:
            self.dropped += 1
            raise ConnectionDropped(f"{request.operation}: {type(error).__name__}: {error}")
        return Exchange(request, None, f"the answer broke off or is no HTTP: {error}", rule)

    async def _pace(self) -> None:
        if self.target.rate is None:
            return
        now = time.monotonic()
        wait, self._next_at = self._next_at - now, max(self._next_at, now) + 1 / self.target.rate
        if wait > 0:
            await asyncio.sleep(wait)


def _is_throttled(answer: Answer) -> bool:
    """A 429; or, from an Agent in front of the pod, a 400 with Retry-After."""
    return answer.status == httpx.codes.TOO_MANY_REQUESTS or (
        answer.status == httpx.codes.BAD_REQUEST and answer.header("retry-after") is not None
    )


def _retry_after(answer: Answer, attempt: int) -> float:
    """Seconds to wait: what the pod says, as a number or a date, else longer each time."""
    value = answer.header("retry-after") or ""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            seconds = 0.25 * 2**attempt
    return min(max(seconds, 0.0), MOST_WAIT)
