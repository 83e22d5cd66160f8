"""How long the pod took to answer, by operation."""

from collections import defaultdict
from statistics import median, quantiles
from typing import Any

from ..contract.exchange import Exchange


class ResponseTimes:
    """Keeps the time of every whole answer."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)

    def note(self, exchange: Exchange) -> None:
        """Keep the time of an answer to an operation of the description."""
        if exchange.answer is not None and not exchange.request.is_elsewhere:
            self._seconds[exchange.request.operation].append(exchange.answer.seconds)

    def as_results(self) -> dict[str, dict[str, Any]]:
        """Return, for each operation, the number of answers, and the median, 95th percentile and longest in seconds."""
        return {
            operation_id: {
                "answers": len(seconds),
                "median": round(median(seconds), 4),
                "p95": round(quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0], 4),
                "longest": round(max(seconds), 4),
            }
            for operation_id, seconds in sorted(self._seconds.items())
        }
