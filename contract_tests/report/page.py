"""Makes ``report.html``, one page that loads no other file."""

import datetime
from typing import Any, NamedTuple

from ..contract.rules import excluded, families, family_of, page_findings, rules
from .behaviour import SIDES, Side, edges, table_rows
from .causes import causes, shown_exchange
from .changes import Changes, changes
from .detail import answer_lines
from .diagram import HEIGHT, WIDTH, Diagram, diagram
from .document import document
from .escaping import shortened
from .missing import HOW
from .outcome import outcome
from .reached import reached, response_times
from .results import Results, shown_verdict
from .settling import arrival, settling_lines
from .summary import ORDER, before_the_pod, by_verdict

GLYPHS = {"held": "✓", "broken": "✗", "error": "E", "warned": "!", "known": "k", "not verified": "?", "not run": ""}
CLASSES = {**{verdict: verdict for verdict in ORDER}, "not verified": "unverified", "not run": "absent"}
MOST_BYTES = 1_000_000
MOST_CAUSES = 5  # that are not folded away
MOST_EXAMPLE = 220  # characters of the example of a cause
# How many of a finding's exchanges are shown, and how many characters of a line of them: less where the page is large.
FITS = ((12, 2000), (4, 800), (2, 300), (1, 100))


class _Shown(NamedTuple):
    """A family of rules, with the lines of those that were run."""

    id: str
    name: str
    lines: list[dict[str, Any]]
    held: int


class _Side(NamedTuple):
    """One side of the connections: its drawing, its pod, and when what the other side did is read there."""

    id: str
    name: str
    drawn: Diagram
    url: str | None
    arrival: str | None


class _Compared(NamedTuple):
    """When the earlier run was, and what changed since."""

    when: str
    changes: Changes


class _Pod(NamedTuple):
    """A pod's address, and whose sessions are there."""

    url: str
    roles: str


def page(results: Results, earlier: Results | None = None) -> str:
    """Make an HTML page of the results, smaller than 1 MB.

    Args:
        results: The results.
        earlier: The results of an earlier run, to say what changed since.
    """
    for most_exchanges, most_characters in FITS:
        text = _page(results, earlier, most_exchanges, most_characters)
        if len(text.encode()) < MOST_BYTES:
            break
    return text


def _page(results: Results, earlier: Results | None, most_exchanges: int, most_characters: int) -> str:
    header, footer = results.header, results.footer
    counts = results.counts()
    settling = footer.get("settling", [])

    def exchanges(line: dict[str, Any]) -> list[dict[str, Any]]:
        return [_cut(exchange, most_characters) for exchange in line["evidence"]["exchanges"][-most_exchanges:]]

    def left_out(line: dict[str, Any]) -> int:
        evidence = line["evidence"]
        return int(evidence.get("left_out", 0)) + max(0, len(evidence["exchanges"]) - most_exchanges)

    return document(
        "report.html.jinja",
        ended=outcome(results),
        compared=None if earlier is None else _Compared(when(earlier), changes(earlier, results)),
        header=header,
        footer=footer,
        target=header["target"],
        pods=_pods(header["target"]),
        when=when(results),
        took=took(footer["seconds"]),
        sent=sum(footer["requests"].values()),
        version=header["versions"].get("suite", "unknown"),
        writes="allowed" if header["target"].get("allow_writes") else "not allowed: read-only",
        causes=causes(results.rules),
        most_causes=MOST_CAUSES,
        errors=[line for line in results.rules if line["verdict"] == "error"],
        example_of=_example,
        families=_families(results),
        counts=[(verdict, counts[verdict]) for verdict in ORDER if counts[verdict]],
        missing=sorted(footer["missing"], key=lambda row: -len(row["rules"])),
        how_missing=HOW,
        table=table_rows(results),
        sides=[_side(results, side) for side in SIDES],
        width=WIDTH,
        height=HEIGHT,
        settling=[f"{line[:1].upper()}{line[1:]}." for line in settling_lines(settling)],
        no_settling=_no_settling(header["target"]),
        reached=reached(results),
        before_the_pod=list(before_the_pod(footer)),
        times=response_times(results),
        lines=by_verdict(results),
        rules=rules(),
        family_of=family_of,
        excluded=excluded(),
        page_findings=page_findings(),
        shown_verdict=shown_verdict,
        answer_lines=answer_lines,
        exchanges=exchanges,
        left_out=left_out,
        glyphs=GLYPHS,
        classes=CLASSES,
    )


def when(results: Results) -> str:
    """Say when a run started, in UTC; ``an unknown time`` for results of an older suite."""
    started = results.header.get("started")
    if started is None:
        return "an unknown time"
    return datetime.datetime.fromisoformat(started).astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")


def took(seconds: float) -> str:
    """Say how long a run took."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _families(results: Results) -> list[_Shown]:
    found = {line["rule"]: line for line in results.rules}
    shown = []
    for family in families():
        if lines := [found[rule] for rule in family.rules if rule in found]:
            held = sum(line["verdict"] == "held" for line in lines)
            shown.append(_Shown(family.id, family.name, lines, held))
    return shown


def _side(results: Results, side: Side) -> _Side:
    drawn = diagram(edges(results, side), side)
    target = results.header["target"]
    caller = target["url"]
    requester = target.get("pods", {}).get("requester", caller)
    if requester == caller:
        return _Side(side, SIDES[side], drawn, None, None)
    mine, other = (requester, caller) if side == "asker" else (caller, requester)
    return _Side(side, SIDES[side], drawn, mine, arrival(results.footer.get("settling", []), other, mine))


def _pods(target: dict[str, Any]) -> list[_Pod]:
    """The addresses of the run, the caller's first."""
    at: dict[str, list[str]] = {target["url"]: ["caller"]}
    for role, url in target.get("pods", {}).items():
        if role not in at.setdefault(url, []):
            at[url].append(role)
    return [_Pod(url, " and ".join(roles)) for url, roles in at.items()]


def _no_settling(target: dict[str, Any]) -> str:
    if set(target.get("pods", {}).values()) - {target["url"]}:
        return "No change was read at the other pod."
    return "Both users have their sessions at one address, so nothing has to travel to another pod."


def _example(line: dict[str, Any]) -> str:
    """What a finding shows, in one line: the request, and what was expected and found."""
    exchange, evidence = shown_exchange(line), line["evidence"]
    request = exchange["request"] if exchange else None
    sent = f"{request['method']} {request['path']}" if request else "A request"
    about = f" ({exchange['about']})" if exchange and exchange["about"] else ""
    return shortened(f"{sent}{about}: expected {evidence['expected']}; received {evidence['found']}", MOST_EXAMPLE)


def _cut(exchange: dict[str, Any], most: int) -> dict[str, Any]:
    answer = exchange["answer"]
    if answer is None:
        return exchange
    headers = [[name[:most], value if len(value) <= most else f"{value[:most]}…"] for name, value in answer["headers"]]
    return {**exchange, "answer": {**answer, "headers": headers, "body": shortened(answer["body"], most)}}
