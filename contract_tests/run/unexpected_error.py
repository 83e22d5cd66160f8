"""Describes an error that nobody expected, in one line: the suite failed, and not the pod."""

import traceback
from pathlib import Path

from .. import FOLDER


def describe(error: BaseException) -> str:
    """The type of the error, its message, and where in the suite it arose. The message may still hold a secret."""
    return f"{type(error).__name__}: {' '.join(str(error).split())} ({_where(error)})"


def describe_without_message(error: BaseException) -> str:
    """The type of the error and where in the suite it arose. Of its message only what the system itself said."""
    reason = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{reason} ({_where(error)})"


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(FOLDER)]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "outside the suite"
