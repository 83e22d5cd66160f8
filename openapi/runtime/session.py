"""The session token: a string, or what a callable gives, which is asked by one thread or task for all that wait."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import isawaitable
from math import isfinite
from typing import Any, NoReturn

from .arguments import is_legal
from .errors import UsageError
from .forks import tell_of_forks

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
        self._lock = threading.Lock()
        self._attempts: dict[object, _Attempt] = {}
        tell_of_forks(self)

    def newer_than(self, seen: Token | None, ask: Callable[[], str], patience: float) -> Token:
        """A token that was given after `seen`; of the threads that ask together, one asks the callable, for all.

        Args:
            seen: The token that was refused, or None.
            ask: Asks the callable.
            patience: Seconds to wait for another thread that asks.

        Raises:
            UsageError: The callable waits for itself, or another thread waits too long for it.
        """
        patience = patience if isfinite(patience) else 60
        while True:
            with self._attempt(seen, None, threading.Event) as (attempt, is_mine):
                if is_mine:
                    attempt.token = Token(ask())
            attempt.done.wait(patience)
            if token := attempt.outcome(patience):
                return token

    async def newer_than_async(
        self, seen: Token | None, ask: Callable[[], str | Awaitable[str]], patience: float, loop: object
    ) -> Token:
        """As `newer_than`, for the tasks of a loop. A callable that is not async is asked in a thread."""
        from anyio import Event, move_on_after, to_thread

        patience = patience if isfinite(patience) else 60
        while True:
            with self._attempt(seen, loop, Event) as (attempt, is_mine):
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
    def _attempt(self, seen: Token | None, loop: object, event: Callable[[], Any]) -> Generator[tuple[_Attempt, bool]]:
        """The attempt to wait for, and whether it is begun here, so that the callable is to be asked inside."""
        if self in _asking.get():
            raise UsageError(
                "session_token: the callable made a call that needs the token which it is asked for. Let it log in "
                "by another client. Nothing was sent."
            )
        with self._lock:
            attempt, is_mine = self._attempts.get(loop), False
            if self.token is not None and self.token is not seen:  # another has just asked
                attempt = _Attempt(event())
                attempt.token = self.token
                attempt.done.set()
            elif attempt is None:
                attempt, is_mine = self._attempts.setdefault(loop, _Attempt(event())), True
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
            with self._lock:
                self._attempts.pop(loop, None)
                self.token = attempt.token or self.token
            attempt.done.set()

    def after_fork(self) -> None:
        """Forget what other threads of the process that was forked were about to do."""
        self._lock = threading.Lock()
        self._attempts = {}
