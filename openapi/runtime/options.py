"""What can be set for a client and for a call, and what a call gives back."""

import ssl
from collections.abc import Callable, Collection, Mapping
from math import inf
from os import PathLike
from typing import Any, Generic, TypedDict, TypeVar

from attrs import field, frozen

from ._http import httpx
from .errors import UsageError

T = TypeVar("T")


@frozen(kw_only=True, repr=False)
class Response(Generic[T]):
    """An answer with everything that came: the body decompressed, and `parsed`, what the operation returns."""

    status: int
    headers: httpx.Headers
    body: bytes
    parsed: T

    def __repr__(self) -> str:
        return f"Response(status={self.status}, parsed={self.parsed!r})"


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
        http2: Whether HTTP/2 is spoken. It is not by default, and needs `httpx[http2]`.
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
