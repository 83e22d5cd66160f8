"""Logging in and out. No page describes the logins: this follows what Symphony's public SDKs send."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from os import PathLike
from pathlib import Path
from time import time
from typing import NamedTuple, Protocol, TypeVar, cast

from ._http import httpx
from .answers import json_result, no_result, seconds_until
from .arguments import Parameter
from .call import Operation
from .errors import DecodeError, StatusError, UnauthorizedError, UsageError
from .model import refuse, string

T_co = TypeVar("T_co", covariant=True)
_LIFETIME = 180
"""Seconds that a signed request to log in is good for; a pod takes 300 at most, and clocks differ."""


def _token(value: object) -> str:
    members = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    return string(members["token"]) if "token" in members else refuse("an object with a token", members or None)


_JWT = Parameter("body", "token", "token", string, required=True)
_BEGUN = ((200, 200, json_result(_token)),)
_RSA = Operation("rsa_login", "POST", "/pubkey/authenticate", (_JWT,), _BEGUN, secured=False, secret=True)
_CERTIFICATE = Operation("certificate_login", "POST", "/v1/authenticate", (), _BEGUN, secured=False, secret=True)
_ENDED = ((200, 299, no_result), (401, 401, no_result))  # 401: it was over already
LOGOUT = Operation[None]("logout", "POST", "/v1/logout", results=_ENDED, secret=True)


class _Client(Protocol[T_co]):
    def log_in(self, login: PodLogin) -> T_co: ...


class PodLogin(NamedTuple):
    """A way to log in, to be given as `session_token`; made by `rsa_login` or `certificate_login`.

    Called with a client, it logs in over the connections of that client, and returns the session token, or for an
    async client something to await.
    """

    operation: Operation[str]
    arguments: Callable[[], Mapping[str, str]]  # signs what is sent, which may take a while
    address: Callable[[httpx.URL], str]  # where to log in, for the pod at an address
    logout_url: str | None
    advice: str

    def __call__(self, client: _Client[T_co]) -> T_co:
        """Log in over the connections of a client."""
        return client.log_in(self)

    @contextmanager
    def explained(self, address: str) -> Generator[None]:
        """Add to the error of a login at an address what may be done about it."""
        try:
            yield
        except (StatusError, DecodeError) as error:
            said = f"Nothing logs in at {address}, or not in this way. Is the login at another host? Name its address."
            if isinstance(error, UnauthorizedError):
                said = f"{self.advice}{_skew(error)}"
            error.args = (f"{error} {said}",)
            raise


def _skew(error: StatusError) -> str:
    behind = seconds_until(error.headers.get("Date", "")) or 0.0
    if abs(behind) < 60:
        return ""
    return f" The clock of this machine is {abs(behind):.0f} s {'behind' if behind > 0 else 'ahead of'} the pod's."


def rsa_login(
    username: str,
    private_key: str | bytes | PathLike[str],
    *,
    password: str | bytes | None = None,
    login_url: str | None = None,
    sessionauth_url: str | None = None,
) -> PodLogin:
    """Log in with an RSA key, whose public key the pod holds for the user. It needs the extra `login`.

    No page describes this login. It is done as Symphony's public SDKs do it.

    Args:
        username: The user's name.
        private_key: The key in PEM, PKCS#1 or PKCS#8, as text or bytes; or the path of a file with it.
        password: The password of the key, if it has one.
        login_url: The address of the login; by default `/login` beside the pod, on the same host.
        sessionauth_url: Where the session ends, for `logout`; the default is that of `certificate_login`.

    Raises:
        UsageError: The key cannot be read, or is no private RSA key, or a package is missing.
    """
    try:
        jwt = import_module("jwt")
        serialization = import_module("cryptography.hazmat.primitives.serialization")
        rsa = import_module("cryptography.hazmat.primitives.asymmetric.rsa")
    except ImportError as error:
        raise UsageError("rsa_login: it needs the extra `login`, which is PyJWT and cryptography.") from error
    if type(username) is not str or not username:
        raise UsageError(f"username: expected a name, found {username!r}.")
    secret = password.encode() if isinstance(password, str) else password
    try:
        key = serialization.load_pem_private_key(_pem(private_key), secret)
    except (ValueError, TypeError) as error:
        raise UsageError(f"private_key: expected a private RSA key in PEM, and its password: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UsageError(f"private_key: expected an RSA key, found {type(key).__name__}.")

    def arguments() -> Mapping[str, str]:
        return {"token": jwt.encode({"sub": username, "exp": int(time()) + _LIFETIME}, key, algorithm="RS512")}

    advice = f"The pod did not accept {username!r} with this key: it may hold another public key for the user, or none."

    def address(pod: httpx.URL) -> str:
        return login_url or str(pod.copy_with(raw_path=b"/login"))

    return PodLogin(_RSA, arguments, address, sessionauth_url, advice)


def _pem(key: str | bytes | PathLike[str]) -> bytes:
    if isinstance(key, str) and "-----BEGIN" in key:
        return key.encode()
    try:
        return key if isinstance(key, bytes) else Path(key).read_bytes()
    except (OSError, TypeError, ValueError) as error:
        # A text that is neither PEM nor a path may be the key all the same: it is not shown.
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise UsageError(f"private_key: expected PEM, or the path of a file that can be read: {why}.") from None


def certificate_login(*, sessionauth_url: str | None = None) -> PodLogin:
    """Log in with the client's certificate, which names the user; see the option `cert`.

    No page describes this login. It is done as Symphony's public SDKs do it.

    Args:
        sessionauth_url: The address of the login; by default `/sessionauth` beside the pod, and for
            `https://NAME.symphony.com` at `https://NAME-api.symphony.com`.
    """
    advice = "The pod did not accept the certificate: it may be of no user, or no longer valid."

    def address(pod: httpx.URL) -> str:
        return sessionauth_url or sessionauth(pod)

    return PodLogin(_CERTIFICATE, dict[str, str], address, sessionauth_url, advice)


def sessionauth(pod: httpx.URL) -> str:
    """Where sessions begin by certificate, and end, for the pod at this address."""
    name, _, domain = pod.host.partition(".")
    if pod.scheme == "https" and domain == "symphony.com" and not name.endswith("-api"):
        pod = pod.copy_with(host=f"{name}-api.symphony.com")
    return str(pod.copy_with(raw_path=b"/sessionauth"))
