"""Session tokens: opaque, random, and each worth one user until it ends."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME = 14 * 24 * 3600.0
"""Seconds; of what real pods are known to allow, the longest."""


@dataclass(frozen=True, slots=True)
class Session:
    """An open session.

    Attributes:
        user_id: Whose it is.
        ends_at: When it ends by itself, in seconds of the clock given.
    """

    user_id: int
    ends_at: float


class Sessions:
    """The sessions of a pod; they do not outlive the process.

    Attributes:
        lifetime: Seconds until a session ends by itself.
        new_token: Makes the token of a session.
        now: Seconds of a clock that never goes back.
        opened: Every session that was opened, by its token, those included that have ended.
    """

    def __init__(self) -> None:
        self.lifetime = LIFETIME
        self.new_token: Callable[[], str] = lambda: secrets.token_urlsafe(48)
        self.now: Callable[[], float] = time.monotonic
        self.opened: dict[str, Session] = {}

    def open(self, user_id: int, token: str | None = None) -> str:
        """Begin a session and return its token, which is a new one unless it is given."""
        token = token or self.new_token()
        self.opened[token] = Session(user_id, self.now() + self.lifetime)
        return token

    def user_id(self, token: str) -> int | None:
        """Whose session it is; None where there is none, or none any more."""
        session = self.opened.get(token)
        return session.user_id if session and self.now() < session.ends_at else None

    def end(self, token: str) -> None:
        """End a session."""
        session = self.opened.get(token)
        if session:
            self.opened[token] = Session(session.user_id, self.now())
