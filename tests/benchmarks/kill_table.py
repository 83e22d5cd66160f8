"""The kill table: how many of the defective pods are found by this suite, and by ``schemathesis run``.

A defect counts as found by schemathesis where it complains of anything that it does not complain of
with the right pod, and by this suite where every rule that the defect is tied to is broken.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from contract_tests.emulator.changes import Change
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.process import emulated_pod
from contract_tests.proof import prove_defect
from tests.benchmarks.schemathesis_run import SchemathesisRun, schemathesis_run


class Found(NamedTuple):
    """Who found a defect."""

    ours: bool
    as_it_comes: bool
    with_token: bool


def main() -> int:
    """Print the rows of the table; 1 where the suite missed a defect, else 0."""
    with emulated_pod() as environment:
        right = [schemathesis_run(environment, with_token=with_token) for with_token in (False, True)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        table = list(pool.map(lambda defect: found(defect, right), DEFECTS.values()))
    ours, as_it_comes, with_token = (sum(column) for column in zip(*table, strict=True))
    total = len(table)
    print(f"| defects found, `schemathesis run` | {ours} of {total} | {as_it_comes} of {total} | | all |")
    print(f"| defects found, with a valid token | {ours} of {total} | {with_token} of {total} | | all |", flush=True)
    return int(ours < total)


def found(defect: Change, right: list[SchemathesisRun]) -> Found:
    """Who finds a defect; a run of schemathesis that ends without a report has not."""
    theirs = []
    for with_token, usual in zip((False, True), right, strict=True):
        # With tokens even where the defect shows to those who can log in only: schemathesis cannot.
        with emulated_pod("--defect", defect.name) as environment:
            try:
                run = schemathesis_run(environment, with_token=with_token)
            except (OSError, ValueError, subprocess.TimeoutExpired):
                theirs.append(False)
                continue
        theirs.append(not run.failures <= usual.failures)
    return Found(prove_defect(defect).proved, *theirs)


if __name__ == "__main__":
    sys.exit(main())
