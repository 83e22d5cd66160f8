"""Schemas and values that several routes of the control interface share."""

from collections.abc import Callable
from typing import Any

from ..emulation import Emulation
from ..store import User
from .interface import ControlError

MAX_INT64 = 2**63 - 1
OBJECT = {"type": "object"}
LIST = {"type": "array", "items": OBJECT}
NAME = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^/\\x00-\\x1f]+$"}
ID = {"type": "integer", "minimum": 1, "maximum": MAX_INT64}
BOOLEAN = {"type": "boolean"}


def done(act: Callable[[], object]) -> dict[str, Any]:
    """Do something, and answer with an empty object."""
    act()
    return {}


def all_users(emulation: Emulation) -> list[User]:
    """The users of all pods, each from its own pod."""
    return [user for name, emulator in emulation.federation.pods.items() for user in emulator.pod.store.users(name)]


def require_pod(emulation: Emulation, name: str) -> str:
    """The name of a pod that there is.

    Raises:
        ControlError: 404, there is none of this name.
    """
    if name not in emulation.federation.pods:
        raise ControlError(404, f"There is no pod {name!r}. There are: {', '.join(emulation.federation.pods)}.")
    return name


def require_user(emulation: Emulation, user_id: int) -> User:
    """The user with an id.

    Raises:
        ControlError: 404, there is none.
    """
    for user in all_users(emulation):
        if user.id == user_id:
            return user
    raise ControlError(404, f"There is no user {user_id}.")


def path_id(text: str) -> int:
    """The user id in a path.

    Raises:
        ControlError: 400, it is none.
    """
    if not text.isdecimal() or not text.isascii() or not 1 <= int(text[:20]) <= MAX_INT64:
        raise ControlError(400, f"{text[:40]!r} is not a user id. Expected a positive integer of int64.")
    return int(text)
