"""``schemathesis run`` on an emulated pod, as others would call it; what the suite is compared with."""

import json
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
# hypothesis makes tables of characters once and keeps them where it is run, and so do these runs; what it
# keeps of its examples is not among them.
_FOLDER = tempfile.TemporaryDirectory()
KEPT = Path(_FOLDER.name) / "unicode_data"


class SchemathesisRun(NamedTuple):
    """A run that has ended.

    Attributes:
        failures: What it complained of: the kind of failure and the operation.
        cases: How many test cases it sent.
        seconds: How long the command took.
    """

    failures: frozenset[tuple[str, str]]
    cases: int
    seconds: float


def schemathesis_run(environment: Mapping[str, str], *more: str, with_token: bool) -> SchemathesisRun:
    """Run schemathesis on accept and reject, as it comes or with a valid token.

    Args:
        environment: That of an emulated pod.
        *more: More options.
        with_token: Whether to send the caller's token with every request.
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
        subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)
        seconds = time.perf_counter() - start
        if not KEPT.exists() and tables.exists():
            shutil.copytree(tables, KEPT)
        found = json.loads(report.read_text(encoding="utf-8"))
    failures = {(failure["type"], name) for failure in found["failures"] for name in failure["operations"]}
    return SchemathesisRun(frozenset(failures), found["test_cases"]["generated"], seconds)
