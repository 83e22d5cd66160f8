"""How long a verdict takes on two pods, by how long a change takes to reach the other one."""

import sys
import tempfile
import time
from pathlib import Path

from contract_tests.emulator.process import emulated_pod
from tests.contract.runs import run_command

MOST_SECONDS = {20: 20.0, 300: 120.0, 1500: 600.0}
"""The longest time of a verdict, by the milliseconds from pod to pod."""


def main() -> int:
    """Print a row for each time from pod to pod. Return 1 if a target is missed, else 0."""
    missed = False
    for milliseconds, most in MOST_SECONDS.items():
        propagation = ("--propagation", str(milliseconds))
        with emulated_pod(*propagation, federation=True) as environment, tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            run = run_command(Path(folder) / "contract", environment=environment, seconds=2 * most)
            seconds = time.perf_counter() - start
        what = f"a verdict on two pods, {milliseconds} ms from one to the other"
        print(f"| {what} | {seconds:.1f} s | | | at most {most:.0f} s |", flush=True)
        missed = missed or run.status != 0 or seconds > most
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
