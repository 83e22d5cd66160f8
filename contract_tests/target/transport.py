"""Sends one request to one address, at most as fast as the pace allows, and takes the whole answer."""

import asyncio
import gzip
import io
import ssl
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from ..contract.exchange import Answer, Exchange, Request
from .pace import Pace
from .session import tls_context
from .target import Certificate, PodAddress, Target

CONTINUE_SECONDS = 0.2  # the wait for 100 Continue; a client need not wait any longer (RFC 9110, 10.1.1)


MOST_BODY = 16 * 2**20  # bytes of an answer's body, unpacked; a longer answer is not read to its end


class ConnectionDropped(Exception):
    """The connection broke before an answer began.

    Attributes:
        request: What was sent.
        was_sent: Whether the pod may have got the request: False where no connection came about.
    """

    def __init__(self, request: Request, cause: httpx.TransportError) -> None:
        super().__init__(f"{request.operation}: {type(cause).__name__}: {cause}")
        self.request = request
        self.was_sent = not isinstance(cause, httpx.ConnectError)


class _TooLong(Exception):
    """The body of an answer is longer than ``MOST_BODY``."""


class Transport:
    """The connections to one pod.

    Args:
        pod: The addresses of the pod.
        target: How to reach it.
        roles: The roles that have their session here. Each shows its own client certificate, if it has one.
        token: Gives the session token of a role.

    Attributes:
        sent: How many requests went out, by operation.
        dropped: How many connections broke before an answer began.
        pace: How fast requests go out.
        hangs: How many requests in a row had no whole answer within the time-out, by operation.
    """

    def __init__(
        self, pod: PodAddress, target: Target, roles: tuple[str, ...], token: Callable[[str], Awaitable[str]]
    ) -> None:
        self.sent: Counter[str] = Counter()
        self.dropped = 0
        self.hangs: Counter[str] = Counter()
        self._url = pod.url
        self._target = target
        self._token = token
        self.pace = Pace(target.rate)
        self._keeps_alive = True
        self._certificates = {role: target.certificate_of(role) for role in roles}
        self._tls = {target.certificate: tls_context(target)}
        for role, certificate in self._certificates.items():
            if certificate not in self._tls:  # to make one takes 30 ms
                self._tls[certificate] = tls_context(target, role)
        self._clients: dict[tuple[Certificate | None, bool], httpx.AsyncClient] = {}

    def client(self, role: str | None) -> httpx.AsyncClient:
        """The client that sends the requests of a role now; of None, those without a session."""
        certificate = self._certificates.get(role, self._target.certificate) if role else self._target.certificate
        key = certificate, self._keeps_alive
        if key not in self._clients:
            self._clients[key] = self._open_client(self._tls[certificate], keep_alive=self._keeps_alive)
        return self._clients[key]

    def _open_client(self, tls: ssl.SSLContext, *, keep_alive: bool) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=tls,
            proxy=self._target.proxy,
            trust_env=False,
            timeout=self._target.timeout,
            limits=httpx.Limits(max_keepalive_connections=None if keep_alive else 0),
            headers={"User-Agent": "symphony-pod-contract-tests"},
            # One user's cookie must not travel with another user's request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()

    async def send(self, request: Request, rule: str) -> Exchange:
        """Send a request once.

        Args:
            request: What to send.
            rule: The id of the rule for which it is sent.

        Raises:
            ConnectionDropped: The connection broke before an answer began.
            SessionError: The role whose session is sent cannot log in.
        """
        await self.pace.wait()
        opened: list[str] = []

        async def note_new_connection(event: str, _: object) -> None:
            if event == "connection.connect_tcp.started":
                opened.append(event)

        client = self.client(request.role)
        built = self._build(client, request, await self._headers(request), note_new_connection)
        self.sent[request.operation] += 1
        start = time.perf_counter()
        try:
            async with asyncio.timeout(self._target.timeout):
                response = await client.send(built, stream=True)
                try:
                    body = await _body(response)
                finally:
                    await response.aclose()
            answer = _answer(response, body, time.perf_counter() - start)
        except (TimeoutError, httpx.TimeoutException):
            self.hangs[request.operation] += 1
            return Exchange(request, None, f"no whole answer within {self._target.timeout:g} s", rule)
        except httpx.LocalProtocolError:
            raise  # the suite's own request is no HTTP
        except httpx.TransportError as error:
            if _came_before_an_answer(error):
                self._note_drop(reused=not opened)
                raise ConnectionDropped(request, error) from None
            return Exchange(request, None, f"the answer broke off or is no HTTP: {error}", rule)
        except (httpx.DecodingError, gzip.BadGzipFile, EOFError, zlib.error) as error:
            return Exchange(request, None, f"the answer's content encoding is broken: {error}", rule)
        except _TooLong:
            return Exchange(request, None, f"the answer's body is longer than {MOST_BODY // 2**20} MiB", rule)
        self.hangs[request.operation] = 0
        return Exchange(request, answer, None, rule)

    async def _headers(self, request: Request) -> list[tuple[str, str]]:
        headers = list(request.headers)
        if "Accept" not in dict(headers):
            headers.append(("Accept", "application/json"))
        if request.media_type is not None:
            headers.append(("Content-Type", request.media_type))
        token = request.token
        if token is None and request.role is not None:
            token = await self._token(request.role)
        if token is not None:
            headers.append((request.token_header, token))
        return headers

    def _build(
        self,
        client: httpx.AsyncClient,
        request: Request,
        headers: list[tuple[str, str]],
        trace: Callable[[str, object], Awaitable[None]],
    ) -> httpx.Request:
        built = client.build_request(
            request.sent_method,
            self._url + request.path,
            content=_content(request),
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in headers],
            extensions={"trace": trace},
        )
        for name, value in request.headers:
            if not value:
                del built.headers[name]
        return built

    def _note_drop(self, *, reused: bool) -> None:
        self.dropped += 1
        if reused:
            # A server may close an idle connection at any time: from now on no idle connection is kept.
            self._keeps_alive = False


def _came_before_an_answer(error: httpx.TransportError) -> bool:
    if isinstance(error, httpx.RemoteProtocolError):
        return "without sending a response" in str(error)
    return isinstance(error, httpx.ConnectError | httpx.ReadError | httpx.WriteError)


async def _body(response: httpx.Response) -> bytes:
    """The unpacked body.

    Raises:
        _TooLong: It is longer than ``MOST_BODY``.
    """
    found = bytearray()
    async for chunk in response.aiter_bytes():
        found += chunk
        if len(found) > MOST_BODY:
            raise _TooLong
    if response.headers.get("content-encoding", "").lower() != "x-gzip":  # the same as gzip: RFC 9110, 8.4.1.3
        return bytes(found)
    with gzip.GzipFile(fileobj=io.BytesIO(found)) as unpacking:
        unpacked = unpacking.read(MOST_BODY + 1)
    if len(unpacked) > MOST_BODY:
        raise _TooLong
    return unpacked


def _answer(response: httpx.Response, body: bytes, seconds: float) -> Answer:
    return Answer(
        status=response.status_code,
        headers=tuple((name.lower(), value) for name, value in response.headers.multi_items()),
        body=body,
        seconds=seconds,
        reason=response.extensions.get("reason_phrase", b"").decode("latin-1"),
    )


def _content(request: Request) -> bytes | AsyncIterator[bytes] | None:
    """The body as it is sent: whole, in two chunks, or after a pause in which the pod can ask for it."""
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
