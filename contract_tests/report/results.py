"""``results.jsonl``: a header, one line a rule, a footer. Everything else is made of it."""

import datetime
import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

from ..contract.rules import rules
from ..verdict.known import Known
from ..verdict.ledger import Ledger, Record
from .evidence import evidence

NAME = "results.jsonl"
MOST_FAULT = 200  # characters of what is wrong with results that are none
SCHEMA = Path(__file__).with_name("results.schema.json")


class ResultsError(Exception):
    """The results cannot be read: what was expected, what came, and what to do."""


class Results(NamedTuple):
    """The results of a run.

    Attributes:
        header: The target (redacted), versions and seed.
        rules: One mapping a rule.
        footer: Counts, and what was reached.
    """

    header: dict[str, Any]
    rules: list[dict[str, Any]]
    footer: dict[str, Any]

    def text(self) -> str:
        """As JSON Lines."""
        lines = [{"header": self.header}, *self.rules, {"footer": self.footer}]
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    def counts(self) -> Counter[str]:
        """How many rules there are of each verdict, as people are shown it."""
        return Counter(shown_verdict(line) for line in self.rules)


def shown_verdict(line: Mapping[str, Any]) -> str:
    """A rule's verdict for people: ``known`` where it is broken, or warned, and that is a known failure."""
    return "known" if line["evidence"] and line["evidence"].get("known") else str(line["verdict"])


def rule_lines(ledger: Ledger, known: Mapping[str, Known]) -> list[dict[str, Any]]:
    """One mapping a rule, in the catalogue's order; of a known failure reason and evidence say so."""
    today = datetime.datetime.now(datetime.UTC).date()
    return [_rule_line(record, known.get(record.rule.id), today) for record in ledger.records.values()]


def _rule_line(record: Record, entry: Known | None, today: datetime.date) -> dict[str, Any]:
    reason = record.reason
    shown = evidence(record.smallest) if record.smallest else None
    if entry is not None and shown is not None and entry.excuses(today):
        shown["known"] = f"known until {entry.until}: {entry.reason}"
        reason = f"known until {entry.until} ({entry.reason}): {reason}"
    return {
        "rule": record.rule.id,
        "level": record.rule.level,
        "verdict": record.verdict,
        "reason": reason,
        "evidence": shown,
        "requests": record.requests,
        "seconds": round(record.seconds, 3),
    }


def read_results(path: Path) -> Results:
    """Read ``results.jsonl``.

    Raises:
        ResultsError: It is not there, malformed, lacks its footer, as the results of a run that was cut
            off do, or lacks rules that its footer counts.
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}. Run `make contract` first.") from None
    except ValueError as error:
        raise ResultsError(f"{path}: not JSON Lines: {error}. Run `make contract` anew.") from None
    if not lines or not isinstance(lines[0], dict) or "header" not in lines[0]:
        raise ResultsError(f"{path}: line 1: expected a header. Run `make contract` anew.")
    if len(lines) < 2 or not isinstance(lines[-1], dict) or "footer" not in lines[-1]:
        raise ResultsError(f"{path}: no footer: the run was cut off, and says nothing. Run `make contract` anew.")
    for number, line in enumerate(lines, start=1):
        part = "header" if number == 1 else "footer" if number == len(lines) else "rule"
        for fault in _validator(part).iter_errors(line if part == "rule" else line[part]):
            place = "/".join(str(step) for step in fault.absolute_path)
            raise ResultsError(
                f"{path}: line {number}: {part}: {place or 'as a whole'}: {fault.message[:MOST_FAULT]}. "
                "Run `make contract` anew."
            )
        if part == "rule" and line["rule"] not in rules():
            raise ResultsError(f"{path}: line {number}: no such rule: {line['rule']}. Run `make contract` anew.")
    results = Results(lines[0]["header"], lines[1:-1], lines[-1]["footer"])
    found = Counter(line["verdict"] for line in results.rules)
    for verdict, count in results.footer["counts"].items():
        if found[verdict] != count:
            raise ResultsError(
                f"{path}: the footer counts {count} {verdict}, and {found[verdict]} are there: lines are missing, or "
                "not of this run. Run `make contract` anew."
            )
    return results


@cache
def _validator(part: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"][part])
