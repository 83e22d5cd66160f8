"""Starts an emulated pod in a process of its own. The suite imports nothing else of this room."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import IO

from .. import FOLDER

_READY = "# ready"
_START_SECONDS = 30.0
_END_SECONDS = 10.0


class EmulatorError(Exception):
    """The emulated pod did not start; the message holds its output on stderr."""


@contextlib.contextmanager
def emulated_pod(
    *arguments: str, federation: bool = False, meanwhile: Callable[[], object] | None = None
) -> Iterator[dict[str, str]]:
    """Serve emulated pods on free loopback ports until the context ends.

    Args:
        *arguments: Arguments of the command ``emulate``; ``--port 0`` is put before them.
        federation: Whether each private pod has an address of its own; else all share one (``--one-address``).
        meanwhile: Called while the pods start.

    Yields:
        The environment variables for the suite or another client: ``POD_URL`` and the rest.

    Raises:
        EmulatorError: The pod ended, or was not ready within 30 seconds.
    """
    where = [] if federation else ["--one-address"]
    options = ["--port", "0", f"--exit-with-parent={os.getpid()}", *where, *arguments]
    command = [sys.executable, "-m", f"{__package__}.serve", *options]
    path = os.pathsep.join(filter(None, [str(FOLDER.parent), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        # A process group of its own, so that Ctrl-C ends the user of the pod first and the pod after it.
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
            process_group=0,
        )
        try:
            if meanwhile is not None:
                meanwhile()
            yield _await_ready(process, said)
        finally:
            # Without a file there is nothing to write down, and an orderly end takes a quarter of a second.
            _end(process, orderly=any(argument.startswith("--state") for argument in arguments))


def _await_ready(process: "subprocess.Popen[str]", said: IO[str]) -> dict[str, str]:
    # When the process is killed, its stdout ends, and so does the loop below.
    limit = threading.Timer(_START_SECONDS, process.kill)
    limit.start()
    environment: dict[str, str] = {}
    try:
        for line in process.stdout or ():
            if line.rstrip("\n") == _READY:
                return environment
            assignment = shlex.split(line)[-1]
            name, _, value = assignment.partition("=")
            environment[name] = value
    finally:
        limit.cancel()
    status = process.wait(_END_SECONDS)
    said.seek(0)
    raise EmulatorError(f"The emulated pod ended with status {status} before it was ready:\n{said.read()}")


def _end(process: "subprocess.Popen[str]", *, orderly: bool) -> None:
    if orderly:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # and the workers, which are in its group
    process.wait(_END_SECONDS)
    if process.stdout:
        process.stdout.close()
