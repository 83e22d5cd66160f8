"""The users of the emulated pod when it starts: the cast of the suite.

Ids look like real ones: the upper bits are the number of the private pod, the lower bits that of the user.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

from .pod import PENDING_OUTGOING, mirrored
from .store import Connection, Store, User

USER_BITS = 36
"""How many bits of an id are the user's number; a variant may have another number."""

_POD_NUMBERS = {"a": 103, "b": 190, "c": 2047, "d": 211}
_UNKNOWN_NUMBER = 999_999


@dataclass(frozen=True, slots=True)
class Role:
    """A member of the cast.

    Attributes:
        name: The name in environment variables, such as ``CALLER``.
        pod: The name of the user's private pod.
        number: The user's number in that pod.
        is_entitled: Whether the user may work with connections.
        has_session: Whether the environment holds a session for the user, beside the id.
        given_id: The user's id; None makes one of the two numbers.
        given_username: The user's name for logins; None is the role's name.
        given_token: The token of a session that is open from the start.
    """

    name: str
    pod: str
    number: int
    is_entitled: bool = True
    has_session: bool = False
    given_id: int | None = None
    given_username: str | None = None
    given_token: str | None = None

    @property
    def username(self) -> str:
        """The user's name for logins."""
        return self.name.lower() if self.given_username is None else self.given_username

    @property
    def key_name(self) -> str:
        """The name of the user's key file, without its suffix."""
        return self.name.lower()


CALLER = Role("CALLER", "a", 1, has_session=True)
COLLEAGUE = Role("COLLEAGUE", "a", 2)
UNENTITLED = Role("UNENTITLED", "a", 3, is_entitled=False, has_session=True)
REQUESTER = Role("REQUESTER", "b", 1, has_session=True)
BYSTANDER = Role("BYSTANDER", "d", 1, has_session=True)
STRANGER = Role("STRANGER", "b", 3)
ISOLATED = Role("ISOLATED", "c", 1)
CAST = (CALLER, REQUESTER, BYSTANDER, COLLEAGUE, STRANGER, UNENTITLED, ISOLATED)


class CastFileError(Exception):
    """The file for ``--cast`` cannot be used; the message says why and what to do."""


def read_cast(path: Path) -> tuple[Role, ...]:
    """The cast with ids, user names and tokens from a JSON file; the other members stay as they are.

    Raises:
        CastFileError: The file cannot be read, or has another form.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        if unknown := set(given) - {role.name for role in CAST}:
            raise CastFileError(f"{path}: there is no such role: {', '.join(sorted(unknown))}.")
        return tuple(
            replace(role, **{f"given_{name}": value for name, value in given.get(role.name, {}).items()})
            for role in CAST
        )
    except OSError as error:
        raise CastFileError(f"{path}: {error.strerror}.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise CastFileError(
            f'{path}: expected JSON such as {{"CALLER": {{"id": 1, "username": "bot", "token": "…"}}}}: {error}.'
        ) from error


def populate(store: Store, now: int, user_bits: int = USER_BITS, cast: Sequence[Role] = CAST) -> None:
    """Put the cast into a store, unless it is there already.

    Pods a, b and d have crossPod enabled towards each other; a has it towards c, and c has it off. Two
    requests are waiting: from the isolated user to the caller, made before crossPod was switched off, and
    from the requester to the unentitled user.

    Args:
        store: The store to fill.
        now: The time of the two requests, in milliseconds since 1970.
        user_bits: How many of an id's bits are the user's number.
        cast: The members of the cast.
    """
    by_name = {role.name: role for role in cast}
    with store.transaction():
        if store.user_named(by_name["CALLER"].username) is not None:
            return
        for role in cast:
            user_id = role.given_id
            if user_id is None:
                user_id = (_POD_NUMBERS[role.pod] << user_bits) + role.number
            store.add_user(User(user_id, role.username, role.pod, role.is_entitled))
        for pod, towards in (*permutations("abd", 2), ("a", "c")):
            store.enable_cross_pod(pod, towards)
        for asker, asked in (("ISOLATED", "CALLER"), ("REQUESTER", "UNENTITLED")):
            asker_id, asked_id = (played_by(store, by_name[name]).id for name in (asker, asked))
            request = Connection(asker_id, asked_id, PENDING_OUTGOING, True, now, now, 1)
            store.put(request)
            store.put(mirrored(request))


def played_by(store: Store, role: Role) -> User:
    """The user of a role in a populated store."""
    user = store.user_named(role.username)
    if user is None:
        raise LookupError(f"Nobody plays the {role.username}: the store is not populated.")
    return user


def unknown_user_id(store: Store, cast: Sequence[Role] = CAST) -> int:
    """An id that looks like a user's but belongs to nobody."""
    caller = next(role for role in cast if role.name == "CALLER")
    return played_by(store, caller).id - caller.number + _UNKNOWN_NUMBER
