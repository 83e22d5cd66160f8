"""A test run of an application with the fixture ``symphony_pods``: how soon the pods are ready, and a hundred tests.

Each of the tests finds the pods reset, and changes a connection. The seconds are those of the whole command, with the
start of Python and of pytest.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contract_tests import FOLDER

ROUNDS = 5
MOST_SECONDS = 3.0
MOST_SECONDS_TO_START = 0.6

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(100))
def test_each_finds_the_pods_as_they_start(symphony_pods, number):
    assert symphony_pods.status(symphony_pods.requester, symphony_pods.caller) is None
    symphony_pods.set_connection(symphony_pods.requester.id, symphony_pods.caller.id, "ACCEPTED")
"""
MEASURING = """
import time
from pathlib import Path

import pytest

@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef):
    start = time.perf_counter()
    result = yield
    if fixturedef.argname == "symphony_pods_running":
        Path("seconds").write_text(str(time.perf_counter() - start))
    return result
"""
# Other plugins of this environment, which an application need not have.
WITHOUT_OTHERS = ("-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:cacheprovider")


def main() -> int:
    """Print a row for the start and one for the tests. Return 1 if a target is missed, else 0."""
    starts, runs = zip(*(_run() for _ in range(ROUNDS)), strict=True)
    start, run = statistics.median(starts), statistics.median(runs)
    print(f"| ready, from the fixture `symphony_pods` | {start:.2f} s | | | at most {MOST_SECONDS_TO_START} s |")
    print(
        f"| a hundred tests, the pods reset before each | {run:.2f} s | | | less than {MOST_SECONDS:.0f} s |",
        flush=True,
    )
    return int(start > MOST_SECONDS_TO_START or run >= MOST_SECONDS)


def _run() -> tuple[float, float]:
    """Run the tests; return the seconds of the fixture until the pods are ready, and those of the whole command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conftest.py").write_text(MEASURING, encoding="utf-8")
        (folder / "test_hundred.py").write_text(TESTS, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "contract_tests.emulator.pytest_plugin", *WITHOUT_OTHERS]
        start = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(FOLDER.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - start
        if "100 passed" not in done.stdout:
            raise SystemExit(f"bench: the hundred tests failed:\n{done.stdout}{done.stderr}")
        return float((folder / "seconds").read_text(encoding="utf-8")), seconds


if __name__ == "__main__":
    sys.exit(main())
