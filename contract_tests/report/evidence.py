"""Makes the evidence of a broken rule: what was expected, what was found, and the requests that show it."""

from collections import Counter
from typing import Any

from ..contract.exchange import Answer, Exchange, Request
from ..verdict.ledger import Finding
from .escaping import shortened
from .reproduction import Reproduction
from .shell import MOST_BODY

MOST_ALSO = 8  # other faults of the same rule
MOST_EXCHANGES = 12  # exchanges of a sequence; the last ones show the fault


def evidence(finding: Finding, how: Reproduction, faults: Counter[tuple[str, str]] | None = None) -> dict[str, Any]:
    """Make the evidence of a finding, as JSON.

    Its exchanges are in their order. The first ones bring the connections from the state in which the run found
    them to the state that the finding needs. The last one shows what is wrong.

    Args:
        finding: The finding.
        how: How the run was started, and how a shell reaches its pod.
        faults: How many findings of the rule had each pair of what was expected and found.
    """
    counted = Counter(faults)
    times = counted.pop((finding.expected, finding.found), 1)
    trail = finding.trail[-MOST_EXCHANGES:]
    first = _first(finding.trail)
    return {
        "expected": finding.expected,
        "found": shortened(finding.found),
        "times": times,
        "also": [
            {"expected": expected, "found": shortened(found), "times": count}
            for (expected, found), count in counted.most_common(MOST_ALSO)
        ],
        "left_out": len(finding.trail) - len(trail),
        "exchanges": [
            *(_step(request, how) for request in first),
            *(_exchange(exchange, how) for exchange in trail),
        ],
        "reproduce": how.block(finding.rule, [*first, *(exchange.request for exchange in trail)]),
        "again": how.run_command(finding.rule),
    }


def _first(trail: tuple[Exchange, ...]) -> list[Request]:
    """The requests that must be sent before a trail: each once, without those that the trail itself sends."""
    sent = [exchange.request for exchange in trail]
    return list(dict.fromkeys(request for exchange in trail for request in exchange.first if request not in sent))


def _exchange(exchange: Exchange, how: Reproduction) -> dict[str, Any]:
    return {
        **_step(exchange.request, how),
        "answer": None if exchange.answer is None else _answer(exchange.answer),
        "failure": exchange.failure,
    }


def _step(request: Request, how: Reproduction) -> dict[str, Any]:
    """A request that only prepares the others: its answer and failure are not kept."""
    return {
        "about": request.about,
        "request": {
            "operation": request.operation,
            "method": request.sent_method,
            "path": request.path,
            "session": request.role,
            "media_type": request.media_type,
            "body": None if request.body is None else shown_body(request.body),
        },
        "answer": None,
        "failure": None,
        "curl": how.curl(request),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "headers": [list(header) for header in answer.headers],
        "body": shown_body(answer.body),
        "seconds": round(answer.seconds, 4),
    }


def shown_body(body: bytes) -> str:
    """Return a body as text; only the beginning of a long one."""
    text = body.decode("utf-8", errors="backslashreplace")
    return text if len(text) <= MOST_BODY else f"{text[:MOST_BODY]}… ({len(body)} bytes in all)"
