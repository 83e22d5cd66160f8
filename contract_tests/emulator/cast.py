"""Who lives in the emulated pod when it starts: the cast of the suite.

Ids are made as real ones look: the number of the private pod in the upper bits, that of the user below.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

from .pod import PENDING_OUTGOING, mirrored
from .store import Connection, Store, User

USER_BITS = 36
"""How many of an id's bits are the user's number, unless a variant has it otherwise."""

_POD_NUMBERS = {"a": 103, "b": 190, "c": 2047, "d": 211}
_UNKNOWN_NUMBER = 999_999


@dataclass(frozen=True, slots=True)
class Role:
    """A part of the cast.

    Attributes:
        name: As the environment has it, such as ``CALLER``.
        pod: The private pod of the user who plays it.
        number: The user's number there.
        is_entitled: Whether the user may work with connections.
        has_session: Whether the environment gives a session, and not only an id.
        given_id: The user's id, in place of one that is made of the pod's number and the user's.
        given_username: What the user logs in with, in place of the role's name.
        given_token: A session token that the user has from the start.
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
        """What the user who plays it logs in with."""
        return self.name.lower() if self.given_username is None else self.given_username

    @property
    def key_name(self) -> str:
        """Under which name the user's key is kept."""
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
    """The file that says who plays the cast cannot be used; the message says why and what to do."""


def read_cast(path: Path) -> tuple[Role, ...]:
    """The cast with the ids, user names and tokens of a JSON file, by role; who is not in it stays as usual.

    Raises:
        CastFileError: The file cannot be read, or is not of that form.
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
        store: Where to.
        now: Milliseconds since 1970, the time of the two requests.
        user_bits: How many of an id's bits are the user's number.
        cast: Who plays it.
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
    """The user who plays a role in a populated store."""
    user = store.user_named(role.username)
    if user is None:
        raise LookupError(f"Nobody plays the {role.username}: the store is not populated.")
    return user


def unknown_user_id(store: Store, cast: Sequence[Role] = CAST) -> int:
    """The id of nobody in a populated store, which looks like one of somebody."""
    caller = next(role for role in cast if role.name == "CALLER")
    return played_by(store, caller).id - caller.number + _UNKNOWN_NUMBER
