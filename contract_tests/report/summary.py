"""Makes ``summary.md``, which a CI job shows on its page."""

from collections.abc import Iterator
from typing import Any

from ..contract.description import operation
from ..contract.rules import rules
from .detail import PASTE, REPEAT, detail
from .escaping import markdown_block, markdown_code, visible
from .missing import missing_table
from .results import Results, shown_verdict
from .settling import settling_lines

ORDER = ("broken", "error", "warned", "known", "not verified", "held")


def summary(results: Results) -> str:
    """Make a Markdown page of the results: the verdict, the findings, the answers that were reached, every rule."""
    footer = results.footer
    parts = [f"# Contract: {verdict_line(results)}", ""]
    parts += [f"Target: {markdown_code(results.header['target']['url'])}, seed {results.header['seed']}.", ""]
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
    parts += ["", f"Requests past authentication: {footer['past_authentication']}."]
    reasons = [*footer["unreached"], *before_the_pod(footer), *settling_lines(footer.get("settling", []))]
    return [*parts, "", *(f"- {markdown_code(reason)}" for reason in reasons), ""]
