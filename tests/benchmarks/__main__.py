"""``make bench``: every benchmark of this folder, in one table. Exit status 1 where a target is missed."""

import importlib
import os
import pkgutil
import platform
import sys

import tests.benchmarks


def main() -> int:
    """Run every benchmark module; 1 where one of them misses a target, else 0."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| what | ours | other | ratio | target |\n|---|---|---|---|---|", flush=True)
    found = pkgutil.iter_modules(tests.benchmarks.__path__)
    names = sorted(module.name for module in found if module.name != "__main__")
    missed = [name for name in names if importlib.import_module(f"tests.benchmarks.{name}").main() != 0]
    if missed:
        print(f"\nmissed: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
