"""A reader that leaves early, as ``head`` does, is no error for any command."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from contract_tests.emulator.process import emulated_pod
from tests.contract.runs import ROOT


def read_one_line(
    *arguments: str,
    module: str = "contract_tests",
    environment: Mapping[str, str] = MappingProxyType({}),
    unbuffered: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start a command, read the first line that it prints, and close the pipe."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("POD_", "PYTHONUNBUFF"))}
    more = {"PYTHONUNBUFFERED": "1"} if unbuffered else {}
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env={**inherited, **environment, **more, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() != b""
    process.stdout.close()
    return process


def outcome(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    """The exit status and standard error of a command."""
    assert process.stderr is not None
    said = process.stderr.read().decode()
    process.stderr.close()
    return process.wait(60), said


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("command", [("rules",), ("rules", "--markdown"), ("rules", "answer-json"), ("run", "--help")])
def test_a_command_that_lists_ends_with_0(command: tuple[str, ...], *, unbuffered: bool) -> None:
    assert outcome(read_one_line(*command, unbuffered=unbuffered)) == (0, "")


def test_a_dry_run_ends_with_0() -> None:
    assert outcome(read_one_line("run", "--dry-run", "--select", "answer-charset")) == (0, "")


def test_a_run_goes_on_to_its_verdict_and_its_results(tmp_path: Path) -> None:
    with emulated_pod("--defect", "empty-token-taken") as environment:
        process = read_one_line(
            "run", "--output", str(tmp_path), "--select", "session-empty-*", environment=environment
        )
        assert outcome(process) == (1, "")
    assert '"verdict": "broken"' in (tmp_path / "results.jsonl").read_text(encoding="utf-8")
    assert (tmp_path / "report.html").is_file()


def test_the_emulated_pod_goes_on_to_serve_and_ends_with_0() -> None:
    process = read_one_line("emulate", "--port", "0")
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.terminate()
    assert outcome(process) == (0, "")


def test_the_proof_goes_on_to_its_verdict() -> None:
    arguments = ("defects", "--select", "empty-token-taken")
    assert outcome(read_one_line(*arguments, module="contract_tests.proof")) == (0, "")
