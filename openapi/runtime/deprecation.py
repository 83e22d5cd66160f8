"""The warning of an operation that its description calls deprecated."""

from __future__ import annotations

import warnings
from inspect import currentframe


def warn_of(name: str) -> None:
    """Warn that an operation is deprecated, at the line of the application that calls it."""
    package = __name__.rpartition(".")[0]
    level = 1
    frame = currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith(package):
        level, frame = level + 1, frame.f_back
    warnings.warn(f"{name} is deprecated by its description.", DeprecationWarning, stacklevel=level)
