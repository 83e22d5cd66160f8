"""How long one verdict on 200 emulated pods takes, with a run of its own for each pod."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contract_tests.emulator.process import emulated_pod
from contract_tests.report.results import NAME, read_results
from contract_tests.run.forked import Command, ForkedProcess
from tests.benchmarks.emulated_fleet import EVERY, READY
from tests.benchmarks.timed_run import timed
from tests.contract.runs import run_command

PODS = 200
RULES = "session-missing-refused,unknown-user-not-found,implicit-accept-accepted,answer-*,success-*"
MOST_SECONDS = 1500.0
ROUNDS = 5
MOST_BYTES = 1_000_000  # of the page


def main() -> int:
    """Print the rows of the table. Return 1 if a target is missed, else 0."""
    forked, anew = processor_times()
    print(
        f"| a run of few rules, processor time: started anew | {forked:.2f} s | {anew:.2f} s | {forked / anew:.2f} | |"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets, output = folder / "targets", folder / "contract"
        targets.mkdir()
        command = [sys.executable, "-m", "tests.benchmarks.emulated_fleet", str(PODS), str(targets)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pods:
            assert pods.stdout is not None
            try:
                while pods.stdout.readline().strip() != READY:
                    pass
                start = time.perf_counter()
                run = run_command(output, "--targets", str(targets), "--select", RULES, seconds=MOST_SECONDS)
                seconds = time.perf_counter() - start
            finally:
                pods.terminate()
        results = [read_results(output / file.stem / NAME) for file in sorted(targets.glob("*.toml"))]
        page = (output / "report.html").stat().st_size
    broken = sum(result.counts()["broken"] > 0 for result in results)
    sent = sum(sum(result.footer["requests"].values()) for result in results)
    print(f"| a verdict on {PODS} emulated pods, {sent} requests | {seconds:.0f} s | | | |")
    print(f"| of these pods, found broken | {broken} of {PODS // EVERY} | | | all |")
    print(f"| the page of all of them | {page / 1000:.0f} kB | | | at most {MOST_BYTES // 1000} kB |", flush=True)
    return int(run.status != 1 or broken != PODS // EVERY or page > MOST_BYTES)


def processor_times() -> tuple[float, float]:
    """The processor time of one run as a fleet starts it, and as a command; medians, in seconds."""
    forked, anew = [], []
    with tempfile.TemporaryDirectory() as name, emulated_pod() as environment:
        folder = Path(name)
        said, variables = folder / "said", {**os.environ, **environment}
        arguments = ["run", "-q", "--select", RULES, "--output", str(folder / "contract")]
        for _ in range(ROUNDS):
            ForkedProcess(Command(timed, arguments, variables, folder, folder / "out", said)).wait(MOST_SECONDS)
            forked.append(float(said.read_text(encoding="utf-8").splitlines()[-1]))
            command = [sys.executable, "-m", "tests.benchmarks.timed_run", *arguments]
            done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
            anew.append(float(done.stderr.splitlines()[-1]))
    return statistics.median(forked), statistics.median(anew)


if __name__ == "__main__":
    sys.exit(main())
