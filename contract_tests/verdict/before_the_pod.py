"""The answers that a server in front of the pod gave, and not the pod. They count for no rule."""

from collections import Counter
from typing import Any, NamedTuple

from ..contract.exchange import Exchange
from ..contract.gateway import OwnAnswers, answered_before_the_pod


class _Kind(NamedTuple):
    """What such answers have in common; the fields are those of the results."""

    unusual: str
    status: int | None
    server: str | None
    via: str | None
    content_type: str | None


class BeforeThePod:
    """Learns how the pod itself answers, and keeps the answers of servers in front of it."""

    def __init__(self) -> None:
        self._own = OwnAnswers()
        self._exchanges: list[Exchange] = []
        self._kinds: Counter[_Kind] = Counter()
        self._first: dict[_Kind, Exchange] = {}

    def note(self, exchange: Exchange, longest_token: int) -> bool:
        """Look at an exchange. Returns whether a server in front of the pod answered.

        Args:
            exchange: The request and its outcome.
            longest_token: The number of characters of the longest valid session token.
        """
        self._own = self._own._replace(longest_token=longest_token).with_answer(exchange)
        unusual = answered_before_the_pod(exchange, self._own)
        if unusual is None or exchange.answer is None:
            return False
        answer = exchange.answer
        headers = (answer.header(name) for name in ("server", "via", "content-type"))
        kind = _Kind(unusual, answer.status, *headers)
        self._exchanges.append(exchange)
        self._kinds[kind] += 1
        self._first.setdefault(kind, exchange)
        return True

    def __contains__(self, exchange: Exchange) -> bool:
        """Say whether a server in front of the pod answered; an exchange that was not noted is the pod's."""
        return any(known is exchange for known in self._exchanges)

    def as_results(self) -> list[dict[str, Any]]:
        """Return an entry for each kind of answer: its first request, the answer's headers, and how many there were."""
        return [
            {
                "request": {
                    "operation": request.operation,
                    "method": request.sent_method,
                    "path": request.path,
                    "session": request.role,
                    "about": request.about,
                },
                **kind._asdict(),
                "times": self._kinds[kind],
            }
            for kind, request in ((kind, exchange.request) for kind, exchange in self._first.items())
        ]
