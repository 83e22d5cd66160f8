"""Starts runs in processes of their own, without loading the packages again for each of them.

Loading the packages takes longer than a run of a few rules. So each process is forked from a server process that has
loaded the packages and has done nothing else: no run sees anything of another one.
"""

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

from .. import PACKAGE

_PROCESSES = multiprocessing.get_context("forkserver")
# multiprocessing collects ended processes when it starts a new one. Two threads that do so at the same time would
# both wait for the same process, and only one of them would get its exit status.
_LOCK = threading.Lock()
_PROCESSES.set_forkserver_preload([f"{PACKAGE}.run.preloaded"])


class Command(NamedTuple):
    """A command to run in a process of its own.

    Attributes:
        main: The function of the command. It takes the arguments and returns the exit status.
        arguments: The arguments.
        environment: All environment variables of the process.
        folder: The working folder.
        stdout: The file for standard output.
        stderr: The file for standard error; may be the same.
    """

    main: Callable[[list[str]], int]
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    stdout: Path
    stderr: Path


class ForkedProcess:
    """A process that runs a command.

    Args:
        command: The command.
    """

    def __init__(self, command: Command) -> None:
        self._process = _PROCESSES.Process(target=_run, args=(command,))
        with _LOCK:
            self._process.start()

    def terminate(self) -> None:
        """Send SIGTERM. A run then puts its connections back, and ends."""
        self._process.terminate()

    def wait(self, seconds: float | None = None) -> int:
        """Wait until the process has ended.

        Args:
            seconds: How long to wait; None for as long as it takes.

        Returns:
            The exit status. A negative one is the number of the signal that ended the process.

        Raises:
            TimeoutError: The process took longer and was killed.
        """
        ended = wait([self._process.sentinel], seconds)
        with _LOCK:
            if not ended:
                self._process.kill()
            self._process.join()
            status = self._process.exitcode
        if not ended or status is None:
            raise TimeoutError(f"the run had not ended after {seconds:.0f} s")
        return status


def _run(command: Command) -> None:
    streams = [
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND) for path in (command.stdout, command.stderr)
    ]
    for stream, opened in enumerate(streams, start=1):
        os.dup2(opened, stream)
        os.close(opened)
    gc.freeze()  # the garbage collector need not look through the loaded packages again
    os.environ.clear()
    os.environ.update(command.environment)
    os.chdir(command.folder)
    sys.exit(command.main(list(command.arguments)))
