"""What a broken rule shows: what was expected, what came, and how to see it again."""

import shlex
from typing import Any

from contract_tests.exchange import Answer, Exchange, Request
from contract_tests.ledger import Finding

MOST_BODY = 2000  # characters of a body
MOST_EXCHANGES = 12  # of a sequence; its end is what shows the fault


def evidence(finding: Finding) -> dict[str, Any]:
    """A finding as JSON."""
    trail = finding.trail[-MOST_EXCHANGES:]
    return {
        "expected": finding.expected,
        "found": finding.found,
        "left_out": len(finding.trail) - len(trail),
        "exchanges": [_exchange(exchange) for exchange in trail],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    request = exchange.request
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
        "answer": None if exchange.answer is None else _answer(exchange.answer),
        "failure": exchange.failure,
        "curl": curl(request),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "headers": [list(header) for header in answer.headers],
        "body": shown_body(answer.body),
        "seconds": round(answer.seconds, 4),
    }


def shown_body(body: bytes) -> str:
    """A body as text, cut where it is long."""
    text = body.decode("utf-8", errors="backslashreplace")
    return text if len(text) <= MOST_BODY else f"{text[:MOST_BODY]}… ({len(body)} bytes in all)"


def curl(request: Request) -> str:
    """A command line that sends the request again; the token is a variable of the suite's interface."""
    parts = ["curl", "-sS", "-i", "-X", request.sent_method, f'"$POD_URL"{shlex.quote(request.path)}']
    if request.token is not None:
        parts += ["-H", f'"{request.token_header}: {request.token_shell}"' if request.token else "'sessionToken;'"]
    elif request.role is not None:
        parts += ["-H", f'"{request.token_header}: $POD_{request.role.upper()}_TOKEN"']
    if request.media_type is not None:
        parts += ["-H", shlex.quote(f"Content-Type: {request.media_type}")]
    elif request.body is not None:
        parts += ["-H", "'Content-Type:'"]
    parts += [part for name, value in request.headers for part in ("-H", shlex.quote(f"{name}: {value}"))]
    if request.body is None:
        return " ".join(parts)
    try:
        text = request.body.decode("ascii")
        plain = text.isprintable() and not text.startswith("@") and len(text) <= MOST_BODY
    except UnicodeDecodeError:
        plain = False
    if plain:
        return " ".join([*parts, "--data-binary", shlex.quote(text)])
    octal = "".join(f"\\{byte:03o}" for byte in request.body[:MOST_BODY])
    return f"printf '{octal}' | {' '.join([*parts, '--data-binary', '@-'])}"
