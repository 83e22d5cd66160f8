"""Tells the step of a GitHub workflow how a run ended: its outputs, and the summary on its page."""

import os
from collections.abc import Mapping
from pathlib import Path

from ..report.escaping import visible

MOST_SUMMARY = 1_000_000  # bytes; GitHub takes 1 MiB for a step
SUMMARY = "summary.md"


def tell_github(folder: Path, status: int, counts: Mapping[str, int]) -> None:
    """Write the outputs of a step, and add the summary of this run to its page. Nothing where there is no such step.

    Args:
        folder: The folder of the results.
        status: The exit status.
        counts: Numbers that become outputs; a space in a name becomes a hyphen.
    """
    if outputs := os.environ.get("GITHUB_OUTPUT"):
        values = {"folder": visible(str(folder)), "status": status, **counts}
        lines = [f"{name.replace(' ', '-')}={value}\n" for name, value in values.items()]
        with Path(outputs).open("a", encoding="utf-8") as file:
            file.writelines(lines)
    if page := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(page).open("a", encoding="utf-8") as file:
            file.write(_shortened((folder / SUMMARY).read_text(encoding="utf-8")))


def _shortened(text: str) -> str:
    """The beginning of a summary that is too long for GitHub, which would show nothing of it."""
    if len(text.encode()) <= MOST_SUMMARY:
        return text
    whole_lines = text.encode()[:MOST_SUMMARY].decode("utf-8", errors="ignore").rpartition("\n")[0]
    return f"{whole_lines}\n\nThe rest is in the folder of the results.\n"
