"""The journal: what the emulated pods were asked and what they answered, without secrets."""

import itertools
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .clock import Clock
from .known_tokens import REDACTED, KnownTokens
from .sessions import Sessions

ENTRIES = 1000
"""How many requests the journal keeps; older ones are dropped."""
KEPT_BYTES = 4096
"""How many bytes of a body the journal keeps."""

_SECRET_HEADERS = {"sessiontoken", "authorization", "cookie", "set-cookie", "keymanagertoken", "proxy-authorization"}
_LOGINS = ("/login/", "/relay/", "/sessionauth/")
_SECRET_QUERY = re.compile(r"(?i)([^&=]*(?:token|session|password|secret|key)[^&=]*)=[^&]*")

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Entry:
    """A request and its answer.

    Attributes:
        number: Its number since the start, from 1.
        at: When it came, in milliseconds since 1970.
        pod: The name of the pod.
        method: The HTTP method.
        path: The path.
        query: The query string.
        user_id: The user of the session; None without a session.
        headers: The headers of the request.
        body: The first bytes of its body.
        status: The status of the answer; None if there was none.
        answer_headers: The headers of the answer.
        answer_body: The first bytes of its body.
        milliseconds: How long the answer took.
    """

    number: int
    at: int
    pod: str
    method: str
    path: str
    query: str
    user_id: int | None
    headers: Headers
    body: bytes = b""
    status: int | None = None
    answer_headers: Headers = ()
    answer_body: bytes = b""
    milliseconds: float = 0.0


class Journal:
    """Keeps the last requests and answers.

    Args:
        clock: The clock of the pods.

    Attributes:
        on_entry: Called with every entry once the request is answered.
    """

    def __init__(self, clock: Clock) -> None:
        self.on_entry: Callable[[Entry], None] = lambda _: None
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=ENTRIES)
        self._numbers = itertools.count(1)

    def clear(self) -> None:
        """Forget all entries; the numbers go on."""
        self._entries.clear()

    def recording(self, pod: str, sessions: Sessions, application: ASGIApp) -> ASGIApp:
        """Wrap the application of a pod, so that its requests are recorded."""

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            start = time.perf_counter()
            headers = scope["headers"]
            # Of several headers the first one counts, as for the pod.
            token = dict(reversed(headers)).get(b"sessiontoken", b"").decode("latin-1")
            entry = Entry(
                next(self._numbers),
                self._clock.milliseconds(),
                pod,
                scope["method"],
                scope["path"],
                scope["query_string"].decode("latin-1"),
                sessions.user_id(token),
                headers,
            )
            self._entries.append(entry)

            async def receiving() -> Message:
                message = await receive()
                entry.body = _kept(entry.body, message.get("body", b""))
                return message

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    entry.status, entry.answer_headers = message["status"], message.get("headers", ())
                else:
                    entry.answer_body = _kept(entry.answer_body, message.get("body", b""))
                await send(message)

            try:
                await application(scope, receiving, sending)
            finally:
                entry.milliseconds = (time.perf_counter() - start) * 1000
                self.on_entry(entry)

        return recorded

    def entries(self, chosen: Callable[[Entry], bool]) -> list[Entry]:
        """The entries that a function chooses, the oldest first."""
        return [entry for entry in self._entries if chosen(entry)]


def _kept(kept: bytes, more: bytes) -> bytes:
    return kept + more[: KEPT_BYTES - len(kept)]


def shown(entry: Entry, tokens: KnownTokens) -> dict[str, Any]:
    """An entry as JSON shows it, without secrets.

    Args:
        entry: The entry.
        tokens: The session tokens that the pods have given out.
    """
    is_login = any(part in entry.path for part in _LOGINS)

    def text(content: bytes) -> str:
        return REDACTED if is_login and content else tokens.without(content.decode("utf-8", "replace"))

    return {
        "number": entry.number,
        "at": entry.at,
        "pod": entry.pod,
        "method": entry.method,
        "path": tokens.without(entry.path),
        "query": tokens.without(_SECRET_QUERY.sub(rf"\1={REDACTED}", entry.query)),
        "userId": entry.user_id,
        "headers": _headers(entry.headers, tokens),
        "body": text(entry.body),
        "status": entry.status,
        "answerHeaders": _headers(entry.answer_headers, tokens),
        "answerBody": text(entry.answer_body),
        "milliseconds": round(entry.milliseconds, 1),
    }


def _headers(headers: Headers, tokens: KnownTokens) -> dict[str, str]:
    values: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        value = REDACTED if name in _SECRET_HEADERS else tokens.without(value)
        values[tokens.without(name)] = value
    return values


def log_line(entry: Entry, tokens: KnownTokens) -> str:
    """An entry in one line for the request log; it has no secret and no control character."""
    path = tokens.without(entry.path)
    safe = "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in path)
    user = "-" if entry.user_id is None else entry.user_id
    return f"{entry.pod} {entry.method} {safe} {entry.status or 'no answer'} user={user} {entry.milliseconds:.1f} ms"
