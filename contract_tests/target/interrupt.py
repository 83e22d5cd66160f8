"""Interruption: the first signal ends a run, and nothing breaks off the putting back that follows."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_asked = False  # whether a signal asked for the end of this process, and nothing was put back since


class Interrupted(KeyboardInterrupt):
    """A signal asks for the end.

    A KeyboardInterrupt itself would decide over the exit status: where it passes through an ``exec`` of
    source text, such as dataclasses are made by, Python ends with SIGINT, however it was caught.
    """


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into Interrupted, and ignore every later one to the end.

    Where an event loop is running its tasks are cancelled, and whoever runs it makes that Interrupted.
    SIGINT counts where the shell had it ignored too, as it does for what runs in the background: whoever
    sends it there means it. SIGHUP stays ignored where it was: that is what ``nohup`` is for.
    """
    interrupted = False

    def interrupt(_: int, __: FrameType | None) -> None:
        global _asked
        nonlocal interrupted
        _asked = interrupted = True
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise Interrupted from None
        # An exception out of nowhere would leave the loop in a state in which it cannot be used again.
        loop.call_soon_threadsafe(_cancel_all, loop)

    heeded = [n for n in SIGNALS if n != signal.SIGHUP or signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heeded}
    try:
        yield
    finally:
        # A second signal is not to kill a process that is ending: its exit status would say nothing then.
        for number, handler in before.items() if not interrupted else ():
            signal.signal(number, handler)


def check_interrupted() -> None:
    """Raise Interrupted where a signal asked for the end.

    Python drops what is raised while a finalizer or a callback of the garbage collector runs, so the
    Interrupted of the signal itself may never have come.
    """
    if _asked:
        raise Interrupted


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore SIGINT, SIGTERM and SIGHUP for a while, and what they asked for before: here it is being done."""
    global _asked
    _asked = False
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
