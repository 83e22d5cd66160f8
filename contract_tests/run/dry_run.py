"""A dry run lists the requests that a run would send, by rule, and sends none of them to the pod.

What a run sends depends on the answers. So emulated pods stand in for the target. Their users have the ids of the
target's users, the same ways to a session and the same permission.
"""

import json
import secrets
import string
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.exchange import Exchange, Request
from ..emulator.process import emulated_pod
from ..report.shell import MOST_BODY, printf_format
from ..target.load_target import load_target
from ..target.target import ROLES, Target, TargetError, User

if TYPE_CHECKING:  # imported where it is used: every other run starts faster without it
    from ..emulator.control.client import EmulatedPods

_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


@contextmanager
def stand_in(target: Target, folder: Path) -> Iterator[Target]:
    """Serve emulated pods that stand in for a target while the context lasts.

    There are several where the target has several addresses. No secret of the target leaves this process.

    Args:
        target: The target that nothing is sent to.
        folder: An empty folder, for keys.

    Yields:
        The emulated pods, with the target's users, ways to a session and permission.
    """
    from ..emulator.control.client import EmulatedPods  # see above

    users = {role: _stand_in_user(user, target) for role, user in target.users.items()}
    cast = folder / "cast.json"
    cast.write_text(json.dumps(_as_cast(users)), encoding="utf-8")
    several = len(target.urls) > 1
    with emulated_pod("--keys", str(folder), "--cast", str(cast), federation=several) as environment:
        for role, user in users.items():
            if target.can_log_in(role):
                key = Path(environment[f"POD_{role.upper()}_PRIVATE_KEY"]).read_text(encoding="utf-8")
                users[role] = replace(user, private_key=key)
        emulated = load_target(environment)
        if emulated is None:
            raise TargetError("the emulated pod does not say its POD_URL")
        with EmulatedPods(emulated.url) as pods:
            _let_wait(pods, target.waiting, environment)
        yield replace(emulated, allow_writes=target.allow_writes, users=users, waiting=target.waiting)


def _let_wait(pods: "EmulatedPods", waiting: Collection[int], environment: Mapping[str, str]) -> None:
    """Add the users of ``POD_WAITING_USER_IDS`` to the requester's pod, each with a request to the caller."""
    requester_id, caller_id = (int(environment[f"POD_{role}_USER_ID"]) for role in ("REQUESTER", "CALLER"))
    pod = next(user.pod for user in pods.users() if user.id == requester_id)
    for user_id in waiting:
        pods.add_user(pod, secrets.token_hex(), user_id=user_id)
        pods.set_connection(user_id, caller_id, "PENDING")


def _stand_in_user(user: User, target: Target) -> User:
    """The user without secrets: with a made-up token if there is one, and without a key.

    A user who logs in with a certificate has no user name. Here this user logs in with a key, and so gets a name.
    """
    token = None if user.token is None else "".join(map(_another, user.token))
    username = secrets.token_hex() if user.username is None and target.can_log_in(user.role) else user.username
    return replace(user, token=token, username=username, private_key=None, certificate=None)


def _another(character: str) -> str:
    """Another character of the same kind: some requests depend on the case of the letters in a token."""
    return next((secrets.choice(kind) for kind in _KINDS if character in kind), character)


def _as_cast(users: Mapping[str, User]) -> dict[str, dict[str, object]]:
    """The cast file. A role that the target does not name gets an id that the target does not name either."""
    named = {user.user_id for user in users.values()}
    free = (user_id for user_id in count(10**12) if user_id not in named)
    cast: dict[str, dict[str, object]] = {}
    for role in ROLES:
        user = users.get(role) or User(role, next(free))
        username = secrets.token_hex() if user.username is None else user.username
        token = {} if user.token is None else {"token": user.token}
        cast[role.upper()] = {"id": user.user_id, "username": username, **token}
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
        """A request to the pod. The address of the pod stands before the path where there are several pods."""
        request = exchange.request
        address = self._target.pod_of(request.receiver).url if len(self._target.urls) > 1 else ""
        session = request.role or (f"token: {request.token_shell}" if request.token is not None else "no session")
        written = printf_format(request.body or b"")
        if len(written) > MOST_BODY:
            written = f"{written[:MOST_BODY]}... ({len(written)} characters in all)"
        body = "" if request.body is None else f"  {_shown(written, request)}"
        return _line(exchange.rule, request.sent_method, address + _shown(request.path, request), session, body)

    def session_line(self, what: str, role: str) -> str:
        """A login or a logout (``log-in``, ``log-out``), with its whole address."""
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
