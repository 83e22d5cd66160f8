"""An error that nobody foresaw, in one line: it is the suite that failed, and not the pod."""

import traceback
from pathlib import Path

from .. import FOLDER


def told(error: BaseException) -> str:
    """What it is, what it says and where in the suite it arose. It may hold a secret still."""
    return f"{type(error).__name__}: {' '.join(str(error).split())} ({_where(error)})"


def told_without_its_words(error: BaseException) -> str:
    """What it is and where in the suite it arose; of what it says only what the system said."""
    reason = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{reason} ({_where(error)})"


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(FOLDER)]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "outside the suite"
