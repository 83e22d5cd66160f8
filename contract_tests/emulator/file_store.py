"""The state of a pod in a SQLite file, which survives the process."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from .messages import Message, as_text, from_text
from .records import NO_VERSION, Connection, CrossPod, Dump, Session, User, Version
from .state_file import open_state_file


class FileStore:
    """The state of a pod in a file.

    Args:
        path: A SQLite file, which is made if it is missing.

    Raises:
        StateFileError: The file cannot be opened, is in use, is damaged, or was not written by this class.
    """

    def __init__(self, path: Path) -> None:
        self._database, self._lock = open_state_file(path)
        self._transaction = _Transaction(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
        os.close(self._lock)

    def transaction(self) -> AbstractContextManager[None]:
        """Make the changes inside atomic. An exception undoes them all, and nobody else writes meanwhile.

        A transaction inside a transaction is a part of it.
        """
        return self._transaction

    def add_user(self, user: User) -> None:
        """Add a user.

        Raises:
            ValueError: There is a user with this id, or with this name in this private pod.
        """
        try:
            self._database.execute("INSERT INTO user VALUES (?, ?, ?, ?)", _row(user))
        except sqlite3.IntegrityError as error:
            raise ValueError(
                f"There is a user {user.id} already, or one called {user.username} in {user.pod}."
            ) from error

    def set_entitlement(self, user_id: int, *, is_entitled: bool) -> None:
        """Set whether a user may work with connections."""
        self._database.execute("UPDATE user SET is_entitled = ? WHERE id = ?", (is_entitled, user_id))

    def user(self, user_id: int) -> User | None:
        """The user with this id, or None."""
        return self._user("SELECT * FROM user WHERE id = ?", user_id)

    def user_named(self, username: str, pod: str | None = None) -> User | None:
        """The user with this username, in one private pod or in any; None if there is none."""
        return self._user("SELECT * FROM user WHERE username = ? AND coalesce(pod = ?, 1)", username, pod)

    def _user(self, query: str, *keys: int | str | None) -> User | None:
        row = self._database.execute(query, keys).fetchone()
        return User(row[0], row[1], row[2], bool(row[3])) if row else None

    def has_users(self) -> bool:
        """Whether there is any user."""
        return self._database.execute("SELECT 1 FROM user LIMIT 1").fetchone() is not None

    def users(self, pod: str | None = None, limit: int = -1) -> list[User]:
        """The users of one private pod, or all users, in the order of their ids; at most ``limit`` unless negative."""
        rows = self._database.execute("SELECT * FROM user WHERE coalesce(pod = ?, 1) ORDER BY id LIMIT ?", (pod, limit))
        return [User(row[0], row[1], row[2], bool(row[3])) for row in rows]

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
        key = (pod, towards)
        row = self._database.execute("SELECT number FROM cross_pod WHERE (pod, towards) = (?, ?)", key).fetchone()
        last = row[0] if row else 0
        number = last + 1 if number is None else number
        if number <= last:
            return int(last)
        self._database.execute("REPLACE INTO cross_pod VALUES (?, ?, ?, ?)", (*key, is_enabled, number))
        return number

    def is_cross_pod(self, pod: str, other: str) -> bool:
        """Whether both private pods have crossPod enabled towards each other."""
        query = (
            "SELECT EXISTS (SELECT 1 FROM cross_pod WHERE pod = ? AND towards = ? AND is_enabled) "
            "AND EXISTS (SELECT 1 FROM cross_pod WHERE pod = ? AND towards = ? AND is_enabled)"
        )
        return bool(self._database.execute(query, (pod, other, other, pod)).fetchone()[0])

    def is_cross_pod_towards(self, pod: str, towards: str) -> bool:
        """Whether one private pod has crossPod enabled towards another."""
        query = "SELECT is_enabled FROM cross_pod WHERE pod = ? AND towards = ?"
        row = self._database.execute(query, (pod, towards)).fetchone()
        return row is not None and bool(row[0])

    def put(self, connection: Connection) -> None:
        """Write one side of a connection, replacing what was there."""
        self._database.execute("REPLACE INTO connection VALUES (?, ?, ?, ?, ?, ?, ?)", _row(connection))

    def delete(self, owner_id: int, other_id: int) -> None:
        """Delete one side of a connection."""
        self._database.execute("DELETE FROM connection WHERE owner_id = ? AND other_id = ?", (owner_id, other_id))

    def connection(self, owner_id: int, other_id: int) -> Connection | None:
        """One side of a connection; None if there is none."""
        query = "SELECT * FROM connection WHERE owner_id = ? AND other_id = ?"
        row = self._database.execute(query, (owner_id, other_id)).fetchone()
        return _connection(row) if row else None

    def connections(self, owner_id: int) -> list[Connection]:
        """All connections of one user, in the order of the other users' ids."""
        query = "SELECT * FROM connection WHERE owner_id = ? ORDER BY other_id"
        return [_connection(row) for row in self._database.execute(query, (owner_id,))]

    def some_connections(self, pod: str, limit: int) -> list[Connection]:
        """The first sides of connections that users of one private pod own, by their ids."""
        query = (
            "SELECT connection.* FROM connection JOIN user ON user.id = owner_id WHERE pod = ? "
            "ORDER BY owner_id, other_id LIMIT ?"
        )
        return [_connection(row) for row in self._database.execute(query, (pod, limit))]

    def version(self, owner_id: int, other_id: int) -> Version:
        """The version of one side of a connection, which stays when the connection is deleted."""
        query = "SELECT number, is_decision, pod FROM version WHERE owner_id = ? AND other_id = ?"
        row = self._database.execute(query, (owner_id, other_id)).fetchone()
        return Version(row[0], bool(row[1]), row[2]) if row else NO_VERSION

    def set_version(self, owner_id: int, other_id: int, version: Version) -> None:
        """Set the version of one side of a connection."""
        row = (owner_id, other_id, version.number, version.is_decision, version.pod)
        self._database.execute("REPLACE INTO version VALUES (?, ?, ?, ?, ?)", row)

    def next_version(self, owner_id: int, other_id: int, *, is_decision: bool, pod: str) -> Version:
        """Make the next version of one side of a connection, and return it."""
        query = (
            "INSERT INTO version VALUES (?, ?, 1, ?, ?) ON CONFLICT DO UPDATE "
            "SET number = number + 1, is_decision = excluded.is_decision, pod = excluded.pod RETURNING number"
        )
        ((number,),) = self._database.execute(query, (owner_id, other_id, is_decision, pod)).fetchall()
        return Version(number, is_decision, pod)

    def sessions(self) -> dict[str, Session]:
        """All sessions by their tokens, in the order in which they end."""
        rows = self._database.execute("SELECT token, user_id, ends_at FROM session ORDER BY ends_at")
        return {token: Session(user_id, ends_at) for token, user_id, ends_at in rows}

    def put_session(self, token: str, session: Session) -> None:
        """Write a session, replacing what was there."""
        row = (token, session.user_id, session.ends_at)
        self._database.execute("REPLACE INTO session VALUES (?, ?, ?)", row)

    def add_message(self, message: Message) -> int:
        """Put a message into the outbox, and return its number there."""
        number = self._database.execute("INSERT INTO outbox (message) VALUES (?)", (as_text(message),)).lastrowid
        return int(number or 0)

    def messages(self) -> list[tuple[int, Message]]:
        """The messages in the outbox with their numbers, the oldest first."""
        return [(number, from_text(text)) for number, text in self._all("outbox")]

    def remove_messages(self, numbers: Sequence[int]) -> None:
        """Take messages out of the outbox."""
        with self.transaction():
            self._database.executemany("DELETE FROM outbox WHERE number = ?", [(number,) for number in numbers])

    def dump(self) -> Dump:
        """The whole state."""
        return Dump(
            tuple(self.users()),
            tuple(CrossPod(pod, towards, bool(on), number) for pod, towards, on, number in self._all("cross_pod")),
            tuple(_connection(row) for row in self._all("connection")),
            tuple(
                (owner_id, other_id, Version(number, bool(is_decision), pod))
                for owner_id, other_id, number, is_decision, pod in self._all("version")
            ),
            tuple((token, Session(user_id, ends_at)) for token, user_id, ends_at in self._all("session")),
            tuple(self.messages()),
        )

    def clear(self) -> None:
        """Remove the whole state."""
        self.load(Dump())

    def load(self, dump: Dump) -> None:
        """Replace the whole state."""
        tables: dict[str, list[tuple[object, ...]]] = {
            "user": [_row(user) for user in dump.users],
            "cross_pod": [_row(setting) for setting in dump.cross_pod],
            "connection": [_row(side) for side in dump.connections],
            "version": [(owner_id, other_id, *_row(version)) for owner_id, other_id, version in dump.versions],
            "session": [(token, *_row(session)) for token, session in dump.sessions],
            "outbox": [(number, as_text(message)) for number, message in dump.messages],
        }
        with self.transaction():
            for table, rows in tables.items():
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
                if rows:
                    places = ", ".join("?" * len(rows[0]))
                    self._database.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - our own names

    def _all(self, table: str) -> list[tuple[Any, ...]]:
        return list(self._database.execute(f"SELECT * FROM {table} ORDER BY 1, 2"))  # noqa: S608 - our own names


class _Transaction:
    """What ``FileStore.transaction`` returns. A class, because a generator takes as long as one more statement."""

    __slots__ = ("_database", "_depth")

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._depth = 0

    def __enter__(self) -> None:
        if self._depth == 0:
            self._database.execute("BEGIN IMMEDIATE")
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _connection(row: tuple[int, int, str, int, int, int, int]) -> Connection:
    owner_id, other_id, status, has_asked, first_requested_at, updated_at, request_counter = row
    return Connection(owner_id, other_id, status, bool(has_asked), first_requested_at, updated_at, request_counter)


def _row(record: Any) -> tuple[object, ...]:
    # Not by astuple, which copies every member deeply and takes longer than the write.
    return tuple([getattr(record, name) for name in type(record).__slots__])
