"""Makes ``summary.md``, which a CI job shows on its page."""

from collections.abc import Iterator
from typing import Any

from ..contract.description import operation
from ..contract.rules import rules
from .causes import causes
from .changes import Changes, changes
from .detail import PASTE, REPEAT, detail
from .escaping import markdown_block, markdown_code, visible
from .missing import missing_table
from .outcome import outcome
from .results import Results, shown_verdict
from .settling import settling_lines

ORDER = ("broken", "error", "warned", "known", "not verified", "held")


def summary(results: Results, earlier: Results | None = None) -> str:
    """Make a Markdown page of the results: the verdict, causes, findings, the answers that were reached, every rule.

    Args:
        results: The results.
        earlier: The results of an earlier run, to say what changed since.
    """
    footer, ended = results.footer, outcome(results)
    parts = [f"# Contract: {ended.word}", "", markdown_code(ended.why), "", f"{verdict_line(results)}.", ""]
    parts += [f"Target: {markdown_code(results.header['target']['url'])}, seed {results.header['seed']}.", ""]
    parts += _causes(results)
    parts += [] if earlier is None else _changes(changes(earlier, results))
    if incomplete := footer.get("incomplete"):
        parts += [f"The results are incomplete: {markdown_code(incomplete)}.", ""]
    parts += ["This command repeats the run:", "", *markdown_block([results.header["again"]]), ""]
    for line in results.rules:
        if line["evidence"]:
            found = detail(line)
            parts += [f"## {shown_verdict(line)}: {line['rule']}", "", *markdown_block(found.seen), ""]
            parts += [PASTE, "", *markdown_block(found.reproduce), ""]
            parts += [REPEAT, "", *markdown_block([found.again]), ""]
    parts += missing_table(footer["missing"])
    parts += _reached(footer)
    parts += ["## Rules", "", "| verdict | rule | level | requests | reason |", "|---|---|---|---|---|"]
    for line in by_verdict(results):
        reason = markdown_code(line["reason"])
        parts.append(f"| {shown_verdict(line)} | `{line['rule']}` | {line['level']} | {line['requests']} | {reason} |")
    parts += ["", "## Where the rules come from", "", "| rule | says | page |", "|---|---|---|"]
    for line in results.rules:
        rule = rules()[line["rule"]]
        parts.append(f"| `{rule.id}` | {rule.says} | {', '.join(rule.pages)} |")
    return "\n".join(parts) + "\n"


def _causes(results: Results) -> Iterator[str]:
    found = causes(results.rules)
    if not found:
        return
    yield from ("## Causes, the likeliest first", "", "| cause | verdict | rules |", "|---|---|---|")
    for cause in found:
        yield f"| {markdown_code(cause.title)} | {cause.verdict} | {', '.join(f'`{rule}`' for rule in cause.rules)} |"
    yield ""


def _changes(found: Changes) -> Iterator[str]:
    yield from ("## What changed since the earlier run", "", f"{found.summary()}.", "")
    for note in found.notes:
        yield from (f"- {markdown_code(note)}", "")
    if found.rules:
        yield from ("| rule | before | now | change |", "|---|---|---|---|")
        yield from (f"| `{one.rule}` | {one.before} | {one.now} | {one.kind} |" for one in found.rules)
        yield ""


def by_verdict(results: Results) -> list[dict[str, Any]]:
    """Sort the lines of the rules, the worst verdict first."""
    return sorted(results.rules, key=lambda line: ORDER.index(shown_verdict(line)))


def verdict_line(results: Results) -> str:
    """Write the counts in one line, such as ``64 held, 2 not verified, 1 broken``."""
    counts = results.counts()
    shown = [f"{counts[verdict]} {verdict}" for verdict in ORDER if counts[verdict]]
    line = ", ".join(reversed(shown)) or "no rule was run"
    return f"incomplete: {line}" if results.footer.get("incomplete") else line


def operation_name(operation_id: str) -> str:
    """Return an operation's id; ``(companion)`` follows if no page promises the operation."""
    return f"{operation_id} (companion)" if operation(operation_id).kind == "companion" else operation_id


def before_the_pod(footer: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each kind of answer that a server in front of the pod gave. They count for no rule."""
    for entry in footer["answered_before_the_pod"]:
        names = {"Server": entry["server"], "Via": entry["via"], "Content-Type": entry["content_type"]}
        headers = ", ".join(f"{name}: {value}" for name, value in names.items() if value is not None)
        request = entry["request"]
        yield visible(
            f"answered before the pod, {entry['times']} times: {entry['status']} ({headers or 'no such header'}) to "
            f"{entry['unusual']}, such as {request['method']} {request['path']} ({request['about']})"
        )


def _reached(footer: dict[str, Any]) -> list[str]:
    parts = ["## Reached", "", "| operation | answers |", "|---|---|"]
    for operation_id, statuses in footer["statuses"].items():
        shown = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
        parts.append(f"| {markdown_code(operation_name(operation_id))} | {markdown_code(shown)} |")
    parts += ["", f"Requests with an accepted session: {footer['past_authentication']}."]
    reasons = [*footer["unreached"], *before_the_pod(footer), *settling_lines(footer.get("settling", []))]
    return [*parts, "", *(f"- {markdown_code(reason)}" for reason in reasons), ""]
