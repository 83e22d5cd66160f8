"""Results → Markdown, as a CI job shows it."""

from typing import Any

from contract_tests.description import operation
from contract_tests.report.junit import detail
from contract_tests.report.results import Results
from contract_tests.rules import rules

ORDER = ("broken", "error", "warned", "not verified", "held")


def summary(results: Results) -> str:
    """The results as a Markdown page: the verdict, what is wrong, what was reached, every rule."""
    footer = results.footer
    parts = [f"# Contract: {verdict_line(footer)}", ""]
    parts += [f"Target: `{results.header['target']['url']}`, seed {results.header['seed']}.", ""]
    for line in results.rules:
        if line["verdict"] in ("broken", "warned"):
            parts += [
                f"## {line['verdict']}: {line['rule']}",
                "",
                "```",
                detail(line, results.header["seed"]),
                "```",
                "",
            ]
    parts += _reached(footer)
    parts += ["## Rules", "", "| verdict | rule | level | requests | reason |", "|---|---|---|---|---|"]
    for line in sorted(results.rules, key=lambda line: ORDER.index(line["verdict"])):
        reason = line["reason"].replace("|", "\\|").replace("\n", " ")
        parts.append(f"| {line['verdict']} | `{line['rule']}` | {line['level']} | {line['requests']} | {reason} |")
    parts += ["", "## Where the rules come from", "", "| rule | says | page |", "|---|---|---|"]
    for line in results.rules:
        rule = rules()[line["rule"]]
        parts.append(f"| `{rule.id}` | {rule.says} | {', '.join(rule.pages)} |")
    return "\n".join(parts) + "\n"


def verdict_line(footer: dict[str, Any]) -> str:
    """The counts in one line, such as ``64 held, 1 broken, 2 not verified``."""
    shown = [f"{footer['counts'][verdict]} {verdict}" for verdict in ORDER if footer["counts"][verdict]]
    return ", ".join(reversed(shown)) or "no rule was run"


def operation_name(operation_id: str) -> str:
    """An operation's id, with a word where it is the companion's and no page promises it."""
    return f"{operation_id} (companion)" if operation(operation_id).kind == "companion" else operation_id


def _reached(footer: dict[str, Any]) -> list[str]:
    parts = ["## Reached", "", "| operation | answers |", "|---|---|"]
    for operation_id, statuses in footer["statuses"].items():
        shown = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
        parts.append(f"| {operation_name(operation_id)} | {shown} |")
    parts += ["", f"Requests past authentication: {footer['past_authentication']}."]
    return [*parts, "", *(f"- {reason}" for reason in footer["unreached"]), ""]
