"""Makes and reads ``results.jsonl``: a header, one line for each rule, a footer. All reports are made from it."""

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
from .escaping import shortened
from .evidence import evidence
from .reproduction import Reproduction

NAME = "results.jsonl"
MOST_FAULT = 200  # characters of the message about a fault in a results file
SCHEMA = Path(__file__).with_name("results.schema.json")


class ResultsError(Exception):
    """The results cannot be read. The message says what was expected, what was found, and what to do."""


class Results(NamedTuple):
    """The results of a run.

    Attributes:
        header: The target (without secrets), versions and the seed.
        rules: One mapping for each rule.
        footer: The counts, and the answers that were reached.
    """

    header: dict[str, Any]
    rules: list[dict[str, Any]]
    footer: dict[str, Any]

    def text(self) -> str:
        """Return the results as JSON Lines, in ASCII, and with nothing in it that a CI system takes for a command."""
        lines = [{"header": self.header}, *self.rules, {"footer": self.footer}]
        return "".join(json.dumps(line).replace("##", "#\\u0023") + "\n" for line in lines)

    def counts(self) -> Counter[str]:
        """Count the rules of each verdict that people are shown."""
        return Counter(shown_verdict(line) for line in self.rules)


def shown_verdict(line: Mapping[str, Any]) -> str:
    """Return the verdict to show to people: ``known`` if the rule is broken or warned and that is a known failure."""
    return "known" if line["evidence"] and line["evidence"].get("known") else str(line["verdict"])


def rule_lines(ledger: Ledger, known: Mapping[str, Known], how: Reproduction) -> list[dict[str, Any]]:
    """Make one mapping for each rule, in the order of the catalogue. A known failure is marked as one.

    Args:
        ledger: What was seen of each rule.
        known: Known failures, by rule.
        how: How the run was started, and how a shell reaches its pod.
    """
    today = datetime.datetime.now(datetime.UTC).date()
    return [_rule_line(record, known.get(record.rule.id), today, how) for record in ledger.records.values()]


def _rule_line(record: Record, entry: Known | None, today: datetime.date, how: Reproduction) -> dict[str, Any]:
    reason = record.reason
    shown = evidence(record.smallest, how, record.faults) if record.smallest else None
    if entry is not None and shown is not None and entry.excuses(today):
        shown["known"] = f"known until {entry.until}: {entry.reason}"
        reason = f"known until {entry.until} ({entry.reason}): {reason}"
    return {
        "rule": record.rule.id,
        "level": record.rule.level,
        "verdict": record.verdict,
        "reason": shortened(reason),
        "evidence": shown,
        "requests": record.requests,
        "seconds": round(record.seconds, 3),
    }


def read_results(path: Path) -> Results:
    """Read ``results.jsonl``.

    Raises:
        ResultsError: The file is missing or malformed. Or it has no footer, because the run was cut off. Or its
            rules are not the ones that its footer counts.
    """
    try:
        lines = [_json(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}. Run `make contract` first.") from None
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{path}: expected JSON Lines: {error}. Run `make contract` again.") from None
    if not lines or not isinstance(lines[0], dict) or "header" not in lines[0]:
        raise ResultsError(f"{path}: line 1: expected a header. Run `make contract` again.")
    if len(lines) < 2 or not isinstance(lines[-1], dict) or "footer" not in lines[-1]:
        raise ResultsError(f"{path}: there is no footer, because the run was cut off. Run `make contract` again.")
    for number, line in enumerate(lines, start=1):
        part = "header" if number == 1 else "footer" if number == len(lines) else "rule"
        for fault in _validator(part).iter_errors(line if part == "rule" else line[part]):
            place = "/".join(str(step) for step in fault.absolute_path)
            raise ResultsError(
                f"{path}: line {number}: {part}: {place or 'as a whole'}: {fault.message[:MOST_FAULT]}. "
                "Run `make contract` again."
            )
        if part == "rule" and line["rule"] not in rules():
            raise ResultsError(f"{path}: line {number}: no such rule: {line['rule']}. Run `make contract` again.")
    results = Results(lines[0]["header"], lines[1:-1], lines[-1]["footer"])
    if fault := _fault_as_a_whole(results):
        raise ResultsError(f"{path}: {fault}. Run `make contract` again.")
    found = Counter(line["verdict"] for line in results.rules)
    for verdict, count in results.footer["counts"].items():
        if found[verdict] != count:
            raise ResultsError(
                f"{path}: the footer counts {count} {verdict}, but the file has {found[verdict]}. Lines are missing or "
                "come from another run. Run `make contract` again."
            )
    return results


def _json(text: str) -> Any:
    """Parse a line.

    Raises:
        ValueError: The line is not JSON as RFC 8259 defines it.
        RecursionError: It is nested too deeply.
    """

    def refuse(literal: str) -> Any:
        raise ValueError(f"{literal} is not a JSON value")

    return json.loads(text, parse_constant=refuse)


def _fault_as_a_whole(results: Results) -> str | None:
    """What the schema cannot say: a rule that is there twice, or a time that is none."""
    counted = Counter(line["rule"] for line in results.rules)
    if twice := [rule for rule, times in counted.items() if times > 1]:
        return f"the rule {twice[0]} is there {counted[twice[0]]} times"
    started = str(results.header.get("started", "2000-01-01T00:00:00Z"))  # an older suite did not say it
    try:
        if datetime.datetime.fromisoformat(started).tzinfo is None:
            return f"header: started: expected a time with its zone, found {started[:MOST_FAULT]!r}"
    except ValueError:
        return f"header: started: expected a time, found {started[:MOST_FAULT]!r}"
    return None


@cache
def _validator(part: str) -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]})
