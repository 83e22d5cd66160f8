"""What was seen of each rule, and the verdict that follows."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import Literal

from ..contract.description import COMPANION, UNDER_TEST, operation
from ..contract.exchange import Exchange
from ..contract.oracle import judge
from ..contract.rules import Rule, rules

Verdict = Literal["held", "broken", "warned", "not verified", "error"]


@dataclass(frozen=True)
class Finding:
    """A rule that was not kept, once.

    Attributes:
        rule: The rule's id.
        expected: What is lawful.
        found: What came instead.
        trail: The exchanges that led there; the last one is the one that shows it.
    """

    rule: str
    expected: str
    found: str
    trail: tuple[Exchange, ...]

    @property
    def size(self) -> tuple[int, int]:
        """How much there is to read of it: the smaller, the better the case."""
        return len(self.trail), sum(len(exchange.request.body or b"") for exchange in self.trail)


@dataclass(frozen=True)
class Kept:
    """How a connection was read that nothing may change any more.

    Attributes:
        reading: The reading.
        at: When it was read, in seconds of ``time.perf_counter``.
    """

    reading: Exchange
    at: float = field(default_factory=time.perf_counter)


@dataclass
class Record:
    """What was seen of one rule."""

    rule: Rule
    checked: int = 0
    requests: int = 0
    seconds: float = 0.0
    findings: int = 0
    smallest: Finding | None = None
    not_verified: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """The rule's verdict as it stands."""
        if self.smallest is not None:
            return "broken" if self.rule.level == "MUST" else "warned"
        if self.errors:
            return "error"
        if self.not_verified or not self.checked:
            return "not verified"
        return "held"

    @property
    def reason(self) -> str:
        """Why the verdict is what it is; empty for a rule that held."""
        if self.smallest is not None:
            times = f" ({self.findings} times)" if self.findings > 1 else ""
            return f"expected {self.smallest.expected}; found {self.smallest.found}{times}"
        if self.errors:
            return self.errors[0]
        if self.not_verified:
            return "; ".join(dict.fromkeys(self.not_verified))
        return "" if self.checked else "no request of the run was one that this rule judges"


class Ledger:
    """Keeps what was seen, rule by rule.

    Args:
        selected: The ids of the rules that are asked for.
        secrets: Gives the session tokens that no answer may repeat.
        on_finding: Called with the first finding of each rule.
        url: Where the pod is, as its clients know it.

    Attributes:
        records: By rule id, in the catalogue's order.
        statuses: How many answers of each status there were, by operation.
        succeeded: The roles that an operation answered 200, by operation.
        past_authentication: How many requests with a session were answered with something else than 401.
        unauthorized: How many were answered 401.
        kept: Connections that have to stay as they were read, by the role that read and the role that was read about.
    """

    def __init__(
        self,
        selected: Iterable[str],
        secrets: Callable[[], list[str]],
        on_finding: Callable[[Finding], None] = lambda _: None,
        url: str = "",
    ) -> None:
        wanted = set(selected)
        self.records = {rule.id: Record(rule) for rule in rules().values() if rule.id in wanted}
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.succeeded: defaultdict[str, set[str]] = defaultdict(set)
        self.past_authentication = 0
        self.unauthorized = 0
        self.kept: dict[tuple[str, str], Kept] = {}
        self._secrets = secrets
        self._on_finding = on_finding
        self._url = url

    def note(self, exchange: Exchange) -> None:
        """Count an exchange, and hold its answer against every rule that judges answers."""
        if exchange.rule in self.records:
            self.records[exchange.rule].requests += 1
        if exchange.answer is not None and not exchange.request.is_elsewhere:
            self.statuses[exchange.request.operation][exchange.answer.status] += 1
        if exchange.answer is not None and exchange.request.own_session:
            self.unauthorized += exchange.answer.status == 401
            self.past_authentication += exchange.answer.status != 401
        if exchange.status == 200 and exchange.request.own_session and exchange.request.role:
            self.succeeded[exchange.request.operation].add(exchange.request.role)
        for rule_id, fault in judge(exchange, self._secrets(), self._url):
            self.check(rule_id, fault, (exchange,))
            if rule_id in self.records:
                self.records[rule_id].requests += 1

    def check(self, rule_id: str, fault: str | None, trail: tuple[Exchange, ...], expected: str | None = None) -> None:
        """Note that a rule was checked.

        Args:
            rule_id: The rule; one that was not selected is left out.
            fault: What is wrong; None where the rule was kept.
            trail: The exchanges that show it.
            expected: What is lawful; the rule's own words by default.
        """
        record = self.records.get(rule_id)
        if record is None:
            return
        record.checked += 1
        if fault is None:
            return
        record.findings += 1
        finding = Finding(rule_id, expected or record.rule.expected.removesuffix("."), fault, trail)
        first = record.smallest is None
        if record.smallest is None or finding.size < record.smallest.size:
            record.smallest = finding
        if first:
            self._on_finding(finding)

    def not_verified(self, rule_id: str, reason: str) -> None:
        """Note that a rule, or a part of it, could not be verified."""
        if rule_id in self.records:
            self.records[rule_id].not_verified.append(reason)

    def error(self, rule_id: str, reason: str) -> None:
        """Note that the suite itself failed over a rule."""
        if rule_id in self.records:
            self.records[rule_id].errors.append(reason)

    def spent(self, rule_id: str, started: float) -> None:
        """Add the time since ``started``, of ``time.perf_counter``, to a rule."""
        if rule_id in self.records:
            self.records[rule_id].seconds += time.perf_counter() - started

    @property
    def judged(self) -> bool:
        """Whether any rule has a verdict about the pod."""
        return any(record.verdict in ("held", "broken", "warned") for record in self.records.values())

    def counts(self, without: Container[str] = ()) -> dict[str, int]:
        """How many rules have each verdict, some of them left out."""
        found = Counter(record.verdict for rule_id, record in self.records.items() if rule_id not in without)
        return {verdict: found[verdict] for verdict in ("held", "broken", "warned", "not verified", "error")}

    def unreached(self, why: Callable[[str, int], str]) -> list[str]:
        """A sentence for every documented status of every operation that no answer had.

        Args:
            why: Says why an operation, named by its id, may not have answered a status.
        """
        return [
            f"{operation_id} never answered {status}: {why(operation_id, status)}"
            for operation_id in (*UNDER_TEST, *COMPANION)
            for status in sorted(operation(operation_id).responses)
            if not self.statuses[operation_id][status]
        ]
