"""How long making the client takes, held against the generator alone on the same description."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.openapi.project import REPOSITORY, Project

RUNS = 5
MOST_TIMES = 2.0


def main() -> int:
    """Print the row of the table; 1 where the target is missed, else 0.

    Ours is the recipe of ``make generate``, on a copy of the project, formatted by ruff and swapped in. The other is
    ``openapi-python-client generate`` as it comes, but without its post hooks: what runs them depends on the machine,
    and without them it is quicker. Both run once beforehand, uncounted, and then in turns.
    """
    ours, other = [], []
    with tempfile.TemporaryDirectory() as folder:
        project = Project.copied(REPOSITORY, Path(folder))
        settings = Path(folder) / "alone.yaml"
        settings.write_text("post_hooks: []\n")
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": folder}
        generate = [sys.executable, "-m", "openapi.generate"]
        alone = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--config", str(settings)]
        alone += ["--path", str(project.generated / "openapi.json"), "--output-path", f"{folder}/alone", "--overwrite"]
        for number in range(RUNS + 1):
            our_seconds, their_seconds = _seconds(generate, environment), _seconds(alone, environment)
            if number:
                ours.append(our_seconds)
                other.append(their_seconds)
    took, took_alone = statistics.median(ours), statistics.median(other)
    ratio = took / took_alone
    print(
        f"| `make generate`, against the generator alone | {took:.2f} s | {took_alone:.2f} s | {ratio:.2f} "
        f"| at most {MOST_TIMES} |",
        flush=True,
    )
    return int(ratio > MOST_TIMES)


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, cwd=environment["PYTHONPATH"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
