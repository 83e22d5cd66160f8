"""Finds internals of the pod in an answer: stack traces, classes, queries, files, addresses of hosts."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .exchange import Answer

_SOURCE = r"(?:java|kt|scala|groovy|py|rb|js|ts|jsx|tsx|mjs|cjs|go|cs|vb|php|rs|ex|exs|erl)"
_PROGRAM = r"(?:jar|war|class|so|dll|conf|cfg|ini|ya?ml|properties|log|sql|db|sqlite3?|pem|key|jks|sock|sh|env)"
_FOLDERS = (
    r"(?:usr|opt|home|var|etc|srv|app|apps|root|tmp|data|mnt|proc|Users|Volumes|workspace|deployments|nix|private)"
)
_DATABASE = r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|kafka|ldaps?|sqlserver|memcached)"

_PATTERNS = (
    # Stack traces and the lines that introduce them.
    r"Traceback \(most recent call last\)",
    r'File "[^"]+", line \d+',
    r"\bat [\w.$<>/]+\((?:[\w.]+:\d+|Native Method|Unknown Source)\)",
    r"\bat (?:async )?(?:[\w.<>$\[\] ]{1,80} \()?(?:file://|node:|/|[A-Z]:\\)[^\s)]*:\d+:\d+",
    r"\bat [A-Z][\w.`<>]*\.\w+\([^)\n]{0,200}\) in \S+:line \d+",
    rf"\b[\w-]{{1,80}}\.{_SOURCE}(?:\(\d+\)|:(?:line )?\d+)",
    r"(?:webpack|webpack-internal|rsc)://",
    r"\b(?:node:internal|node_modules|site-packages|dist-packages)/",
    r"\bgoroutine \d+",
    r"\bpanic:",
    r"\bthread '[^']{1,80}' panicked at",
    r"\bruntime error: ",
    r"\bnested exception is\b",
    r"\bCaused by: ",
    r"\bPHP (?:Fatal|Parse) error\b",
    # Classes.
    r"(?<![\w.@/-])(?:java|javax|jakarta|kotlin|scala|sun)\.[a-z]\w*(?:\.\w+)+",
    r"(?<![\w.@/-])(?:com|org|io|net|dev)(?:\.[a-z_]\w*)+\.[A-Z]\w+",
    r"\b(?:System|Microsoft)(?:\.[A-Z]\w+)*\.[A-Z]\w*Exception\b",
    r"\b[A-Z]\w*(?:Exception|Error)\b(?=[:( ])",
    r"\b(?:NullPointer|NullReference|ClassCast|NumberFormat|Illegal(?:State|Argument)|\w*OutOfBounds|NoSuchElement"
    r"|InvalidOperation|Runtime|IO|SQL)Exception\b",
    r"\b(?:Key|Type|Attribute|Value|Index|Runtime|Reference|NoMethod|Zero|Assertion)Error\b",
    r"\b\d+ validation errors? for [A-Z]\w+",  # the first words of pydantic's message
    r"\bpydantic\b",
    # Queries and databases.
    r"\b(?:SELECT\b.{1,300}?\bFROM|INSERT INTO|UPDATE\b.{1,80}?\bSET|DELETE FROM)\b",
    r"(?i:\bselect\s+(?:\*|\w+\.\*|count\(.{0,40}?\))\s+from\b)",
    r"(?is:\b(?:select\b.{1,300}?\bfrom|delete\s+from)\s+\S{1,80}.{0,40}?\bwhere\b.{1,200}?"
    r"(?:[=?]|\bin\s*\(|\bis null))",
    r"(?i:\binsert\s+into\s+\S{1,80}\s*(?:\([^)]{0,500}\)\s*)?(?:values\b|select\b))",
    r"(?i:\bupdate\s+\S{1,80}\s+set\s+\S{1,80}\s*=)",
    r"(?i:\bviolates (?:unique|foreign key|not-null|check|exclusion) constraint\b)",
    r"(?i:\b(?:unique|foreign key|not null|check) constraint failed\b)",
    r"\bduplicate key value\b|\bDuplicate entry '|\bE11000\b",
    r'\b(?:relation|column|table) "[^"\s]+" does not exist\b',
    r"\b(?:sqlite|psycopg|jdbc:|ORA-\d{5}|SQLSTATE)",
    rf"\b{_DATABASE}://",
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/@:\"']{1,80}:[^\s/@\"']{1,80}@",
    # Files.
    rf"(?<![\w./-])/{_FOLDERS}/[\w.-][\w./-]*",
    rf"(?<![\w./-])/(?:[\w.-]+/)+[\w.-]+\.(?:{_SOURCE}|{_PROGRAM})\b",
    r"\bfile:///\w",
    r"\b[A-Z]:\\+\w",
    # Internal hosts.
    r"\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\.\d{1,3}\.\d{1,3}\b",
    r"\b(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\]):\d+",
    r"\[::1\]:\d+",
    r"(?i:(?<![\w:])(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])(?::[0-9a-f]{0,4}){2,7}(?![\w:]))",
    r"\bip-(?:\d{1,3}-){3}\d{1,3}\b",
    r"\b[\w-]{1,63}\.(?:svc|internal|local|localdomain)\b(?!\.?[\w-])",
    r"\b[\w-]{1,63}\.(?:svc|internal)(?:\.[\w-]{1,63}){1,5}:\d+",
    r"\b[\w-]{1,63}\.svc\.[\w.-]{1,80}\blocal\b",
)
_INTERNALS = re.compile("|".join(_PATTERNS))
_TELLING = ("server", "via")


def internals(answer: Answer, url: str = "") -> str | None:
    """Find internals of the pod in an answer. They are useless to a client and useful to an attacker.

    The name and version of a product are no internals, because HTTP provides for them (RFC 9110, 10.2.4).
    The address at which the pod was called is none either.

    Args:
        answer: The answer. Its body and its headers Server, Via and X-… are read.
        url: The pod's base address, as its clients know it.

    Returns:
        What was found and where; None if nothing was found.
    """
    own = _own_address(url)
    for place, text in _texts(answer):
        text = own.sub("", text) if own else text
        if match := _INTERNALS.search(text):
            return f"{place} shows internals: {match[0][:80]!r}"
    return None


def _own_address(url: str) -> re.Pattern[str] | None:
    """Match the pod's host, and its context path in front of an operation's path."""
    parts = urlsplit(url)
    if not parts.netloc:
        return None
    host, path = re.escape(parts.netloc), re.escape(parts.path.rstrip("/"))
    return re.compile(rf"(?<![\w.-])(?<![^/]/){host}(?![\w.:-])|{path}(?=/v1/)")


def _texts(answer: Answer) -> Iterator[tuple[str, str]]:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        yield "the body", answer.body.decode("utf-8", errors="replace")
    else:
        for text in dict.fromkeys(_strings(body)):  # a long list repeats the same names and values
            yield "the body", text
    for name, value in answer.headers:
        if name in _TELLING or name.startswith("x-"):
            yield f"the header {name}", value


def _strings(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value, also the names of members."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
