"""The kill table: how many defective pods this suite finds, and how many ``schemathesis run`` finds.

schemathesis finds a defect if it reports a failure that it does not report for the correct pod. This suite finds
a defect if it reports every rule that the defect names as broken.

The whole table takes hours. ``python -m tests.benchmarks.kill_table --way rules --select 'accept-*'`` measures a
part. Each result is a line of ``--results FILE``, and what the file holds already is not measured again. So a run
that was cut off goes on where it ended, and the lines of several files, put into one, make one table.
"""

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from contract_tests.emulator.changes import Change
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.process import emulated_pod
from contract_tests.proof.proof import SETTLE, TIMEOUT, prove_defect
from contract_tests.target.load_target import load_target
from contract_tests.target.session import SessionError
from contract_tests.target.wire import Wire
from tests.benchmarks.schemathesis_run import schemathesis_run

OURS = "ours"


class Way(NamedTuple):
    """A way in which ``schemathesis run`` is run: the text of its row, and the arguments of ``schemathesis_run``."""

    row: str
    arguments: dict[str, bool]


WAYS = {
    "as-it-comes": Way("`schemathesis run`", {}),
    "token": Way("`schemathesis run` with a valid token", {"with_token": True}),
    "rules": Way("`schemathesis run` with the suite's rules in it", {"with_rules": True}),
}
Failures = frozenset[tuple[str, str]]
Results = dict[tuple[str, str], bool]
"""Whether a defect was found: by the name of the defect, and of the way or ``ours``."""


class Correct:
    """What schemathesis reports of the correct pod, by the way and by whether the pods have addresses of their own.

    Each is measured when it is first asked for.
    """

    def __init__(self) -> None:
        self._failures: dict[tuple[str, bool], Failures] = {}
        self._lock = threading.Lock()

    def failures(self, way: str, *, federation: bool) -> Failures:
        """The failures of a correct pod."""
        with self._lock:
            if (way, federation) not in self._failures:
                with emulated_pod(federation=federation) as environment:
                    run = schemathesis_run(environment, **WAYS[way].arguments)
                self._failures[way, federation] = run.failures
            return self._failures[way, federation]


def main(arguments: Iterable[str] = ()) -> int:
    """Print the rows of the table. Return 1 if the suite missed a defect, else 0."""
    parser = argparse.ArgumentParser(description="Count the defects that the suite and schemathesis find.")
    every = (*WAYS, OURS)
    parser.add_argument("--select", default="*", metavar="NAMES", help="names of defects and globs, by commas")
    parser.add_argument("--way", action="append", choices=every, help="measure this alone; may be given again")
    parser.add_argument("--results", type=Path, metavar="FILE", help="keep the results here, and measure what is left")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args(list(arguments))
    patterns = options.select.split(",")
    chosen = [defect for defect in DEFECTS.values() if any(fnmatch.fnmatch(defect.name, part) for part in patterns)]
    if not chosen:
        parser.error(f"--select {options.select}: expected names of defects and globs, and none has such a name")
    results = measured(chosen, options.way or every, options.results, options.workers)
    return print_rows(results)


def measured(defects: list[Change], ways: Iterable[str], file: Path | None, workers: int) -> Results:
    """Measure what the file does not hold, and add it to the file.

    Returns:
        The results of these defects, the ones of the file included.
    """
    names = {defect.name for defect in defects}
    known = {key: found for key, found in read_results(file).items() if key[0] in names}
    jobs = [(defect, way) for way in ways for defect in defects if (defect.name, way) not in known]
    correct = Correct()
    lock = threading.Lock()

    def measure(job: tuple[Change, str]) -> None:
        defect, way = job
        found = prove_defect(defect).proved if way == OURS else complains(defect, way, correct)
        with lock:
            known[defect.name, way] = found
            if file is not None:
                with file.open("a", encoding="utf-8") as results:
                    results.write(f"{json.dumps({'defect': defect.name, 'way': way, 'found': found})}\n")

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(measure, jobs))
    return known


def read_results(file: Path | None) -> Results:
    """The results of earlier runs; none if there is no such file."""
    if file is None or not file.exists():
        return {}
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {(line["defect"], line["way"]): line["found"] for line in lines}


def print_rows(results: Results) -> int:
    """Print a row for each way that was measured. Return 1 if the suite missed a defect, else 0."""
    ours = {name: found for (name, way), found in results.items() if way == OURS}
    for name, way in WAYS.items():
        theirs = [found for (_, measured_way), found in results.items() if measured_way == name]
        if theirs:
            cell = f"{sum(ours.values())} of {len(ours)}" if ours else ""
            print(f"| defects found, {way.row} | {cell} | {sum(theirs)} of {len(theirs)} | | all |", flush=True)
    missed = sorted(name for name, found in ours.items() if not found)
    if missed:
        print("missed:", ", ".join(missed), file=sys.stderr)
    return int(bool(missed))


def complains(defect: Change, way: str, correct: Correct) -> bool:
    """Whether schemathesis reports more of a defective pod than of the correct one.

    A run without a report has found nothing.
    """
    usual = correct.failures(way, federation=defect.needs_federation)
    # Where a correct pod has no failure, the first one decides.
    more = () if usual else ("--max-failures", "1")
    with TemporaryDirectory() as keys:
        options = ["--keys", keys] if defect.needs_keys else []
        with emulated_pod("--defect", defect.name, *options, federation=defect.needs_federation) as environment:
            patience = {"POD_TIMEOUT": str(TIMEOUT), **({"POD_SETTLE": SETTLE} if defect.needs_federation else {})}
            try:
                given = {"POD_CALLER_TOKEN": token(environment)} if way == "token" else {}
                run = schemathesis_run({**environment, **patience, **given}, *more, **WAYS[way].arguments)
            except (OSError, ValueError, subprocess.TimeoutExpired, SessionError):
                return False
    return not run.failures <= usual


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
    sys.exit(main(sys.argv[1:]))
