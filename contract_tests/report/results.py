"""``results.jsonl``: a header, one line a rule, a footer. Everything else is made of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from contract_tests.known import Known
from contract_tests.ledger import Ledger, Record
from contract_tests.report.evidence import evidence

NAME = "results.jsonl"


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


def rule_lines(ledger: Ledger, known: Mapping[str, Known]) -> list[dict[str, Any]]:
    """One mapping a rule, in the catalogue's order; of a known failure the reason says so."""

    def reason(record: Record) -> str:
        entry = known.get(record.rule.id)
        if entry is None or record.smallest is None:
            return record.reason
        return f"known until {entry.until} ({entry.reason}): {record.reason}"

    return [
        {
            "rule": record.rule.id,
            "level": record.rule.level,
            "verdict": record.verdict,
            "reason": reason(record),
            "evidence": evidence(record.smallest) if record.smallest else None,
            "requests": record.requests,
            "seconds": round(record.seconds, 3),
        }
        for record in ledger.records.values()
    ]


def read_results(path: Path) -> Results:
    """Read ``results.jsonl``.

    Raises:
        ResultsError: It is not there, malformed, or lacks its footer, as the results of a run that
            was cut off do.
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}. Run `make contract` first.") from None
    except ValueError as error:
        raise ResultsError(f"{path}: not JSON Lines: {error}. Run `make contract` anew.") from None
    if not lines or not isinstance(lines[0], dict) or "header" not in lines[0]:
        raise ResultsError(f"{path}: expected a header in the first line. Run `make contract` anew.")
    if len(lines) < 2 or not isinstance(lines[-1], dict) or "footer" not in lines[-1]:
        raise ResultsError(f"{path}: no footer: the run was cut off, and says nothing. Run `make contract` anew.")
    return Results(lines[0]["header"], lines[1:-1], lines[-1]["footer"])
