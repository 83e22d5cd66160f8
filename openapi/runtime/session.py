"""The session token: a string, or what a callable gives, which is asked by one thread or task for all that wait."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import isawaitable
from math import isfinite
from typing import Any, NoReturn, TypeAlias

from .arguments import is_legal
from .errors import UsageError

Here: TypeAlias = tuple[int, object]
"""A process and an event loop in it, or None: what is made in one of them cannot be used in another."""
_asking: ContextVar[tuple[object, ...]] = ContextVar("_asking", default=())


class Token:
    """A session token that can be sent; it is never shown, and the instance tells when it was given."""

    __slots__ = ("text",)

    def __init__(self, text: object) -> None:
        if not isinstance(text, str):
            raise UsageError(f"session_token: expected a string, found {type(text).__name__}.")
        if not text or not is_legal(text):
            raise UsageError(
                f"session_token: its {len(text)} characters are no legal header value. Expected visible ASCII "
                "characters, with no space or line break around them."
            )
        self.text = text

    def __reduce__(self) -> NoReturn:
        raise TypeError("A session token cannot be pickled or copied.")


class _Attempt:
    """One time that the callable is asked, and what came of it; `done` is set when it has ended."""

    def __init__(self, done: Any) -> None:
        self.done = done
        self.token: Token | None = None
        self.error: BaseException | None = None

    def outcome(self, patience: float) -> Token | None:
        """The token, or None where the one that asked was interrupted, so that somebody else has to ask."""
        if not self.done.is_set():
            raise UsageError(f"session_token: the callable, which was asked before, gave no token within {patience} s.")
        if isinstance(self.error, Exception):
            raise self.error
        return self.token


class Session:
    """The token of a caller, for a client and those derived from it."""

    def __init__(self, source: object) -> None:
        self.source: Any = source
        self.renewable = callable(source)
        self.token = None if self.renewable else Token(source)
        self._locks: dict[int, threading.Lock] = {}  # by process: a fork may copy one that is held
        self._attempts: dict[Here, _Attempt] = {}

    def newer_than(self, seen: Token | None, ask: Callable[[], str], patience: float, here: Here) -> Token:
        """A token that was given after `seen`; of the threads that ask together, one asks the callable, for all.

        Args:
            seen: The token that was refused, or None.
            ask: Asks the callable.
            patience: Seconds to wait for another thread that asks.
            here: Where the token is needed.

        Raises:
            UsageError: The callable waits for itself, or another thread waits too long for it.
        """
        patience = patience if isfinite(patience) else 60
        while True:
            with self._attempt(seen, here, threading.Event) as (attempt, is_mine):
                if is_mine:
                    attempt.token = Token(ask())
            attempt.done.wait(patience)
            if token := attempt.outcome(patience):
                return token

    async def newer_than_async(
        self, seen: Token | None, ask: Callable[[], str | Awaitable[str]], patience: float, here: Here
    ) -> Token:
        """As `newer_than`, for the tasks of a loop. A callable that is not async is asked in a thread."""
        from anyio import Event, move_on_after, to_thread

        patience = patience if isfinite(patience) else 60
        while True:
            with self._attempt(seen, here, Event) as (attempt, is_mine):
                if is_mine:
                    (text,) = await to_thread.run_sync(lambda: (ask(),))  # trio lets no thread return an awaitable
                    attempt.token = Token(await text if isawaitable(text) else text)
            with move_on_after(patience):
                await attempt.done.wait()
            if token := attempt.outcome(patience):
                return token

    def forget(self, token: Token) -> None:
        """Ask the callable anew for the next call, if it gave this token."""
        if self.renewable and self.token is token:
            self.token = None

    @contextmanager
    def _attempt(self, seen: Token | None, here: Here, event: Callable[[], Any]) -> Generator[tuple[_Attempt, bool]]:
        """The attempt to wait for, and whether it is begun here, so that the callable is to be asked inside."""
        if self in _asking.get():
            raise UsageError(
                "session_token: the callable made a call that needs the token which it is asked for. Let it log in "
                "by another client. Nothing was sent."
            )
        with self._locks.setdefault(here[0], threading.Lock()):
            attempt, is_mine = self._attempts.get(here), False
            if self.token is not None and self.token is not seen:  # another has just asked
                attempt = _Attempt(event())
                attempt.token = self.token
                attempt.done.set()
            elif attempt is None:
                attempt, is_mine = self._attempts.setdefault(here, _Attempt(event())), True
        if not is_mine:
            yield attempt, False
            return
        marked = _asking.set((*_asking.get(), self))
        try:
            yield attempt, True
        except BaseException as error:
            attempt.error = error
            raise
        finally:
            _asking.reset(marked)
            with self._locks[here[0]]:
                self._attempts.pop(here, None)
                self.token = attempt.token or self.token
            attempt.done.set()
