"""The output folder. One run uses it at a time, and the reports of an earlier run are removed from it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..target.target import TargetError

LOCK = ".lock"
REPORTS = ("junit.xml", "report.html", "summary.md", "badge.json", "results.sarif")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder if it is missing, and keep other runs out of it.

    Args:
        folder: The folder of the results.

    Raises:
        TargetError: The folder cannot be made or written to, or another run uses it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("w")
    except OSError as error:
        raise TargetError(
            f"--output {folder}: expected a folder that can be written to: {error.strerror} ({error.filename})."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TargetError(
                f"--output {folder}: another run is at work in this folder. Wait for its end, or name another folder."
            ) from None
        yield


def remove_reports(folder: Path) -> None:
    """Remove the reports of an earlier run. If this run is cut off, a reader could take them for its own."""
    for name in REPORTS:
        path = folder / name
        if path.is_file():
            path.unlink()
