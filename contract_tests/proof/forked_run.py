"""Runs the suite in a process of its own, without loading the packages again for each run.

Loading the packages takes longer than a run of a few rules. So each process is forked from a server process
that has loaded the packages and has done nothing else.
"""

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .. import PACKAGE
from ..__main__ import main

_PROCESSES = multiprocessing.get_context("forkserver")
# multiprocessing collects ended processes when it starts a new one. Two threads that do so at the same time would
# both wait for the same process, and only one of them would get its exit status.
_LOCK = threading.Lock()
_PROCESSES.set_forkserver_preload([f"{PACKAGE}.proof.preloaded"])


class Ended(NamedTuple):
    """A run that has ended.

    Attributes:
        status: The exit status. A negative one is the number of the signal that ended the run.
        stdout: What it wrote to standard output.
        stderr: What it wrote to standard error.
    """

    status: int
    stdout: str
    stderr: str


def run_forked(arguments: list[str], environment: Mapping[str, str], folder: Path, seconds: float) -> Ended:
    """Run ``python -m contract_tests`` and wait until it has ended.

    Args:
        arguments: The arguments after ``contract_tests``.
        environment: All environment variables of the run.
        folder: The working folder of the run.
        seconds: How long the run may take.

    Raises:
        TimeoutError: The run took longer and was killed.
    """
    with TemporaryDirectory(prefix="contract-output-") as streams:
        files = Path(streams, "stdout"), Path(streams, "stderr")
        process = _PROCESSES.Process(target=_run, args=(arguments, environment, folder, files))
        with _LOCK:
            process.start()
        ended = wait([process.sentinel], seconds)
        with _LOCK:
            if not ended:
                process.kill()
            process.join()
            status = process.exitcode
        if not ended or status is None:
            raise TimeoutError(f"the run had not ended after {seconds:.0f} s")
        return Ended(status, *(file.read_text(encoding="utf-8", errors="replace") for file in files))


def _run(arguments: list[str], environment: Mapping[str, str], folder: Path, files: tuple[Path, Path]) -> None:
    for stream, path in enumerate(files, start=1):
        with path.open("wb") as file:
            os.dup2(file.fileno(), stream)
    gc.freeze()  # the garbage collector need not look through the loaded packages again
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.exit(main(arguments))
