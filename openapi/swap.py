"""Putting a new folder in the place of an old one, so that a run that is cut off loses neither."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OLD = "old"


@contextlib.contextmanager
def workshop(current: Path) -> Iterator[Path]:
    """A temporary folder beside another, to make its successor in.

    First it mends what runs that were killed have left: a folder that was moved away and never
    replaced comes back, and their workshops go.

    Args:
        current: The folder that is to be replaced; its parent exists.

    Yields:
        An empty folder on the same file system, gone afterwards.
    """
    prefix = f".{current.name}-"
    for left in current.parent.glob(f"{prefix}*"):
        _mend(left, current)
    with tempfile.TemporaryDirectory(dir=current.parent, prefix=f"{prefix}{os.getpid()}-") as folder:
        yield Path(folder)


def _mend(left: Path, current: Path) -> None:
    process = left.name.removeprefix(f".{current.name}-").partition("-")[0]
    if process.isdecimal() and _is_alive(int(process)):
        return
    if not current.exists() and (left / _OLD).exists():
        os.rename(left / _OLD, current)
    shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def swap_in(new: Path, current: Path) -> None:
    """Put a folder in the place of another: what stands there is complete, the old one or the new one.

    A process that is killed between the two moves leaves the place empty and the old folder in the
    workshop, from where the next ``workshop`` brings it back.

    Args:
        new: A folder in a ``workshop``; gone afterwards.
        current: The folder to replace; need not exist.
    """
    swap_all_in([(new, current)])


def swap_all_in(folders: list[tuple[Path, Path]]) -> None:
    """Put several folders in the places of others: all of them, or none.

    Args:
        folders: Each new folder, in a ``workshop`` of its own, and the folder to replace.
    """
    moved: list[tuple[Path, Path]] = []
    try:
        for new, current in folders:
            old = new.with_name(_OLD)
            if current.exists():
                os.rename(current, old)
                moved.append((old, current))
            os.rename(new, current)
            moved.append((current, new))
    except BaseException:
        for there, back in reversed(moved):
            os.rename(there, back)
        raise
    for new, _ in folders:
        shutil.rmtree(new.with_name(_OLD), ignore_errors=True)
