"""Says about how long a run takes: at its start, and while it goes on."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from statistics import median

from ..checks.check import DEFAULT_EXAMPLES
from ..contract.rules import Rule

USUAL_REQUESTS = Path(__file__).with_name("usual_requests.json")
GENERATED = "fuzzed-request-lawful"  # the rule whose requests are as many as --max-examples says
OWN_SECONDS = 0.005  # the suite's own work on a request, in seconds
SHARE_WAITED = 0.5  # of the time of an answer: some requests are under way together


class Duration:
    """The expected duration of a run, rule by rule.

    Args:
        rules: The rules that will be verified.
        answer_seconds: How long the answers before the rules took.
        rate: Requests a second at the most; None for no limit.
        max_examples: How many requests are generated for each operation.
    """

    def __init__(
        self, rules: Iterable[Rule], answer_seconds: Iterable[float], rate: float | None, max_examples: int
    ) -> None:
        a_request = OWN_SECONDS + SHARE_WAITED * median([*answer_seconds] or [0.0])
        if rate is not None:
            a_request = max(a_request, 1 / rate)
        self._seconds = {rule.id: usual_requests(rule.id, max_examples) * a_request for rule in rules}

    @property
    def seconds(self) -> float:
        """The whole duration."""
        return sum(self._seconds.values())

    def of(self, rule_id: str) -> float:
        """The seconds that a rule takes; 0 for a rule that will not be verified."""
        return self._seconds.get(rule_id, 0.0)

    def __str__(self) -> str:
        """Write the duration for people: ``about 20 s``, ``about 3 min``."""
        seconds = self.seconds
        if seconds < 90:
            return f"about {max(5, 5 * round(seconds / 5))} s"
        return f"about {round(seconds / 60)} min"


def usual_requests(rule_id: str, max_examples: int = DEFAULT_EXAMPLES) -> float:
    """How many requests a run sends for a rule, as it was counted on the emulated pods; 0 for a rule about answers."""
    requests = float(_counted().get(rule_id, 0))
    return requests * max_examples / DEFAULT_EXAMPLES if rule_id == GENERATED else requests


@cache
def _counted() -> dict[str, int]:
    counted: dict[str, int] = json.loads(USUAL_REQUESTS.read_text(encoding="utf-8"))
    return counted
