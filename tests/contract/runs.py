"""Runs of the suite as a CI job starts them: a command, an environment, an exit status, files."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract_tests.proof.forked_run import run_forked

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        status: The exit status.
        said: Its standard output.
        complained: Its standard error.
        output: Where its results are.
    """

    status: int
    said: str
    complained: str
    output: Path

    def lines(self) -> list[dict[str, Any]]:
        """The lines of ``results.jsonl``."""
        return [json.loads(line) for line in (self.output / "results.jsonl").read_text(encoding="utf-8").splitlines()]

    def verdicts(self) -> dict[str, str]:
        """The verdict of every rule."""
        return {line["rule"]: line["verdict"] for line in self.lines() if "rule" in line}

    def requests_of(self, rule: str) -> int:
        """How many requests were sent for a rule."""
        return next(int(line["requests"]) for line in self.lines() if line.get("rule") == rule)


def run_suite(output: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Run:
    """Run the suite in a process of its own, with these variables and no other ``POD_``; the quick way."""
    command = ["run", "--output", str(output), *arguments]
    return Run(*run_forked(command, _variables(environment), output.parent, SECONDS), output)


def run_command(
    output: Path, *arguments: str, environment: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> Run:
    """Run ``python -m contract_tests run`` as a CI job does, with these variables and no other ``POD_``."""
    done = subprocess.run(
        [sys.executable, "-m", "contract_tests", "run", "--output", str(output), *arguments],
        env=_variables(environment),
        cwd=output.parent,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr, output)


def _variables(environment: Mapping[str, str] | None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
    return {**inherited, "PYTHONPATH": str(ROOT), **(environment or {})}
