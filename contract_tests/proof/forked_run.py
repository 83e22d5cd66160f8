"""Runs the suite in a process of its own, and returns its exit status and what it wrote."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..__main__ import main
from ..run.forked import Command, ForkedProcess


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
        status = ForkedProcess(Command(main, arguments, dict(environment), folder, *files)).wait(seconds)
        return Ended(status, *(file.read_text(encoding="utf-8", errors="replace") for file in files))
