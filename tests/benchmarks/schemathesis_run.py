"""Runs ``schemathesis run`` on an emulated pod, for comparison with the suite."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.contract.runs import ROOT

SECONDS = 300.0
# hypothesis makes tables of characters once and keeps them in the working folder. These runs share the tables,
# but not the examples that hypothesis keeps.
_FOLDER = tempfile.TemporaryDirectory()
KEPT = Path(_FOLDER.name) / "unicode_data"


class SchemathesisRun(NamedTuple):
    """A finished run.

    Attributes:
        failures: The reported failures: kind and operation.
        cases: The number of test cases.
        seconds: The duration of the command.
    """

    failures: frozenset[tuple[str, str]]
    cases: int
    seconds: float


def schemathesis_run(
    environment: Mapping[str, str], *more: str, with_token: bool = False, with_rules: bool = False
) -> SchemathesisRun:
    """Run schemathesis with its defaults on accept and reject.

    Args:
        environment: The environment of an emulated pod.
        *more: More options for schemathesis.
        with_token: Whether every request has the caller's token.
        with_rules: Whether it has the suite's rules, ids and session (``SCHEMATHESIS_HOOKS``).
    """
    with tempfile.TemporaryDirectory() as folder:
        tables = Path(folder) / ".hypothesis" / "unicode_data"
        if KEPT.exists():
            shutil.copytree(KEPT, tables)
        report = Path(folder) / "report.json"
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", str(ROOT / "generated" / "openapi.json"), "--url", environment["POD_URL"]),
            *("--include-path-regex", "/(accept|reject)$", "--seed", "1", "--request-timeout", "4"),
            *("--report", "json", "--report-json-path", str(report)),
            *more,
        ]
        if with_token:
            command += ["-H", f"sessionToken:{environment['POD_CALLER_TOKEN']}"]
        start = time.perf_counter()
        variables = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
        if with_rules:
            command.append("--continue-on-failure")
            hooks = {"SCHEMATHESIS_HOOKS": "contract_tests.schemathesis", "PYTHONPATH": str(ROOT)}
            variables |= {**environment, **hooks}
        subprocess.run(command, cwd=folder, env=variables, capture_output=True, timeout=SECONDS, check=False)
        seconds = time.perf_counter() - start
        if not KEPT.exists() and tables.exists():
            shutil.copytree(tables, KEPT)
        found = json.loads(report.read_text(encoding="utf-8"))
    failures = {(failure["type"], name) for failure in found["failures"] for name in failure["operations"]}
    return SchemathesisRun(frozenset(failures), found["test_cases"]["generated"], seconds)
