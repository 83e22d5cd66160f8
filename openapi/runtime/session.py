"""The session token: a string, or what a callable gives, which is asked by one thread or task for all that wait."""

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
            raise UsageError(f"session_token: {len(text)} characters, not all visible ASCII, or with a line break.")
        self.text = text

    def __reduce__(self) -> NoReturn:
        raise TypeError("A session token cannot be pickled or copied.")


class _Attempt:
    """One time that the callable is asked; `done` is set when it has ended."""

    def __init__(self, done: Any) -> None:
        self.done = done
        self.error: Exception | None = None

    def check(self, patience: float) -> None:
        """Raise what the callable raised, for those that waited for it, or that it has not ended."""
        if not self.done.is_set():
            raise UsageError(f"session_token: the callable, which was asked before, gave no token within {patience} s.")
        if self.error is not None:
            raise self.error


class Session:
    """The token of a caller, for a client and those derived from it."""

    def __init__(self, source: object) -> None:
        self.source: Any = source
        self.renewable = callable(source)
        self.token = None if self.renewable else Token(source)
        self._attempts: dict[Here, _Attempt] = {}

    def newer_than(self, refused: Token | None, ask: Callable[[], str], patience: float, here: Here) -> Token:
        """A token other than the one that was refused; of the threads that need one, one asks the callable, for all.

        Args:
            refused: The token that was refused, or None.
            ask: Asks the callable.
            patience: Seconds to wait for another thread that asks.
            here: Where the token is needed.

        Raises:
            UsageError: The callable waits for itself, or another thread waits too long for it.
        """
        patience = patience if isfinite(patience) else 60
        while (token := self.token) is None or token is refused:
            with self._attempt(refused, here, threading.Event()) as (attempt, is_to_ask):
                if is_to_ask:
                    self.token = Token(ask())
            attempt.done.wait(patience)
            attempt.check(patience)
        return token

    async def newer_than_async(
        self, refused: Token | None, ask: Callable[[], str | Awaitable[str]], patience: float, here: Here
    ) -> Token:
        """As `newer_than`, for the tasks of a loop. A callable that is not async is asked in a thread."""
        from anyio import Event, move_on_after, to_thread

        patience = patience if isfinite(patience) else 60
        while (token := self.token) is None or token is refused:
            with self._attempt(refused, here, Event()) as (attempt, is_to_ask):
                if is_to_ask:
                    (text,) = await to_thread.run_sync(lambda: (ask(),))  # trio lets no thread return an awaitable
                    self.token = Token(await text if isawaitable(text) else text)
            with move_on_after(patience):
                await attempt.done.wait()
            attempt.check(patience)
        return token

    def forget(self, token: Token) -> None:
        """Ask the callable anew for the next call, if it gave this token."""
        if self.renewable and self.token is token:
            self.token = None

    @contextmanager
    def _attempt(self, refused: Token | None, here: Here, done: Any) -> Generator[tuple[_Attempt, bool]]:
        """The attempt to wait for, and whether the callable is to be asked inside."""
        if self in _asking.get():
            raise UsageError("session_token: its callable needs the token. Nothing was sent. Give it another client.")
        mine = _Attempt(done)
        attempt = self._attempts.setdefault(here, mine)  # in one step, among threads too
        if attempt is not mine:
            yield attempt, False
            return
        marked = _asking.set((*_asking.get(), self))
        try:
            yield mine, self.token is None or self.token is refused  # or another one has just asked
        except Exception as error:
            mine.error = error
            raise
        finally:
            _asking.reset(marked)
            del self._attempts[here]
            done.set()
