"""What counts as an answer of HTTP, as an answer of a server in front of the pod, and as the pod's own."""

from dataclasses import replace

import pytest

from contract_tests.contract.exchange import JSON, Answer, Exchange, Request, act
from contract_tests.contract.gateway import (
    OwnAnswers,
    answered_before_the_pod,
    is_answer_of_http,
    is_json,
    statuses_of_http,
    unusual,
)

PLAIN = act("acceptConnection", "caller", 7078107103807)
PAGE = "text/html; charset=utf-8"
OWN = OwnAnswers(frozenset({JSON}), frozenset({("pod", "")}), longest_token=64)


def with_header(name: str, value: str) -> Request:
    return replace(PLAIN, headers=((name, value),))


def with_token(token: str) -> Request:
    return replace(PLAIN, role=None, token=token, token_shell=token)


def with_method(method: str) -> Request:
    return replace(PLAIN, method=method, body=None, media_type=None)


def answer(status: int, content_type: str = JSON, server: str = "pod", via: str = "") -> Answer:
    headers = (("content-type", content_type), ("server", server), *([("via", via)] if via else []))
    return Answer(status, headers, b"", 0.01)


UNUSUAL = {
    "a quotation mark in the token": with_token("' OR '1'='1"),
    "a path in the token": with_token("../../etc/passwd"),
    "an encoded NUL in the token": with_token("%00"),
    "a byte outside ASCII in the token": with_token("t\xf6ken"),
    "the prototype of JavaScript as the token": with_token("__proto__"),
    "a token of 2,000 characters": with_token("x" * 2000),
    "a header of 5,000 characters": with_header("X-Long", "x" * 5000),
    "a Bearer token": with_header("Authorization", "Bearer x"),
    "a foreign origin": with_header("Origin", "https://elsewhere.example"),
    "an override of the method": with_header("X-HTTP-Method-Override", "GET"),
    "a body in chunks": with_header("Transfer-Encoding", "chunked"),
    "a body after a pause": with_header("Expect", "100-continue"),
    "a body in gzip": with_header("Content-Encoding", "gzip"),
    "a body of another type": replace(PLAIN, media_type="text/plain"),
    "a body without a type": replace(PLAIN, media_type=None),
    "a body of an unknown charset": replace(PLAIN, media_type="application/json; charset=x-none"),
    "a body of 10,000 bytes": replace(PLAIN, body=b" " * 10_000),
    "a path of 4,000 characters": replace(PLAIN, query="sessionToken=" + "x" * 4000),
}
ORDINARY = {
    "a plain request": PLAIN,
    "no session": replace(PLAIN, role=None),
    "an empty token": with_token(""),
    "a word as the token": with_token("invalid"),
    "a name of every JavaScript object": with_token("constructor"),
    "a token in base64": with_token("ab+/cd=="),
    "a JWT": with_token("eyJh.eyJz.c2ln-_"),
    "a token of 1,000 characters": with_token("x" * 1000),
    "a body that is not JSON": replace(PLAIN, body=b"\x00"),
    "no body": replace(PLAIN, body=None),
    "a query argument": replace(PLAIN, query="x=y"),
    "a cookie": with_header("Cookie", "sessionToken=x"),
    "an Accept without JSON": with_header("Accept", "text/html"),
    "a charset of UTF-8": replace(PLAIN, media_type='application/json; charset="UTF-8"'),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_request_can_be_unusual_http(name: str) -> None:
    assert unusual(UNUSUAL[name], 64) is not None


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_request_is_not_unusual(name: str) -> None:
    assert unusual(ORDINARY[name], 64) is None


def test_a_header_is_long_only_if_no_valid_token_is_as_long() -> None:
    assert unusual(with_token("x" * 4000), 4000) is None
    assert unusual(with_token("x" * 8000), 4000) is not None


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_page_to_an_unusual_request_comes_from_before_the_pod(name: str) -> None:
    exchange = Exchange(UNUSUAL[name], answer(404, PAGE), None, "rule")
    assert answered_before_the_pod(exchange, OWN) == unusual(UNUSUAL[name], 64)


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize(
    "answered", [answer(404, PAGE), answer(403, JSON, "gateway"), answer(401, JSON, "pod", "1.1 g")]
)
def test_every_answer_to_an_ordinary_request_counts_as_the_pod_s(name: str, answered: Answer) -> None:
    assert answered_before_the_pod(Exchange(ORDINARY[name], answered, None, "rule"), OWN) is None


@pytest.mark.parametrize(
    ("answered", "is_before"),
    [
        (answer(400, PAGE), True),
        (answer(403, "text/plain"), True),
        (answer(403, ""), True),
        (answer(302, PAGE), True),
        (answer(400, JSON, "gateway"), True),
        (answer(400, JSON, "pod", "1.1 gateway"), True),
        (answer(400, JSON), False),
        (answer(401, "Application/JSON; charset=utf-8"), False),
        (answer(200, PAGE, "gateway"), False),
        (answer(204, ""), False),
        (answer(500, PAGE, "gateway"), False),
        (answer(429, PAGE, "gateway"), False),
    ],
)
def test_only_a_refusal_that_differs_from_the_pod_s_own_comes_from_before_the_pod(
    answered: Answer, is_before: bool
) -> None:
    exchange = Exchange(with_token("' OR '1'='1"), answered, None, "rule")
    assert (answered_before_the_pod(exchange, OWN) is not None) == is_before


def test_a_pod_that_answers_ordinary_requests_in_html_is_not_excused() -> None:
    own = OwnAnswers().with_answer(Exchange(PLAIN, answer(404, PAGE), None, "rule"))
    assert answered_before_the_pod(Exchange(with_token("%00"), answer(400, PAGE), None, "rule"), own) is None


def test_nothing_is_excused_before_the_pod_has_answered_an_ordinary_request() -> None:
    exchange = Exchange(with_token("%00"), answer(400, PAGE), None, "rule")
    assert answered_before_the_pod(exchange, OwnAnswers()) is None


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange(with_token("%00"), answer(400, PAGE), None, "rule"),
        Exchange(with_method("PUT"), answer(404, PAGE), None, "rule"),
        Exchange(replace(PLAIN, at="/v1/connection/accept/"), answer(404, PAGE), None, "rule"),
        Exchange(Request("listConnections", "caller"), answer(200, PAGE), None, "rule"),
        Exchange(PLAIN, answer(503, PAGE), None, "rule"),
        Exchange(PLAIN, None, "no whole answer within 10 s", "rule"),
    ],
)
def test_the_pod_s_own_form_is_learnt_from_ordinary_requests_alone(exchange: Exchange) -> None:
    assert OWN.with_answer(exchange) == OWN


def test_the_pod_s_own_form_may_be_more_than_one() -> None:
    learnt = OWN.with_answer(Exchange(PLAIN, answer(404, JSON, "node-b", "1.1 b"), None, "rule"))
    assert learnt.servers == {("pod", ""), ("node-b", "1.1 b")}


@pytest.mark.parametrize(
    ("request_", "status", "is_of_http"),
    [
        (PLAIN, 405, False),
        (PLAIN, 415, False),
        (PLAIN, 501, False),
        (PLAIN, 408, False),
        (with_method("PUT"), 405, True),
        (with_method("PATCH"), 501, True),
        (with_method("FROBNICATE"), 505, True),
        (with_method("PUT"), 500, False),
        (with_method("PUT"), 200, False),
        (with_method("OPTIONS"), 204, True),
        (replace(PLAIN, method="GET"), 411, True),
        (with_header("Transfer-Encoding", "chunked"), 400, True),
        (with_header("Transfer-Encoding", "chunked"), 411, True),
        (with_header("Transfer-Encoding", "chunked"), 413, True),
        (with_header("Transfer-Encoding", "chunked"), 403, False),
        (with_header("Expect", "100-continue"), 417, True),
        (with_header("Expect", "100-continue"), 408, True),
        (with_header("Expect", "100-continue"), 400, False),
        (with_header("Accept", "text/html"), 406, True),
        (with_header("Accept", "*/*"), 406, False),
        (with_header("Accept", ""), 406, False),
        (with_header("Origin", "https://elsewhere.example"), 403, True),
        (with_header("X-HTTP-Method-Override", "GET"), 405, True),
        (with_header("Content-Encoding", "gzip"), 415, True),
        (with_header("X-Long", "x" * 5000), 431, True),
        (with_header("X-Long", "x" * 5000), 413, True),
        (with_token("x" * 2000), 431, True),
        (with_token("x" * 2000), 400, False),
        (replace(PLAIN, body=b" " * 10_000), 413, True),
        (replace(PLAIN, media_type="text/plain"), 415, True),
        (replace(PLAIN, media_type="application/json; charset=utf-8"), 415, False),
        (replace(PLAIN, query="x" * 2000), 414, True),
    ],
)
def test_http_defines_answers_to_certain_requests(request_: Request, status: int, is_of_http: bool) -> None:
    assert (status in statuses_of_http(request_)) == is_of_http


def test_a_success_of_trace_is_the_request_sent_back() -> None:
    assert is_answer_of_http(with_method("TRACE"), answer(200, "message/http"))
    assert not is_answer_of_http(with_method("TRACE"), answer(200, JSON))


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (JSON, True),
        ("Application/JSON", True),
        ("application/json;charset=UTF-8", True),
        ('application/json ; profile=v1; charset="utf-8"', True),
        ("application/json;;", False),
        ("application/json; charset=latin1", False),
        ("application/json; charset=utf-88", False),
        ("text/json", False),
        ("garbage", False),
        ("", False),
        (None, False),
    ],
)
def test_a_content_type_declares_json_in_utf_8_or_not(content_type: str | None, expected: bool) -> None:
    assert is_json(content_type) == expected
