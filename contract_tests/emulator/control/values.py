"""Schemas and values that several routes of the control interface share."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ..emulation import Emulation
from ..records import User
from .interface import ControlError

MAX_INT64 = 2**63 - 1
OBJECT = {"type": "object"}
LIST = {"type": "array", "items": OBJECT}
NAME = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^/\\x00-\\x1f\\x7f]+$(?!\\n)"}
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
    for name, emulator in emulation.federation.pods.items():
        user = emulator.pod.store.user(user_id)
        if user and user.pod == name:
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


def as_reached(address: str, host: str) -> str:
    """An address of a pod as the client of a request reaches it.

    A pod that listens on every address of its machine or container cannot know under which one it is reached.

    Args:
        address: The address, such as ``http://0.0.0.0:8080/acme/pod``.
        host: The name and port of the request, such as ``pods:8080``.
    """
    parts = urlsplit(address)
    asked = urlsplit(f"//{host}")
    if parts.hostname not in ("0.0.0.0", "::") or not asked.hostname:  # noqa: S104 - compared, not served
        return address
    name = f"[{asked.hostname}]" if ":" in asked.hostname else asked.hostname
    return parts._replace(netloc=f"{name}:{parts.port}").geturl()
