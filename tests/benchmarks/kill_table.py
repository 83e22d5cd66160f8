"""The kill table: how many defective pods this suite finds, and how many ``schemathesis run`` finds.

schemathesis finds a defect if it reports a failure that it does not report for the default pod. This suite finds
a defect if it reports every rule that the defect names as broken.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryDirectory
from typing import NamedTuple

from contract_tests.emulator.changes import Change
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.process import emulated_pod
from contract_tests.proof.proof import prove_defect
from contract_tests.target.load_target import load_target
from contract_tests.target.session import SessionError
from contract_tests.target.wire import Wire
from tests.benchmarks.schemathesis_run import SchemathesisRun, schemathesis_run

# The suite checks one address so far; the defects of federations wait until it checks several.
PROVED = [defect for defect in DEFECTS.values() if not defect.needs_federation]


class Found(NamedTuple):
    """Which tools found a defect."""

    ours: bool
    as_it_comes: bool
    with_token: bool
    with_rules: bool


WAYS: tuple[dict[str, bool], ...] = ({}, {"with_token": True}, {"with_rules": True})
"""The ways in which ``schemathesis run`` is run."""


def main() -> int:
    """Print the rows of the table. Return 1 if the suite missed a defect, else 0."""
    with emulated_pod() as environment:
        right = [schemathesis_run(environment, **way) for way in WAYS]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        table = list(pool.map(lambda defect: found(defect, right), PROVED))
    ours, as_it_comes, with_token, with_rules = (sum(column) for column in zip(*table, strict=True))
    total = len(table)
    print(f"| defects found, `schemathesis run` | {ours} of {total} | {as_it_comes} of {total} | | all |")
    print(f"| defects found, with a valid token | {ours} of {total} | {with_token} of {total} | | all |")
    print(f"| defects found, with the suite's rules in it | {ours} of {total} | {with_rules} of {total} | | all |")
    if ours < total:
        missed = [defect.name for defect, row in zip(PROVED, table, strict=True) if not row.ours]
        print("missed:", ", ".join(missed), file=sys.stderr)
    return int(ours < total)


def found(defect: Change, right: list[SchemathesisRun]) -> Found:
    """Which tools find a defect. A run of schemathesis without a report has found nothing."""
    theirs = []
    for way, usual in zip(WAYS, right, strict=True):
        with TemporaryDirectory() as keys:
            options = ["--keys", keys] if defect.needs_keys else []
            with emulated_pod("--defect", defect.name, *options, federation=defect.needs_federation) as environment:
                theirs.append(complains(environment, usual, way))
    return Found(prove_defect(defect).proved, *theirs)


def complains(environment: Mapping[str, str], usual: SchemathesisRun, way: Mapping[str, bool]) -> bool:
    """Whether schemathesis reports more than it does for the default pod."""
    try:
        run = schemathesis_run({**environment, "POD_CALLER_TOKEN": token(environment)}, **way)
    except (OSError, ValueError, subprocess.TimeoutExpired, SessionError):
        return False
    return not run.failures <= usual.failures


def token(environment: Mapping[str, str]) -> str:
    """The caller's token: the printed one, or the token of a login."""
    if "POD_CALLER_TOKEN" in environment:
        return environment["POD_CALLER_TOKEN"]
    target = load_target(environment)
    if target is None:
        raise SessionError("the emulated pod does not say its POD_URL")
    wire = Wire(target, lambda _: None)
    try:
        return wire.token("caller")
    finally:
        wire.close()


if __name__ == "__main__":
    sys.exit(main())
