"""The world in which the emulated pods start: pods, users, crossPod settings and connections."""

from collections.abc import Iterable
from dataclasses import dataclass

from .pod import PENDING_OUTGOING, mirrored
from .records import Connection, User, Version
from .store import Store

EVERYWHERE = "everywhere"
"""The name under which the stores and the keys of all private pods stand that share one address."""


@dataclass(frozen=True, slots=True)
class Resident:
    """A user of the world.

    Attributes:
        user: The user.
        role: The role in the environment variables, such as ``CALLER``; None for a user without one.
        has_session: Whether the environment holds a session for the user.
        token: The token of a session that is open from the start.
        key_name: The name of the user's key file, without its suffix; None if the user has no key.
    """

    user: User
    role: str | None = None
    has_session: bool = False
    token: str | None = None
    key_name: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A connection between users of two pods.

    Attributes:
        asker_id: The user who has asked.
        asked_id: The user who was asked.
        status: The status as the asker sees it.
    """

    asker_id: int
    asked_id: int
    status: str = PENDING_OUTGOING


@dataclass(frozen=True, slots=True)
class World:
    """The world in which the pods start.

    Attributes:
        pods: The names of the private pods; the caller's comes first.
        residents: The users.
        cross_pod: Which pods have crossPod enabled: the pod, and the pod towards which it is enabled.
        relations: The connections.
    """

    pods: tuple[str, ...]
    residents: tuple[Resident, ...]
    cross_pod: frozenset[tuple[str, str]]
    relations: tuple[Relation, ...] = ()

    def resident(self, role: str) -> Resident:
        """The user with a role.

        Raises:
            LookupError: Nobody has it.
        """
        for resident in self.residents:
            if resident.role == role:
                return resident
        raise LookupError(f"Nobody in the world has the role {role}.")

    def pods_of_users(self) -> dict[int, str]:
        """The name of each user's pod, by the user's id."""
        return {resident.user.id: resident.user.pod for resident in self.residents}


def settle(store: Store, world: World, now: int, home: str | None = None) -> None:
    """Put a world into the store of a pod, unless the store has users already.

    Args:
        store: The store to fill.
        world: The world.
        now: The time of the requests, in milliseconds since 1970.
        home: The name of the private pod, which gets only its own sides of the connections; None if all private
            pods share the store.
    """
    if store.has_users():
        return
    pod_of = world.pods_of_users()
    with store.transaction():
        for resident in world.residents:
            store.add_user(resident.user)
        for pod, towards in sorted(world.cross_pod):
            store.set_cross_pod(pod, towards, is_enabled=True)
        for relation in world.relations:
            asker_pod = pod_of[relation.asker_id]
            for side in both_sides(relation, now):
                if home in (None, pod_of[side.owner_id]):
                    store.put(side)
                    store.set_version(side.owner_id, side.other_id, Version(1, is_decision=False, pod=asker_pod))


def both_sides(relation: Relation, now: int) -> Iterable[Connection]:
    """A connection as both users see it."""
    asker_s = Connection(relation.asker_id, relation.asked_id, relation.status, True, now, now, 1)
    return asker_s, mirrored(asker_s)
