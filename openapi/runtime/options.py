"""What can be set for a client and for a call, what is made of it, and what a call gives back."""

import re
import ssl
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address
from math import inf
from os import PathLike
from typing import Any, Generic, NamedTuple, Self, TypeAlias, TypedDict, TypeVar

from attrs import field, frozen

from . import __version__
from ._http import httpx
from .arguments import checked_headers
from .errors import UsageError

T = TypeVar("T")
AnyURL: TypeAlias = str | httpx.URL
_USER_AGENT = f"symphony-pod-client/{__version__} {httpx.__name__}/{httpx.__version__}"
_LONGEST = 1_000_000  # what every system can wait for at once
_HTTPX_HEADERS = {"accept", "accept-encoding", "connection"}


@frozen(kw_only=True)
class Response(Generic[T]):
    """An answer with everything that came: the body decompressed, and `parsed`, what the operation returns."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    parsed: T


_EXPECTED = {int: "a whole number from 0", float: "a finite number of seconds from 0", bool: "True or False"}


def _is_legal(_: object, attribute: Any, value: Any) -> None:
    kind = attribute.type
    is_of_kind = isinstance(value, int | float if kind is float else kind) and isinstance(value, bool) is (kind is bool)
    if not is_of_kind or not 0 <= value < inf:
        raise UsageError(f"Retries.{attribute.name}: expected {_EXPECTED[kind]}, found {value!r}.")


@frozen(kw_only=True)
class Retries:
    """When a request is sent again, and how long that may take.

    That is where the pod provably has not carried it out: no connection, 429, or 503 with Retry-After. A wait lasts
    as long as Retry-After says, or else half a second, doubled with every repetition, 8 at most, jittered.

    Attributes:
        limit: How often a request is sent again, at most.
        longest: The longest single wait in seconds. Where Retry-After asks for more, the error comes at once.
        total: The sum of the waits of one call, in seconds.
        repeat_safe: Also repeat requests that only read (GET, HEAD, OPTIONS) after any 5xx, a lost connection or a
            time-out.
        repeat_unsafe: Repeat every request so, although the pod may have carried it out. Only for a single call of an
            operation that bears it.
    """

    limit: int = field(default=2, validator=_is_legal)
    longest: float = field(default=30.0, validator=_is_legal)
    total: float = field(default=60.0, validator=_is_legal)
    repeat_safe: bool = field(default=False, validator=_is_legal)
    repeat_unsafe: bool = field(default=False, validator=_is_legal)


class CallOptions(TypedDict, total=False):
    """What may be set for a single call.

    Attributes:
        timeout: Seconds for one attempt, from connecting, which may take half of it and 5 at most, to the last byte;
            or an `httpx.Timeout`, which limits each phase and no whole. A client's own is 30.
        headers: Headers besides those that the client sends, or in place of them.
        retries: How often to send again what the pod has not carried out, or a `Retries`. A client's own is 2.
    """

    timeout: float | httpx.Timeout
    headers: Mapping[str, str]
    retries: int | Retries


class HttpOptions(CallOptions, total=False):
    """What may be set for either client. From `verify` on, the options are those of httpx, under its names.

    Attributes:
        plain_http_hosts: Hosts to which the session token may go over plain http. Loopback always may.
        ca_bundle: A file or folder of the certificate authorities to trust, in place of `verify`.
        verify: A TLS context, or False to trust every server.
        cert: The path of a PEM file with certificate and key, or both paths, or both and a password.
        trust_env: Whether the environment names proxies and certificates. It does by default.
        http1: Whether HTTP/1.1 is spoken. It is by default.
        http2: Whether HTTP/2 is spoken. It is not by default, and needs `httpx[http2]`. One thread at a time may use
            such a sync client, because httpcore mixes up the requests of several.
        limits: How many connections there may be; 100 by default.
        proxy: The address of a proxy, or an `httpx.Proxy`, in place of the environment's.
    """

    plain_http_hosts: Collection[str]
    ca_bundle: str | PathLike[str]
    verify: ssl.SSLContext | bool
    cert: str | tuple[str, str] | tuple[str, str, str]
    trust_env: bool
    http1: bool
    http2: bool
    limits: httpx.Limits
    proxy: str | httpx.URL | httpx.Proxy


class ClientOptions(HttpOptions, total=False):
    """What may be set for a `PodClient`.

    Attributes:
        http_client: The application's own httpx client, which sends all requests. It stays open when this client is
            closed, and no option that an httpx client has can be given beside it.
        transport: What sends the requests in place of a connection, such as an `httpx.MockTransport`.
        mounts: Transports for some addresses, as httpx has them.
        event_hooks: What is called with each request and each response, as httpx has it.
    """

    http_client: httpx.Client
    transport: httpx.BaseTransport
    mounts: Mapping[str, httpx.BaseTransport | None]
    event_hooks: Mapping[str, list[Callable[..., Any]]]


class AsyncClientOptions(HttpOptions, total=False):
    """What may be set for an `AsyncPodClient`; see `ClientOptions`.

    Attributes:
        http_client: The application's own async httpx client, such as an `httpx_aiohttp.HttpxAiohttpClient`.
        transport: What sends the requests in place of a connection, such as an `httpx.MockTransport`.
        mounts: Transports for some addresses, as httpx has them.
        event_hooks: What is called with each request and each response, as httpx has it.
    """

    http_client: httpx.AsyncClient
    transport: httpx.AsyncBaseTransport
    mounts: Mapping[str, httpx.AsyncBaseTransport | None]
    event_hooks: Mapping[str, list[Callable[..., Any]]]


class Limits(NamedTuple):
    """How long one attempt may take, in seconds: httpx's limits by phase, and from connecting to the last byte."""

    phases: dict[str, float | None]
    whole: float

    @classmethod
    def of(cls, timeout: float | httpx.Timeout) -> Self:
        """Read what a caller gave."""
        if isinstance(timeout, httpx.Timeout):
            return cls(timeout.as_dict(), inf)
        if type(timeout) not in (int, float) or not 0 < timeout <= _LONGEST:
            raise UsageError(
                f"timeout: expected a number of seconds above 0, {_LONGEST:,} at most, or an httpx.Timeout, found "
                f"{timeout!r:.40}. For no limit, give httpx.Timeout(None)."
            )
        half = timeout / 2
        return cls(dict[str, float | None](connect=min(half, 5.0), read=timeout, write=timeout, pool=half), timeout)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def checked_url(name: str, address: AnyURL, plain_http_hosts: Any) -> httpx.URL:
    """The address of a server, to which a secret may go.

    Raises:
        UsageError: It is no http or https address with a host that can be one, or it is plain http to another host.
    """
    if isinstance(plain_http_hosts, str) or not isinstance(plain_http_hosts, Collection):
        found = "a string" if isinstance(plain_http_hosts, str) else type(plain_http_hosts).__name__
        raise UsageError(f"plain_http_hosts: expected several hosts, found {found}. Write [{plain_http_hosts!r}].")
    try:
        url = httpx.URL(address)
        host, _ = url.raw_host.decode(), url.host  # which decodes it
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise UsageError(f"{name}: expected an address such as https://acme.example.com, found {error}.") from None
    is_host = ":" in host or (len(host) <= 253 and re.fullmatch(r"([\w-]{1,63}\.)*[\w-]{1,63}\.?", host, re.ASCII))
    is_plain = not url.userinfo and set("?#").isdisjoint(str(address)) and (url.port is None or 0 < url.port < 65536)
    if url.scheme not in ("http", "https") or not is_host or not is_plain:
        raise UsageError(
            f"{name}: expected http or https, a host and a path, such as https://acme.example.com/pod, without user, "
            f"query and fragment; found scheme {url.scheme!r}, host {host[:80]!r} and port {url.port}."
        )
    if url.scheme == "http" and not is_loopback(url.host) and url.host not in plain_http_hosts:
        raise UsageError(
            f"{name}: the session token would go to {url.host} over plain http, for everyone on the way to read. "
            f"Use https, or allow it by name: plain_http_hosts=[{url.host!r}]."
        )
    return url


class Settings(NamedTuple):
    """What a client adds to every request, checked.

    `urls` holds the absolute address of each operation without arguments.
    """

    url: httpx.URL
    plain_http_hosts: Collection[str]
    limits: Limits
    retries: Retries
    headers: httpx.Headers
    urls: dict[str, httpx.URL]

    @classmethod
    def first(cls, address: AnyURL, plain_http_hosts: Collection[str], http_client: Any) -> Self:
        """The settings of a new client, with the headers and the time-out of the application's own httpx client."""
        url = checked_url("base_url", address, plain_http_hosts)
        headers = {"Host": url.netloc.decode("ascii"), "Accept": "application/json"}
        headers |= {"Accept-Encoding": "gzip, deflate", "User-Agent": _USER_AGENT}
        settings = cls(url, plain_http_hosts, Limits.of(30.0), Retries(), httpx.Headers(headers), {})
        if http_client is not None:
            found = {name: text for name, text in http_client.headers.items() if name not in _HTTPX_HEADERS}
            if found.get("user-agent", "").startswith("python-httpx/"):
                del found["user-agent"]
            settings = settings.adapted({"headers": found})
            if http_client.timeout != httpx.Timeout(5.0):  # which is httpx's default, and so nobody's choice
                settings = settings.adapted({"timeout": http_client.timeout})
        return settings

    def adapted(self, changes: CallOptions, *, single_call: bool = False) -> Self:
        """The same settings, except for those given; headers each in place of one of the same name."""
        if unknown := changes.keys() - CallOptions.__annotations__.keys():
            raise TypeError(f"unexpected options: {', '.join(sorted(unknown))}")
        limits = Limits.of(changes["timeout"]) if "timeout" in changes else self.limits
        retries = changes.get("retries")
        if type(retries) is int and retries >= 0:
            retries = Retries(limit=retries)
        if not isinstance(retries, Retries | None):
            raise UsageError(f"retries: expected a number from 0, or a Retries, found {retries!r}.")
        if retries is not None and retries.repeat_unsafe and not single_call:
            raise UsageError("retries: repeat_unsafe can be set for a single call only, of an operation that bears it.")
        headers = self.headers.copy()
        headers.update(checked_headers(changes.get("headers") or {}))
        return self._replace(limits=limits, retries=retries or self.retries, headers=headers)

    def at(self, name: str, address: str) -> Self:
        """The same settings for another server, whose address has a name in errors.

        Raises:
            UsageError: No session token may go there.
        """
        url = checked_url(name, address, self.plain_http_hosts)
        headers = self.headers.copy()
        headers["Host"] = url.netloc.decode("ascii")
        return self._replace(url=url, headers=headers, urls={})

    def absolute(self, path: str) -> httpx.URL:
        """The absolute address of a path with its query.

        Raises:
            UsageError: It is no legal address, such as one that is too long.
        """
        try:
            return self.urls.get(path) or httpx.URL(str(self.url).rstrip("/") + path)
        except httpx.InvalidURL as error:
            raise UsageError(f"{error}, with the arguments given.") from None
