"""A dry run: the requests that a run would send, by rule, and not one of them sent to the pod.

What a run sends depends on what it is answered. So an emulated pod stands in for the target, in which
the target's users play the cast, with the same ways to a session and the same permission.
"""

import json
import secrets
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from ..contract.exchange import Exchange, Request
from ..emulator.process import emulated_pod
from ..report.shell import MOST_BODY, printf_format
from ..target.target import ROLES, Target, User

_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


@contextmanager
def stand_in(target: Target, folder: Path) -> Iterator[Target]:
    """Serve an emulated pod that stands in for a target while the context lasts.

    Args:
        target: The pod that nothing is sent to, and none of whose secrets leaves this process.
        folder: An empty one, for keys.

    Yields:
        The emulated pod, with the target's cast, ways to a session and permission.
    """
    users = {role: _stand_in_user(user, target) for role, user in target.users.items()}
    cast = folder / "cast.json"
    cast.write_text(json.dumps(_as_cast(users)), encoding="utf-8")
    with emulated_pod("--keys", str(folder), "--cast", str(cast)) as environment:
        for role, user in users.items():
            if target.can_log_in(role):
                key = Path(environment[f"POD_{role.upper()}_PRIVATE_KEY"]).read_text(encoding="utf-8")
                users[role] = replace(user, private_key=key)
        yield Target(
            url=environment["POD_URL"],
            login_url=environment["POD_LOGIN_URL"],
            sessionauth_url=environment["POD_SESSIONAUTH_URL"],
            allow_writes=target.allow_writes,
            users=users,
        )


def _stand_in_user(user: User, target: Target) -> User:
    """The user without secrets: with a made-up token where there is one, and without a key.

    Who logs in with a certificate has no user name, and must not have one here, where it is done with a key.
    """
    token = None if user.token is None else "".join(map(_another, user.token))
    username = "" if user.username is None and target.can_log_in(user.role) else user.username
    return replace(user, token=token, username=username, private_key=None)


def _another(character: str) -> str:
    """Another character of the same kind: what a run makes of a token depends on its letters' case."""
    return next((secrets.choice(kind) for kind in _KINDS if character in kind), character)


def _as_cast(users: Mapping[str, User]) -> dict[str, dict[str, object]]:
    """The cast file; whoever the target does not name is made up, so as to be nobody whom it names."""
    named = {user.user_id for user in users.values()}
    free = (user_id for user_id in count(10**12) if user_id not in named)
    cast: dict[str, dict[str, object]] = {}
    for role in ROLES:
        user = users.get(role) or User(role, next(free))
        username = secrets.token_hex() if user.username is None else user.username
        cast[role.upper()] = {"id": user.user_id, "username": username, "token": user.token}
    del cast["UNKNOWN"]
    return cast


class Listing:
    """Lists requests as they would go to the target: one a line, in printable ASCII.

    Args:
        target: The pod that nothing is sent to.
    """

    def __init__(self, target: Target) -> None:
        self._target = target

    def line(self, exchange: Exchange) -> str:
        """A request to the pod; its path begins after the base address."""
        request = exchange.request
        session = request.role or (f"token: {request.token_shell}" if request.token is not None else "no session")
        written = printf_format(request.body or b"")
        if len(written) > MOST_BODY:
            written = f"{written[:MOST_BODY]}... ({len(written)} characters in all)"
        body = "" if request.body is None else f"  {_shown(written, request)}"
        return _line(exchange.rule, request.sent_method, _shown(request.path, request), session, body)

    def session_line(self, what: str, role: str) -> str:
        """A login or a logout (``log-in``, ``log-out``), each to an address of its own."""
        pod = self._target.pod_of(role)
        if what == "log-out":
            url = f"{pod.sessionauth_url}/v1/logout"
        elif self._target.users[role].private_key:
            url = f"{pod.login_url}/pubkey/authenticate"
        else:
            url = f"{pod.sessionauth_url}/v1/authenticate"
        return _line(what, "POST", url, role)


def _line(rule: str, method: str, path: str, session: str, body: str = "") -> str:
    return f"{rule:<36} {method:<6} {path}  ({session}){body}"


def _shown(text: str, request: Request) -> str:
    for part, shell in request.embedded:
        text = text.replace(part, shell)
    return text
