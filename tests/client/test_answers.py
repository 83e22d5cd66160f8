"""What becomes of an answer: for every status, body and header the one documented outcome."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from symphony_pod_client import (
    UNSET,
    BadRequestError,
    DecodeError,
    Error,
    ForbiddenError,
    NotFoundError,
    PodError,
    ServerError,
    StatusError,
    TooManyRequestsError,
    UnauthorizedError,
    UsageError,
    UserConnection,
    UserConnectionStatus,
)

from tests.client.faces import Face
from tests.client.pods import BODY, CONNECTION, Request, Script, ScriptedPod, answer, cut

ERROR = b'{"code":403,"message":"The user lacks the required entitlement to perform this operation"}'
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
LATIN = b'{"message":"Zug\xe4nge"}'
KINDS = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    429: TooManyRequestsError,
}
STATUSES = [201, 202, 203, 206, 226, 299, 300, 301, 302, 303, 307, 308, 399]
STATUSES += [400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 423, 426, 428, 429, 431, 451, 499]
STATUSES += [500, 501, 502, 503, 504, 505, 507, 511, 520, 530, 599, 600, 700, 999]


@dataclass(frozen=True)
class Case:
    """An answer, and what comes of it: an exception's class, or what the result's `to_dict` gives."""

    name: str
    said: bytes | Script
    expected: Any
    body: bytes = b""
    error: Any = None


def _kind(status: int) -> type[PodError]:
    return ServerError if 500 <= status <= 599 else KINDS.get(status, StatusError)


def _statuses() -> Iterator[Case]:
    for status in STATUSES:
        yield Case(f"{status}-error", answer(status, ERROR), _kind(status), ERROR, 403)
        yield Case(f"{status}-html", answer(status, HTML, content_type="text/html"), _kind(status), HTML)
        yield Case(f"{status}-empty", answer(status, b""), _kind(status), b"")
        yield Case(f"{status}-latin", answer(status, LATIN), _kind(status), LATIN)
        yield Case(f"{status}-cut", cut(answer(status, ERROR, "Connection: close"), -20), _kind(status), ERROR[:-20])
    for status in (204, 304):
        yield Case(f"{status}-empty", f"HTTP/1.1 {status} Said\r\n\r\n".encode(), StatusError, b"")
    for name, body in {
        "null": b"null",
        "list": b"[1]",
        "string-code": b'{"code":"403"}',
        "nan": b'{"code":NaN}',
    }.items():
        yield Case(f"404-{name}", answer(404, body), NotFoundError, body)
    squeezed = gzip.compress(ERROR)
    yield Case("404-gzip", answer(404, squeezed, "Content-Encoding: gzip"), NotFoundError, ERROR, 403)
    yield Case("404-no-gzip", answer(404, ERROR, "Content-Encoding: gzip"), NotFoundError, ERROR, 403)
    yield Case("404-redirect", answer(404, ERROR, "Location: http://127.0.0.1:9/"), NotFoundError, ERROR, 403)
    yield Case("403-empty-object", answer(403, b"{}"), ForbiddenError, b"{}", UNSET)


def _body(**members: Any) -> bytes:
    return json.dumps(CONNECTION | members).encode()


def _successes() -> Iterator[Case]:
    def good(name: str, body: bytes, expected: dict[str, Any], *headers: str, **options: Any) -> Case:
        return Case(f"200-{name}", answer(200, body, *headers, **options), expected)

    yield good("whole", BODY, CONNECTION)
    yield good("implicit", b'{"userId":1,"status":"ACCEPTED"}', {"userId": 1, "status": "ACCEPTED"})
    yield good("empty-object", b"{}", {})
    yield good(
        "nulls",
        _body(firstRequestedAt=None, updatedAt=None, requestCounter=None),
        {
            "userId": 7078106103809,
            "status": "ACCEPTED",
        },
    )
    yield good("null-status", _body(status=None), {k: v for k, v in CONNECTION.items() if k != "status"})
    yield good("unknown-status", _body(status="BLOCKED"), CONNECTION | {"status": "BLOCKED"})
    yield good("empty-status", _body(status=""), CONNECTION | {"status": ""})
    yield good("unknown-field", _body(podId=7, tags=[{"a": None}]), CONNECTION | {"podId": 7, "tags": [{"a": None}]})
    yield good("code-and-message-besides", _body(code=1, message="m"), CONNECTION | {"code": 1, "message": "m"})
    # The change was carried out: that the body looks like an error is no reason to say that it was not.
    yield good("error", ERROR, json.loads(ERROR))
    yield good("error-code", b'{"code":404}', {"code": 404})
    yield good("id-past-2-53", _body(userId=2**53 + 1), CONNECTION | {"userId": 2**53 + 1})
    yield good("id-of-64-bits", _body(userId=2**63 - 1), CONNECTION | {"userId": 2**63 - 1})
    yield good("negative-id", _body(userId=-(2**63)), CONNECTION | {"userId": -(2**63)})
    yield good("spaces", b" \r\n" + BODY + b"\n ", CONNECTION)
    yield good("charset", BODY, CONNECTION, content_type="application/json; charset=latin1")
    yield good("no-json-by-type", BODY, CONNECTION, content_type="text/plain")
    yield good("gzip", gzip.compress(BODY), CONNECTION, "Content-Encoding: gzip")
    yield good("deflate-named-twice", gzip.compress(BODY), CONNECTION, "Content-Encoding: identity, gzip")
    yield good("close", BODY, CONNECTION, "Connection: close")
    yield good("many-headers", BODY, CONNECTION, *[f"X-{n}: {n}" for n in range(90)])
    yield good("set-cookie", BODY, CONNECTION, "Set-Cookie: a=b; Path=/")
    chunked = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    yield Case("200-chunked", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, CONNECTION)
    yield Case("200-no-length", cut(b"HTTP/1.1 200 OK\r\n\r\n" + BODY, 10_000), CONNECTION)
    yield Case("200-no-reason", b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}", {})
    yield Case("200-http-1.0", cut(b"HTTP/1.0 200 OK\r\n\r\n" + BODY, 10_000), CONNECTION)
    yield Case("200-after-103", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(), CONNECTION)


def _undecodable() -> Iterator[Case]:
    bodies = {
        "string-id": _body(userId="123"), "float-id": _body(userId=1.0), "true-id": _body(userId=True),
        "exponent": BODY.replace(b"7078106103809", b"7.2e18"), "half": BODY[:40], "nan": b'{"userId":NaN}',
        "list-id": _body(userId=[1]), "object-id": _body(userId={}),
        "id-past-64-bits": _body(userId=2**63), "id-below-64-bits": _body(userId=-(2**63) - 1),
        "id-of-4999-digits": b'{"userId":' + b"9" * 4999 + b"}", "infinite": b'{"userId":1e999}',
        "nan-in-unknown": b'{"x":NaN}', "minus-infinity": b'{"x":-Infinity}', "number-status": _body(status=7),
        "list-status": _body(status=["ACCEPTED"]), "counter-of-64-bits": _body(requestCounter=2**31),
        "string-time": _body(updatedAt="2016-08-01T01:00:00Z"), "null": b"null", "string": b'"ok"', "list": b"[]",
        "list-of-one": b"[" + BODY + b"]", "number": b"1", "true": b"true", "empty": b"", "space": b" ", "html": HTML,
        "latin": b'{"x":"\xe4"}', "utf-16": BODY.decode().encode("utf-16"), "bom": b"\xef\xbb\xbf" + BODY,
        "two": BODY + BODY, "trailing": BODY + b"x", "single-quotes": b"{'userId':1}", "deep": b"[" * 100_000,
        "nul": b"\0" * 10,
    }  # fmt: skip
    for name, body in bodies.items():
        yield Case(f"200-{name}", answer(200, body), DecodeError, body)
    yield Case("200-no-gzip", answer(200, BODY, "Content-Encoding: gzip"), DecodeError, BODY)
    squeezed = gzip.compress(BODY)
    half = zlib.decompressobj(31).decompress(squeezed[:-30])
    yield Case("200-half-gzip", answer(200, squeezed[:-30], "Content-Encoding: gzip"), DecodeError, half)


CASES = [*_statuses(), *_successes(), *_undecodable()]


def test_the_table_is_long_enough() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 120


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_has_its_one_outcome(case: Case, face: Face) -> None:
    with ScriptedPod(lambda _: case.said) as pod:
        if isinstance(case.expected, dict):
            assert face.call(pod.url, retries=0).to_dict() == case.expected
            return
        with pytest.raises(PodError) as caught:
            face.call(pod.url, retries=0)
    error: Any = caught.value
    assert case.expected is type(error)
    assert error.body == case.body
    assert error.status == int(case.name[:3])
    if isinstance(error, StatusError):
        assert case.error == (error.error and error.error.code)


def test_the_result_is_typed(face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod:
        connection = face.call(pod.url)
    assert connection == UserConnection(7078106103809, UserConnectionStatus.ACCEPTED, 1470018073812, 1470023332235, 1)
    assert connection.status is UserConnectionStatus.ACCEPTED


def test_the_error_is_parsed_where_there_is_one(face: Face) -> None:
    with ScriptedPod(lambda _: answer(404, ERROR, "X-Trace: 7")) as pod:
        port = pod.port
        with pytest.raises(NotFoundError) as caught:
            face.call(pod.url)
    error = caught.value
    assert error.error == Error(403, "The user lacks the required entitlement to perform this operation")
    assert error.headers["x-trace"] == "7"
    assert str(error) == f"accept_connection at 127.0.0.1:{port}: answer 404 Not Found {ERROR.decode()}"


@pytest.mark.parametrize(
    ("use", "request_line", "sent"),
    [
        (lambda pod: pod.connections.accept(user_id=5), "POST /pod/v1/connection/accept", b'{"userId":5}'),
        (lambda pod: pod.connections.reject(user_id=5), "POST /pod/v1/connection/reject", b'{"userId":5}'),
        (lambda pod: pod.connections.create(user_id=5), "POST /pod/v1/connection/create", b'{"userId":5}'),
        (lambda pod: pod.connections.get(user_id=5), "GET /pod/v1/connection/user/5/info", b""),
        (lambda pod: pod.connections.get(5), "GET /pod/v1/connection/user/5/info", b""),
        (lambda pod: pod.connections.remove(user_id=5), "POST /pod/v1/connection/user/5/remove", b""),
    ],
)
def test_what_is_sent(use: Any, request_line: str, sent: bytes, face: Face) -> None:
    with ScriptedPod(lambda _: answer(200, b'{"userId":5}')) as pod:
        face.call(pod.url, use)
    (request,) = pod.requests
    assert request_line == f"{request.method} {request.target}"
    assert request.body == sent


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({}, []),
        ({"status": "ACCEPTED"}, [("status", "ACCEPTED")]),
        ({"status": "ALL", "user_ids": [1, 2]}, [("status", "ALL"), ("userIds", "1,2")]),
        ({"user_ids": range(3, 4)}, [("userIds", "3")]),
        ({"user_ids": {2**63 - 1}}, [("userIds", "9223372036854775807")]),
    ],
)
def test_a_list_is_asked_for_and_read(arguments: dict[str, Any], query: list[tuple[str, str]], face: Face) -> None:
    with ScriptedPod(lambda _: answer(200, b"[" + BODY + b',{"userId":1}]')) as pod:
        connections = face.call(pod.url, lambda pod: pod.connections.list(**arguments))
    assert [connection.to_dict() for connection in connections] == [CONNECTION, {"userId": 1}]
    (request,) = pod.requests
    address = urlsplit(request.target)
    assert (address.path, parse_qsl(address.query)) == ("/pod/v1/connection/list", query)


def test_a_fault_in_a_list_says_where(face: Face) -> None:
    body = b'[{"userId":1},{"userId":"2"}]'
    with ScriptedPod(lambda _: answer(200, body)) as pod:
        port = pod.port
        with pytest.raises(DecodeError) as caught:
            face.call(pod.url, lambda pod: pod.connections.list())
    fault = '[1].userId: expected an integer of 64 bits, found the string "2"'
    assert str(caught.value) == f"list_connections at 127.0.0.1:{port}: answer 200: {fault}"
    assert caught.value.body == body


def test_everything_that_came_can_be_had(face: Face) -> None:
    def script(request: Request) -> bytes:
        return answer(200, BODY, f"X-Method: {request.method}")

    with ScriptedPod(script) as pod:
        response = face.call(pod.url, lambda pod: pod.connections.with_raw_response.accept(user_id=1))
    assert (response.status, response.headers["x-method"], response.body) == (200, "POST", BODY)
    assert response.parsed.status == UserConnectionStatus.ACCEPTED


def test_an_argument_too_long_for_an_address_is_refused(face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod, pytest.raises(UsageError, match="URL too long"):
        face.call(pod.url, lambda pod: pod.connections.list(user_ids=[2**62 + n for n in range(4000)]))
    assert pod.requests == []
