"""How a client gets the httpx client that sends its requests: the application's, or one of its own."""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from http.cookiejar import CookieJar
from math import inf
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._http import httpx
from .call import Expired
from .errors import UsageError
from .options import is_loopback
from .session import Here

if TYPE_CHECKING:
    import anyio

C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)
_TLS_OPTIONS = ("ca_bundle", "verify", "cert")
_CONNECTION_OPTIONS = (*_TLS_OPTIONS, "trust_env", "http1", "http2", "limits", "proxy")
HTTP_OPTIONS = (*_CONNECTION_OPTIONS, "mounts", "event_hooks")


def check_options(kind: type[Any], options: Mapping[str, Any]) -> None:
    """Refuse what cannot send the requests of such a client, and options beside each other of which one is ignored.

    Raises:
        UsageError: There are such options.
    """
    for strong, weak in (
        ("http_client", ("transport", *HTTP_OPTIONS)),
        ("transport", _CONNECTION_OPTIONS),
        ("ca_bundle", ("verify",)),
    ):
        if strong in options and (ignored := [name for name in weak if name in options]):
            raise UsageError(f"{', '.join(ignored)}: would be ignored beside {strong}. Leave one of them out.")
    verify, files = options.get("verify", True), {name: options.get(name) for name in ("ca_bundle", "cert")}
    if empty := [name for name, file in files.items() if file == ""]:
        raise UsageError(f"{empty[0]}: expected the path of a file, found an empty text.")
    if "cert" in options and isinstance(verify, ssl.SSLContext):
        raise UsageError("cert: would be ignored beside a TLS context. Load it: verify.load_cert_chain(…).")
    if not isinstance(verify, ssl.SSLContext | bool):
        raise UsageError(f"verify: expected a TLS context or a bool, found {verify!r}. ca_bundle takes a file.")
    transports = httpx.AsyncBaseTransport if issubclass(kind, httpx.AsyncClient) else httpx.BaseTransport
    for name, expected in (("http_client", kind), ("transport", transports)):
        if name in options and not isinstance(options[name], expected):
            found = type(options[name]).__name__
            raise UsageError(f"{name}: expected an httpx.{expected.__name__}, found {found}.")


class _NoCookies(CookieJar):
    """Keeps none of the cookies of an answer, because no request sends them."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Look for none, which takes time."""


def made(kind: type[C], url: httpx.URL, options: Mapping[str, Any]) -> C:
    """A new httpx client for a pod.

    Raises:
        UsageError: A file cannot be read, an address cannot be used, a package is missing, or a value has not its type.
    """
    named = {name: value for name, value in options.items() if name not in _TLS_OPTIONS}
    # Threads: with httpx's own limit of 20 idle connections, 20 threads or more would make a new connection for every
    # call. Tasks: httpcore looks at each idle connection with each request, which costs more than it saves.
    idle = 10 if issubclass(kind, httpx.AsyncClient) else 100
    named.setdefault("limits", httpx.Limits(max_connections=100, max_keepalive_connections=idle))
    if is_loopback(url.host) and "proxy" not in named:
        here = f"all://{url.host if ':' not in url.host else f'[{url.host}]'}"
        named["mounts"] = {here: None, **named.get("mounts", {})}
    try:
        if "transport" not in named:
            named["verify"] = _tls(options)
        proxy = named.get("proxy")
        if isinstance(proxy, str | httpx.URL) and "ca_bundle" in options and httpx.URL(proxy).scheme == "https":
            named["proxy"] = httpx.Proxy(proxy, ssl_context=named["verify"])
        client = kind(cookies=_NoCookies(), **named)
    except ImportError as error:
        raise UsageError(f"proxy, http2: a package is missing: {error}") from error
    except UsageError:
        raise
    except (ValueError, httpx.InvalidURL) as error:
        raise UsageError("proxy: expected an address such as http://proxy.example.com:3128.") from error
    except (TypeError, AttributeError) as error:
        raise UsageError(f"one of {', '.join(options)} has not the type that httpx takes: {error}.") from error
    if isinstance(client, httpx.Client):
        # httpx limits each phase, and in it each piece that comes. What sees every piece is httpcore's network backend,
        # which httpx does not pass on, so that it is set here, on transports that are the client's own.
        for pool in _pools(client):
            vars(pool)["_network_backend"] = _Backend(vars(pool)["_network_backend"])
    return client


def _tls(options: Mapping[str, Any]) -> ssl.SSLContext:
    verify, trust_env, cert = options.get("verify", True), options.get("trust_env", True), options.get("cert")
    if isinstance(verify, ssl.SSLContext):
        return verify
    files = tuple(os.environ.get(name, "") if trust_env else "" for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    # Of the two, httpx takes the first.
    loaded = f"SSL_CERT_FILE, SSL_CERT_DIR: {files[0] or files[1]}" if any(files) else "the trust store: of certifi"
    try:
        if "ca_bundle" in options:
            loaded = f"ca_bundle: {options['ca_bundle']}"
            kind = "capath" if Path(options["ca_bundle"]).is_dir() else "cafile"
            context = ssl.create_default_context(**{kind: options["ca_bundle"]})
        else:
            # One for all clients, because it takes 20 ms to make; but for those of a certificate, which is loaded into
            # it, and of HTTP/2, because httpx writes the protocols into it that it offers.
            make = _new_tls if cert is not None or options.get("http2") else _shared_tls
            context = make(verify, trust_env, files)
        if cert is not None:
            loaded = f"cert: {cert if isinstance(cert, str) else cert[0]}"
            context.load_cert_chain(*([cert] if isinstance(cert, str) else cert))
    except (OSError, ValueError) as error:
        raise UsageError(f"{loaded} cannot be loaded: {error}") from error
    return context


def _new_tls(verify: bool, trust_env: bool, files: tuple[str, ...]) -> ssl.SSLContext:
    if files[0]:
        Path(files[0]).read_bytes()  # some releases of httpx take no notice of a file that is not there
    return httpx.create_ssl_context(verify=verify, trust_env=trust_env)


_shared_tls = cache(_new_tls)


class HttpClients(Generic[C]):
    """The httpx clients of a client and of those derived from it: one, or for an async client one for each loop.

    Args:
        make: Makes one.
        given: The application's own, in place of any other.
        bound: Whether what sends the requests can serve one event loop only, so that no second client can be made.
    """

    def __init__(self, make: Callable[[], C], given: C | None, *, bound: bool) -> None:
        self._make, self._given, self._bound = make, given, bound or given is not None
        # Those of a process that this one was forked from stay here: to end them would close what it uses.
        self.clients: dict[Here, C] = {}
        self._closed = False
        self._places: dict[Here, anyio.Semaphore] = {}
        self._locks: dict[int, threading.Lock] = {}  # by process: a fork may copy one that is held

    def get(self, here: Here) -> C:
        """The httpx client for a process and an event loop in it.

        Raises:
            UsageError: A client is closed, or what sends its requests belongs to another loop or process.
        """
        with self._locks.setdefault(here[0], threading.Lock()):
            if self._closed:
                raise UsageError("The client is closed: make a new one, or call it inside its with block.")
            if self._bound and (others := self.clients.keys() - {here}):
                is_forked = any(process != here[0] for process, _ in others)
                where = "the process that this one was forked from" if is_forked else "another event loop"
                raise UsageError(
                    f"Its http_client or transport is in use in {where}, and can serve one only. Make a client for "
                    "each, or leave http_client and transport out."
                )
            if here not in self.clients:
                for other in [one for one in self.clients if one[0] == here[0] and _is_over(one[1])]:
                    del self.clients[other]
                    self._places.pop(other, None)
                self.clients[here] = self._given or self._make()
            if self.clients[here].is_closed:
                raise UsageError("The httpx client that sends the requests is closed. Nothing was sent.")
            return self.clients[here]

    async def place(self, here: Here, client: C, patience: float | None) -> anyio.Semaphore:
        """Take a place among the requests in flight in a loop, as many as there may be connections; to be released.

        None waits in httpcore's own queue: where a request is cancelled there, the connection that it was about to
        get can be lost for ever.

        Raises:
            httpx.PoolTimeout: No place was free in time.
        """
        import anyio

        if here not in self._places:
            most: list[int] = [vars(pool)["_max_connections"] for pool in _pools(client)]
            self._places[here] = anyio.Semaphore(min([sys.maxsize, *most]), fast_acquire=True)
        with anyio.move_on_after(patience) as waiting:
            await self._places[here].acquire()
        if waiting.cancelled_caught:
            raise httpx.PoolTimeout("no connection was free in time")
        return self._places[here]

    def close(self) -> dict[Here, C]:
        """Give out no client any more, and return those of this process that are to be closed."""
        with self._locks.setdefault(os.getpid(), threading.Lock()):
            self._closed = True
            mine = {one: self.clients.pop(one) for one in list(self.clients) if one[0] == os.getpid()}
            return {} if self._given else mine


def _is_over(token: object) -> bool:
    loop = getattr(token, "native_token", token)  # which older releases of anyio give as it is
    return bool(getattr(loop, "is_closed", bool)())


def _pools(client: httpx.Client | httpx.AsyncClient) -> list[Any]:
    """The pools of httpcore beneath a client, which httpx does not show."""
    transports = (vars(client)["_transport"], *vars(client)["_mounts"].values())
    kinds = httpx.HTTPTransport | httpx.AsyncHTTPTransport
    return [vars(transport)["_pool"] for transport in transports if isinstance(transport, kinds)]


_end: ContextVar[float] = ContextVar("_end", default=inf)


@contextmanager
def limit(seconds: float) -> Generator[None]:
    """Hold what is read and written inside to a limit of time."""
    token = _end.set(monotonic() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


def time_left(timeout: float | None = None) -> float | None:
    """The seconds for what comes next: a time-out, or less where the limit of time comes before.

    Raises:
        Expired: The time is over.
    """
    left = _end.get() - monotonic()
    if left <= 0:
        raise Expired("the time is over")
    return timeout if left == inf else left if timeout is None else min(left, timeout)


class _Backend:
    """A network backend of httpcore, held to the limit."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> _Stream:
        if timeout is not None:
            with suppress(OSError):  # which the backend meets again
                # Each address of a name is tried for the whole time-out.
                timeout /= len(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)) or 1
        return _Stream(self._backend.connect_tcp(host, port, timeout=time_left(timeout), **options))


class _Stream:
    """A connection of httpcore, held to the limit. Headers and a body leave in one piece, as one packet."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._headers = b""
        self.close, self.get_extra_info = stream.close, stream.get_extra_info

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        if self._headers:
            self.write(b"")
        return self._stream.read(max_bytes, timeout=time_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer.endswith(b"\r\n\r\n"):  # after which httpcore writes the body, or nothing
            self._headers = buffer
            return
        whole, self._headers = self._headers + buffer, b""
        self._stream.write(whole, timeout=time_left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout=time_left(timeout)))
