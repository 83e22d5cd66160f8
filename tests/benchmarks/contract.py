"""How long a verdict on the emulated pod takes, and how many of its requests pass authentication."""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.contract.runs import run_command

RUNS = 3
MOST_SECONDS = 20.0
LEAST_REQUESTS = 1000


def main() -> int:
    """Print the rows of the table. Return 1 if a target is missed, else 0."""
    seconds, requests = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(RUNS):
            start = time.perf_counter()
            run = run_command(Path(folder) / str(number))
            seconds.append(time.perf_counter() - start)
            if run.status != 0:
                print(run.said, run.complained, file=sys.stderr)
                return 1
            last_line = (run.output / "results.jsonl").read_text(encoding="utf-8").splitlines()[-1]
            requests.append(json.loads(last_line)["footer"]["past_authentication"])
    took, sent = statistics.median(seconds), min(requests)
    print(f"| a verdict on the emulated pod | {took:.1f} s | | | at most {MOST_SECONDS:.0f} s |", flush=True)
    print(f"| its requests past authentication | {sent} | | | at least {LEAST_REQUESTS} |", flush=True)
    return int(took > MOST_SECONDS or sent < LEAST_REQUESTS)


if __name__ == "__main__":
    sys.exit(main())
