"""Describes a broken or warned rule for people; the terminal, JUnit and the summary show the same."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..contract.rules import rules
from .escaping import shortened, visible, visible_lines

MOST_LINES = 40  # lines of a body
TELLING = ("content-type", "server", "via")  # headers that say who has answered
PASTE = "These lines reproduce it in a POSIX shell:"
REPEAT = "This command checks the rule again:"


class Detail(NamedTuple):
    """A broken or warned rule, described in printable lines.

    Attributes:
        seen: What the rule says, what was expected and found, and the answers.
        reproduce: The lines to paste into a shell.
        again: The command that checks the rule again.
    """

    seen: list[str]
    reproduce: list[str]
    again: str

    def lines(self) -> list[str]:
        """Return everything, one part after the other."""
        return [*self.seen, PASTE, "", *self.reproduce, "", REPEAT, "", self.again]


def detail(line: dict[str, Any]) -> Detail:
    """Describe a broken or warned rule.

    Args:
        line: The rule's line of the results.
    """
    rule, evidence = rules()[line["rule"]], line["evidence"]
    also = evidence.get("also", [])
    seen = [
        visible(rule.says),
        visible(f"source: {', '.join(rule.pages)}: {rule.quote}"),
        visible(f"expected: {evidence['expected']}"),
        visible(f"found: {evidence['found']}"),
        *(visible(f"also: expected {one['expected']}; found {one['found']} ({one['times']}×)") for one in also),
    ]
    for exchange in evidence["exchanges"]:
        if exchange["answer"] or exchange["failure"]:  # a request that only prepares the others has neither
            seen += answer_lines(exchange)
    return Detail(seen, visible_lines(evidence["reproduce"]), visible(evidence["again"]))


def answer_lines(exchange: dict[str, Any], headers: tuple[str, ...] | None = TELLING) -> Iterator[str]:
    """Yield a request and its answer as printable lines.

    A bar stands in front of every line of a header or a body, so that none of them passes for a line of the suite.

    Args:
        exchange: The exchange, as the results have it.
        headers: The headers to show, by name in lower case; None for all.
    """
    request, answer = exchange["request"], exchange["answer"]
    session = f" by the {request['session']}" if request["session"] else ""
    about = f" ({exchange['about']})" if exchange["about"] else ""
    ended = answer["status"] if answer else exchange["failure"]
    outcome = f": {ended}" if ended else ""  # of a request that only prepares the others, neither is kept
    yield visible(f"{request['method']} {request['path']}{session}{about}{outcome}")
    if not answer:
        return
    for name, value in answer["headers"]:
        if headers is None or name in headers:
            yield visible(shortened(f"  | {name}: {value}"))
    body = visible_lines(answer["body"]) if answer["body"] else []
    for written in body[:MOST_LINES]:
        yield f"  | {written}"
    if len(body) > MOST_LINES:
        yield f"  {len(body) - MOST_LINES} more lines are not shown"
