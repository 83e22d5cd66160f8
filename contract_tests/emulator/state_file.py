"""The file for ``--state``: opening it, and saying what is wrong with it. A file with a fault stays as it is."""

import contextlib
import fcntl
import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from .messages import from_text
from .records import STATUSES

_APPLICATION_ID = 0x53504F44  # "SPOD": marks a file as ours
_SCHEMA_VERSION = 2
_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_SCHEMA_VERSION};
CREATE TABLE cross_pod (
    pod TEXT, towards TEXT, is_enabled INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (pod, towards)
) STRICT;
CREATE TABLE user (
    id INTEGER PRIMARY KEY, username TEXT NOT NULL, pod TEXT NOT NULL, is_entitled INTEGER NOT NULL,
    UNIQUE (username, pod)
) STRICT;
CREATE TABLE connection (
    owner_id INTEGER, other_id INTEGER, status TEXT NOT NULL, has_asked INTEGER NOT NULL,
    first_requested_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, request_counter INTEGER NOT NULL,
    PRIMARY KEY (owner_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE version (
    owner_id INTEGER, other_id INTEGER, number INTEGER NOT NULL, is_decision INTEGER NOT NULL, pod TEXT NOT NULL,
    PRIMARY KEY (owner_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE session (token TEXT PRIMARY KEY, user_id INTEGER NOT NULL, ends_at REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL) STRICT;
"""

_CHECKED_BYTES = 100 << 20
"""A state file up to this size is checked for damage at the start, which takes at most some seconds."""


class StateFileError(Exception):
    """The file for ``--state`` cannot be used; the message says why and what to do."""


def open_state_file(path: Path) -> tuple[sqlite3.Connection, int]:
    """Open a state file, which is made if it is missing.

    Returns:
        The database, and a descriptor that keeps other processes out of it until it is closed.

    Raises:
        StateFileError: The file cannot be opened, is in use, is damaged, or was not written by this module.
    """
    lock = _locked(path)
    try:
        return _opened(path), lock
    except StateFileError:
        os.close(lock)
        raise
    except (sqlite3.Error, ValueError) as error:  # SQLite quotes what it cannot read, and that need not be UTF-8
        os.close(lock)
        raise StateFileError(f"{path} cannot be used as a state file: {_printable(error)}.") from error


def _opened(path: Path) -> sqlite3.Connection:
    # Read only at first: SQLite would tidy up a file of another program that was killed.
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
        is_new = not _tables(database)
        if not is_new:
            _require_ours(database, path)
    # One thread uses it at a time, but the thread that makes it need not be the one that serves it.
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA busy_timeout = 5000")
        database.execute("PRAGMA journal_mode = WAL")
        # A commit survives the end of the process; only a power failure could undo it.
        database.execute("PRAGMA synchronous = NORMAL")
        if is_new:
            database.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _require_ours(database: sqlite3.Connection, path: Path) -> None:
    if database.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        raise StateFileError(f"{path} is a SQLite file of another program. Name another file.")
    if database.execute("PRAGMA user_version").fetchone()[0] != _SCHEMA_VERSION:
        raise StateFileError(f"{path} was written by another version of the emulated pod. Name another file.")
    if path.stat().st_size <= _CHECKED_BYTES and (damage := _damage(database)):
        raise StateFileError(f"{path} is damaged: {damage}. Name another file.")


def _damage(database: sqlite3.Connection) -> str | None:
    """What is wrong with the file, as far as it can be seen: a lawful value in place of another one cannot."""
    try:
        found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            return _printable(found)
        if _tables(database) != _tables_of_schema():
            return "its tables are not those of a state file"
        if database.execute("SELECT 1 FROM connection WHERE status NOT IN (?, ?, ?, ?)", STATUSES).fetchone():
            return "a connection has a status that there is not"
        for table in ("user", "session"):
            for _ in database.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own names
                pass
        messages = list(database.execute("SELECT message FROM outbox"))
    except (sqlite3.Error, ValueError) as error:
        return _printable(error)
    try:
        for (text,) in messages:
            from_text(text)
    except (ValueError, KeyError, TypeError):
        return "a message in it cannot be read"
    return None


def _printable(text: object) -> str:
    """A text of SQLite, which may quote bytes of a damaged file, for a terminal."""
    words = " ".join(str(text).split())
    return "".join(character if character.isprintable() else "?" for character in words)


def _tables(database: sqlite3.Connection) -> list[tuple[str, str]]:
    return list(database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"))


def _tables_of_schema() -> list[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(_SCHEMA)
        return _tables(database)


def _locked(path: Path) -> int:
    """Open a state file, made if it is missing, and lock it against other processes; return its descriptor.

    Raises:
        StateFileError: It cannot be opened, or another process uses it.
    """
    try:
        # It holds session tokens, so only its owner may read it.
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StateFileError(f"{path} cannot be opened as a state file: {error.strerror}.") from error
    try:
        # SQLite locks in another way, so the two locks do not meet.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StateFileError(f"{path} is in use by another process. Stop it, or name another file.") from error
    return descriptor
