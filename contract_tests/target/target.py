"""The target as values: the addresses of its pods, the users of the cast, and what may be done to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

ROLES = ("caller", "requester", "bystander", "colleague", "stranger", "unentitled", "isolated", "unknown")
ROLES_WITH_SESSION = ("caller", "requester", "bystander", "unentitled")
DEFAULT_TIMEOUT = 10.0
DEFAULT_RATE = 20.0
DEFAULT_SETTLE = 10.0
SHORTEST_SECRET = 4  # characters of a proxy's password; a shorter one cannot be kept out of the output


class TargetError(Exception):
    """The target is described wrongly. The message says what was expected, what came, where, and what to do."""


class Certificate(NamedTuple):
    """A client certificate.

    Attributes:
        path: A PEM file with the certificate.
        key: A PEM file with its key; None where the certificate's file holds it.
    """

    path: Path
    key: Path | None = None


@dataclass(frozen=True)
class PodAddress:
    """The addresses of one pod.

    Attributes:
        url: The base address with its context path, without a slash at the end.
        login_url: The base address of the RSA login, ``…/login``.
        sessionauth_url: The base address of the certificate login, ``…/sessionauth``.
    """

    url: str
    login_url: str
    sessionauth_url: str


@dataclass(frozen=True)
class User:
    """One user of the cast.

    Attributes:
        role: One of ``ROLES``.
        user_id: Between 1 and 2**63 - 1.
        token: A session token, where one was given.
        username: For a login by RSA key.
        private_key: The PEM text, for a login by RSA key.
        certificate: The user's own client certificate, for a login by certificate.
    """

    role: str
    user_id: int
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    private_key: str | None = field(default=None, repr=False)
    certificate: Certificate | None = None


@dataclass(frozen=True)
class Target:
    """The pods under test and what may be done to them.

    Attributes:
        url: The base address of the caller's pod.
        login_url: The base address of its RSA login.
        sessionauth_url: The base address of its certificate login.
        pods: The pod of each role whose session is at other addresses than the caller's.
        ca_bundle: A PEM file of authorities to trust besides the usual ones.
        certificate: The client certificate that is shown at every address. The caller can log in by it.
        proxy: The address of an HTTP proxy, credentials included.
        allow_writes: Whether the suite may change connections between the users named here.
        timeout: Seconds within which an answer has to be there, whole.
        rate: Requests a second at the most, to each address; None for no limit.
        settle: Seconds within which a change at one pod has to be read at every pod; 0: at once.
        users: The cast, by role. A role that was not named is absent.
        waiting: Ids of users whose requests are waiting for the caller and may be answered, once each.
    """

    url: str
    login_url: str
    sessionauth_url: str
    pods: Mapping[str, PodAddress] = field(default_factory=dict)
    ca_bundle: Path | None = None
    certificate: Certificate | None = None
    proxy: str | None = field(default=None, repr=False)
    allow_writes: bool = False
    timeout: float = DEFAULT_TIMEOUT
    rate: float | None = None
    settle: float = 0.0
    users: Mapping[str, User] = field(default_factory=dict)
    waiting: tuple[int, ...] = ()

    def pod_of(self, role: str) -> PodAddress:
        """The pod at which a role has its session."""
        return self.pods.get(role) or PodAddress(self.url, self.login_url, self.sessionauth_url)

    @property
    def urls(self) -> tuple[str, ...]:
        """The base address of every pod, each once, the caller's first."""
        return tuple(dict.fromkeys([self.url, *(pod.url for pod in self.pods.values())]))

    @property
    def user_ids(self) -> set[int]:
        """The ids of everybody whom a request may name."""
        return {*(user.user_id for user in self.users.values()), *self.waiting}

    def certificate_of(self, role: str) -> Certificate | None:
        """The client certificate that is shown with a role's requests: its own, else the one for all."""
        user = self.users.get(role)
        return (user and user.certificate) or self.certificate

    def has_session(self, role: str) -> bool:
        """Whether there is a way to a session for a role: a token, an RSA key or a certificate."""
        user = self.users.get(role)
        return user is not None and (user.token is not None or self.can_log_in(role))

    def can_log_in(self, role: str) -> bool:
        """Whether a role can come to a new session, and not only to the one that was given."""
        user = self.users.get(role)
        if user is None:
            return False
        if user.private_key:
            return True
        # The certificate for all names one user, and that is the caller.
        own = user.certificate or (self.certificate if role == "caller" else None)
        return user.token is None and own is not None

    def secrets(self) -> list[str]:
        """Everything that must not be seen in any output; none of it is shorter than ``SHORTEST_SECRET``."""
        found = [value for user in self.users.values() for value in (user.token, user.private_key) if value]
        proxy_password = urlsplit(self.proxy).password if self.proxy else None
        proxy_passwords = [proxy_password, unquote(proxy_password)] if proxy_password else []
        return [*found, *proxy_passwords, *self._certificate_keys]

    @cached_property
    def _certificate_keys(self) -> list[str]:
        certificates = [self.certificate, *(user.certificate for user in self.users.values())]
        files = dict.fromkeys(path for certificate in certificates if certificate for path in certificate if path)
        texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
        return [text for text in texts if "PRIVATE KEY" in text]
