"""Tells an ended session from a refused request, and renews the session."""

from collections import Counter
from collections.abc import Awaitable, Callable

import httpx

from ..contract.exchange import Exchange, Request
from .not_verified import NotVerified
from .session import Sessions

MOST_VAIN_RENEWALS = 2  # of one session, each answered 401 again


class Renewal:
    """Sends requests with a role's session, and renews a session that has ended.

    Args:
        sessions: The session tokens of the cast.
        send: Sends a request until the pod answers it.

    Attributes:
        renewed: How many sessions were renewed.
        dead_sessions: The roles whose session has ended and who cannot log in.
    """

    def __init__(self, sessions: Sessions, send: Callable[[Request, str], Awaitable[Exchange]]) -> None:
        self.renewed = 0
        self.dead_sessions: set[str] = set()
        self._sessions = sessions
        self._send = send
        self._vain_renewals: Counter[str] = Counter()
        self._probes: dict[str, Request] = {}

    def set_probe(self, request: Request) -> None:
        """Remember a harmless request whose answer shows that a role's session is alive."""
        if request.role is not None:
            self._probes[request.role] = request

    async def send(self, request: Request, rule: str) -> Exchange:
        """Send a request; again with a new session where the role's session had ended.

        Raises:
            NotVerified: The role's session has ended and it cannot log in, or the pod throttles without end.
            SessionError: A login failed.
            AnswerLost: The answer was lost, and the pod may have carried the request out.
            ConnectionDropped: There is no connection to the pod, and it has not answered anything yet.
        """
        if not request.own_session or request.role is None:
            return await self._send(request, rule)
        role = request.role
        if role in self.dead_sessions:
            raise NotVerified(_session_ended(role))
        used = await self._sessions.token(role)
        exchange = await self._send(request, rule)
        if exchange.status != httpx.codes.UNAUTHORIZED:
            return exchange
        return await self._after_unauthorized(exchange, role, used)

    async def _after_unauthorized(self, exchange: Exchange, role: str, used: str) -> Exchange:
        """Renew an ended session. A session that is alive stays: the pod refuses it for this request alone."""
        probe = self._probes.get(role)
        if probe is not None and probe != exchange.request:
            probed = await self._send(probe, exchange.rule)
            if probed.status != httpx.codes.UNAUTHORIZED:
                if await self._sessions.token(role) == used:
                    return exchange
                # Another request, sent at the same time, has renewed the session.
                return await self._send(exchange.request, exchange.rule)
        if self._sessions.can_log_in(role) and self._vain_renewals[role] < MOST_VAIN_RENEWALS:
            renewed = await self._sessions.renew(role, used)
            self.renewed += renewed  # in a line of its own: others count while this one waits
            again = await self._send(exchange.request, exchange.rule)
            self._vain_renewals[role] += again.status == httpx.codes.UNAUTHORIZED
            return again
        if probe is not None:
            self.dead_sessions.add(role)
            raise NotVerified(_session_ended(role))
        return exchange


def _session_ended(role: str) -> str:
    return (
        f"the {role}'s session ended during the run: the pod accepted it before, and answers 401 now. Give a token "
        f"that lives as long as the run, or POD_{role.upper()}_USERNAME and POD_{role.upper()}_PRIVATE_KEY"
    )
