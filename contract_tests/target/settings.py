"""Collects the settings of a target: from the environment and, where that says nothing, from a TOML file."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .target import ROLES, ROLES_WITH_SESSION, TargetError

ADDRESS_KEYS = ("url", "login_url", "sessionauth_url")
CERTIFICATE_KEYS = ("client_cert", "client_key")
SESSION_KEYS = ("token", "username", "private_key", *CERTIFICATE_KEYS)
POD_KEYS = (
    *ADDRESS_KEYS,
    "ca_bundle",
    *CERTIFICATE_KEYS,
    "proxy",
    "allow_writes",
    "timeout",
    "rate",
    "settle",
    "waiting_user_ids",
)
SECRET_KEYS = ("token", "private_key")
NEAR = 0.85  # how like a setting's name another name must be to be taken for a misspelling of it


MEANINGS = {
    "url": "the base address of the pod with its context path, `https://host/pod`",
    "login_url": "the address of the login by RSA key; by default `/login` on the same host",
    "sessionauth_url": "the address of the login by certificate; by default `/sessionauth` on the same host, and for "
    "`https://NAME.symphony.com` at `https://NAME-api.symphony.com`",
    "ca_bundle": "a PEM file of certificate authorities to trust in addition to the usual ones",
    "client_cert": "a client certificate, a PEM file; the user can log in with it",
    "client_key": "the private key of the client certificate, a PEM file",
    "proxy": "an HTTP proxy, with credentials if it needs them",
    "allow_writes": "`1`: the suite may change connections between the users named here. Without it, only requests "
    "that cannot change anything are sent",
    "timeout": "the seconds within which an answer must arrive; 10 by default",
    "rate": "the most requests per second to each address; 20 by default, and no limit on loopback",
    "settle": "the seconds within which a change at one pod must be readable at every pod; 10 by default if the "
    "addresses differ, else 0",
    "waiting_user_ids": "ids of users of other pods whose requests to the caller are waiting, separated by commas; "
    "each may be answered once",
    "user_id": "the id of the user",
    "token": "a session token of the user",
    "username": "the name for the login by RSA key",
    "private_key": "the RSA key of the login, as PEM or the path of a PEM file",
}
"""What each key of a target file means, for the documentation."""

ROLE_MEANINGS = {
    "caller": "the user who accepts and rejects; its pod is the one in `[pod]`",
    "requester": "a user who asks to connect: a user of another pod, with crossPod on between the two pods",
    "bystander": "a second such user, whose connection must never change",
    "unentitled": "a user without the entitlement",
    "colleague": "a user of the caller's own private pod",
    "stranger": "a user who exists and was never connected to the caller",
    "isolated": "a user whose pod has crossPod off towards the caller's pod, and whose request to the caller is "
    "waiting",
    "unknown": "an id that no user has",
}
"""Who each role is, for the documentation."""


@dataclass(frozen=True)
class Setting:
    """One setting as it was written.

    Attributes:
        name: The name of its variable, such as ``POD_CALLER_TOKEN``, wherever it was written.
        value: Never empty, without spaces around it.
        where: The place, for messages: the variable, or the file, its table and its key.
    """

    name: str
    value: str = field(repr=False)
    where: str


def setting_name(table: str, key: str) -> str:
    """The variable of a key in a table of the target file: ``pod`` or a role."""
    return f"POD_{key.upper()}" if table == "pod" else f"POD_{table.upper()}_{key.upper()}"


def setting_names(table: str) -> dict[str, str]:
    """The keys of a table of the target file, ``pod`` or a role, and the variable of each."""
    keys: tuple[str, ...] = ("user_id",)
    if table == "pod":
        keys = POD_KEYS
    elif table == "caller":
        keys = ("user_id", *SESSION_KEYS)  # its pod stands in the table of the pod
    elif table in ROLES_WITH_SESSION:
        keys = ("user_id", *SESSION_KEYS, *ADDRESS_KEYS)
    return {key: setting_name(table, key) for key in keys}


def role_of(name: str) -> str | None:
    """The role whose setting a variable is; None where it is of no role."""
    return next((role for role in ROLES if name.startswith(f"POD_{role.upper()}_")), None)


def collect_settings(environment: Mapping[str, str], file: Path | None = None) -> dict[str, Setting]:
    """Every setting that is given, by its variable's name. The environment wins over the file.

    Raises:
        TargetError: A setting is unknown or empty, or the file cannot be read.
    """
    from_file = _from_file(file, environment) if file else {}
    return from_file | _from_environment(environment)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Setting]:
    found = {}
    for name, value in environment.items():
        table = role_of(name) or "pod"
        names = setting_names(table).values()
        if name in names:
            found[name] = Setting(name, _not_empty(value, name), name)
        elif table != "pod":
            # The caller's pod is the one that has no role in its name.
            hint = " Is POD_URL meant?" if name == "POD_CALLER_URL" else _hint(name, names)
            raise TargetError(f"{name}: there is no such setting.{hint} For the {table} there are: {', '.join(names)}.")
    return found


def _not_empty(value: str, where: str) -> str:
    if not value.strip():
        raise TargetError(
            f"{where}: it is set, but empty. Give it a value, or do not set it. "
            "A CI job sets a variable to nothing where the secret behind it does not exist."
        )
    return value.strip()


def suite_settings(environment: Mapping[str, str]) -> set[str]:
    """The variables of an environment that are settings of the suite."""
    known = {name for table in ("pod", *ROLES) for name in setting_names(table).values()}
    return known & environment.keys()


def addresses_in(file: Path) -> set[str]:
    """The base addresses of the pods in a target file, without the slash at their end. No secret is read.

    Raises:
        TargetError: The file cannot be read.
    """
    tables = _tables(file).values()
    urls = (entries.get("url") for entries in tables if isinstance(entries, dict))
    return {url.strip().rstrip("/").lower() for url in urls if isinstance(url, str)}


def misspelled_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that are no setting but have nearly the name of one, each with that setting's name."""
    known = [name for table in ("pod", *ROLES) for name in setting_names(table).values()]
    near = {
        name: difflib.get_close_matches(name.upper(), known, n=1, cutoff=NEAR)
        for name in environment
        if name.upper().startswith("POD") and name not in known
    }
    return {name: matches[0] for name, matches in sorted(near.items()) if matches}


def _tables(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TargetError(f"{file}: the file cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"{file}: the file is not TOML: {error}.") from None


def _from_file(file: Path, environment: Mapping[str, str]) -> dict[str, Setting]:
    found = {}
    for table, entries in _tables(file).items():
        if table != "pod" and table not in ROLES:
            there_are = ", ".join(f"[{name}]" for name in ("pod", *ROLES))
            hint = _hint(table, ("pod", *ROLES))
            raise TargetError(f"{file}: there is no such table: [{table}].{hint} There are: {there_are}.")
        if not isinstance(entries, dict):
            raise TargetError(f"{file}: {table}: expected a table [{table}].")
        names = setting_names(table)
        for key, value in entries.items():
            where = f"{file}: [{table}] {key}"
            if key not in names:
                there_are = ", ".join(names)
                raise TargetError(f"{where}: there is no such setting.{_hint(key, names)} There are: {there_are}.")
            secret = key in SECRET_KEYS or (key == "proxy" and "@" in str(value))
            text = _file_value(value, where, secret, environment, file.parent)
            found[names[key]] = Setting(names[key], text, where)
    return found


def _file_value(value: Any, where: str, secret: bool, environment: Mapping[str, str], folder: Path) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        value = ",".join(map(str, value))
    if not isinstance(value, str | int | float):
        raise TargetError(f"{where}: expected a string, a number or a list of numbers.")
    text = str(value)
    if text.startswith("env:"):
        variable = text[4:]
        if not environment.get(variable, "").strip():
            state = "set, but empty" if variable in environment else "not set"
            raise TargetError(f"{where}: the environment variable {variable} is {state}.")
        return environment[variable].strip()
    if text.startswith("file:"):
        return _content(text[5:], where, folder)
    if secret:
        raise TargetError(f'{where}: a secret must not stand in this file. Write "env:NAME" or "file:PATH".')
    return _not_empty(text, where)


def _content(given: str, where: str, folder: Path) -> str:
    try:
        path = folder / Path(given).expanduser()
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError, RuntimeError):
        raise TargetError(f"{where}: {folder / given} cannot be read as text.") from None
    if not text:
        raise TargetError(f"{where}: {path} is empty.")
    return text


def _hint(given: str, known: Any) -> str:
    near = difflib.get_close_matches(given, list(known), n=1, cutoff=0.7)
    return f" Is {near[0]} meant?" if near else ""
