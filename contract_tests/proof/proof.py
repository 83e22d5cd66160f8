"""Proves the suite: it finds every defective pod and accuses no lawful pod.

``python -m contract_tests.proof defects`` runs the suite against each defective pod. Each rule that the defect
breaks has to be reported as broken. ``… variants`` runs the suite against each lawful pod. No rule may be reported
as broken. Both print a table. Exit status: 0 all are proved; 1 a defect was missed, or a lawful pod was accused;
2 usage; 130 interrupted.
"""

import argparse
import contextlib
import fnmatch
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .. import COMMAND
from ..emulator.changes import Change
from ..emulator.defects import DEFECTS
from ..emulator.process import EmulatorError, emulated_pod
from ..emulator.variants import VARIANTS
from ..report.stream import print_line
from .forked_run import run_forked

GENERATED_RULES = ("fuzzed-request-lawful", "sequence-lawful")  # the rules whose requests depend on the seed
RUN_SECONDS = 600.0
TIMEOUT = 4.0  # POD_TIMEOUT of these runs, shorter than usual because some pods hang
SETTLE = "3"  # seconds within which a defective federation has to settle


@dataclass(frozen=True)
class Outcome:
    """The result of one run of the suite.

    Attributes:
        status: The exit status of the run.
        verdicts: The verdict of each rule.
        reasons: The reason for each verdict.
        printed: What the run printed.
    """

    status: int
    verdicts: dict[str, str]
    reasons: dict[str, str]
    printed: str

    def broken(self) -> list[str]:
        """The rules that are broken or warned."""
        return [rule for rule, verdict in self.verdicts.items() if verdict in ("broken", "warned")]


@dataclass(frozen=True)
class Row:
    """A row of the table: a pod, what was to be proved, and whether it was proved."""

    name: str
    to_prove: str
    proved: bool
    found: str
    seconds: float

    def __str__(self) -> str:
        mark = "yes" if self.proved else "NO"
        return f"| {self.name} | {self.to_prove} | {mark} | {self.found} | {self.seconds:.1f} |"


def run_against(environment: Mapping[str, str], *, seed: int = 0, select: str = "*") -> Outcome:
    """Run the suite in a process of its own.

    Args:
        environment: The variables that name the pod, as ``emulated_pod`` yields them.
        seed: The seed of generated requests.
        select: Rule ids and globs.

    Raises:
        TimeoutError: The run took longer than ``RUN_SECONDS``.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
    with tempfile.TemporaryDirectory(prefix="proof-") as folder:
        ended = run_forked(
            ["run", "--output", "contract", "--seed", str(seed), "--select", select],
            {**inherited, **environment, "POD_TIMEOUT": str(TIMEOUT)},
            Path(folder),
            RUN_SECONDS,
        )
        try:
            text = Path(folder, "contract", "results.jsonl").read_text(encoding="utf-8")
        except OSError:
            text = ""
    rules = [line for line in map(json.loads, text.splitlines()) if "rule" in line]
    return Outcome(
        ended.status,
        {line["rule"]: line["verdict"] for line in rules},
        {line["rule"]: line["reason"] for line in rules},
        ended.stdout + ended.stderr,
    )


def prove_defect(defect: Change, *, whole: bool = False) -> Row:
    """Prove that the suite finds a defect: every rule that the defect breaks is reported as broken.

    Args:
        defect: The defective pod.
        whole: Whether to run every rule, or only the rules that the defect breaks.
    """
    start = time.perf_counter()
    with _serving("--defect", defect) as environment:
        outcome = run_against(environment, select="*" if whole else ",".join(defect.breaks))
    broken = outcome.broken()
    missed = [rule for rule in defect.breaks if rule not in broken]
    found = "; ".join(f"{rule}: {outcome.verdicts.get(rule)} {outcome.reasons.get(rule, '')}" for rule in missed)
    return Row(defect.name, ", ".join(defect.breaks), not missed, found, time.perf_counter() - start)


def prove_variant(variant: Change, seeds: Iterable[int]) -> Iterator[Row]:
    """Prove that the suite does not accuse a lawful pod, does not fail at it, and puts its connections back.

    One pod serves one run for each seed, as a staging pod serves a run every night. The first run checks every
    rule, the others only the rules whose requests depend on the seed.

    Args:
        variant: The lawful pod.
        seeds: The seeds of generated requests, one for each run.
    """
    with _serving("--variant", variant) as environment:
        for nth, seed in enumerate(seeds):
            start = time.perf_counter()
            outcome = run_against(environment, seed=seed, select=",".join(GENERATED_RULES) if nth else "*")
            wrong = [rule for rule, verdict in outcome.verdicts.items() if verdict in ("broken", "error")]
            found = "; ".join(f"{rule}: {outcome.reasons[rule]}" for rule in wrong)
            if outcome.status != 0 and not wrong:
                found = f"exit {outcome.status}: {' '.join(outcome.printed.split())[-300:]}"
            to_prove = f"nothing broken, seed {seed}"
            yield Row(variant.name, to_prove, outcome.status == 0, found, time.perf_counter() - start)


@contextlib.contextmanager
def _serving(option: str, change: Change) -> Iterator[dict[str, str]]:
    with contextlib.ExitStack() as stack:
        keys = stack.enter_context(tempfile.TemporaryDirectory(prefix="proof-keys-"))
        arguments = [option, change.name, *(["--keys", keys] if change.needs_keys else [])]
        environment = stack.enter_context(emulated_pod(*arguments, federation=change.needs_federation))
        # What a defective federation never changes is waited for again and again.
        shorter = {"POD_SETTLE": SETTLE} if change.breaks and change.needs_federation else {}
        yield environment | shorter


def prove(changes: Iterable[Change], proving: Callable[[Change], Iterable[Row]], workers: int) -> int:
    """Prove each pod, and print the rows and the count. Returns 0 if all are proved, else 1.

    Raises:
        KeyboardInterrupt: Ctrl-C. Before it is raised, the runs under way put connections back and end.
    """
    start = time.perf_counter()
    print_line("| pod | to prove | proved | found instead | seconds |\n|---|---|---|---|---|")
    rows: list[Row] = []
    stopped = threading.Event()

    def prove_one(change: Change) -> list[Row]:
        found: list[Row] = []
        try:
            for row in proving(change):
                found.append(row)
                if stopped.is_set():
                    break
        except (EmulatorError, TimeoutError) as error:
            found.append(Row(change.name, "the run ends", False, " ".join(str(error).split()), 0.0))
        return found

    with ThreadPoolExecutor(workers) as pool:
        try:
            for done in pool.map(prove_one, changes):
                rows += done
                print_line("\n".join(map(str, done)))
        except KeyboardInterrupt:
            stopped.set()
            raise
    proved = sum(row.proved for row in rows)
    print_line(f"\n{proved} of {len(rows)} proved, in {time.perf_counter() - start:.0f} s")
    return int(proved < len(rows))


def main(arguments: list[str] | None = None) -> int:
    """Run the command. The module's docstring says what it does and which exit statuses it has."""
    parser = argparse.ArgumentParser(
        prog=f"{COMMAND}.proof", description="Prove that the suite finds every defective pod and accuses no lawful pod."
    )
    parser.add_argument("catalogue", choices=("defects", "variants"))
    parser.add_argument("--select", default="*", metavar="NAMES", help="names and globs, separated by commas")
    parser.add_argument(
        "--whole", action="store_true", help="defects: run every rule, not only those that the defect breaks"
    )
    parser.add_argument("--seeds", type=int, default=1, help="variants: how many seeds (default: 1)")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="how many pods at once (default: one for each core)"
    )
    options = parser.parse_args(arguments)
    catalogue = DEFECTS if options.catalogue == "defects" else VARIANTS
    patterns = [pattern.strip() for pattern in options.select.split(",")]
    chosen = [entry for name, entry in catalogue.items() if any(fnmatch.fnmatch(name, p) for p in patterns)]
    if not chosen or options.seeds < 1 or options.workers < 1:
        parser.error(f"--select {options.select}, --seeds, --workers: expected at least one of each")
    seeds = range(options.seeds)
    try:
        if options.catalogue == "defects":
            return prove(chosen, lambda defect: [prove_defect(defect, whole=options.whole)], options.workers)
        return prove(chosen, lambda variant: prove_variant(variant, seeds), options.workers)
    except KeyboardInterrupt:
        print("proof: interrupted", file=sys.stderr)
        return 130
