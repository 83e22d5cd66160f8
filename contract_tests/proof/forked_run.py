"""Runs of the suite one after another, each in a process of its own that need not load the packages first.

To load them takes longer than many a run of a few rules. The processes are forked from one that has
loaded them and has done nothing else.
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
# To start one looks after all the others, and what two threads read at once of one's end only one of them gets.
_LOCK = threading.Lock()
_PROCESSES.set_forkserver_preload([f"{PACKAGE}.run.run", f"{PACKAGE}.checks.test_fuzz"])


class Ended(NamedTuple):
    """A run that has ended.

    Attributes:
        status: Its exit status; negative: the signal that ended it.
        said: Its standard output.
        complained: Its standard error.
    """

    status: int
    said: str
    complained: str


def run_forked(arguments: list[str], environment: Mapping[str, str], folder: Path, seconds: float) -> Ended:
    """Run ``python -m contract_tests`` and wait for its end.

    Args:
        arguments: Those after ``contract_tests``.
        environment: All of its variables.
        folder: The folder it is started from.
        seconds: How long it may take.

    Raises:
        TimeoutError: It took longer, and was killed.
    """
    with TemporaryDirectory(prefix="contract-said-") as streams:
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
    gc.freeze()  # what was loaded before stays, and is not looked through again and again
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.exit(main(arguments))
