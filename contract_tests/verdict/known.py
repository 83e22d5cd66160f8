"""Known failures: until a given date, a broken rule that is listed as known does not fail the run."""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..contract.rules import no_such_rule, rules
from ..target.target import TargetError

_NEEDED = ("rule", "reason", "until")


@dataclass(frozen=True)
class Known:
    """A known failure.

    Attributes:
        rule: The id of the broken rule.
        reason: Why the failure is known, for people.
        until: The last day on which the rule may be broken.
        intermittent: Whether the failure comes and goes, so that the rule may also hold.
    """

    rule: str
    reason: str
    until: datetime.date
    intermittent: bool = False

    def excuses(self, today: datetime.date) -> bool:
        """Say whether the rule may be broken on a day."""
        return today <= self.until

    def complaint(self, verdict: str, today: datetime.date) -> str | None:
        """Why this entry fails the run; None if it does not.

        Args:
            verdict: The rule's verdict.
            today: The day of the run.
        """
        if verdict == "held" and not (self.intermittent and self.excuses(today)):
            return f"{self.rule} is listed as a known failure ({self.reason}), but it holds: remove it from the list"
        if verdict in ("broken", "warned") and not self.excuses(today):
            return f"{self.rule} was a known failure until {self.until} ({self.reason}), and it is still broken"
        return None


def load_known(file: Path) -> Mapping[str, Known]:
    """Read the known failures from a TOML file.

    Each failure is a table ``[[known]]`` with ``rule``, ``reason`` and ``until`` (a date). It may also have
    ``intermittent = true``: the failure comes and goes, and nothing is wrong with a run in which the rule holds.

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
        if not isinstance(entry, dict):
            raise TargetError(f"{where}: expected a table with rule, reason and until.")
        if missing := [key for key in _NEEDED if key not in entry]:
            raise TargetError(f"{where}: {missing[0]} is missing. An entry needs {', '.join(_NEEDED)}.")
        if unknown := [key for key in entry if key not in (*_NEEDED, "intermittent")]:
            raise TargetError(f"{where}: {unknown[0]}: no such key. There are: {', '.join(_NEEDED)} and intermittent.")
        if not isinstance(entry["rule"], str) or entry["rule"] not in rules():
            raise TargetError(f"{where}: rule: {no_such_rule(str(entry['rule']))}")
        if entry["rule"] in found:
            raise TargetError(f"{where}: rule: {entry['rule']} is listed twice.")
        if not isinstance(entry["reason"], str) or not entry["reason"].strip():
            raise TargetError(f"{where}: reason: expected a reason in words.")
        if type(entry["until"]) is not datetime.date:
            raise TargetError(f"{where}: until: expected a date such as 2026-12-31, without quotes.")
        if type(entry.get("intermittent", False)) is not bool:
            raise TargetError(f"{where}: intermittent: expected true or false, without quotes.")
        found[entry["rule"]] = Known(**entry)
    return found
