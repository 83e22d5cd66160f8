"""Says which settings make more rules verifiable: in lines for the terminal, and as a Markdown table."""

from collections.abc import Iterator
from typing import Any

HOW = (
    "More rules are verified with more settings. In place of a …_TOKEN, set …_USERNAME and …_PRIVATE_KEY for a login "
    "by key, or …_CLIENT_CERT for one by certificate. For a user of another pod, also set …_URL, that pod's address."
)


def missing_lines(missing: list[dict[str, Any]]) -> Iterator[str]:
    """Write a line for each group of settings; nothing if no setting is missing."""
    if missing:
        yield ""
        yield HOW
    for row in missing:
        yield f"set {' and '.join(row['set'])} → {more_rules(row)}: {', '.join(row['rules'])}"


def missing_table(missing: list[dict[str, Any]]) -> Iterator[str]:
    """Write the section of ``summary.md``; nothing if no setting is missing."""
    if not missing:
        return
    yield from ("## Settings that make more rules verifiable", "", HOW, "", "| set | verified then |", "|---|---|")
    for row in missing:
        settings = " and ".join(f"`{name}`" for name in row["set"])
        yield f"| {settings} | {more_rules(row)}: {', '.join(f'`{rule}`' for rule in row['rules'])} |"
    yield ""


def more_rules(row: dict[str, Any]) -> str:
    """Say how many more rules the settings of a row make verifiable."""
    count = len(row["rules"])
    return f"{count} more {'rule' if count == 1 else 'rules'}"
