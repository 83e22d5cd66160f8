"""What is done in a process that was forked."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """What holds locks or connections."""

    def after_fork(self) -> None:
        """Do without those of the process that was forked."""


_KNOWN: weakref.WeakSet[Forkable] = weakref.WeakSet()


def tell_of_forks(one: Forkable) -> None:
    """Have `after_fork` called in each process that is forked from now on, before anything else runs there."""
    _KNOWN.add(one)


def _tell() -> None:
    for one in list(_KNOWN):
        one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tell)
