"""Known failures: until a given date, a broken rule that is listed as known does not fail the run."""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .. import COMMAND
from ..contract.rules import rules
from ..target.target import TargetError


@dataclass(frozen=True)
class Known:
    """A known failure.

    Attributes:
        rule: The id of the broken rule.
        reason: Why the failure is known, for people.
        until: The last day on which the rule may be broken.
    """

    rule: str
    reason: str
    until: datetime.date

    def excuses(self, today: datetime.date) -> bool:
        """Whether the rule may be broken on a day."""
        return today <= self.until

    def complaint(self, verdict: str, today: datetime.date) -> str | None:
        """Why this entry fails the run; None if it does not.

        Args:
            verdict: The rule's verdict.
            today: The day of the run.
        """
        if verdict == "held":
            return f"{self.rule} is listed as a known failure ({self.reason}), but it holds: remove it from the list"
        if verdict in ("broken", "warned") and not self.excuses(today):
            return f"{self.rule} was a known failure until {self.until} ({self.reason}), and it is still broken"
        return None


def load_known(file: Path) -> Mapping[str, Known]:
    """Read the known failures from a TOML file.

    Each failure is a table ``[[known]]`` with ``rule``, ``reason`` and ``until`` (a date).

    Raises:
        TargetError: The file cannot be read, an entry is incomplete, or a rule is unknown or listed twice.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TargetError(f"{file}: cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"{file}: not TOML: {error}.") from None
    entries = tables.get("known")
    if not isinstance(entries, list) or tables.keys() != {"known"}:
        raise TargetError(f"{file}: expected tables [[known]] with rule, reason and until, and nothing else.")
    found: dict[str, Known] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"{file}: [[known]] {number}"
        if not isinstance(entry, dict) or entry.keys() != {"rule", "reason", "until"}:
            raise TargetError(f"{where}: expected rule, reason and until, and nothing else.")
        if not isinstance(entry["rule"], str) or entry["rule"] not in rules():
            raise TargetError(f"{where}: no such rule: {entry['rule']!r}. `{COMMAND} rules` lists them.")
        if entry["rule"] in found:
            raise TargetError(f"{where}: {entry['rule']} is listed twice.")
        if not isinstance(entry["reason"], str) or not entry["reason"].strip():
            raise TargetError(f"{where}: expected a reason in words.")
        if type(entry["until"]) is not datetime.date:
            raise TargetError(f"{where}: until: expected a date such as 2026-12-31, without quotes.")
        found[entry["rule"]] = Known(entry["rule"], entry["reason"], entry["until"])
    return found
