"""Which pod, which users, and what may be done to it: environment over file over default."""

import difflib
import ipaddress
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..contract.description import MAX_INT64
from ..contract.disclosure import SHORTEST_TOKEN

ROLES = ("caller", "requester", "bystander", "colleague", "stranger", "unentitled", "isolated", "unknown")
ROLES_WITH_SESSION = ("caller", "requester", "bystander", "unentitled")
DEFAULT_TIMEOUT = 10.0
DEFAULT_RATE = 20.0
SHORTEST_SECRET = 4  # characters of a proxy's password; less cannot be kept out of the output
MOST_PATH = 255  # characters of a path; what is longer may well be a key
NEAR = 0.85  # how like a setting's name an unknown one must be to be taken for it

_POD_KEYS = (
    "url",
    "login_url",
    "sessionauth_url",
    "ca_bundle",
    "client_cert",
    "client_key",
    "proxy",
    "allow_writes",
    "timeout",
    "rate",
)
_USER_KEYS = ("user_id", "token", "username", "private_key")
_SECRET_KEYS = ("token", "private_key")


class TargetError(Exception):
    """The target is described wrongly: what was expected, what came, where, and what to do."""


@dataclass(frozen=True)
class User:
    """One of the cast.

    Attributes:
        role: One of ``ROLES``.
        user_id: Between 1 and 2**63 - 1.
        token: A session token, where one was given.
        username: For a login by RSA key.
        private_key: The PEM text, for a login by RSA key.
    """

    role: str
    user_id: int
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    private_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Target:
    """The pod under test and what may be done to it.

    Attributes:
        url: The pod's base address with its context path, without a slash at the end.
        login_url: The base address of the RSA login, ``…/login``.
        sessionauth_url: The base address of the certificate login, ``…/sessionauth``.
        ca_bundle: A PEM file of authorities to trust besides the usual ones.
        client_cert: A PEM file with the client certificate.
        client_key: A PEM file with its key; None where the certificate's file holds it.
        proxy: The address of an HTTP proxy, credentials included.
        allow_writes: Whether the suite may change connections between the users named here.
        timeout: Seconds within which an answer has to be there, whole.
        rate: Requests a second at the most; None for no limit.
        users: The cast, by role; whoever was not named is absent.
    """

    url: str
    login_url: str
    sessionauth_url: str
    ca_bundle: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    proxy: str | None = field(default=None, repr=False)
    allow_writes: bool = False
    timeout: float = DEFAULT_TIMEOUT
    rate: float | None = None
    users: Mapping[str, User] = field(default_factory=dict)

    def has_session(self, role: str) -> bool:
        """Whether there is a way to a session for a role: a token, an RSA key or a certificate."""
        user = self.users.get(role)
        if user is None:
            return False
        return bool(user.token or user.private_key) or (role == "caller" and self.client_cert is not None)

    def can_log_in(self, role: str) -> bool:
        """Whether a role can come to a new session, and not only to the one that was given."""
        user = self.users.get(role)
        if user is None:
            return False
        return bool(user.private_key) or (role == "caller" and user.token is None and self.client_cert is not None)

    def secrets(self) -> list[str]:
        """Everything that must not be seen in any output; none of it is shorter than ``SHORTEST_SECRET``."""
        found = [value for user in self.users.values() for value in (user.token, user.private_key) if value]
        proxy_password = urlsplit(self.proxy).password if self.proxy else None
        proxy_passwords = [proxy_password, unquote(proxy_password)] if proxy_password else []
        return [*found, *proxy_passwords, *self._client_keys]

    @cached_property
    def _client_keys(self) -> list[str]:
        files = [path for path in (self.client_cert, self.client_key) if path]
        texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
        return [text for text in texts if "PRIVATE KEY" in text]


def is_loopback(url: str) -> bool:
    """Whether an address names this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_target(environment: Mapping[str, str], file: Path | None = None) -> Target | None:
    """Read the target from the environment and, beneath it, a TOML file.

    A variable whose name is nearly a setting's gets a warning on standard error, and is left alone:
    other programs have ``POD_`` variables too, such as Kubernetes' ``POD_NAME``.

    Args:
        environment: The variables of the suite's interface, ``POD_URL`` and the rest; others are left alone.
        file: Tables ``[pod]``, ``[caller]``, ``[requester]``, … with the same settings in lower case,
            such as ``url`` for ``POD_URL`` and ``[caller] user_id`` for ``POD_CALLER_USER_ID``.

    Returns:
        None where neither names a pod.

    Raises:
        TargetError: A setting is unknown, malformed, contradictory or missing.
    """
    settings = _from_file(file, environment) if file else {}
    settings |= _from_environment(environment)
    for name, meant in _nearly_settings(environment).items():
        print(f"contract: {name} is no setting, and is left alone. Is {meant} meant?", file=sys.stderr)
    if "POD_URL" not in settings:
        if orphans := sorted(name for name in settings if _role_of(name)):
            raise TargetError(
                f"{', '.join(orphans)}: set, but POD_URL is not. Without POD_URL the emulated pod is checked, which "
                "has users of its own. Set POD_URL to the pod's base address, or unset these."
            )
        if file is not None:
            raise TargetError(f"{file}: expected [pod] url, the pod's base address.")
        return None
    url = _url(settings, "POD_URL")
    beside = url[: -len(urlsplit(url).path)] if urlsplit(url).path else url
    login_url = _url(settings, "POD_LOGIN_URL", default=f"{beside}/login")
    sessionauth_url = _url(settings, "POD_SESSIONAUTH_URL", default=f"{beside}/sessionauth")
    rate = _number(settings, "POD_RATE")
    client_cert = _file(settings, "POD_CLIENT_CERT")
    client_key = _file(settings, "POD_CLIENT_KEY")
    if client_key and not client_cert:
        raise TargetError("POD_CLIENT_KEY: set, but POD_CLIENT_CERT, the certificate that it belongs to, is not.")
    return Target(
        url=url,
        login_url=login_url,
        sessionauth_url=sessionauth_url,
        ca_bundle=_file(settings, "POD_CA_BUNDLE"),
        client_cert=client_cert,
        client_key=client_key,
        proxy=_proxy(settings),
        allow_writes=_flag(settings, "POD_ALLOW_WRITES"),
        timeout=_number(settings, "POD_TIMEOUT") or DEFAULT_TIMEOUT,
        rate=rate if rate or is_loopback(url) else DEFAULT_RATE,
        users=_users(settings),
    )


def _role_of(name: str) -> str | None:
    for role in ROLES:
        if name.startswith(f"POD_{role.upper()}_"):
            return role
    return None


def _names(table: str) -> dict[str, str]:
    """The settings of a table, ``pod`` or a role, and the variable of each."""
    if table == "pod":
        return {key: f"POD_{key.upper()}" for key in _POD_KEYS}
    allowed = _USER_KEYS if table in ROLES_WITH_SESSION else ("user_id",)
    return {key: f"POD_{table.upper()}_{key.upper()}" for key in allowed}


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in environment.items():
        table = _role_of(name) or "pod"
        known = name in _names(table).values()
        if not known and table != "pod":
            there_are = ", ".join(_names(table).values())
            raise TargetError(f"{name}: no such setting. For the {table} there are: {there_are}.")
        if known and value.strip():
            found[name] = value.strip()
    return found


def _nearly_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose names are nearly a setting's, and that setting's."""
    known = [name for table in ("pod", *ROLES) for name in _names(table).values()]
    near = {
        name: difflib.get_close_matches(name, known, n=1, cutoff=NEAR)
        for name in environment
        if name.startswith("POD_") and name not in known
    }
    return {name: matches[0] for name, matches in sorted(near.items()) if matches}


def _from_file(file: Path, environment: Mapping[str, str]) -> dict[str, str]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TargetError(f"{file}: cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"{file}: not TOML: {error}.") from None
    found = {}
    for table, entries in tables.items():
        if table != "pod" and table not in ROLES:
            raise TargetError(
                f"{file}: no such table: [{table}]. There are: [pod], {', '.join(f'[{r}]' for r in ROLES)}."
            )
        if not isinstance(entries, dict):
            raise TargetError(f"{file}: {table}: expected a table [{table}].")
        allowed = _names(table)
        for key, value in entries.items():
            where = f"{file}: [{table}] {key}"
            if key not in allowed:
                raise TargetError(f"{where}: no such setting. There are: {', '.join(allowed)}.")
            secret = key in _SECRET_KEYS or (key == "proxy" and "@" in str(value))
            found[allowed[key]] = _file_value(value, where, secret, environment, file.parent)
    return found


def _file_value(value: Any, where: str, secret: bool, environment: Mapping[str, str], folder: Path) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    text = str(value)
    if text.startswith("env:"):
        if not environment.get(text[4:]):
            raise TargetError(f"{where}: the environment variable {text[4:]} is not set.")
        return environment[text[4:]]
    if text.startswith("file:"):
        path = folder / text[5:]
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise TargetError(f"{where}: {path} cannot be read as text.") from None
    if secret:
        raise TargetError(f'{where}: a secret does not stand in a file. Write "env:NAME" or "file:PATH".')
    return text


def _url(settings: Mapping[str, str], name: str, default: str | None = None) -> str:
    url = settings.get(name, default or "").rstrip("/")
    if not _is_address(url) or any(mark in url for mark in "@?#"):
        shown = repr(url) if "@" not in url else "an address with credentials (not shown)"
        raise TargetError(f"{name}: expected an address such as https://host.example.com/pod, found {shown}.")
    if urlsplit(url).scheme == "http" and not is_loopback(url):
        raise TargetError(
            f"{name}: {url} is plain http to another machine, which would show every session token on the way. "
            "Use https."
        )
    return url


def _is_address(url: str) -> bool:
    """Whether requests can be sent to an address: http or https, and a host and a port that there can be."""
    import httpx  # here, so that the commands that need no target are quick without it

    try:
        parts = urlsplit(url)
        # What the client takes, and then the machine's resolver.
        host = httpx.URL(url).raw_host.decode("ascii").encode("idna")
        port = parts.port is None or parts.port > 0
        return parts.scheme in ("http", "https") and bool(host) and port and not re.search(r"\s", url)
    except (ValueError, httpx.InvalidURL):
        return False


def _proxy(settings: Mapping[str, str]) -> str | None:
    proxy = settings.get("POD_PROXY")
    if proxy is None:
        return None
    if not _is_address(proxy):
        raise TargetError(
            "POD_PROXY: expected an address such as http://user:password@proxy.example.com:3128; "
            "the value (not shown) is none."
        )
    password = urlsplit(proxy).password
    if password and len(unquote(password)) < SHORTEST_SECRET:
        raise TargetError(
            f"POD_PROXY: expected a password of {SHORTEST_SECRET} characters at least: a shorter one cannot be told "
            "from other text, and so cannot be kept out of the results."
        )
    return proxy


def _flag(settings: Mapping[str, str], name: str) -> bool:
    value = settings.get(name, "0").lower()
    if value not in ("1", "true", "yes", "0", "false", "no"):
        raise TargetError(f"{name}: expected 1 or 0, found {value!r}.")
    return value in ("1", "true", "yes")


def _number(settings: Mapping[str, str], name: str) -> float | None:
    if name not in settings:
        return None
    try:
        value = float(settings[name])
    except ValueError:
        value = -1
    if not 0 < value < 1e6:
        raise TargetError(f"{name}: expected a number above 0, found {settings[name]!r}.")
    return value


def _file(settings: Mapping[str, str], name: str) -> Path | None:
    if name not in settings:
        return None
    given = settings[name]
    if "-----BEGIN" in given or not given.isprintable() or len(given) > MOST_PATH:
        raise TargetError(f"{name}: expected the path of a PEM file; the value (not shown) is none.")
    path = Path(given)
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise TargetError(f"{name}: expected a PEM file, and {path} cannot be read: {error.strerror}.") from None


def _users(settings: Mapping[str, str]) -> dict[str, User]:
    users: dict[str, User] = {}
    for role in ROLES:
        prefix = f"POD_{role.upper()}_"
        given = {key: settings[prefix + key.upper()] for key in _USER_KEYS if prefix + key.upper() in settings}
        if not given:
            continue
        user_id = _user_id(prefix, given)
        for other in users.values():
            if other.user_id == user_id:
                raise TargetError(
                    f"{prefix}USER_ID: {user_id} is the {other.role} already; the cast is of different users."
                )
        if "private_key" in given and "username" not in given:
            raise TargetError(f"{prefix}PRIVATE_KEY: set, but {prefix}USERNAME, who logs in with it, is not.")
        users[role] = User(
            role=role,
            user_id=user_id,
            token=_token(prefix, given.get("token")),
            username=given.get("username"),
            private_key=_private_key(prefix, given.get("private_key")),
        )
    return users


def _user_id(prefix: str, given: Mapping[str, str]) -> int:
    text = given.get("user_id", "")
    if not text:
        raise TargetError(
            f"{prefix}USER_ID: not set, but {prefix}{next(iter(given)).upper()} is. Both belong together."
        )
    if not re.fullmatch(r"[0-9]{1,19}", text) or not 0 < int(text) <= MAX_INT64:
        raise TargetError(f"{prefix}USER_ID: expected a whole number from 1 to {MAX_INT64}, found {text!r}.")
    return int(text)


def _token(prefix: str, token: str | None) -> str | None:
    if token is None:
        return None
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise TargetError(f"{prefix}TOKEN: expected printable ASCII without spaces; the value (not shown) is not.")
    if len(token) < SHORTEST_TOKEN:
        raise TargetError(
            f"{prefix}TOKEN: expected {SHORTEST_TOKEN} characters at least, found {len(token)}: a shorter token cannot "
            "be told from other text, and so cannot be kept out of the results."
        )
    return token


def _private_key(prefix: str, given: str | None) -> str | None:
    if given is None:
        return None
    if "-----BEGIN" not in given:
        try:
            given = Path(given).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError, ValueError):
            raise TargetError(f"{prefix}PRIVATE_KEY: expected an RSA key as PEM, or the path of one.") from None
    # A PEM in one line of an environment variable often has its line ends written out.
    pem = given.replace("\\n", "\n").strip() + "\n"
    if "PRIVATE KEY-----" not in pem:
        raise TargetError(f"{prefix}PRIVATE_KEY: expected an RSA key as PEM; the value (not shown) holds none.")
    return pem
