"""How quick the client is, held against the same call made in other ways; ``make bench-client`` runs it alone.

The rivals live in an environment of their own, ``build/rivals``, made from ``tests/client/rivals/requirements.lock``.
openapi-generator's client needs a Java on the machine; without one its row says so and counts as missed.
"""

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.client.size import lines_of_code
from tests.openapi.size import lines_for_connections

ROOT = Path(__file__).resolve().parent.parent.parent
RIVALS = ROOT / "tests" / "client" / "rivals"
LOCK = RIVALS / "requirements.lock"
ENVIRONMENT = ROOT / "build" / "rivals"
URLLIB3 = ENVIRONMENT / "urllib3-client"
GENERATED = ROOT / "generated"
ROUNDS = 7
CALLS = 1000
LINES = 1500


@dataclass(frozen=True)
class Row:
    """One comparison; the target is the most that ours may be of the other, or the least, for calls a second.

    A row without a target shows what httpx itself takes.
    """

    what: str
    ours: str
    other: str
    target: float | None

    @property
    def is_rate(self) -> bool:
        """Whether more is better."""
        return self.ours.endswith("-async")


ROWS = (
    Row("a call, in memory: hand-written httpx", "ours-memory", "hand-memory", 0.75),
    Row("a call, loopback: hand-written httpx", "ours", "hand", 0.9),
    Row("a call, loopback: symphony-bdk-python 3.0.0", "ours", "bdk", 0.5),
    Row("a call, loopback: openapi-generator, urllib3", "ours", "urllib3", 1.0),
    Row("100 in flight, aiohttp: symphony-bdk-python 3.0.0", "ours-aiohttp-async", "bdk-async", 2.0),
    Row("100 in flight, httpx: hand-written httpx", "ours-httpx-async", "hand-async", 1.0),
    Row("a call, loopback: a prepared request through httpx's send, no more", "ours", "send", None),
    Row("100 in flight, aiohttp: likewise", "ours-aiohttp-async", "send-aiohttp-async", None),
)
IMPORTS = (
    ("import of the package, processor time", "", "import symphony_pod_client", 15.0),
    ("import of a model, processor time", "", "from symphony_pod_client import UserConnection", 45.0),
    (
        "a ready PodClient, over httpx and attrs, processor time",
        "import attrs, httpx",
        "from symphony_pod_client import PodClient; PodClient('https://acme.example.com/pod', session_token='x')",
        10.0,
    ),
)


def main() -> int:
    """Print the rows of the table; 1 where a target is missed, else 0."""
    python = _rivals_python()
    has_java = _make_urllib3_client(python)
    rows = [row for row in ROWS if has_java or row.other != "urllib3"]
    ways = sorted({way for row in rows for way in (row.ours, row.other)})
    measured: dict[str, list[float]] = {way: [] for way in ways}
    with _canned_pod() as url:
        for _ in range(ROUNDS):
            for way in ways:
                measured[way].append(_measured(way, url, python))
    missed = 0 if has_java else 1
    for row in rows:
        ours, other = statistics.median(measured[row.ours]), statistics.median(measured[row.other])
        ratio = ours / other
        unit, bound = ("calls/s", "at least") if row.is_rate else ("µs", "at most")
        target = f"{bound} {row.target} " if row.target is not None else ""
        if row.target is not None:
            missed += ratio < row.target if row.is_rate else ratio > row.target
        print(f"| {row.what} | {ours:.0f} {unit} | {other:.0f} {unit} | {ratio:.2f} | {target}|", flush=True)
    if not has_java:
        print("| a call, loopback: openapi-generator, urllib3 | | not measured: no java | | at most 1.0 |")
    for what, before, statements, most in IMPORTS:
        with tempfile.TemporaryDirectory() as compiled:
            # The first one compiles, which an installed package has behind it.
            _, *taken = (_import_milliseconds(before, statements, compiled) for _ in range(3 * ROUNDS + 1))
        took = statistics.median(taken)
        missed += took > most
        print(f"| {what} | {took:.1f} ms | | | at most {most:.0f} ms |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        lines = lines_for_connections(Path(folder))
    missed += lines >= LINES
    print(f"| lines of code, six operations and logins | {lines} | | | fewer than {LINES} |", flush=True)
    whole = lines_of_code(GENERATED / "symphony_pod_client")
    print(f"| lines of code, with `GET /v2/sessioninfo` | {whole} | | | |", flush=True)
    return int(missed > 0)


def _rivals_python() -> Path:
    python, mark = ENVIRONMENT / "bin" / "python", ENVIRONMENT / ".ready"
    wanted = f"{sys.version} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        print(f"setting up {ENVIRONMENT.relative_to(ROOT)} from {LOCK.relative_to(ROOT)}", file=sys.stderr, flush=True)
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "--require-hashes", "-r", LOCK], check=True)
        mark.write_text(wanted, encoding="utf-8")
    return python


def _make_urllib3_client(python: Path) -> bool:
    if shutil.which("java") is None:
        return False
    if not URLLIB3.exists():
        command = [str(python.with_name("openapi-generator-cli")), "generate", "-g", "python", "-o", str(URLLIB3)]
        command += ["-i", str(GENERATED / "openapi.json"), "--package-name", "pod_urllib3"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return True


@contextmanager
def _canned_pod() -> Iterator[str]:
    server = subprocess.Popen([sys.executable, RIVALS / "canned.py"], stdout=subprocess.PIPE, text=True)
    with server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/pod"
        finally:
            server.terminate()


def _measured(way: str, url: str, rivals: Path) -> float:
    is_rival = way.startswith(("bdk", "urllib3"))
    path = str(URLLIB3) if is_rival else str(GENERATED)
    done = subprocess.run(
        [rivals if is_rival else sys.executable, RIVALS / "worker.py", way, url, str(CALLS)],
        env={**os.environ, "PYTHONPATH": path}, check=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return float(done.stdout)


def _import_milliseconds(before: str, statements: str, compiled: str) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(GENERATED), "PYTHONPYCACHEPREFIX": compiled}
    clock = "time.process_time()"
    code = f"import time\n{before}\nstart = {clock}\n{statements}\nprint({clock} - start)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment,
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout) * 1000


if __name__ == "__main__":
    sys.exit(main())
