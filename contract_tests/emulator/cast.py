"""The users of the emulated pod when it starts: the cast of the suite.

Ids look like real ones: the upper bits are the number of the private pod, the lower bits that of the user.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any

from .records import User
from .store import Store
from .world import Relation, Resident, World, settle

USER_BITS = 36
"""How many bits of an id are the user's number; a variant may have another number."""

_POD_NUMBERS = {"acme": 103, "beta": 190, "gamma": 2047, "delta": 211}
_UNKNOWN_NUMBER = 999_998
_EXAMPLE = 'Example: {"CALLER": {"id": 7078106103809, "username": "bot", "token": "…"}}.'
_TOKEN = re.compile(r"[\x21-\x7e]+( [\x21-\x7e]+)*")  # what an HTTP header carries without change
_MAX_INT64 = 2**63 - 1


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

    def user_id(self, user_bits: int) -> int:
        """The user's id, given how many of its bits are the user's number."""
        return (_POD_NUMBERS[self.pod] << user_bits) + self.number if self.given_id is None else self.given_id

    @property
    def key_name(self) -> str:
        """The name of the user's key file, without its suffix."""
        return self.name.lower()


CALLER = Role("CALLER", "acme", 1, has_session=True)
COLLEAGUE = Role("COLLEAGUE", "acme", 2)
UNENTITLED = Role("UNENTITLED", "acme", 3, is_entitled=False, has_session=True)
REQUESTER = Role("REQUESTER", "beta", 1, has_session=True)
BYSTANDER = Role("BYSTANDER", "delta", 1, has_session=True)
STRANGER = Role("STRANGER", "beta", 3)
ISOLATED = Role("ISOLATED", "gamma", 1)
CAST = (CALLER, REQUESTER, BYSTANDER, COLLEAGUE, STRANGER, UNENTITLED, ISOLATED)


class CastFileError(Exception):
    """The file for ``--cast`` cannot be used; the message says why and what to do."""


def read_cast(path: Path) -> tuple[Role, ...]:
    """The cast with ids, user names and tokens from a JSON file; the other members stay as they are.

    Raises:
        CastFileError: The file cannot be read, has another form, or gives two members the same value.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CastFileError(f"{path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CastFileError(f"{path} is not JSON in UTF-8: {error}. {_EXAMPLE}") from error
    if not isinstance(given, dict):
        raise CastFileError(f"{path}: expected an object, not {_kind(given)}. {_EXAMPLE}")
    names = [role.name for role in CAST]
    if unknown := sorted(set(given) - set(names)):
        raise CastFileError(f"{path}: {unknown[0]!r} is not a role. The roles are {', '.join(names)}.")
    try:
        cast = tuple(replace(role, **_values(role.name, given.get(role.name, {}))) for role in CAST)
        _require_differences(cast)
    except ValueError as error:
        raise CastFileError(f"{path}: {error} {_EXAMPLE}") from error
    return cast


def _values(role: str, given: object) -> dict[str, Any]:
    """The fields of a role from its entry in the file.

    Raises:
        ValueError: The entry cannot be used; the message says why, and does not repeat a token.
    """
    if not isinstance(given, dict):
        raise ValueError(f"{role}: expected an object, not {_kind(given)}.")
    for name, value in given.items():
        if name == "id":
            if type(value) is not int or not 0 < value <= _MAX_INT64:
                raise ValueError(f"{role}.id: expected a positive integer of int64, not {json.dumps(value)[:40]}.")
        elif name == "username":
            if not isinstance(value, str) or not value or not value.isprintable():
                raise ValueError(f"{role}.username: expected a printable string, not {json.dumps(value)[:40]}.")
        elif name == "token":
            if not isinstance(value, str) or not _TOKEN.fullmatch(value):
                raise ValueError(f"{role}.token: expected a string of printable ASCII, not {_kind(value)}.")
        else:
            raise ValueError(f"{role}.{name}: there is no such member. Use id, username and token.")
    return {f"given_{name}": value for name, value in given.items()}


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "another string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


def _require_differences(cast: Sequence[Role]) -> None:
    """Require that no two members have the same name or token.

    Raises:
        ValueError: Two have the same.
    """
    owners: dict[tuple[str, object], str] = {}
    for role in cast:
        for what, value in (("username", role.username), ("token", role.given_token)):
            if value is not None and (what, value) in owners:
                raise ValueError(f"{owners[what, value]} and {role.name} have the same {what}.")
            owners[what, value] = role.name


def require_different_ids(cast: Sequence[Role], user_bits: int) -> None:
    """Require that no two members have the same id.

    Raises:
        CastFileError: Two have the same.
    """
    owners: dict[int, str] = {}
    for role in cast:
        user_id = role.user_id(user_bits)
        if user_id in owners:
            raise CastFileError(f"{owners[user_id]} and {role.name} have the same id, {user_id}.")
        owners[user_id] = role.name


def world_of_cast(cast: Sequence[Role] = CAST, user_bits: int = USER_BITS) -> World:
    """The world in which the cast lives.

    The pods acme, beta and delta have crossPod enabled towards each other. acme has it enabled towards gamma, and
    gamma has it off. Two requests are waiting: from the isolated user to the caller, made before crossPod was
    switched off, and from the requester to the unentitled user.

    Args:
        cast: The members of the cast.
        user_bits: How many of an id's bits are the user's number.

    Raises:
        CastFileError: Two members have the same id.
    """
    require_different_ids(cast, user_bits)
    ids = {role.name: role.user_id(user_bits) for role in cast}
    return World(
        pods=tuple(dict.fromkeys(role.pod for role in cast)),
        residents=tuple(
            Resident(
                User(ids[role.name], role.username, role.pod, role.is_entitled),
                role.name,
                role.has_session,
                role.given_token,
                role.key_name if role.has_session else None,
            )
            for role in cast
        ),
        cross_pod=frozenset((*permutations(("acme", "beta", "delta"), 2), ("acme", "gamma"))),
        relations=(
            Relation(ids["ISOLATED"], ids["CALLER"]),
            Relation(ids["REQUESTER"], ids["UNENTITLED"]),
        ),
    )


def populate(
    store: Store, now: int, user_bits: int = USER_BITS, cast: Sequence[Role] = CAST, home: str | None = None
) -> None:
    """Put the world of the cast into the store of a pod; the arguments are those of the two functions it calls."""
    settle(store, world_of_cast(cast, user_bits), now, home)


def played_by(store: Store, role: Role) -> User:
    """The user of a role in a populated store."""
    user = store.user_named(role.username, role.pod)
    if user is None:
        raise LookupError(f"Nobody plays the {role.username}: the store is not populated.")
    return user


def unknown_user_id(store: Store, user_id: int) -> int:
    """An id that looks like that of a given user but belongs to nobody."""
    unknown = user_id + _UNKNOWN_NUMBER
    # A given id may be near the end of int64, or the id found may be taken.
    while unknown > _MAX_INT64 or store.user(unknown) is not None:
        unknown -= 2 * _UNKNOWN_NUMBER + 1
    return unknown
