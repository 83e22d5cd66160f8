"""The suite proves itself: every defective pod is found, no lawful pod is accused.

``python -m contract_tests.proof defects`` runs the suite against each defective pod and asks that
each of the rules it is tied to is broken; ``… variants`` runs it against each lawful pod and asks
that no rule is. Prints a table. Exit status: 0 proved; 1 a defect was missed, or a lawful pod accused;
2 usage.
"""

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from contract_tests.emulator.changes import Change
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.process import ROOT, EmulatorError, emulated_pod
from contract_tests.emulator.variants import VARIANTS

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


def run_against(options: Iterable[str], *, seed: int = 0, select: str = "*") -> Outcome:
    """Run the suite against an emulated pod of its own.

    Args:
        options: Of the emulated pod, such as ``--defect NAME``.
        seed: Of everything that is generated.
        select: Rule ids and globs.
    """
    with tempfile.TemporaryDirectory(prefix="proof-") as folder, emulated_pod(*options) as environment:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
        output = Path(folder) / "contract"
        command = [sys.executable, "-m", "contract_tests", "run", "--output", str(output), "--seed", str(seed)]
        done = subprocess.run(
            [*command, "--select", select],
            env={**inherited, **environment, "POD_TIMEOUT": str(TIMEOUT), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        try:
            lines = [json.loads(line) for line in (output / "results.jsonl").read_text(encoding="utf-8").splitlines()]
        except OSError:
            lines = []
    rules = [line for line in lines if "rule" in line]
    return Outcome(
        done.returncode,
        {line["rule"]: line["verdict"] for line in rules},
        {line["rule"]: line["reason"] for line in rules},
        done.stdout + done.stderr,
    )


def prove_defect(defect: Change, *, whole: bool = False) -> Row:
    """Whether the suite finds a defect: every rule that it is tied to is broken, and the run says so.

    Args:
        defect: The defective pod.
        whole: Whether to run every rule, or only those that the defect is tied to.
    """
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="proof-keys-") as keys:
        options = ["--defect", defect.name, *(["--keys", keys] if defect.needs_keys else [])]
        outcome = run_against(options, select="*" if whole else ",".join(defect.breaks))
    broken = outcome.broken()
    missed = [rule for rule in defect.breaks if rule not in broken]
    found = "; ".join(f"{rule}: {outcome.verdicts.get(rule)} {outcome.reasons.get(rule, '')}" for rule in missed)
    return Row(defect.name, ", ".join(defect.breaks), not missed, found, time.perf_counter() - start)


def prove_variant(variant: Change, seed: int, *, whole: bool) -> Row:
    """Whether the suite accuses a lawful pod of nothing, fails at nothing, and leaves nothing changed.

    Args:
        variant: The lawful pod.
        seed: Of everything that is generated.
        whole: Whether to run every rule, or only those that a seed changes.
    """
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="proof-keys-") as keys:
        options = ["--variant", variant.name, *(["--keys", keys] if variant.needs_keys else [])]
        outcome = run_against(options, seed=seed, select="*" if whole else ",".join(GENERATED_RULES))
    wrong = [rule for rule, verdict in outcome.verdicts.items() if verdict in ("broken", "error")]
    found = "; ".join(f"{rule}: {outcome.reasons[rule]}" for rule in wrong)
    if outcome.status != 0 and not wrong:
        found = f"exit {outcome.status}: {' '.join(outcome.said.split())[-300:]}"
    return Row(variant.name, f"nothing broken, seed {seed}", outcome.status == 0, found, time.perf_counter() - start)


def _row(one: "partial[Row]") -> Row:
    try:
        return one()
    except (EmulatorError, subprocess.TimeoutExpired) as error:
        change: Change = one.args[0]
        return Row(change.name, "to be run", False, " ".join(str(error).split()), 0.0)


def prove(work: Sequence["partial[Row]"], workers: int) -> int:
    """Do the work, print a row for each and the count; 1 where one is not proved, else 0."""
    start = time.perf_counter()
    print("| pod | asked | proved | found instead | seconds |\n|---|---|---|---|---|", flush=True)
    failed = 0
    with ThreadPoolExecutor(workers) as pool:
        for row in pool.map(_row, work):
            print(row, flush=True)
            failed += not row.proved
    print(f"\n{len(work) - failed} of {len(work)} proved, in {time.perf_counter() - start:.0f} s", flush=True)
    return int(bool(failed))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module's docstring for what it does and its exit status."""
    parser = argparse.ArgumentParser(prog="python -m contract_tests.proof", description="The suite proves itself.")
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
    if options.catalogue == "defects":
        return prove([partial(prove_defect, entry, whole=options.whole) for entry in chosen], options.workers)
    seeds = range(options.seeds)
    work = [partial(prove_variant, entry, seed, whole=seed == 0) for entry in chosen for seed in seeds]
    return prove(work, options.workers)


if __name__ == "__main__":
    sys.exit(main())
