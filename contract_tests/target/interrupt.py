"""Signals: the first one ends a run. The putting back that follows cannot be interrupted."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_asked = False  # whether a signal has asked this process to end, and the putting back has not begun


class Interrupted(KeyboardInterrupt):
    """A signal asks this process to end.

    It is no plain KeyboardInterrupt. If one passes through an ``exec`` of source text, by which dataclasses are
    made, Python ends with the status of SIGINT, even if the exception is caught.
    """


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into Interrupted, and ignore every later one to the end.

    If an event loop is running, its tasks are cancelled, and the code that runs the loop raises Interrupted.
    A shell has SIGINT ignored for programs in the background. Here it is obeyed also then, because somebody has
    sent it to this process. SIGHUP stays ignored if it was ignored, because ``nohup`` asks for that.
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
        # An exception raised in here would leave the loop in a state in which it cannot be used again.
        loop.call_soon_threadsafe(_cancel_all, loop)

    heeded = [n for n in SIGNALS if n != signal.SIGHUP or signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heeded}
    try:
        yield
    finally:
        # A second signal must not kill a process that is ending: its exit status would mean nothing.
        for number, handler in before.items() if not interrupted else ():
            signal.signal(number, handler)


def check_interrupted() -> None:
    """Raise Interrupted if a signal has asked this process to end.

    Python drops an exception that is raised while a finalizer or a callback of the garbage collector runs. So
    the Interrupted that the signal raised may have been lost.
    """
    if _asked:
        raise Interrupted


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore SIGINT, SIGTERM and SIGHUP while things are put back, and forget the signal that asked for it."""
    global _asked
    _asked = False
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
