"""Tells the answers of HTTP and of servers in front of the pod from the pod's own answers.

Two kinds of answers are not the pod's word on a request:

- HTTP itself defines an answer to some requests, such as 405 to another method. No page needs to document it.
- A gateway, firewall or web server may answer a request that is unusual HTTP before the pod sees it.

The functions here are pure. To an ordinary request every answer counts as the pod's own, whoever sent it.
"""

import re
from typing import NamedTuple

from .description import UNDER_TEST
from .exchange import JSON, Answer, Exchange, Request

LONG = 1000  # characters of a header or a path; some servers accept no more
VERY_LONG = 4000  # characters of a header; many servers accept 4 or 8 KB of headers
LARGE = 8192  # bytes of a body; some servers accept no more

_BODY_UNUSUAL = ("GET", "HEAD", "DELETE", "TRACE")  # HTTP gives a body in these requests no meaning
_OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")
_JSON = re.compile(r'application/json(?:\s*;\s*[\w-]+=(?:"utf-8"|[\w-]+))*\s*', re.IGNORECASE)
_OTHER_CHARSET = re.compile(r"charset=(?!\"?utf-8\"?(?:\s|;|$))", re.IGNORECASE)
# The characters of base64, of its variant for URLs, of hexadecimal numbers and of JWTs.
_USUAL_TOKEN = re.compile(r"[A-Za-z0-9._~+/=:-]*")
_FIREWALL_WORDS = re.compile(r"\.\.|__\w+__")


class OwnAnswers(NamedTuple):
    """How the pod itself answers ordinary requests to accept and reject.

    Attributes:
        media_types: The media types of these answers, without parameters and in lower case.
        servers: The values of Server and Via in these answers.
        longest_token: The number of characters of the longest valid session token.
    """

    media_types: frozenset[str] = frozenset()
    servers: frozenset[tuple[str, str]] = frozenset()
    longest_token: int = 0

    def with_answer(self, exchange: Exchange) -> "OwnAnswers":
        """Return the same with one more answer, if it is a success or a client error to an ordinary request."""
        request, answer = exchange.request, exchange.answer
        if answer is None or answer.status not in (200, 400, 401, 403, 404):
            return self
        if request.operation not in UNDER_TEST or request.is_elsewhere or unusual(request, self.longest_token):
            return self
        return self._replace(
            media_types=self.media_types | {media_type(answer)}, servers=self.servers | {_server(answer)}
        )


def media_type(answer: Answer) -> str:
    """Return the media type of an answer without parameters, in lower case; ``""`` if it names none."""
    return (answer.header("content-type") or "").partition(";")[0].strip().lower()


def _server(answer: Answer) -> tuple[str, str]:
    return answer.header("server") or "", answer.header("via") or ""


def answered_before_the_pod(exchange: Exchange, own: OwnAnswers) -> str | None:
    """Say why an answer was not given by the pod, but by a server in front of it; None if it counts as the pod's.

    The request has to be unusual HTTP. The answer has to be a refusal, and to differ from the pod's own answers to
    ordinary requests in its media type, in Server or in Via. A success is never excused, and neither is a server
    error.

    Args:
        exchange: The request and its outcome.
        own: How the pod itself answers. Nothing is excused before the pod has answered an ordinary request.

    Returns:
        What is unusual about the request.
    """
    request, answer = exchange.request, exchange.answer
    if answer is None or not own.media_types or request.is_elsewhere or not 300 <= answer.status < 500:
        return None
    if is_answer_of_http(request, answer) or answer.status == 429:
        return None
    if media_type(answer) in own.media_types and _server(answer) in own.servers:
        return None
    return unusual(request, own.longest_token)


def unusual(request: Request, longest_token: int = 0) -> str | None:
    """Say what is unusual about a request as HTTP; None for an ordinary request.

    What a body says is never unusual: the pod has to read it. Neither is another method or path, to which every
    server may answer.

    Args:
        request: The request.
        longest_token: The number of characters of the longest valid session token.
    """
    headers = {name.lower(): value for name, value in request.headers}
    token = request.token or ""
    if not _USUAL_TOKEN.fullmatch(token) or _FIREWALL_WORDS.search(token):
        return "unusual characters in the session header"
    long = max(LONG, longest_token)
    length = max(len(value) for value in ("", token, *headers.values()))
    if length > long + len("Bearer sessionToken"):
        return f"a header of {length} characters"
    if len(request.path) > long + LONG:
        return f"a path of {len(request.path)} characters"
    for name in ("authorization", "origin", "expect", "transfer-encoding", "content-encoding", *_OVERRIDES):
        if name in headers:
            return f"the header {name.title()}"
    if request.body is not None and not is_json(request.media_type):
        return f"Content-Type: {request.media_type}" if request.media_type else "a body without Content-Type"
    if len(request.body or b"") > LARGE:
        return f"a body of {len(request.body or b'')} bytes"
    return None


def statuses_of_http(request: Request) -> frozenset[int]:
    """Return the statuses that HTTP itself defines as an answer to a request, whatever the pages document.

    The section numbers are those of RFC 9110, if no other is named.
    """
    headers = {name.lower(): value for name, value in request.headers}
    found: set[int] = set()
    if request.method is not None:
        found |= {405, 501, 505}  # 15.5.6, 15.6.2, 15.6.6
    if request.method == "TRACE":
        found.add(200)  # 9.3.8
    if request.method == "OPTIONS":
        found |= {200, 204}  # 9.3.7
    if not is_json(request.media_type) or "content-encoding" in headers:
        found.add(415)  # 15.5.16
    if request.body is not None:
        if len(request.body) > LARGE:
            found |= {408, 413}  # 15.5.9, 15.5.14
        if "expect" in headers:
            found |= {408, 417}  # 15.5.9, 15.5.18
        if "transfer-encoding" in headers:
            found |= {400, 408, 411, 413}  # 15.5.12; a server that does not read chunks sees a body without an end
        if request.sent_method in _BODY_UNUSUAL:
            found |= {400, 411, 413}  # 9.3.1
    if not accepts_json(request):
        found.add(406)  # 15.5.7
    if "origin" in headers:
        found.add(403)  # Fetch, 3.2: a server may refuse a foreign origin
    if any(name in headers for name in _OVERRIDES):
        found.add(405)  # the request is taken for one with the other method
    length = max(len(value) for value in ("", request.token or "", *headers.values()))
    if length > LONG:
        found.add(431)  # RFC 6585, 5
    if length > VERY_LONG:
        found |= {400, 413}  # servers that are older than 431
    if len(request.path) > LONG:
        found.add(414)  # 15.5.15
    return frozenset(found)


def is_answer_of_http(request: Request, answer: Answer) -> bool:
    """Say whether HTTP itself defines an answer. It may then have any form."""
    if request.method == "TRACE" and answer.status == 200:
        return media_type(answer) == "message/http"
    return answer.status in statuses_of_http(request)


def is_json(content_type: str | None) -> bool:
    """Say whether a Content-Type declares JSON in UTF-8, in any letter case and with well-formed parameters."""
    return bool(content_type and _JSON.fullmatch(content_type) and not _OTHER_CHARSET.search(content_type))


def accepts_json(request: Request) -> bool:
    """Say whether a request accepts an answer in JSON. A request without Accept accepts any answer."""
    accept = dict(request.headers).get("Accept") or "*/*"
    return any(kind in accept.lower() for kind in (JSON, "application/*", "*/*"))
