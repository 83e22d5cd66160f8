"""What the suite saw of each rule, and the verdict that follows."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..contract.description import COMPANION, UNDER_TEST, operation
from ..contract.exchange import Exchange
from ..contract.lawful import read_body
from ..contract.oracle import judge
from ..contract.rules import Rule, rules
from .before_the_pod import BeforeThePod
from .response_times import ResponseTimes
from .transitions import Transitions

MOST_FAULTS = 30  # different faults of a rule that are counted

Verdict = Literal["held", "broken", "warned", "not verified", "error"]


@dataclass(frozen=True)
class Finding:
    """One case in which a pod did not keep a rule.

    Attributes:
        rule: The rule's id.
        expected: What is lawful.
        found: What came instead.
        trail: The exchanges that led to the fault. The last one shows it.
    """

    rule: str
    expected: str
    found: str
    trail: tuple[Exchange, ...]

    @property
    def size(self) -> tuple[int, int]:
        """How much a reader has to read: the number of exchanges, then the bytes of their request bodies."""
        return len(self.trail), sum(len(exchange.request.body or b"") for exchange in self.trail)


@dataclass(frozen=True)
class Kept:
    """The reading of a connection that must not change any more.

    Attributes:
        reading: The reading.
        at: Since when it has been so, in seconds of ``time.perf_counter``; the time of the reading by default.
    """

    reading: Exchange
    at: float = field(default_factory=time.perf_counter)


@dataclass
class Record:
    """What the suite saw of one rule.

    Attributes:
        rule: The rule.
        checked: How many judgements there were.
        requests: How many requests were sent for the rule, or answers judged by it.
        seconds: How long its test took.
        findings: How many judgements found a fault.
        smallest: The finding that is the shortest to read.
        faults: How many findings had each pair of what was expected and found; the first ``MOST_FAULTS`` pairs.
        before_the_pod: How many of the requests a server in front of the pod answered.
        not_verified: Why the rule, or a part of it, could not be verified.
        errors: How the suite itself failed at the rule.
        applies: Whether the rule says something about this pod.
        arranged: The connections that were arranged for the rule, so that its verdict depends on their states; each by
            the role that asks and the role that is asked.
    """

    rule: Rule
    checked: int = 0
    requests: int = 0
    seconds: float = 0.0
    findings: int = 0
    smallest: Finding | None = None
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    before_the_pod: int = 0
    not_verified: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    arranged: set[tuple[str, str]] = field(default_factory=set)
    applies: bool = True

    @property
    def verdict(self) -> Verdict:
        """The rule's verdict so far."""
        if self.smallest is not None:
            return "broken" if self.rule.level == "MUST" else "warned"
        if self.errors:
            return "error"
        if self.not_verified or not self.checked:
            return "not verified"
        return "held"

    @property
    def reason(self) -> str:
        """The reason for the verdict; empty for a rule that held."""
        if self.smallest is not None:
            times = f" ({self.findings} times)" if self.findings > 1 else ""
            return f"expected {self.smallest.expected}; found {self.smallest.found}{times}"
        if self.errors:
            return self.errors[0]
        if self.not_verified:
            return "; ".join(dict.fromkeys(self.not_verified))
        if self.before_the_pod and not self.checked:
            return "a server in front of the pod answered every request of this rule"
        return "" if self.checked else "the run had no answer that this rule could judge"


class Ledger:
    """Records what the suite sees of each rule.

    Args:
        selected: The ids of the selected rules.
        secrets: Returns the session tokens, which no answer may repeat.
        on_finding: Called with the first finding of each rule.
        url: The pod's base address.
        user_ids: The user id of each role.

    Attributes:
        records: One record for each selected rule, in the catalogue's order.
        statuses: For each operation, how many answers had each status.
        succeeded: For each operation, the roles whose request was answered 200.
        past_authentication: How many requests with a valid session were not answered 401.
        unauthorized: How many requests with a valid session were answered 401.
        acted_on: For each accept or reject that succeeded, the role that sent it and the user that it named.
        before_the_pod: The answers of servers in front of the pod, which count for no rule.
        response_times: How long the pod took to answer.
        transitions: What requests did to the connections of the users.
        used_up: The users of ``POD_WAITING_USER_IDS`` whose request was answered, and by which operation.
        kept: Readings of connections that must not change any more. The key is the role that reads and the role at the
            other end.
    """

    def __init__(
        self,
        selected: Iterable[str],
        secrets: Callable[[], list[str]],
        on_finding: Callable[[Finding], None] = lambda _: None,
        url: str = "",
        user_ids: Mapping[str, int] | None = None,
    ) -> None:
        wanted = set(selected)
        self.records = {rule.id: Record(rule) for rule in rules().values() if rule.id in wanted}
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.succeeded: defaultdict[str, set[str]] = defaultdict(set)
        self.past_authentication = 0
        self.unauthorized = 0
        self.acted_on: set[tuple[str, int]] = set()
        self.before_the_pod = BeforeThePod()
        self.response_times = ResponseTimes()
        self.transitions = Transitions(user_ids or {})
        self.used_up: dict[int, str] = {}
        self.kept: dict[tuple[str, str], Kept] = {}
        self._secrets = secrets
        self._on_finding = on_finding
        self._url = url

    def note(self, exchange: Exchange) -> None:
        """Count an exchange, and judge its answer by every rule about answers.

        An answer of a server in front of the pod is only counted.
        """
        record = self.records.get(exchange.rule)
        if record is not None:
            record.requests += 1
        if self.before_the_pod.note(exchange, max(map(len, self._secrets()), default=0)):
            if record is not None:
                record.before_the_pod += 1
            return
        self.response_times.note(exchange)
        self.transitions.note(exchange)
        if exchange.answer is not None and not exchange.request.is_elsewhere:
            self.statuses[exchange.request.operation][exchange.answer.status] += 1
        if exchange.answer is not None and exchange.request.own_session:
            self.unauthorized += exchange.answer.status == 401
            self.past_authentication += exchange.answer.status != 401
        if exchange.is_success and exchange.request.own_session and exchange.request.role:
            self.succeeded[exchange.request.operation].add(exchange.request.role)
            user_id = read_body(exchange.request).user_id
            if exchange.request.operation in UNDER_TEST and user_id is not None:
                self.acted_on.add((exchange.request.role, user_id))
        for rule_id, fault, expected in judge(exchange, self._secrets(), self._url):
            self.check(rule_id, fault, (exchange,), expected)
            if rule_id in self.records:
                self.records[rule_id].requests += 1

    def check(self, rule_id: str, fault: str | None, trail: tuple[Exchange, ...], expected: str | None = None) -> None:
        """Record a judgement about a rule. A rule that was not selected is ignored.

        Args:
            rule_id: The rule's id.
            fault: What is wrong; None if the rule was kept.
            trail: The exchanges that show it.
            expected: What is lawful; the catalogue's words by default.
        """
        record = self.records.get(rule_id)
        if record is None:
            return
        record.checked += 1
        if fault is None:
            return
        record.findings += 1
        finding = Finding(rule_id, expected or _within_a_sentence(record.rule.expected), fault, trail)
        if (pair := (finding.expected, fault)) in record.faults or len(record.faults) < MOST_FAULTS:
            record.faults[pair] += 1
        first = record.smallest is None
        if record.smallest is None or finding.size < record.smallest.size:
            record.smallest = finding
        if first:
            self._on_finding(finding)

    def not_verified(self, rule_id: str, reason: str) -> None:
        """Record that a rule, or a part of it, could not be verified."""
        if rule_id in self.records:
            self.records[rule_id].not_verified.append(reason)

    def note_arranged(self, rule_id: str, asker: str, asked: str) -> None:
        """Record that the connection of two roles is arranged for a rule."""
        if rule_id in self.records:
            self.records[rule_id].arranged.add((asker, asked))

    def withdraw(self, reason: str) -> None:
        """Take back what was seen of the rules whose verdict depends on the states of connections.

        Args:
            reason: Why these states were not the run's own doing.
        """
        for record in self.records.values():
            if record.arranged or record.rule.writes:
                record.smallest, record.findings, record.checked = None, 0, 0
                record.faults.clear()
                record.not_verified.append(reason)

    def end_early(self, reason: str) -> None:
        """Record that the run ended before it came to the rules of which nothing is recorded."""
        for record in self.records.values():
            if not (record.checked or record.not_verified or record.errors):
                record.not_verified.append(reason)

    def error(self, rule_id: str, reason: str) -> None:
        """Record that the suite itself failed at a rule."""
        if rule_id in self.records:
            self.records[rule_id].errors.append(reason)

    def spent(self, rule_id: str, started: float) -> None:
        """Add the time since ``started`` (in seconds of ``time.perf_counter``) to a rule."""
        if rule_id in self.records:
            self.records[rule_id].seconds += time.perf_counter() - started

    @property
    def findings(self) -> int:
        """How many judgements of all rules found a fault."""
        return sum(record.findings for record in self.records.values())

    @property
    def judged(self) -> bool:
        """Whether any rule has a verdict about the pod."""
        return any(record.verdict in ("held", "broken", "warned") for record in self.records.values())

    def counts(self, without: Container[str] = ()) -> dict[str, int]:
        """How many rules have each verdict. Rules in ``without`` are not counted."""
        found = Counter(record.verdict for rule_id, record in self.records.items() if rule_id not in without)
        return {verdict: found[verdict] for verdict in ("held", "broken", "warned", "not verified", "error")}

    def unreached(self, why: Callable[[str, int], str]) -> list[str]:
        """A sentence for every documented status that an operation never answered.

        Args:
            why: Returns the reason, given the operation's id and the status.
        """
        return [
            f"{operation_id} never answered {status}: {why(operation_id, status)}"
            for operation_id in (*UNDER_TEST, *COMPANION)
            for status in sorted(operation(operation_id).responses)
            if not self.statuses[operation_id][status]
        ]


def _within_a_sentence(text: str) -> str:
    """The words of the catalogue as they stand in the middle of a sentence: ``No token`` becomes ``no token``."""
    return re.sub(r"^[A-Z][a-z]*(?= )", lambda word: word[0].lower(), text.removesuffix("."))
