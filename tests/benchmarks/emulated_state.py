"""The time of an accept at a pod whose state file holds many connections, beside one whose file holds few.

The two pods run side by side and are asked in turns, so that both see the same machine. The sizes grow until the time
for the whole benchmark is used up; the last row is the target.
"""

import contextlib
import http.client
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from contract_tests import FOLDER
from contract_tests.emulator.cast import world_of_cast
from contract_tests.emulator.file_store import FileStore
from contract_tests.emulator.world import settle

SIZES = (10_000, 100_000, 1_000_000, 3_000_000, 10_000_000)
LONGEST = 300.0
"""Seconds for the whole benchmark; a size that would take longer is left out."""
REQUESTS = 2_000
MOST = 1.5
FIRST_ID = 1_000_000_000_000_000

_USERS = """
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)
INSERT INTO user SELECT {first} + i, 'u' || i, 'beta', 1 FROM n
"""
# One column of sides for the caller, and one for each of the users, as after as many requests.
_SIDES = (
    "INSERT INTO connection SELECT {caller}, id, 'PENDING_INCOMING', 0, 1, 1, 1 FROM user WHERE id >= {first}",
    "INSERT INTO connection SELECT id, {caller}, 'PENDING_OUTGOING', 1, 1, 1, 1 FROM user WHERE id >= {first}",
    "INSERT INTO version SELECT owner_id, other_id, 1, 0, 'beta' FROM connection WHERE owner_id >= {first}",
)


def main() -> int:
    """Print a row for every size. Return 1 if the largest one misses the target, else 0."""
    start, ratio = time.monotonic(), 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = folder / "small.db"
        for size in SIZES:
            began = time.monotonic()
            path = folder / f"{size}.db"
            _fill(path, size)
            _fill(small, REQUESTS)
            with _pod(small) as few, _pod(path) as many:
                times = _accepted_in_turns(few, many, size)
            ratio = times[1] / times[0]
            megabytes = path.stat().st_size / 1e6
            print(
                f"| p99 of accept, {size:,} connections ({megabytes:,.0f} MB) | {times[1] * 1e3:.2f} ms "
                f"| {times[0] * 1e3:.2f} ms with {REQUESTS:,} | {ratio:.2f} | at most {MOST} |",
                flush=True,
            )
            path.unlink()
            # The next size is three to ten times as large.
            if time.monotonic() - start + 6 * (time.monotonic() - began) > LONGEST:
                break
    return int(ratio > MOST)


def _fill(path: Path, count: int) -> None:
    """Make a state file in which so many users have asked the caller to connect."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    world = world_of_cast()
    caller = world.resident("CALLER").user.id
    store = FileStore(path)
    settle(store, world, 1)
    store.close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for statement in (_USERS, *_SIDES):
            database.execute(statement.format(count=count, first=FIRST_ID, caller=caller))
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


Pod = tuple[http.client.HTTPConnection, str]
"""A connection to a pod, and the caller's token."""


@contextlib.contextmanager
def _pod(path: Path) -> Iterator[Pod]:
    command = [sys.executable, "-m", "contract_tests", "emulate", "--port", "0", "--one-address"]
    command += ["--state", str(path), "--print-env", "dotenv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=FOLDER.parent) as process:
        try:
            variables = {}
            for line in process.stdout or ():
                if line == "# ready\n":
                    break
                name, _, value = line.strip().partition("=")
                variables[name] = json.loads(value)
            url = urlsplit(variables["POD_URL"])
            yield http.client.HTTPConnection(str(url.hostname), url.port), variables["POD_CALLER_TOKEN"]
        finally:
            process.terminate()


def _accepted_in_turns(few: Pod, many: Pod, size: int) -> tuple[float, float]:
    """The 99th percentile of the seconds of an accept, at each of two pods."""
    times: tuple[list[float], list[float]] = ([], [])
    # The users are spread over the whole file.
    step = max(1, size // REQUESTS)
    for number in range(REQUESTS):
        for pod, user_id, taken in (
            (few, FIRST_ID + number, times[0]),
            (many, FIRST_ID + number * step, times[1]),
        ):
            taken.append(_accept(*pod, user_id))
    return _percentile(times[0]), _percentile(times[1])


def _accept(connection: http.client.HTTPConnection, token: str, user_id: int) -> float:
    start = time.perf_counter()
    headers = {"sessionToken": token, "Content-Type": "application/json"}
    connection.request("POST", "/pod/v1/connection/accept", json.dumps({"userId": user_id}), headers)
    answer = connection.getresponse()
    answer.read()
    seconds = time.perf_counter() - start
    if answer.status != 200:
        raise SystemExit(f"bench: accept was answered {answer.status}")
    return seconds


def _percentile(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


if __name__ == "__main__":
    sys.exit(main())
