"""Sessions and their tokens. A token is random and stands for one user until the session ends."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME = 14 * 24 * 3600.0
"""Seconds; the longest lifetime known of real pods."""


@dataclass(frozen=True, slots=True)
class Session:
    """An open session.

    Attributes:
        user_id: The session's user.
        ends_at: When it expires, in seconds of ``Sessions.now``.
    """

    user_id: int
    ends_at: float


class Sessions:
    """The sessions of a pod.

    Attributes:
        lifetime: Seconds until a session expires.
        new_token: Makes a token.
        now: A clock in seconds that never goes back.
        opened: All sessions by their tokens, including those that have ended.
    """

    def __init__(self) -> None:
        self.lifetime = LIFETIME
        self.new_token: Callable[[], str] = lambda: secrets.token_urlsafe(48)
        self.now: Callable[[], float] = time.monotonic
        self.opened: dict[str, Session] = {}

    def open(self, user_id: int, token: str | None = None) -> str:
        """Open a session and return its token, a new one unless a token is given."""
        token = token or self.new_token()
        self.opened[token] = Session(user_id, self.now() + self.lifetime)
        return token

    def user_id(self, token: str) -> int | None:
        """The user of an open session; None if the token opens none."""
        session = self.opened.get(token)
        return session.user_id if session and self.now() < session.ends_at else None

    def end(self, token: str) -> None:
        """End a session."""
        session = self.opened.get(token)
        if session:
            self.opened[token] = Session(session.user_id, self.now())
