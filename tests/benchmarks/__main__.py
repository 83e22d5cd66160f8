"""``make bench``: run every benchmark of this folder, or the named ones, and print one table.

Exit status: 0, every target is met; 1, a target is missed; 2, there is no such benchmark. The kill table takes
by far the longest, because it tries every defective pod.
"""

import importlib
import os
import platform
import sys

BENCHMARKS = (
    "generate",
    "client",
    "contract",
    "fleet",
    "federation",
    "slow_pod",
    "request_rate",
    "emulator",
    "emulated_tests",
    "emulated_state",
    "other_testers",
    "kill_table",
)


def main() -> int:
    """Run the benchmarks; see the module's docstring for the exit status."""
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        print(f"no such benchmark: {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| what | ours | other | ratio | target |\n|---|---|---|---|---|", flush=True)
    missed = [name for name in names if importlib.import_module(f"tests.benchmarks.{name}").main() != 0]
    if missed:
        print(f"\nmissed: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
