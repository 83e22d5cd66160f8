"""What a client adds to every request, checked."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import NamedTuple

from . import __version__
from ._http import httpx
from .arguments import checked_headers
from .errors import UsageError
from .options import CallOptions, Retries

_USER_AGENT = f"symphony-pod-client/{__version__} {httpx.__name__}/{httpx.__version__}"
_LONGEST = 1_000_000  # what every system can wait for at once
_HTTPX_HEADERS = {"accept", "accept-encoding", "connection"}


class Limits(NamedTuple):
    """How long one attempt may take, in seconds: httpx's limits by phase, and from connecting to the last byte."""

    phases: dict[str, float | None]
    whole: float

    @classmethod
    def of(cls, timeout: float | httpx.Timeout) -> Limits:
        """Read what a caller gave."""
        if isinstance(timeout, httpx.Timeout):
            return cls(timeout.as_dict(), math.inf)
        if type(timeout) not in (int, float) or not 0 < timeout <= _LONGEST:
            raise UsageError(
                f"timeout: expected a number of seconds above 0, {_LONGEST:,} at most, or an httpx.Timeout, found "
                f"{timeout!r:.40}. For no limit, give httpx.Timeout(None)."
            )
        half = timeout / 2
        return cls(dict[str, float | None](connect=min(half, 5.0), read=timeout, write=timeout, pool=half), timeout)


def checked_retries(retries: int | Retries) -> Retries:
    """Read what a caller gave."""
    if isinstance(retries, Retries):
        return retries
    if type(retries) is not int or retries < 0:
        raise UsageError(f"retries: expected a number from 0, or a Retries, found {retries!r}.")
    return Retries(limit=retries)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def checked_url(name: str, address: str | httpx.URL, plain_http_hosts: Collection[str]) -> httpx.URL:
    """The address of a server, to which a secret may go.

    Raises:
        UsageError: It is no http or https address with a host that can be one, or it is plain http to another host.
    """
    if isinstance(plain_http_hosts, str):
        raise UsageError(f"plain_http_hosts: expected several hosts, found a string. Write [{plain_http_hosts!r}].")
    try:
        url = httpx.URL(address)
        host, _ = url.raw_host.decode(), url.host  # which decodes it
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise UsageError(f"{name}: expected an address such as https://acme.example.com, found {error}.") from None
    if url.scheme not in ("http", "https") or not host or url.userinfo or set("?#") & set(str(address)):
        raise UsageError(
            f"{name}: expected http or https, a host and a path, such as https://acme.example.com/pod, without "
            f"user, query and fragment; found scheme {url.scheme!r} and host {url.host!r}."
        )
    is_name = len(host) <= 253 and re.fullmatch(r"([0-9A-Za-z_-]{1,63}\.)*[0-9A-Za-z_-]{1,63}\.?", host)
    if not (is_name or ":" in host) or not 0 < (1 if url.port is None else url.port) < 65536:
        raise UsageError(f"{name}: {host[:80]!r} with port {url.port} cannot be the address of a host.")
    if url.scheme == "http" and not is_loopback(url.host) and url.host not in plain_http_hosts:
        raise UsageError(
            f"{name}: the session token would go to {url.host} over plain http, for everyone on the way to read. "
            f"Use https, or allow it by name: plain_http_hosts=[{url.host!r}]."
        )
    return url


class Settings(NamedTuple):
    """What a client adds to every request; `urls` holds the absolute address of each operation without arguments."""

    url: httpx.URL
    limits: Limits
    retries: Retries
    headers: httpx.Headers
    urls: dict[str, httpx.URL]

    @classmethod
    def first(cls, url: httpx.URL, http_client: httpx.Client | httpx.AsyncClient | None) -> Settings:
        """The settings of a new client, with the headers and the time-out of the application's own httpx client."""
        headers = {"Host": url.netloc.decode("ascii"), "Accept": "application/json"}
        headers |= {"Accept-Encoding": "gzip, deflate", "User-Agent": _USER_AGENT}
        settings = cls(url, Limits.of(30.0), Retries(), httpx.Headers(headers), {})
        if http_client is not None:
            found = {name: text for name, text in http_client.headers.items() if name not in _HTTPX_HEADERS}
            if found.get("user-agent", "").startswith("python-httpx/"):
                del found["user-agent"]
            settings = settings.adapted({"headers": found})
            if http_client.timeout != httpx.Timeout(5.0):  # which is httpx's default, and so nobody's choice
                settings = settings.adapted({"timeout": http_client.timeout})
        return settings

    def adapted(self, changes: CallOptions, *, single_call: bool = False) -> Settings:
        """The same settings, except for those given; headers each in place of one of the same name."""
        if unknown := changes.keys() - CallOptions.__annotations__.keys():
            raise TypeError(f"unexpected options: {', '.join(sorted(unknown))}")
        limits = Limits.of(changes["timeout"]) if "timeout" in changes else self.limits
        given = changes.get("retries")
        retries = self.retries if given is None else checked_retries(given)
        if retries.repeat_unsafe and given is not None and not single_call:
            raise UsageError("retries: repeat_unsafe can be set for a single call only, of an operation that bears it.")
        headers = self.headers.copy()
        headers.update(checked_headers(changes.get("headers") or {}))
        return self._replace(limits=limits, retries=retries, headers=headers)

    def at(self, url: httpx.URL) -> Settings:
        """The same settings for another server."""
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
