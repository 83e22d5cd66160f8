"""Says what changed between two runs."""

from typing import NamedTuple

from .results import Results, shown_verdict

BAD = ("broken", "error", "warned")
NOT_RUN = "not run"


class Change(NamedTuple):
    """A rule that has another verdict than in the earlier run.

    Attributes:
        rule: The rule's id.
        before: Its verdict in the earlier run; ``not run`` if it was no part of it.
        now: Its verdict; ``not run`` if it is no part of the run.
        kind: ``worse``, ``better`` or ``other``.
    """

    rule: str
    before: str
    now: str
    kind: str


class Changes(NamedTuple):
    """What changed since an earlier run.

    Attributes:
        rules: The rules with another verdict, the worse ones first.
        notes: What else is different between the two runs and may be the reason.
    """

    rules: list[Change]
    notes: list[str]

    def summary(self) -> str:
        """Return the changes in one line, such as ``2 worse, 1 better``."""
        counts = {kind: sum(change.kind == kind for change in self.rules) for kind in ("worse", "better", "other")}
        words = {"worse": "worse", "better": "better", "other": "otherwise different"}
        return ", ".join(f"{count} {words[kind]}" for kind, count in counts.items() if count) or "no rule changed"


def changes(earlier: Results, now: Results) -> Changes:
    """Compare a run with an earlier one."""
    before = {line["rule"]: shown_verdict(line) for line in earlier.rules}
    after = {line["rule"]: shown_verdict(line) for line in now.rules}
    found = []
    for rule in [*after, *(rule for rule in before if rule not in after)]:
        was, is_now = before.get(rule, NOT_RUN), after.get(rule, NOT_RUN)
        if was != is_now:
            found.append(Change(rule, was, is_now, _kind(was, is_now)))
    found.sort(key=lambda change: ("worse", "better", "other").index(change.kind))
    return Changes(found, _notes(earlier, now))


def _kind(was: str, is_now: str) -> str:
    if is_now in BAD and (was not in BAD or BAD.index(is_now) < BAD.index(was)):
        return "worse"
    if was in BAD and (is_now == "held" or (is_now in BAD and BAD.index(is_now) > BAD.index(was))):
        return "better"
    if (was, is_now) == ("not verified", "held"):
        return "better"
    return "worse" if (was, is_now) == ("held", "not verified") else "other"


def _notes(earlier: Results, now: Results) -> list[str]:
    """Differences between the two runs themselves."""
    found = []
    for name, key in (("pod", "url"), ("permission to write", "allow_writes")):
        was, is_now = (results.header["target"].get(key) for results in (earlier, now))
        if was != is_now:
            found.append(f"another {name}: {was} before, {is_now} now")
    was, is_now = (results.header["seed"] for results in (earlier, now))
    if was != is_now:
        found.append(f"another seed: {was} before, {is_now} now")
    for name in ("suite", "description"):
        was, is_now = (str(results.header["versions"].get(name, "unknown"))[:12] for results in (earlier, now))
        if was != is_now:
            found.append(f"another version of the {name}: {was} before, {is_now} now")
    return found
