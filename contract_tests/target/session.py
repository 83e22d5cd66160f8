"""The sessions of the cast: each role logs in at its own pod, by RSA key or by certificate."""

import asyncio
import email.utils
import ssl
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt

from .target import Target
from .throttling import MOST_THROTTLED, MOST_WAIT, wait_before

LOGIN_SECONDS = 120  # how far ahead a login's JWT expires; a pod allows 300 and clocks differ


class SessionError(Exception):
    """No session could be had: what was tried, what came, and what to do."""


class Sessions:
    """The session tokens of the cast. A role logs in when its token is first needed.

    Args:
        target: Says how each role comes to a session.
        client: The client that sends the login requests of a role now.

    Attributes:
        on_session: Called before each ``log-in`` and ``log-out``, with the role.
    """

    def __init__(self, target: Target, client: Callable[[str], httpx.AsyncClient]) -> None:
        self._target = target
        self._client = client
        self._tokens = {role: user.token for role, user in target.users.items() if user.token}
        self.on_session: Callable[[str, str], None] = lambda *_: None
        self._renewing = asyncio.Lock()

    def known_tokens(self) -> list[str]:
        """Every token there is by now."""
        return list(self._tokens.values())

    def can_log_in(self, role: str) -> bool:
        """Whether a role can come to a new session, and not only to the one that was given."""
        return self._target.can_log_in(role)

    async def token(self, role: str) -> str:
        """The token of a role.

        Raises:
            SessionError: The login failed.
        """
        if role not in self._tokens:
            self._tokens[role] = await self.log_in(role)
        return self._tokens[role]

    async def renew(self, role: str, refused: str) -> bool:
        """Log a role in anew and use that session from now on.

        Args:
            role: Whose session the pod refused.
            refused: The token that it refused. Where it is not in use any more, the session was
                renewed meanwhile, and is left as it is.

        Returns:
            Whether there was a login.

        Raises:
            SessionError: The login failed.
        """
        async with self._renewing:
            if self._tokens.get(role) != refused:
                return False
            self._tokens[role] = await self.log_in(role)
            return True

    async def log_in(self, role: str) -> str:
        """Log a role in, by RSA key or by certificate, and leave the session in use as it is.

        Raises:
            SessionError: The login failed.
        """
        self.on_session("log-in", role)
        user = self._target.users[role]
        if user.private_key:
            claims = {"sub": user.username, "exp": int(time.time()) + LOGIN_SECONDS}
            try:
                signed = jwt.encode(claims, user.private_key, algorithm="RS512")
            except (jwt.PyJWTError, ValueError, TypeError):
                raise SessionError(
                    f"POD_{role.upper()}_PRIVATE_KEY: expected an RSA key as PEM (PKCS#1 or PKCS#8, without a "
                    "passphrase); the value (not shown) is none."
                ) from None
            url, body = f"{self._target.pod_of(role).login_url}/pubkey/authenticate", {"token": signed}
        else:
            url, body = f"{self._target.pod_of(role).sessionauth_url}/v1/authenticate", {}
        try:
            response = await self._post(role, url, json=body)
        except httpx.HTTPError as error:
            raise SessionError(f"the {role}'s login: no answer from {url}: {type(error).__name__}: {error}") from None
        return _token_in(response, role, url)

    async def _post(self, role: str, url: str, **content: Any) -> httpx.Response:
        """Send a request that may be sent twice: again where the pod throttles it, once more where it is dropped.

        Raises:
            httpx.HTTPError: No whole answer came in time.
        """
        waited, dropped = 0.0, False
        for attempt in range(MOST_THROTTLED):
            try:
                async with asyncio.timeout(self._target.timeout):
                    response = await self._client(role).post(url, **content)
            except TimeoutError:
                raise httpx.ReadTimeout(f"no whole answer within {self._target.timeout:g} s") from None
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if dropped:
                    raise
                dropped = True
                continue
            wait = wait_before(response.status_code, response.headers.get("retry-after"), attempt)
            waited += wait or 0.0
            if wait is None or waited > MOST_WAIT:
                break
            await asyncio.sleep(wait)
        return response

    async def log_out(self, role: str, token: str) -> bool:
        """End a session of a role.

        Returns:
            Whether the pod says that it ended the session.
        """
        self.on_session("log-out", role)
        url = f"{self._target.pod_of(role).sessionauth_url}/v1/logout"
        try:
            response = await self._post(role, url, headers={"sessionToken": token})
        except httpx.HTTPError:
            return False
        return response.status_code == httpx.codes.OK


def _token_in(response: httpx.Response, role: str, url: str) -> str:
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise SessionError(f"the {role}'s login: {url} throttles it (429), however often it is sent.")
    if response.status_code != httpx.codes.OK:
        raise SessionError(
            f"the {role}'s login: expected 200 from {url}, found {response.status_code}.{_clock_skew(response)} "
            "Check the username, the key or certificate, and that the pod knows its public part."
        )
    try:
        token = response.json()["token"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token:
        raise SessionError(f"the {role}'s login: expected a token in the answer of {url}, and there is none.")
    return token


def _clock_skew(response: httpx.Response) -> str:
    try:
        theirs = email.utils.parsedate_to_datetime(response.headers.get("date", ""))
        skew = time.time() - theirs.timestamp()
    except (ValueError, OverflowError):
        return ""  # no date, or none that can be read
    if abs(skew) < LOGIN_SECONDS / 2:
        return ""
    direction = "ahead of" if skew > 0 else "behind"
    return f" This machine's clock is {abs(skew):.0f} s {direction} the pod's: a clock skew, which makes logins fail."


def tls_context(target: Target, role: str = "caller") -> ssl.SSLContext:
    """The TLS settings of a role: the usual authorities and the CA bundle, and the certificate that it shows.

    Raises:
        SessionError: A file is not the PEM file that it should be.
    """
    context = ssl.create_default_context()
    if target.ca_bundle:
        try:
            context.load_verify_locations(target.ca_bundle)
        except (ssl.SSLError, OSError) as error:
            raise SessionError(
                f"POD_CA_BUNDLE: expected a PEM file with certificates, and {target.ca_bundle} is none: {error}"
            ) from None
    certificate = target.certificate_of(role)
    if certificate:
        own = certificate != target.certificate
        names = f"POD_{role.upper()}_CLIENT_CERT, …_KEY" if own else "POD_CLIENT_CERT, POD_CLIENT_KEY"
        try:
            context.load_cert_chain(certificate.path, certificate.key, password="")
        except (ssl.SSLError, OSError) as error:
            raise SessionError(
                f"{names}: expected PEM files with a certificate and its key, without a passphrase: {error}"
            ) from None
    return context
