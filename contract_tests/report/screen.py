"""Makes the screen that a run ends with: the verdict, the causes of the findings, and what is missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.text import Text

from .causes import Cause, causes
from .display import STYLES
from .escaping import shortened, visible
from .missing import more_rules
from .outcome import outcome
from .results import Results, shown_verdict

MOST_CAUSES = 6  # the report has all of them
MOST_REASON = 200  # characters of a reason; the report has the whole


def screen(results: Results, folder: Path) -> RenderableType:
    """Make the screen, for a display that is 80 columns wide.

    Args:
        results: The results, without secrets.
        folder: The folder of the reports.
    """
    ended = outcome(results)
    parts: list[RenderableType] = [
        Text(),
        Line(characters="─", style="dim"),
        Text.assemble((ended.word, STYLES[ended.word]), f"  {_wrappable(ended.why)}"),
        Text(_what(results), "dim", no_wrap=True, overflow="ellipsis"),
    ]
    found = causes(results.rules)
    for number, cause in enumerate(found[:MOST_CAUSES], start=1):
        parts += _cause(number, cause)
    if len(found) > MOST_CAUSES:
        parts.append(Text(f"\nand {len(found) - MOST_CAUSES} more causes"))
    for line in results.rules:
        if shown_verdict(line) == "error":
            parts.append(Text.assemble("\n", ("error", STYLES["error"]), f"  {line['rule']}"))
            parts.append(_indented(shortened(line["reason"], MOST_REASON)))
    if found:
        parts.append(Text(f"\nEvery finding, and how to see it again: {_wrappable(str(folder / 'report.html'))}"))
    parts += _missing(results.footer["missing"])
    parts.append(Line(characters="─", style="dim"))
    return Group(*parts)


def _what(results: Results) -> str:
    """Which pod, which seed, how many requests, how long."""
    sent = sum(results.footer["requests"].values())
    requests = f"{sent} {'request' if sent == 1 else 'requests'}"
    seconds = results.footer["seconds"]
    took = f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.1f} min"
    return visible(f"{results.header['target']['url']}, seed {results.header['seed']}, {requests} in {took}")


def _cause(number: int, cause: Cause) -> Iterator[RenderableType]:
    """A cause, an example of what it does, and the rules that it breaks."""
    yield Text.assemble("\n", (f"{number}. {cause.verdict}", STYLES[cause.verdict]), f"  {_wrappable(cause.title)}")
    yield _indented(shortened(cause.lines[0]["reason"], MOST_REASON))
    yield _indented(f"rules: {', '.join(cause.rules)}", "dim")


def _missing(missing: list[dict[str, Any]]) -> Iterator[RenderableType]:
    if not missing:
        return
    yield Text("\nMore rules are verified with more settings:")
    for row in missing:
        yield _indented(f"{' and '.join(row['set'])} → {more_rules(row)}")


def _indented(text: str, style: str = "") -> RenderableType:
    return Padding(Text(_wrappable(text), style, overflow="fold"), (0, 0, 0, 3))


def _wrappable(text: str) -> str:
    """Return a text that no CI system takes for a command, wherever its lines are wrapped."""
    return visible(text).replace("::", r":\x3a")
