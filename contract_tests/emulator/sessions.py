"""Sessions and their tokens. A token is random and stands for one user until the session ends."""

import secrets
from collections.abc import Callable

from .clock import Clock
from .known_tokens import KnownTokens
from .records import Session
from .store import Store

LIFETIME = 14 * 24 * 3600.0
"""Seconds; the longest lifetime known of real pods."""


class Sessions:
    """The sessions of a pod, which are part of its state.

    Args:
        store: The state of the pod.
        clock: The clock of the pod.
        known: Gets every token.

    Attributes:
        lifetime: Seconds until a session expires.
        new_token: Makes a token.
        now: The time in seconds since 1970.
        opened: All sessions by their tokens, including those that have ended.
    """

    def __init__(self, store: Store, clock: Clock, known: KnownTokens) -> None:
        self.lifetime = LIFETIME
        self.new_token: Callable[[], str] = lambda: secrets.token_urlsafe(48)
        self.now: Callable[[], float] = clock.seconds
        self.opened: dict[str, Session] = store.sessions()
        self._store = store
        self._known = known
        for token in self.opened:
            known.add(token)

    def open(self, user_id: int, token: str | None = None) -> str:
        """Open a session and return its token, a new one unless a token is given."""
        token = token or self.new_token()
        self._put(token, Session(user_id, self.now() + self.lifetime))
        return token

    def user_id(self, token: str) -> int | None:
        """The user of an open session; None if the token opens none."""
        session = self.opened.get(token)
        return session.user_id if session and self.now() < session.ends_at else None

    def end(self, token: str) -> None:
        """End a session."""
        session = self.opened.get(token)
        if session:
            self._put(token, Session(session.user_id, self.now()))

    def _put(self, token: str, session: Session) -> None:
        self._store.put_session(token, session)
        self.opened[token] = session
        self._known.add(token)
