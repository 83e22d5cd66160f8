"""What pods tell each other: the only way from one pod's state to another's.

A message is data. It is kept as JSON in the outbox of the pod that sends it until the other pod has it.
"""

import json
from dataclasses import dataclass
from typing import Any

from .records import Connection, User, Version


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """A user of the sending pod has changed a connection with a user of the receiving pod.

    Attributes:
        sender: The name of the sending pod.
        receiver: The name of the receiving pod.
        owner_id: The user of the receiving pod.
        other_id: The user of the sending pod.
        version: The version that the change has made.
        connection: The connection as the user of the receiving pod now sees it; None if there is none any more.
    """

    sender: str
    receiver: str
    owner_id: int
    other_id: int
    version: Version
    connection: Connection | None


@dataclass(frozen=True, slots=True)
class CrossPodChanged:
    """The sending pod has switched crossPod towards the receiving pod on or off.

    Attributes:
        sender: The name of the sending pod.
        receiver: The name of the receiving pod.
        is_enabled: The new setting.
        number: How often the setting has changed; a later change has a larger number.
    """

    sender: str
    receiver: str
    is_enabled: bool
    number: int


@dataclass(frozen=True, slots=True)
class UserAdded:
    """The sending pod has a new user, whom the directory of the receiving pod is to list.

    Attributes:
        sender: The name of the sending pod.
        receiver: The name of the receiving pod.
        user: The new user.
    """

    sender: str
    receiver: str
    user: User


Message = ConnectionChanged | CrossPodChanged | UserAdded
_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in (ConnectionChanged, CrossPodChanged, UserAdded)}


def as_text(message: Message) -> str:
    """A message as the outbox keeps it."""
    return _encode({"kind": type(message).__name__, **_members(message)})


def _members(value: Any) -> dict[str, Any]:
    # Not by asdict, which copies every member deeply and takes longer than the write.
    return {name: getattr(value, name) for name in type(value).__slots__}


_encode = json.JSONEncoder(default=_members, separators=(",", ":")).encode


def from_text(text: str) -> Message:
    """The message that ``as_text`` has written."""
    members: dict[str, Any] = json.loads(text)
    kind = _KINDS[members.pop("kind")]
    if "version" in members:
        members["version"] = Version(**members["version"])
        connection = members["connection"]
        members["connection"] = None if connection is None else Connection(**connection)
    if "user" in members:
        members["user"] = User(**members["user"])
    return kind(**members)
