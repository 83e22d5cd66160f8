"""Accept and reject at the emulated pods beside a bare starlette route, Prism and workers, and how soon they are ready.

Every accept and every reject changes a connection. The targets compare with a bare route on uvicorn as it comes, h11
and asyncio. Where a row says *two pods*, each change also reaches the other user's pod, in the same process.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from contract_tests import DESCRIPTION_PATH, FOLDER
from tests.benchmarks.load import Load, load, require_wrk

ROOT = FOLDER.parent
ROUNDS, SECONDS = 5, 1
IDS = range(13_056_700_600_000, 13_056_700_640_000)  # more than are answered in a round
TOKEN = "token-of-the-bot"
LEAST_OF_BARE = 0.75
LEAST_OF_BARE_WHEN_FAST = 1.55
"""2.5 times the 0.62 that it was without uvloop, httptools and the shorter way."""
LEAST_OF_PRISM = 4.0
LEAST_OF_ONE_PROCESS = 1.5
MOST_SECONDS_TO_START = 0.5
PRISM = ROOT / "build" / "prism" / "node_modules" / ".bin" / "prism"
INSTALL_PRISM = "npm install --prefix build/prism @stoplight/prism-cli"


def main() -> int:
    """Print the rows of the table. Return 1 if a target is missed, else 0."""
    require_wrk()
    if not PRISM.exists():
        raise SystemExit(f"bench: Prism is missing: {INSTALL_PRISM}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = folder / "world.toml"
        world.write_text(_world(), encoding="utf-8")
        missed = 0
        for label, options in (("one address", ["--one-address"]), ("two pods", [])):
            with (
                _bare("h11", "asyncio") as bare,
                _pods(world, *options) as pods,
                _pods(world, "--fast", *options) as fast,
            ):
                missed += _compare(label, bare, pods, LEAST_OF_BARE, folder)
                missed += _compare(f"{label}, `--fast`", bare, fast, LEAST_OF_BARE_WHEN_FAST, folder)
        with _prism() as prism, _pods(world, "--fast") as pods:
            missed += _compare("two pods, `--fast`, beside Prism", prism, pods, LEAST_OF_PRISM, folder, base="")
        with _pods(world) as one, _pods(world, "--workers", "2") as several:
            missed += _workers(one, several, folder)
    return int(missed + _start() > 0)


Server = tuple[str, int]
"""An address and the process that serves it."""


def _compare(label: str, other: Server, pods: Server, target: float, folder: Path, base: str = "/pod") -> int:
    """Print a row for accept and one for reject, and return how many miss the target."""
    missed = 0
    for verb in ("accept", "reject"):
        ratios, ours, theirs = [], [], []
        for _ in range(ROUNDS):
            httpx.post(f"{pods[0]}/emulator/reset", timeout=60).raise_for_status()
            theirs.append(_load(other, base, verb, folder))
            ours.append(_load(pods, "/pod", verb, folder))
            ratios.append(ours[-1].rate / theirs[-1].rate)
        if refused := sum(one.refused for one in ours):
            raise SystemExit(f"bench: {label}: {refused} requests to {verb} were refused")
        ratio = statistics.median(ratios)
        rates = [statistics.median(one.rate for one in loads) for loads in (ours, theirs)]
        times = [statistics.median(one.microseconds for one in loads) for loads in (ours, theirs)]
        print(
            f"| {verb} a second, {label} | {rates[0]:.0f} ({times[0]:.0f} µs of CPU) "
            f"| {rates[1]:.0f} ({times[1]:.0f} µs) | {ratio:.2f} | at least {target} |",
            flush=True,
        )
        missed += ratio < target
    return missed


def _workers(one: Server, several: Server, folder: Path) -> int:
    """Print a row for two workers beside one process, and return whether they miss the target.

    What counts is the processor time of the process that holds the pods: it limits how many workers are of use.
    """
    loads: dict[Server, list[Load]] = {one: [], several: []}
    for _ in range(ROUNDS):
        for server, found in loads.items():
            httpx.post(f"{server[0]}/emulator/reset", timeout=60).raise_for_status()
            found.append(_load(server, "/pod", "accept", folder))
    rates = [statistics.median(load.rate for load in found) for found in loads.values()]
    times = [statistics.median(load.microseconds for load in found) for found in loads.values()]
    ratio = times[0] / times[1]
    print(
        f"| accept, two pods, `--workers 2`: CPU of the process that holds the pods | {times[1]:.0f} µs "
        f"({rates[1]:.0f} a second) | {times[0]:.0f} µs ({rates[0]:.0f} a second) in one process | {ratio:.2f} "
        f"| at least {LEAST_OF_ONE_PROCESS} |",
        flush=True,
    )
    return int(ratio < LEAST_OF_ONE_PROCESS)


def _load(server: Server, base: str, verb: str, folder: Path) -> Load:
    return load(*server, f"{base}/v1/connection/{verb}", IDS, TOKEN, SECONDS, folder)


def _start() -> int:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with _pods():
            seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    print(f"| ready, from the command | {median:.2f} s | | | at most {MOST_SECONDS_TO_START} s |", flush=True)
    return int(median > MOST_SECONDS_TO_START)


def _world() -> str:
    """Two pods: a bot at one, and at the other a user for each id, who has asked the bot to connect."""
    text = [
        '[[pods]]\nname = "acme"\ncross_pod = ["beta"]\n[[pods]]\nname = "beta"\ncross_pod = ["acme"]\n',
        f'[[users]]\nname = "bot"\npod = "acme"\nrole = "CALLER"\ntoken = "{TOKEN}"\n',
        *(f'[[users]]\nname = "u{user_id}"\npod = "beta"\nid = {user_id}\n' for user_id in IDS),
        *(f'[[connections]]\nrequester = "u{user_id}@beta"\nreceiver = "bot@acme"\n' for user_id in IDS),
    ]
    return "".join(text)


@contextlib.contextmanager
def _pods(world: Path | None = None, *options: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "contract_tests", "emulate", "--port", "0", "--print-env", "dotenv", *options]
    if world:
        command += ["--world", str(world)]
    with _serving(command, "POD_URL=") as (line, pid):
        yield line.partition("=")[2].strip('"').removesuffix("/pod"), pid


@contextlib.contextmanager
def _bare(*options: str) -> Iterator[Server]:
    with _serving([sys.executable, "-m", "tests.benchmarks.bare_route", *options], "http://") as (line, pid):
        _await(line)
        yield line, pid


@contextlib.contextmanager
def _prism() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["node", str(PRISM), "mock", "--port", str(port), "--verboseLevel", "silent", str(DESCRIPTION_PATH)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as process:
        try:
            _await(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


@contextlib.contextmanager
def _serving(command: Sequence[str], wanted: str) -> Iterator[tuple[str, int]]:
    """Start a server, and give the line that it prints with the wanted text, once it is ready."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            found = next(line.strip() for line in process.stdout or () if wanted in line)
            if wanted == "POD_URL=":
                next(line for line in process.stdout or () if line == "# ready\n")
            yield found, process.pid
        finally:
            process.terminate()


def _await(url: str) -> None:
    for _ in range(500):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url)
            return
        time.sleep(0.02)
    raise SystemExit(f"bench: nothing answers at {url}")


if __name__ == "__main__":
    sys.exit(main())
