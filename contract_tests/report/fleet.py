"""One page, and one verdict, for the runs against many pods: pods × rules, what differs, and what changed."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..contract.rules import family_of, rules
from .badge import badge_of
from .causes import causes
from .changes import Change, changes
from .document import document
from .escaping import markdown_code, visible
from .junit import junit_of_many
from .outcome import Outcome, outcome
from .output import Output
from .page import CLASSES, GLYPHS, MOST_CAUSES, took, when
from .results import Results, shown_verdict
from .sarif import sarif_of_many
from .summary import ORDER

NOT_RUN = "not run"
MOST_CHANGES = 10  # of a pod; its own report has all
WORST_FIRST = ("FAIL", "INCOMPLETE", "PASS")
MARKS = {"FAIL": "✗", "INCOMPLETE": "?", "PASS": "✓"}
PASS, FAIL, INCOMPLETE = 0, 1, 3  # exit statuses


class Member(NamedTuple):
    """A pod of the fleet, or a pair of pods, and the run against it.

    Attributes:
        name: A short name. No other member has it.
        results: The results of the run; None if there are none.
        lost: Why there are no results.
        earlier: The results of an earlier run, to say what changed since.
        page: The address of the run's own report, relative to the fleet's page; empty if there is none.
    """

    name: str
    results: Results | None
    lost: str = ""
    earlier: Results | None = None
    page: str = ""


class Ended(NamedTuple):
    """How the runs against a fleet ended.

    Attributes:
        outcome: One word and one sentence for all of them.
        status: 0 if every run passed, 1 if one failed, 3 or 4 if none failed and one does not say. 4 comes before 3.
    """

    outcome: Outcome
    status: int


class _Cause(NamedTuple):
    """A cause that several pods share."""

    title: str
    verdict: str
    members: list[str]
    rules: list[str]


class _Pod(NamedTuple):
    """A row of the table of pods."""

    name: str
    page: str
    url: str
    word: str
    why: str
    when: str
    took: str
    changed: str


class _Row(NamedTuple):
    """A row of pods × rules: the pods whose verdicts are the same, and a verdict for each rule."""

    names: list[str]
    verdicts: list[str]


class _Changed(NamedTuple):
    """What changed at a pod."""

    name: str
    when: str
    summary: str
    rules: list[Change]
    notes: list[str]


def ended(members: Sequence[Member]) -> Ended:
    """Say how the runs against a fleet ended. Nothing passes that was not seen."""
    words = Counter(_outcome(member).word for member in members)
    count = len(members)
    if not members:
        return Ended(Outcome("INCOMPLETE", "There is no pod."), INCOMPLETE)
    parts = []
    if words["FAIL"]:
        parts.append(f"{words['FAIL']} of {count} pods {'fails' if words['FAIL'] == 1 else 'fail'}")
    if words["INCOMPLETE"]:
        parts.append(f"{words['INCOMPLETE']} of {count} {'is' if words['INCOMPLETE'] == 1 else 'are'} incomplete")
    if not parts:
        return Ended(Outcome("PASS", f"Nothing is broken at any of {count} {_pods(count)}."), PASS)
    why = f"{' and '.join(parts)}."
    if words["FAIL"]:
        if shared := _causes(members):
            why += f" The cause at most of them: {shared[0].title} (at {len(shared[0].members)} of {count} pods)."
        return Ended(Outcome("FAIL", visible(why)), FAIL)
    statuses = [
        int(member.results.footer.get("exit_status", INCOMPLETE)) if member.results else 4 for member in members
    ]
    return Ended(Outcome("INCOMPLETE", visible(why)), 4 if 4 in statuses else INCOMPLETE)


def write_fleet(output: Output, members: Sequence[Member]) -> Ended:
    """Write one page, one summary, one JUnit file, one SARIF log and one badge for all pods of a fleet.

    Args:
        output: Writes the files.
        members: The pods, with their results.

    Returns:
        How the runs ended.
    """
    found = ended(members)
    runs = [(member.name, member.results) for member in members if member.results is not None]
    output.write("junit.xml", junit_of_many(runs))
    output.write("results.sarif", sarif_of_many(runs))
    output.write("summary.md", fleet_summary(members))
    output.write("badge.json", json.dumps(_badge(members)) + "\n")
    output.write("report.html", fleet_page(members))
    return found


def fleet_page(members: Sequence[Member]) -> str:
    """Make the page of a fleet."""
    with_results = [member.results for member in members if member.results is not None]
    differing, same = _rules_apart(members)
    starts = sorted(filter(None, (results.header.get("started") for results in with_results)))
    return document(
        "fleet.html.jinja",
        ended=ended(members).outcome,
        count=len(members),
        first=when_first(with_results, starts),
        requests=sum(sum(results.footer["requests"].values()) for results in with_results),
        versions=", ".join(
            sorted({str(results.header["versions"].get("suite", "unknown")) for results in with_results})
        ),
        causes=_causes(members),
        most_causes=MOST_CAUSES,
        marks=MARKS,
        pods=sorted((_pod(member) for member in members), key=lambda pod: (WORST_FIRST.index(pod.word), pod.name)),
        words=[(word, count) for word in WORST_FIRST if (count := sum(_outcome(m).word == word for m in members))],
        differing=differing,
        rows=_rows(members, differing),
        same=same,
        changed=[_changed(member) for member in members if member.earlier is not None and member.results is not None],
        most_changes=MOST_CHANGES,
        pages={member.name: member.page for member in members},
        family_of=family_of,
        rules=rules(),
        glyphs=GLYPHS,
        classes=CLASSES,
    )


def when_first(runs: Sequence[Results], starts: Sequence[str]) -> str:
    """Say when the first of several runs started."""
    if not starts:
        return "an unknown time"
    return when(next(results for results in runs if results.header.get("started") == starts[0]))


def fleet_summary(members: Sequence[Member]) -> str:
    """Make the Markdown summary of a fleet."""
    found = ended(members).outcome
    parts = [f"# Contract: {found.word}", "", markdown_code(found.why), ""]
    if shared := _causes(members):
        parts += ["## Causes", "", "| cause | verdict | pods | rules |", "|---|---|---|---|"]
        parts += [
            f"| {markdown_code(cause.title)} | {cause.verdict} | {len(cause.members)} | {len(cause.rules)} |"
            for cause in shared
        ]
        parts.append("")
    parts += ["## Pods", "", "| pod | verdict | why | changed |", "|---|---|---|---|"]
    for pod in sorted((_pod(member) for member in members), key=lambda pod: (WORST_FIRST.index(pod.word), pod.name)):
        parts.append(f"| {markdown_code(pod.name)} | {pod.word} | {markdown_code(pod.why)} | {pod.changed} |")
    return "\n".join(parts) + "\n"


def _outcome(member: Member) -> Outcome:
    if member.results is None:
        return Outcome("INCOMPLETE", visible(member.lost or "There are no results."))
    return outcome(member.results)


def _pod(member: Member) -> _Pod:
    found, results = _outcome(member), member.results
    if results is None:
        return _Pod(member.name, member.page, "", found.word, found.why, "", "", "")
    changed = changes(member.earlier, results).summary() if member.earlier is not None else ""
    url, seconds = results.header["target"]["url"], results.footer["seconds"]
    return _Pod(member.name, member.page, url, found.word, found.why, when(results), took(seconds), changed)


def _causes(members: Sequence[Member]) -> list[_Cause]:
    """The causes of all pods by their title: what is broken first, then what most pods share."""
    found: dict[tuple[str, str], _Cause] = {}
    for member in members:
        for cause in causes(member.results.rules) if member.results is not None else ():
            shared = found.setdefault((cause.verdict, cause.title), _Cause(cause.title, cause.verdict, [], []))
            shared.members.append(member.name)
            shared.rules.extend(rule for rule in cause.rules if rule not in shared.rules)
    return sorted(
        found.values(), key=lambda cause: (ORDER.index(cause.verdict), -len(cause.members), -len(cause.rules))
    )


def _verdicts(member: Member) -> dict[str, str]:
    return {} if member.results is None else {line["rule"]: shown_verdict(line) for line in member.results.rules}


def _rules_apart(members: Sequence[Member]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The rules whose verdicts differ between the pods, and the others by the verdict that they have everywhere."""
    found = [_verdicts(member) for member in members if member.results is not None]
    differing: list[str] = []
    same: dict[str, list[str]] = {}
    for rule in rules():
        verdicts = {one.get(rule, NOT_RUN) for one in found}
        if len(verdicts) > 1:
            differing.append(rule)
        elif verdicts and verdicts != {NOT_RUN}:
            same.setdefault(verdicts.pop(), []).append(rule)
    return differing, sorted(same.items(), key=lambda entry: ORDER.index(entry[0]))


def _rows(members: Sequence[Member], differing: Sequence[str]) -> list[_Row]:
    """Pods × rules: pods with the same verdicts share a row; the row with the most broken rules comes first."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for member in members:
        if member.results is not None:
            found = _verdicts(member)
            rows.setdefault(tuple(found.get(rule, NOT_RUN) for rule in differing), []).append(member.name)
    order = sorted(rows.items(), key=lambda row: (-row[0].count("broken"), -len(row[1])))
    return [_Row(names, list(verdicts)) for verdicts, names in order]


def _changed(member: Member) -> _Changed:
    if member.results is None or member.earlier is None:
        raise ValueError(f"{member.name}: expected results and earlier results")
    found = changes(member.earlier, member.results)
    return _Changed(member.name, when(member.earlier), found.summary(), found.rules, found.notes)


def _badge(members: Sequence[Member]) -> dict[str, Any]:
    words = Counter(_outcome(member).word for member in members)
    if words["FAIL"]:
        return badge_of(f"{words['FAIL']} of {len(members)} pods fail", "red")
    if words["INCOMPLETE"] or not members:
        return badge_of(f"{words['INCOMPLETE']} of {len(members)} pods incomplete", "red")
    return badge_of(f"{len(members)} {_pods(len(members))} pass", "brightgreen")


def _pods(count: int) -> str:
    return "pod" if count == 1 else "pods"
