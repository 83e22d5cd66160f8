"""The state file: what is acknowledged survives a kill, and files that are damaged or foreign stay as they are."""

import asyncio
import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from contract_tests import FOLDER
from contract_tests.emulator.cast import world_of_cast
from contract_tests.emulator.control.client import EmulatedPods
from contract_tests.emulator.federation import federate
from contract_tests.emulator.file_store import FileStore
from contract_tests.emulator.messages import CrossPodChanged
from contract_tests.emulator.network import Network
from contract_tests.emulator.process import EmulatorError, emulated_pod
from contract_tests.emulator.records import User
from contract_tests.emulator.state_file import StateFileError
from contract_tests.emulator.store import Store
from contract_tests.emulator.world import settle
from tests.emulator.clock import Clock
from tests.emulator.users import IDS


def foreign(path: Path) -> None:
    """A SQLite file of another program."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE notes (text TEXT)")
    database.close()


def older(path: Path) -> None:
    """A state file of another version."""
    FileStore(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 1")
    database.close()


def damaged(path: Path) -> None:
    """A state file in which bytes have changed."""
    store = FileStore(path)
    with store.transaction():
        for number in range(1, 2000):
            store.add_user(User(number, f"user-{number}", "acme", is_entitled=True))
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)


def killed(path: Path) -> None:
    """A SQLite file of another program that was killed: what it has written last stands in a second file."""
    kill = (
        "import os, signal, sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "database.execute('PRAGMA journal_mode = WAL')\n"
        "database.execute('CREATE TABLE notes (text TEXT)')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", kill, str(path)], check=False)


def changed(statement: str) -> Callable[[Path], None]:
    """A state file in which something has changed that SQLite itself does not notice."""

    def make(path: Path) -> None:
        store = FileStore(path)
        settle(store, world_of_cast(), 1)
        store.add_message(CrossPodChanged("acme", "beta", True, 1))
        store.close()
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute(statement)

    return make


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text("notes"), "cannot be used as a state file"),
        (lambda path: path.write_bytes(b"\0" * 5000), "cannot be used as a state file"),
        (foreign, "is a SQLite file of another program"),
        (older, "was written by another version of the emulated pod"),
        (killed, "is a SQLite file of another program"),
        (damaged, "is damaged: .* Page 3"),
        (changed("UPDATE connection SET status = 'BLOCKED'"), "is damaged: a connection has a status that"),
        (
            changed("UPDATE user SET username = CAST(x'ff1b' AS TEXT) WHERE pod = 'delta'"),
            r"is damaged: Could not decode .* '.\?'",
        ),
        (changed("UPDATE outbox SET message = '{\"kind\": 1}'"), "is damaged: a message in it cannot be read"),
        (changed("CREATE TABLE more (text TEXT)"), "is damaged: its tables are not those of a state file"),
    ],
    ids=[
        "text",
        "zeros",
        "another program",
        "another version",
        "another program that was killed",
        "damage",
        "a status that there is not",
        "no UTF-8",
        "no message",
        "another table",
    ],
)
def test_a_file_that_is_no_state_is_an_error_and_stays_as_it_was(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "state.db"
    make(path)
    before = path.read_bytes()

    with pytest.raises(StateFileError, match=message):
        FileStore(path)

    assert path.read_bytes() == before


def test_a_state_in_use_is_an_error(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "state.db")

    with pytest.raises(StateFileError, match="is in use by another process. Stop it, or name another file"):
        FileStore(tmp_path / "state.db")

    store.close()
    FileStore(tmp_path / "state.db").close()


def test_a_damaged_state_is_an_error_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "state-beta.db").write_text("notes")

    with (
        pytest.raises(EmulatorError, match="status 2 .*\n.*state-beta.db cannot be used as a state file"),
        emulated_pod("--state", str(tmp_path / "state.db"), federation=True),
    ):
        pass


def test_a_state_of_another_world_is_an_error_and_stays_as_it_was(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text('[[pods]]\nname = "acme"\n[[users]]\nname = "bot"\npod = "acme"\n', encoding="utf-8")
    arguments = ["--state", str(tmp_path / "state.db")]
    with emulated_pod(*arguments, federation=True):
        pass
    before = (tmp_path / "state-acme.db").read_bytes()

    with (
        pytest.raises(EmulatorError, match="status 2 .*\n.*pod acme is of another world: it has no user bot@acme"),
        emulated_pod(*arguments, "--world", str(world), federation=True),
    ):
        pass

    assert (tmp_path / "state-acme.db").read_bytes() == before


def test_a_change_that_fails_leaves_state_and_messages_as_they_were(
    stores: dict[str, Store], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(0.3)
    network.call_later = clock.call_later
    network.now = clock.now
    federation = federate(stores, network=network)
    federation.populate()
    pod = federation.pods["beta"].pod
    requester = stores["beta"].user(IDS["REQUESTER"])
    assert requester is not None
    before = stores["beta"].dump()

    def failing(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(pod, "post", failing)  # the last step before the commit
    with pytest.raises(sqlite3.OperationalError):
        pod.create(requester, IDS["CALLER"])

    assert (stores["beta"].dump(), network.under_way) == (before, [])


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[tuple[dict[str, str], Callable[[], None]]]:
    """Emulated pods in a process, their environment, and a function that kills them."""
    command = [sys.executable, "-m", "contract_tests.emulator.serve", "--port", "0", "--print-env", "json", *arguments]
    with subprocess.Popen(
        command, cwd=FOLDER.parent, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline()), process.kill
        finally:
            process.kill()


KILLS = int(os.environ.get("KILLS", "6"))
"""How often the pods are killed; ``make kills`` does it a hundred times."""
PAIRS = 50
NEXT = {None: ("REQUESTER", "create"), "PENDING": ("CALLER", "accept"), "ACCEPTED": ("CALLER", "remove")}
AFTER = {None: "PENDING", "PENDING": "ACCEPTED", "ACCEPTED": None}
SEEN = {"PENDING_OUTGOING": "PENDING", "PENDING_INCOMING": "PENDING", "ACCEPTED": "ACCEPTED"}


class Load:
    """Fifty pairs of users who ask, accept and remove as fast as they can.

    Attributes:
        known: What was acknowledged of each pair.
        possible: What each pair may be: what was acknowledged, and what was on its way.
        acknowledged: How many changes were acknowledged.
        propagation: The milliseconds from pod to pod.
    """

    def __init__(self) -> None:
        self.propagation = 0
        self.known: list[str | None] = [None] * PAIRS
        self.possible: list[set[str | None]] = [{None} for _ in range(PAIRS)]
        self.acknowledged = 0

    async def run(
        self, pods: EmulatedPods, ids: list[tuple[int, int]], kill: Callable[[], None], changes: int, seconds: float
    ) -> None:
        """Send until the pods are killed.

        Args:
            pods: The pods.
            ids: The requester and the receiver of each pair.
            kill: Kills the pods.
            changes: After how many acknowledged changes.
            seconds: How long after the last of them.
        """
        self._kill, self._seconds, self._until = kill, seconds, self.acknowledged + changes
        urls = {name: pod.url for name, pod in pods.pods().items()}
        tokens = [(pods.open_session(requester), pods.open_session(receiver)) for requester, receiver in ids]
        async with httpx.AsyncClient(trust_env=False, timeout=20, limits=httpx.Limits(max_connections=PAIRS)) as http:
            await asyncio.gather(
                *(self._pair(http, urls, number, ids[number], tokens[number]) for number in range(PAIRS))
            )

    async def _pair(
        self, http: httpx.AsyncClient, urls: dict[str, str], number: int, ids: tuple[int, int], tokens: tuple[str, str]
    ) -> None:
        while True:
            role, verb = NEXT[self.known[number]]
            place = 0 if role == "REQUESTER" else 1
            url, other = urls["beta" if place == 0 else "acme"], ids[1 - place]
            self.possible[number] = {self.known[number], AFTER[self.known[number]]}
            path = f"user/{other}/remove" if verb == "remove" else verb
            body = None if verb == "remove" else {"userId": other}
            try:
                answer = await http.post(
                    f"{url}/v1/connection/{path}", headers={"sessionToken": tokens[place]}, json=body
                )
            except httpx.TransportError:
                return
            if answer.status_code in (400, 404) and self.propagation:
                # What the other side did has not arrived yet.
                self.possible[number] = {self.known[number]}
                await asyncio.sleep(0.005)
                continue
            assert answer.status_code == 200, (verb, answer.text)
            self.known[number] = AFTER[self.known[number]]
            self.possible[number] = {self.known[number]}
            self.acknowledged += 1
            if self.acknowledged == self._until:
                asyncio.get_running_loop().call_later(self._seconds, self._kill)


def test_what_is_acknowledged_survives_kills_under_load(tmp_path: Path) -> None:
    load, randomness = Load(), random.Random(0)
    ids: list[tuple[int, int]] = []
    sessions: dict[str, int] = {}

    for number in range(KILLS):
        load.propagation = 20 * (number % 2)
        arguments = ("--state", str(tmp_path / "state.db"), "--propagation", str(load.propagation))
        with started(*arguments) as (environment, kill), EmulatedPods(environment["POD_URL"]) as pods:
            if not ids:
                ids = [
                    (pods.add_user("beta", f"from-{number}").id, pods.add_user("acme", f"to-{number}").id)
                    for number in range(PAIRS)
                ]
            pods.deliver_messages()
            assert sides_of(pods, ids) == [(found, found) for found in took_effect(pods, ids, load)]
            assert {token: session_status(environment, token) for token in sessions} == sessions
            # One session that stays open, and one that is ended.
            opened, ended = pods.open_session(ids[0][1]), pods.open_session(ids[0][1])
            pods.revoke_session(ended)
            sessions |= {opened: 200, ended: 401}
            asyncio.run(load.run(pods, ids, kill, randomness.randint(11, 300), randomness.uniform(0, 0.05)))

    assert load.acknowledged > 10 * KILLS


def sides_of(pods: EmulatedPods, ids: list[tuple[int, int]]) -> list[tuple[str | None, str | None]]:
    """What the requester and the receiver of each pair see."""
    seen = {side.owner_id: SEEN[side.status] for side in pods.connections()}
    return [(seen.get(requester), seen.get(receiver)) for requester, receiver in ids]


def took_effect(pods: EmulatedPods, ids: list[tuple[int, int]], load: Load) -> list[str | None]:
    """What each pair is now, which has to be what was acknowledged or what was on its way; the load goes on from it."""
    for number, (found, _) in enumerate(sides_of(pods, ids)):
        assert found in load.possible[number], (number, found, load.possible[number])
        load.known[number] = found
    return load.known


def session_status(environment: dict[str, str], token: str) -> int:
    """How the caller's pod answers a session token."""
    return httpx.get(f"{environment['POD_URL']}/v2/sessioninfo", headers={"sessionToken": token}).status_code
