"""The suite proves itself: every defective pod is found, no lawful pod is accused.

``python -m contract_tests.proof defects`` runs the suite against each defective pod and asks that
each of the rules it is tied to is broken; ``… variants`` runs it against each lawful pod and asks
that no rule is. Prints a table. Exit status: 0 proved; 1 a defect was missed, or a lawful pod accused;
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
from .forked_run import run_forked

GENERATED_RULES = ("fuzzed-request-lawful", "sequence-lawful")  # what a seed changes
RUN_SECONDS = 300.0
TIMEOUT = 4.0  # what a hanging pod costs here


@dataclass(frozen=True)
class Outcome:
    """What the suite said of one pod.

    Attributes:
        status: The exit status of the run.
        verdicts: By rule.
        reasons: By rule.
        said: What the run printed.
    """

    status: int
    verdicts: dict[str, str]
    reasons: dict[str, str]
    said: str

    def broken(self) -> list[str]:
        """The rules that were not kept."""
        return [rule for rule, verdict in self.verdicts.items() if verdict in ("broken", "warned")]


@dataclass(frozen=True)
class Row:
    """A row of the table: a pod, what was asked, and whether it is so."""

    name: str
    asked: str
    proved: bool
    found: str
    seconds: float

    def __str__(self) -> str:
        mark = "yes" if self.proved else "NO"
        return f"| {self.name} | {self.asked} | {mark} | {self.found} | {self.seconds:.1f} |"


def run_against(environment: Mapping[str, str], *, seed: int = 0, select: str = "*") -> Outcome:
    """Run the suite in a process of its own.

    Args:
        environment: Names the pod, as ``emulated_pod`` yields it.
        seed: Of everything that is generated.
        select: Rule ids and globs.

    Raises:
        TimeoutError: The run had not ended after ``RUN_SECONDS``.
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
        ended.said + ended.complained,
    )


def prove_defect(defect: Change, *, whole: bool = False) -> Row:
    """Whether the suite finds a defect: every rule that it is tied to is broken.

    Args:
        defect: The defective pod.
        whole: Whether to run every rule, or only those that the defect is tied to.
    """
    start = time.perf_counter()
    with _serving("--defect", defect) as environment:
        outcome = run_against(environment, select="*" if whole else ",".join(defect.breaks))
    broken = outcome.broken()
    missed = [rule for rule in defect.breaks if rule not in broken]
    found = "; ".join(f"{rule}: {outcome.verdicts.get(rule)} {outcome.reasons.get(rule, '')}" for rule in missed)
    return Row(defect.name, ", ".join(defect.breaks), not missed, found, time.perf_counter() - start)


def prove_variant(variant: Change, seeds: Iterable[int]) -> Iterator[Row]:
    """Whether the suite accuses a lawful pod of nothing, fails at nothing, and leaves nothing changed.

    One pod is run against once a seed, as a staging pod is every night: first with every rule, then with
    those that a seed changes.

    Args:
        variant: The lawful pod.
        seeds: Of everything that is generated.
    """
    with _serving("--variant", variant) as environment:
        for nth, seed in enumerate(seeds):
            start = time.perf_counter()
            outcome = run_against(environment, seed=seed, select=",".join(GENERATED_RULES) if nth else "*")
            wrong = [rule for rule, verdict in outcome.verdicts.items() if verdict in ("broken", "error")]
            found = "; ".join(f"{rule}: {outcome.reasons[rule]}" for rule in wrong)
            if outcome.status != 0 and not wrong:
                found = f"exit {outcome.status}: {' '.join(outcome.said.split())[-300:]}"
            asked = f"nothing broken, seed {seed}"
            yield Row(variant.name, asked, outcome.status == 0, found, time.perf_counter() - start)


@contextlib.contextmanager
def _serving(option: str, change: Change) -> Iterator[dict[str, str]]:
    with contextlib.ExitStack() as stack:
        keys = stack.enter_context(tempfile.TemporaryDirectory(prefix="proof-keys-"))
        yield stack.enter_context(emulated_pod(option, change.name, *(["--keys", keys] if change.needs_keys else [])))


def prove(changes: Iterable[Change], proving: Callable[[Change], Iterable[Row]], workers: int) -> int:
    """Prove each pod, print its rows and the count; 1 where one is not proved, else 0.

    Raises:
        KeyboardInterrupt: Ctrl-C, once the runs that were under way have put things back and ended.
    """
    start = time.perf_counter()
    print("| pod | asked | proved | found instead | seconds |\n|---|---|---|---|---|", flush=True)
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
            found.append(Row(change.name, "to be run", False, " ".join(str(error).split()), 0.0))
        return found

    with ThreadPoolExecutor(workers) as pool:
        try:
            for done in pool.map(prove_one, changes):
                rows += done
                print(*done, sep="\n", flush=True)
        except KeyboardInterrupt:
            stopped.set()
            raise
    proved = sum(row.proved for row in rows)
    print(f"\n{proved} of {len(rows)} proved, in {time.perf_counter() - start:.0f} s", flush=True)
    return int(proved < len(rows))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module's docstring for what it does and its exit status."""
    parser = argparse.ArgumentParser(prog=f"{COMMAND}.proof", description="The suite proves itself.")
    parser.add_argument("catalogue", choices=("defects", "variants"))
    parser.add_argument("--select", default="*", metavar="NAMES", help="names and globs, with commas between them")
    parser.add_argument("--whole", action="store_true", help="defects: run every rule, not those of the defect alone")
    parser.add_argument("--seeds", type=int, default=1, help="variants: how many seeds (1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="pods at once (one a core)")
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
