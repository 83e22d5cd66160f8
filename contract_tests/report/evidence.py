"""Makes the evidence of a broken rule: what was expected, what was found, and the requests that show it."""

import re
import shlex
from typing import Any

from ..contract.exchange import Answer, Exchange, Request
from ..verdict.ledger import Finding

MOST_BODY = 2000  # characters of a body; the rest is not shown
MOST_EXCHANGES = 12  # exchanges of a sequence; the last ones show the fault

_LONG_RUN = re.compile(rb"([a-zA-Z])\1{999,}")


def evidence(finding: Finding) -> dict[str, Any]:
    """Make the evidence of a finding, as JSON.

    Its exchanges are in their order. The first ones bring the connections from the state in which the run found
    them to the state that the finding needs. The last one shows what is wrong.
    """
    trail = finding.trail[-MOST_EXCHANGES:]
    return {
        "expected": finding.expected,
        "found": finding.found,
        "left_out": len(finding.trail) - len(trail),
        "exchanges": [
            *(_step(request) for request in _first(finding.trail)),
            *(_exchange(exchange) for exchange in trail),
        ],
    }


def _first(trail: tuple[Exchange, ...]) -> list[Request]:
    """The requests that must be sent before a trail: each once, without those that the trail itself sends."""
    sent = [exchange.request for exchange in trail]
    return list(dict.fromkeys(request for exchange in trail for request in exchange.first if request not in sent))


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        **_step(exchange.request),
        "answer": None if exchange.answer is None else _answer(exchange.answer),
        "failure": exchange.failure,
    }


def _step(request: Request) -> dict[str, Any]:
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
    """Return a body as text; only the beginning of a long one."""
    text = body.decode("utf-8", errors="backslashreplace")
    return text if len(text) <= MOST_BODY else f"{text[:MOST_BODY]}… ({len(body)} bytes in all)"


def curl(request: Request) -> str:
    """Return a command that sends the request again. It takes tokens from the ``POD_…`` variables."""
    parts = ["curl", "-sS", "-i", "-X", request.sent_method]
    if request.sent_method == "HEAD":
        # An answer to HEAD has no body. curl would wait for the one that its Content-Length announces.
        parts += ["--ignore-content-length", "-H", "'Connection: close'"]
    parts.append(f'"$POD_URL"{_word(request.path, request)}')
    if request.token is not None:
        parts += ["-H", _token_header(request.token_header, request.token, request.token_shell)]
    elif request.role is not None:
        parts += ["-H", f'"{request.token_header}: $POD_{request.role.upper()}_TOKEN"']
    if request.media_type is not None:
        parts += ["-H", shlex.quote(f"Content-Type: {request.media_type}")]
    elif request.body is not None:
        parts += ["-H", "'Content-Type:'"]
    parts += [part for name, value in request.headers for part in ("-H", _word(f"{name}: {value}", request))]
    if request.body is None:
        return " ".join(parts)
    if len(request.body) > MOST_BODY and (run := _LONG_RUN.search(request.body)):
        before, after = (printf_format(part) for part in (request.body[: run.start()], request.body[run.end() :]))
        repeated = f"head -c {len(run[0])} /dev/zero | tr '\\0' {shlex.quote(run[1].decode('ascii'))}"
        body = f"{{ printf -- {shlex.quote(before)}; {repeated}; printf -- {shlex.quote(after)}; }}"
        return f"{body} | {' '.join([*parts, '--data-binary', '@-'])}"
    text = request.body.decode("latin-1")
    if text.isascii() and text.isprintable() and not text.startswith("@"):
        return " ".join([*parts, "--data-binary", _word(text, request)])
    return f"printf -- {shlex.quote(printf_format(request.body))} | {' '.join([*parts, '--data-binary', '@-'])}"


def _token_header(name: str, token: str, token_shell: str) -> str:
    if not token:
        return shlex.quote(f"{name};")  # curl sends a header without a value if it is written so
    return shlex.quote(f"{name}: {token}") if token == token_shell else f'"{name}: {token_shell}"'


def _word(text: str, request: Request) -> str:
    """Quote a text of a request as one word of a shell. The shell builds the parts that are made of a token."""
    for part, shell in request.embedded:
        if part in text:
            before, after = text.split(part, 1)
            return f'{shlex.quote(before) if before else ""}"{shell}"{_word(after, request) if after else ""}'
    return shlex.quote(text)


def printf_format(data: bytes) -> str:
    """Write bytes as one line of printable ASCII, as a format of ``printf``."""
    escaped = {0x5C: "\\\\", 0x25: "%%"}
    return "".join(escaped.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}") for byte in data)
