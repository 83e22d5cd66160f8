"""Requests a second of the suite and of ``schemathesis run``, on the same pod and description."""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from contract_tests.emulator.process import emulated_pod
from tests.benchmarks.schemathesis_run import schemathesis_run
from tests.contract.runs import run_command

ROUNDS = 3
LEAST_RATIO = 1.5


def main() -> int:
    """Print the row of the table. Return 1 if the target is missed, else 0."""
    ours, theirs = [], []
    with emulated_pod() as environment, tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            start = time.perf_counter()
            run = run_command(Path(folder) / str(number), environment=environment)
            seconds = time.perf_counter() - start
            last_line = (run.output / "results.jsonl").read_text(encoding="utf-8").splitlines()[-1]
            ours.append(sum(json.loads(last_line)["footer"]["requests"].values()) / seconds)
            # It continues after failures, so that most of its time goes into requests and not into starting.
            other = schemathesis_run(environment, "--continue-on-failure", with_token=True)
            theirs.append(other.cases / other.seconds)
    mine, other_rate = statistics.median(ours), statistics.median(theirs)
    ratio = mine / other_rate
    print(
        f"| requests a second, `schemathesis run` | {mine:.0f} | {other_rate:.0f} | {ratio:.2f} "
        f"| at least {LEAST_RATIO} |",
        flush=True,
    )
    return int(ratio < LEAST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
