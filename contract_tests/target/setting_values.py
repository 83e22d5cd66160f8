"""Reads the value of one setting: an address, a number, a file, an id, a token, a key."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..contract.description import MAX_INT64
from ..contract.disclosure import SHORTEST_TOKEN
from .settings import Setting
from .target import SHORTEST_SECRET, TargetError

LONGEST_PATH = 255  # characters of a path; a longer value may well be a key
HIGHEST_NUMBER = 1e6


def is_loopback(url: str) -> bool:
    """Whether an address names this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_url(setting: Setting) -> str:
    """An address without credentials, query and fragment: https, or plain http to this machine alone."""
    url = setting.value.rstrip("/")
    if not _is_address(url) or any(mark in url for mark in "@?#"):
        shown = repr(url) if "@" not in url else "an address with credentials (not shown)"
        raise TargetError(f"{setting.where}: expected an address such as https://host.example.com/pod, found {shown}.")
    if urlsplit(url).scheme == "http" and not is_loopback(url):
        raise TargetError(
            f"{setting.where}: {url} is plain http to another machine, which would show every session token on the "
            "way. Use https."
        )
    return url


def _is_address(url: str) -> bool:
    """Whether requests can be sent to an address: http or https, and a host and a port that can exist."""
    import httpx  # here, so that the commands that need no target are quick without it

    try:
        parts = urlsplit(url)
        # The client must take the host, and then the machine's resolver.
        host = httpx.URL(url).raw_host.decode("ascii").encode("idna")
        port = parts.port is None or parts.port > 0
        return parts.scheme in ("http", "https") and bool(host) and port and not re.search(r"\s", url)
    except (ValueError, httpx.InvalidURL):
        return False


def read_proxy(setting: Setting) -> str:
    """The address of an HTTP proxy, with or without credentials."""
    if not _is_address(setting.value):
        raise TargetError(
            f"{setting.where}: expected an address such as http://user:password@proxy.example.com:3128; "
            "the value (not shown) is none."
        )
    password = urlsplit(setting.value).password
    if password and len(unquote(password)) < SHORTEST_SECRET:
        raise TargetError(
            f"{setting.where}: expected a password of at least {SHORTEST_SECRET} characters. The suite cannot keep a "
            "shorter one out of the results, because it cannot tell it from other text."
        )
    return setting.value


def read_flag(setting: Setting) -> bool:
    """1 or 0."""
    value = setting.value.lower()
    if value not in ("1", "true", "yes", "0", "false", "no"):
        raise TargetError(f"{setting.where}: expected 1 or 0, found {setting.value!r}.")
    return value in ("1", "true", "yes")


def read_number(setting: Setting, *, zero: bool = False) -> float:
    """A number above 0, or also 0 where that is allowed."""
    try:
        value = float(setting.value)
    except ValueError:
        value = -1.0
    if not (0 < value < HIGHEST_NUMBER or (zero and value == 0)):
        least = "0 or a number above it" if zero else "a number above 0"
        raise TargetError(f"{setting.where}: expected {least}, found {setting.value!r}.")
    return value


def read_pem_path(setting: Setting) -> Path:
    """The path of a PEM file that can be opened."""
    given = setting.value
    if "-----BEGIN" in given or not given.isprintable() or len(given) > LONGEST_PATH:
        raise TargetError(f"{setting.where}: expected the path of a PEM file; the value (not shown) is none.")
    try:
        path = Path(given).expanduser()
        with path.open("rb"):
            return path
    except OSError as error:
        raise TargetError(
            f"{setting.where}: expected a PEM file, and {given} cannot be read: {error.strerror}."
        ) from None
    except RuntimeError:
        raise TargetError(f"{setting.where}: expected a PEM file, and {given} names no home folder.") from None


def read_user_id(setting: Setting) -> int:
    """The id of a user."""
    return _user_id(setting.value, setting.where)


def read_user_ids(setting: Setting) -> tuple[int, ...]:
    """The ids of users, with commas between them, each once."""
    ids = tuple(_user_id(text.strip(), setting.where) for text in setting.value.split(","))
    if len(set(ids)) < len(ids):
        raise TargetError(f"{setting.where}: expected each id once, found {setting.value!r}.")
    return ids


def _user_id(text: str, where: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or not 0 < int(text) <= MAX_INT64:
        raise TargetError(f"{where}: expected a whole number from 1 to {MAX_INT64}, found {text!r}.")
    return int(text)


def read_token(setting: Setting) -> str:
    """A session token."""
    token = setting.value
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise TargetError(f"{setting.where}: expected printable ASCII without spaces; the value (not shown) is not.")
    if len(token) < SHORTEST_TOKEN:
        raise TargetError(
            f"{setting.where}: expected at least {SHORTEST_TOKEN} characters, found {len(token)}. The suite cannot "
            "keep a shorter token out of the results, because it cannot tell it from other text."
        )
    return token


def read_private_key(setting: Setting) -> str:
    """An RSA key as PEM text, from the text itself or from a file."""
    given = setting.value
    if "-----BEGIN" not in given:
        try:
            given = Path(given).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError, ValueError, RuntimeError):
            raise TargetError(f"{setting.where}: expected an RSA key as PEM, or the path of one.") from None
    # A PEM in one line of an environment variable often has its line ends written out.
    pem = given.replace("\\n", "\n").strip() + "\n"
    if "PRIVATE KEY-----" not in pem:
        raise TargetError(f"{setting.where}: expected an RSA key as PEM; the value (not shown) holds none.")
    return pem
