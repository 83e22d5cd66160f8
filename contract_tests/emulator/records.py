"""What a pod keeps: users, connections with their versions, crossPod settings, sessions and messages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .messages import Message

STATUSES = ("ACCEPTED", "PENDING_INCOMING", "PENDING_OUTGOING", "REJECTED")
"""The statuses of the pages."""


@dataclass(frozen=True, slots=True)
class User:
    """A user.

    Attributes:
        id: The user id, int64.
        username: The user's name for logins.
        pod: The name of the user's private pod.
        is_entitled: Whether the user may work with connections.
    """

    id: int
    username: str
    pod: str
    is_entitled: bool


@dataclass(frozen=True, slots=True)
class Connection:
    """One side of a connection: what one of its two users sees.

    Attributes:
        owner_id: The user who sees it.
        other_id: The other user.
        status: One of ``STATUSES``.
        has_asked: Whether the owner made the last request.
        first_requested_at: Time of the first request, in milliseconds since 1970.
        updated_at: Time of the last change, in milliseconds since 1970.
        request_counter: How many requests were made.
    """

    owner_id: int
    other_id: int
    status: str
    has_asked: bool
    first_requested_at: int
    updated_at: int
    request_counter: int


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """The version of a connection between users of two pods. Of two versions the larger one counts, on both sides.

    Attributes:
        number: How often the connection has changed.
        is_decision: Whether accept or reject made it. A decision outweighs another change that crosses it.
        pod: The name of the pod that made it; of two changes that cross, the pod whose name comes last decides.
    """

    number: int
    is_decision: bool
    pod: str


NO_VERSION = Version(0, is_decision=False, pod="")
"""The version of a connection that there never was."""


@dataclass(frozen=True, slots=True)
class CrossPod:
    """The setting of one private pod towards another.

    Attributes:
        pod: The pod whose setting it is.
        towards: The other pod.
        is_enabled: Whether crossPod is on.
        number: How often the setting has changed; a later change has a larger number.
    """

    pod: str
    towards: str
    is_enabled: bool
    number: int


@dataclass(frozen=True, slots=True)
class Session:
    """An open session.

    Attributes:
        user_id: The session's user.
        ends_at: When it expires, in seconds since 1970.
    """

    user_id: int
    ends_at: float


@dataclass(frozen=True, slots=True)
class Dump:
    """The whole state of a pod.

    Attributes:
        users: The users.
        cross_pod: The crossPod settings.
        connections: All sides of connections.
        versions: The versions of sides: owner, other user, version.
        sessions: The sessions by their tokens.
        messages: The messages in the outbox by their numbers.
    """

    users: tuple[User, ...] = ()
    cross_pod: tuple[CrossPod, ...] = ()
    connections: tuple[Connection, ...] = ()
    versions: tuple[tuple[int, int, Version], ...] = ()
    sessions: tuple[tuple[str, Session], ...] = ()
    messages: tuple[tuple[int, "Message"], ...] = ()
