"""The installed command, with the extras that the environment has."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("symphony-pod-contract"))
HAS_RUN = find_spec("schemathesis") is not None


def command(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the installed command, with no variables but those that are given."""
    return subprocess.run(
        [COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def pods() -> Iterator[dict[str, str]]:
    """The environment variables of pods that the installed command serves; it ends with status 0."""
    with subprocess.Popen(
        [COMMAND, "emulate", "--port", "0", "--print-env", "json"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        variables: dict[str, str] = json.loads(process.stdout.readline())
        yield variables
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def test_emulate_serves_pods(pods: dict[str, str]) -> None:
    with urllib.request.urlopen(pods["POD_URL"].removesuffix("/pod") + "/emulator/health", timeout=10) as answer:
        assert json.load(answer) == {"status": "ready", "pods": ["acme", "beta", "delta", "gamma"]}


def test_token_prints_a_session(pods: dict[str, str]) -> None:
    done = command("token", "caller", **pods)
    assert (done.stdout, done.stderr, done.returncode) == (pods["POD_CALLER_TOKEN"] + "\n", "", 0)


def test_clean_has_nothing_to_put_back(pods: dict[str, str], tmp_path: Path) -> None:
    done = command("clean", "--output", str(tmp_path), **pods)
    assert (done.stdout, done.returncode) == ("contract: there is nothing to put back\n", 0)


def test_rules_are_listed_and_explained() -> None:
    listed = command("rules")
    assert "MUST    unknown-user-not-found " in listed.stdout
    explained = command("rules", "unknown-user-not-found")
    assert "proved by unknown-user-accepted" in explained.stdout


def test_rules_know_the_pages_that_are_inside() -> None:
    done = command("rules", "--coverage")
    assert (done.returncode, "accept-connection.md: " in done.stdout) == (0, True)


def test_messages_name_the_installed_command() -> None:
    assert "`symphony-pod-contract rules` lists them" in command("rules", "no-such-rule").stderr


def test_report_says_what_is_missing(tmp_path: Path) -> None:
    assert command("report", "--output", str(tmp_path)).returncode == 2


@pytest.mark.skipif(HAS_RUN, reason="the extra run is installed")
def test_run_names_the_extra_that_is_missing() -> None:
    done = command("run")
    assert done.returncode == 2
    assert "Install with: python -m pip install 'symphony-pod-contract[run]'" in done.stderr


@pytest.mark.skipif(not HAS_RUN, reason="the extra run is not installed")
def test_run_gives_a_verdict_and_report_repeats_it(tmp_path: Path) -> None:
    done = command("run", "--output", str(tmp_path), "--select", "unknown-user-not-found")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "report.html").is_file()
    assert command("report", "--output", str(tmp_path)).returncode == 0
