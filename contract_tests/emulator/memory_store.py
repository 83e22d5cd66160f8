"""The state of a pod in memory, which ends with the process."""

import itertools
from collections.abc import MutableMapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from .messages import Message
from .records import NO_VERSION, Connection, CrossPod, Dump, Session, User, Version

_ABSENT: Any = object()


class MemoryStore:
    """The state of a pod in memory; the same as ``FileStore`` otherwise."""

    def __init__(self) -> None:
        self._users: dict[int, User] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._cross_pod: dict[tuple[str, str], CrossPod] = {}
        self._connections: dict[int, dict[int, Connection]] = {}
        self._versions: dict[tuple[int, int], Version] = {}
        self._sessions: dict[str, Session] = {}
        self._messages: dict[int, Message] = {}
        self._last_numbers = {"message": 0}
        self._transaction = _Transaction()

    def close(self) -> None:
        """Do nothing: there is no file."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make the changes inside atomic. An exception undoes them all.

        A transaction inside a transaction is a part of it.
        """
        return self._transaction

    def add_user(self, user: User) -> None:
        """Add a user.

        Raises:
            ValueError: There is a user with this id, or with this name in this private pod.
        """
        name = user.username, user.pod
        if user.id in self._users or name in self._ids:
            raise ValueError(f"There is a user {user.id} already, or one called {user.username} in {user.pod}.")
        self._put(self._users, user.id, user)
        self._put(self._ids, name, user.id)

    def set_entitlement(self, user_id: int, *, is_entitled: bool) -> None:
        """Set whether a user may work with connections."""
        user = self._users[user_id]
        self._put(self._users, user_id, User(user.id, user.username, user.pod, is_entitled))

    def user(self, user_id: int) -> User | None:
        """The user with this id, or None."""
        return self._users.get(user_id)

    def user_named(self, username: str, pod: str | None = None) -> User | None:
        """The user with this username, in one private pod or in any; None if there is none."""
        if pod is not None:
            return self._users.get(self._ids.get((username, pod), 0))
        return next((user for user in self._users.values() if user.username == username), None)

    def has_users(self) -> bool:
        """Whether there is any user."""
        return bool(self._users)

    def users(self, pod: str | None = None, limit: int = -1) -> list[User]:
        """The users of one private pod, or all users, in the order of their ids; at most ``limit`` unless negative."""
        found = [self._users[user_id] for user_id in sorted(self._users) if pod in (None, self._users[user_id].pod)]
        return found if limit < 0 else found[:limit]

    def set_cross_pod(self, pod: str, towards: str, *, is_enabled: bool, number: int | None = None) -> int:
        """Set crossPod of one private pod towards another; the other pod has its own setting.

        Args:
            pod: The pod whose setting it is.
            towards: The other pod.
            is_enabled: The new setting.
            number: How often the setting has changed; one more than before if it is left out. A setting with a
                larger number stays as it is.

        Returns:
            The number that the setting has now.
        """
        before = self._cross_pod.get((pod, towards))
        last = before.number if before else 0
        number = last + 1 if number is None else number
        if number <= last:
            return last
        self._put(self._cross_pod, (pod, towards), CrossPod(pod, towards, is_enabled, number))
        return number

    def is_cross_pod(self, pod: str, other: str) -> bool:
        """Whether both private pods have crossPod enabled towards each other."""
        return self.is_cross_pod_towards(pod, other) and self.is_cross_pod_towards(other, pod)

    def is_cross_pod_towards(self, pod: str, towards: str) -> bool:
        """Whether one private pod has crossPod enabled towards another."""
        setting = self._cross_pod.get((pod, towards))
        return setting is not None and setting.is_enabled

    def put(self, connection: Connection) -> None:
        """Write one side of a connection, replacing what was there."""
        self._put(self._connections.setdefault(connection.owner_id, {}), connection.other_id, connection)

    def delete(self, owner_id: int, other_id: int) -> None:
        """Delete one side of a connection."""
        self._delete(self._connections.get(owner_id, {}), other_id)

    def connection(self, owner_id: int, other_id: int) -> Connection | None:
        """One side of a connection; None if there is none."""
        sides = self._connections.get(owner_id)
        return sides.get(other_id) if sides else None

    def connections(self, owner_id: int) -> list[Connection]:
        """All connections of one user, in the order of the other users' ids."""
        sides = self._connections.get(owner_id, {})
        return [sides[other_id] for other_id in sorted(sides)]

    def some_connections(self, pod: str, limit: int) -> list[Connection]:
        """The first sides of connections that users of one private pod own, by their ids."""
        owners = (owner_id for owner_id in sorted(self._connections) if self._pod_of(owner_id) == pod)
        sides = (side for owner_id in owners for side in self.connections(owner_id))
        return list(itertools.islice(sides, limit))

    def version(self, owner_id: int, other_id: int) -> Version:
        """The version of one side of a connection, which stays when the connection is deleted."""
        return self._versions.get((owner_id, other_id), NO_VERSION)

    def set_version(self, owner_id: int, other_id: int, version: Version) -> None:
        """Set the version of one side of a connection."""
        self._put(self._versions, (owner_id, other_id), version)

    def next_version(self, owner_id: int, other_id: int, *, is_decision: bool, pod: str) -> Version:
        """Make the next version of one side of a connection, and return it."""
        version = Version(self.version(owner_id, other_id).number + 1, is_decision, pod)
        self.set_version(owner_id, other_id, version)
        return version

    def sessions(self) -> dict[str, Session]:
        """All sessions by their tokens, in the order in which they end."""
        return dict(sorted(self._sessions.items(), key=lambda item: item[1].ends_at))

    def put_session(self, token: str, session: Session) -> None:
        """Write a session, replacing what was there."""
        self._put(self._sessions, token, session)

    def add_message(self, message: Message) -> int:
        """Put a message into the outbox, and return its number there."""
        number = self._last_numbers["message"] + 1
        self._put(self._last_numbers, "message", number)
        self._put(self._messages, number, message)
        return number

    def messages(self) -> list[tuple[int, Message]]:
        """The messages in the outbox with their numbers, the oldest first."""
        return sorted(self._messages.items())

    def remove_messages(self, numbers: Sequence[int]) -> None:
        """Take messages out of the outbox."""
        for number in numbers:
            self._delete(self._messages, number)

    def dump(self) -> Dump:
        """The whole state."""
        return Dump(
            tuple(self.users()),
            tuple(self._cross_pod[key] for key in sorted(self._cross_pod)),
            tuple(side for owner_id in sorted(self._connections) for side in self.connections(owner_id)),
            tuple((*key, self._versions[key]) for key in sorted(self._versions)),
            tuple(sorted(self._sessions.items())),
            tuple(self.messages()),
        )

    def clear(self) -> None:
        """Remove the whole state."""
        self.load(Dump())

    def load(self, dump: Dump) -> None:
        """Replace the whole state, outside of transactions."""
        self._users = {user.id: user for user in dump.users}
        self._ids = {(user.username, user.pod): user.id for user in dump.users}
        self._cross_pod = {(setting.pod, setting.towards): setting for setting in dump.cross_pod}
        self._connections = {}
        for side in dump.connections:
            self.put(side)
        self._versions = {(owner_id, other_id): version for owner_id, other_id, version in dump.versions}
        self._sessions = dict(dump.sessions)
        self._messages = dict(dump.messages)

    def _pod_of(self, user_id: int) -> str | None:
        user = self._users.get(user_id)
        return user.pod if user else None

    def _put(self, table: MutableMapping[Any, Any], key: object, value: object) -> None:
        self._transaction.note(table, key)
        table[key] = value

    def _delete(self, table: MutableMapping[Any, Any], key: object) -> None:
        self._transaction.note(table, key)
        table.pop(key, None)


class _Transaction:
    """What ``MemoryStore.transaction`` returns: it remembers what was there before."""

    __slots__ = ("_before", "_depth")

    def __init__(self) -> None:
        self._before: list[tuple[MutableMapping[Any, Any], object, Any]] = []
        self._depth = 0

    def note(self, table: MutableMapping[Any, Any], key: object) -> None:
        """Remember what stands under a key, which is about to change."""
        if self._depth:
            self._before.append((table, key, table.get(key, _ABSENT)))

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth:
            return
        if kind is not None:
            for table, key, value in reversed(self._before):
                if value is _ABSENT:
                    table.pop(key, None)
                else:
                    table[key] = value
        self._before.clear()
