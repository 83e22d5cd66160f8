"""Makes a target of its settings: defaults, and what belongs together."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from .setting_values import (
    is_loopback,
    read_flag,
    read_number,
    read_pem_path,
    read_private_key,
    read_proxy,
    read_token,
    read_url,
    read_user_id,
    read_user_ids,
)
from .settings import ADDRESS_KEYS, Setting, collect_settings, misspelled_settings, setting_name, setting_names
from .target import (
    DEFAULT_RATE,
    DEFAULT_SETTLE,
    DEFAULT_TIMEOUT,
    ROLES,
    ROLES_WITH_SESSION,
    Certificate,
    PodAddress,
    Target,
    TargetError,
    User,
)

CLOUD_POD = re.compile(r"https://([\w-]+)\.symphony\.com(?::443)?")

Settings = Mapping[str, Setting]
T = TypeVar("T")


def load_target(environment: Mapping[str, str], file: Path | None = None) -> Target | None:
    """Read the target from the environment and, where that says nothing, from a TOML file.

    A variable that has nearly the name of a setting is an error where no pod is named: the setting that was
    meant may be the pod's address. Elsewhere it is left alone with a warning on standard error, because other
    programs have ``POD_`` variables too, such as Kubernetes' ``POD_NAME``.

    Args:
        environment: The variables of the suite's interface, ``POD_URL`` and the rest; others are left alone.
        file: Tables ``[pod]``, ``[caller]``, ``[requester]``, … with the same settings in lower case,
            such as ``url`` for ``POD_URL`` and ``[caller] user_id`` for ``POD_CALLER_USER_ID``.

    Returns:
        None where no setting is given at all.

    Raises:
        TargetError: A setting is unknown, empty, malformed, contradictory or missing.
    """
    settings = collect_settings(environment, file)
    misspelled = misspelled_settings(environment)
    if "POD_URL" not in settings:
        _refuse_without_pod(settings, misspelled, file)
        return None
    for name, meant in misspelled.items():
        print(f"contract: {name} is no setting of the suite, and is ignored. Is {meant} meant?", file=sys.stderr)
    pod = _pod(settings, "pod")
    pods = {
        role: _pod(settings, role, pod)
        for role in ROLES_WITH_SESSION
        if any(setting_name(role, key) in settings for key in ADDRESS_KEYS)
    }
    urls = {pod.url, *(other.url for other in pods.values())}
    users = _users(settings)
    return Target(
        url=pod.url,
        login_url=pod.login_url,
        sessionauth_url=pod.sessionauth_url,
        pods=pods,
        ca_bundle=_read(read_pem_path, settings, "POD_CA_BUNDLE"),
        certificate=_certificate(settings, "pod"),
        proxy=_read(read_proxy, settings, "POD_PROXY"),
        allow_writes=_read(read_flag, settings, "POD_ALLOW_WRITES") or False,
        timeout=_read(read_number, settings, "POD_TIMEOUT") or DEFAULT_TIMEOUT,
        rate=_read(read_number, settings, "POD_RATE") or (None if all(map(is_loopback, urls)) else DEFAULT_RATE),
        settle=_settle(settings, urls),
        users=users,
        waiting=_waiting(settings, users),
    )


def _refuse_without_pod(settings: Settings, misspelled: Mapping[str, str], file: Path | None) -> None:
    """Raise where something is set and POD_URL is not: the user did not mean the emulated pods."""
    meant = "Without POD_URL the suite checks emulated pods of its own."
    if misspelled:
        named = "; ".join(f"{name} is no setting of the suite. Is {near} meant?" for name, near in misspelled.items())
        raise TargetError(f"{named} POD_URL is not set. {meant} Correct the name, or unset it.")
    if file is not None:
        raise TargetError(f"{file}: expected [pod] url, the base address of the caller's pod.")
    if settings:
        names = ", ".join(sorted(settings))
        raise TargetError(
            f"{names}: set, but POD_URL is not. {meant} Set POD_URL to the base address of the caller's pod, "
            f"or unset {'it' if len(settings) == 1 else 'these'}."
        )


def _read(read: Callable[[Setting], T], settings: Settings, name: str) -> T | None:
    return read(settings[name]) if name in settings else None


def _settle(settings: Settings, urls: set[str]) -> float:
    if "POD_SETTLE" in settings:
        return read_number(settings["POD_SETTLE"], zero=True)
    return DEFAULT_SETTLE if len(urls) > 1 else 0.0


def _pod(settings: Settings, table: str, callers: PodAddress | None = None) -> PodAddress:
    """The addresses in a table; the logins are beside the pod unless they are given."""
    url = _read(read_url, settings, setting_name(table, "url"))
    if url is None:
        beside = callers
    else:
        path = urlsplit(url).path
        host = url.removesuffix(path) if path else url
        cloud = CLOUD_POD.fullmatch(host)
        certificate_host = f"https://{cloud[1]}-api.symphony.com" if cloud else host
        beside = PodAddress(url, f"{host}/login", f"{certificate_host}/sessionauth")
    if beside is None:
        raise TargetError("POD_URL: expected the base address of the caller's pod.")
    return PodAddress(
        beside.url,
        _read(read_url, settings, setting_name(table, "login_url")) or beside.login_url,
        _read(read_url, settings, setting_name(table, "sessionauth_url")) or beside.sessionauth_url,
    )


def _certificate(settings: Settings, table: str) -> Certificate | None:
    path = _read(read_pem_path, settings, setting_name(table, "client_cert"))
    key_name = setting_name(table, "client_key")
    key = _read(read_pem_path, settings, key_name)
    if key and not path:
        raise TargetError(
            f"{settings[key_name].where}: set, but {setting_name(table, 'client_cert')}, the certificate that it "
            "belongs to, is not."
        )
    return Certificate(path, key) if path else None


def _users(settings: Settings) -> dict[str, User]:
    users: dict[str, User] = {}
    for role in ROLES:
        given = [settings[name] for name in setting_names(role).values() if name in settings]
        if not given:
            continue
        id_name, username = setting_name(role, "user_id"), setting_name(role, "username")
        if id_name not in settings:
            raise TargetError(f"{given[0].where}: set, but {id_name} is not. Both belong together.")
        user_id = read_user_id(settings[id_name])
        for other in users.values():
            if other.user_id == user_id:
                raise TargetError(
                    f"{settings[id_name].where}: {user_id} is the {other.role}'s id already. "
                    "The users of the cast have to be different ones."
                )
        key_name = setting_name(role, "private_key")
        if key_name in settings and username not in settings:
            raise TargetError(f"{settings[key_name].where}: set, but {username}, who logs in with it, is not.")
        users[role] = User(
            role=role,
            user_id=user_id,
            token=_read(read_token, settings, setting_name(role, "token")),
            username=settings[username].value if username in settings else None,
            private_key=_read(read_private_key, settings, key_name),
            certificate=_certificate(settings, role),
        )
    return users


def _waiting(settings: Settings, users: Mapping[str, User]) -> tuple[int, ...]:
    waiting = _read(read_user_ids, settings, "POD_WAITING_USER_IDS") or ()
    for user in users.values():
        if user.user_id in waiting:
            raise TargetError(
                f"{settings['POD_WAITING_USER_IDS'].where}: {user.user_id} is the {user.role}'s id. "
                "Expected users who have no other part in the run."
            )
    return waiting
