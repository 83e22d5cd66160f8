import base64
import json
from urllib.parse import quote

import pytest

from contract_tests.contract.exchange import JSON, Answer, Exchange, Request, act
from contract_tests.contract.oracle import judge

USER = 7078106103809
TOKEN = "eyJhbGciOiJSUzUxMiJ9.c2Vzc2lvbg"
RIGHT = {"userId": USER, "status": "ACCEPTED", "firstRequestedAt": 1470018073812, "updatedAt": 1470018073813}


def faults(request: Request, answer: Answer) -> set[str]:
    """The rules that an answer breaks."""
    return {rule for rule, fault, _ in judge(Exchange(request, answer, None, "rule"), [TOKEN]) if fault is not None}


def faults_of(
    status: int, body: object, *, content_type: str | None = JSON, more: tuple[tuple[str, str], ...] = ()
) -> set[str]:
    """The rules that an answer to a well-formed accept breaks."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = ((("content-type", content_type),) if content_type else ()) + more
    return faults(act("acceptConnection", "caller", USER), Answer(status, headers, data, 0.01))


@pytest.mark.parametrize(
    "body",
    [
        RIGHT,
        {"status": "ACCEPTED"},
        {"userId": USER, "status": "REJECTED", "somethingNew": {"a": [1.5, None]}},
        RIGHT | {"firstRequestedAt": 1470018073, "updatedAt": 1470018074},
        RIGHT | {"requestCounter": 2**31 - 1},
    ],
)
def test_a_lawful_success_breaks_nothing(body: object) -> None:
    assert faults_of(200, body) == set()


@pytest.mark.parametrize("status", [400, 401, 403, 404])
@pytest.mark.parametrize("content_type", [JSON, "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
def test_a_lawful_error_breaks_nothing(status: int, content_type: str) -> None:
    assert faults_of(status, {"code": 403, "message": "No."}, content_type=content_type) == set()


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ({"userId": str(USER), "status": "ACCEPTED"}, {"success-schema", "success-user-id"}),
        (b'{"userId": 7078106103809.0, "status": "ACCEPTED"}', {"integers-plain"}),
        (b'{"userId": 7.078106103809E12, "status": "ACCEPTED"}', {"integers-plain"}),
        (b'{"userId": 7078106103808.0, "status": "ACCEPTED"}', {"integers-plain", "success-user-id"}),
        (b'{"userId": 7078106103809.5, "status": "ACCEPTED"}', {"success-schema", "success-user-id"}),
        (b'{"requestCounter": 1.0, "status": "ACCEPTED"}', {"integers-plain"}),
        (b'{"requestCounter": 2147483648.0, "status": "ACCEPTED"}', {"success-schema"}),
        (b'{"requestCounter": -1.0, "status": "ACCEPTED"}', {"integers-plain", "counter-plausible"}),
        (b'{"requestCounter": 1e400, "status": "ACCEPTED"}', {"success-schema"}),
        (b'{"requestCounter": 0e99999999999999999999, "status": "ACCEPTED"}', {"answer-json"}),
        (b'{"status": "ACCEPTED", "weight": 1.0}', set()),
        (RIGHT | {"firstRequestedAt": 1470018073}, {"timestamps-plausible"}),
        ({"userId": True, "status": "ACCEPTED"}, {"success-schema", "success-user-id"}),
        ({"userId": None, "status": "ACCEPTED"}, {"success-schema", "success-user-id"}),
        ({"userId": 2**63, "status": "ACCEPTED"}, {"success-schema", "success-user-id"}),
        ({"userId": USER + 1, "status": "ACCEPTED"}, {"success-user-id"}),
        ({"status": "accepted"}, {"success-schema"}),
        ({"status": "BLOCKED"}, {"success-schema"}),
        ({"status": None}, {"success-schema", "success-says-status"}),
        ({}, {"success-says-status"}),
        ({"code": 404, "message": "Not found"}, {"success-says-status"}),
        ([RIGHT], {"success-schema"}),
        ("ok", {"success-schema"}),
        (None, {"success-schema"}),
        (RIGHT | {"requestCounter": 2**31}, {"success-schema"}),
        (RIGHT | {"requestCounter": "1"}, {"success-schema"}),
        (RIGHT | {"requestCounter": -1}, {"counter-plausible"}),
        (RIGHT | {"firstRequestedAt": "2016-08-01T00:00:00Z"}, {"success-schema"}),
        (RIGHT | {"firstRequestedAt": -1}, {"timestamps-plausible"}),
        (RIGHT | {"updatedAt": 1470018073811}, {"timestamps-ordered"}),
        (RIGHT | {"updatedAt": 9999999999999}, {"timestamps-plausible"}),
        (b"", {"answer-json"}),
        (b"ok", {"answer-json"}),
        (b'{"status": "ACCEPTED"', {"answer-json"}),
        (b'{"status": "ACCEPTED"} {}', {"answer-json"}),
        (b'\xef\xbb\xbf{"status": "ACCEPTED"}', {"answer-json"}),
        ('{"status": "ACCEPTED"}'.encode("utf-16"), {"answer-json"}),
        (b'{"status": "ACCEPTED", "x": "\xff"}', {"answer-json"}),
        (b'{"status": "ACCEPTED", "x": NaN}', {"answer-json"}),
        (b'{"status": "REJECTED", "status": "ACCEPTED"}', {"answer-json"}),
        (b"[" * 100_000, {"answer-json"}),
    ],
)
def test_a_wrong_success_breaks_exactly_these_rules(body: object, broken: set[str]) -> None:
    assert faults_of(200, body) == broken


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ({"code": "404", "message": "No."}, {"error-schema"}),
        ({"code": 404.5, "message": "No."}, {"error-schema"}),
        ({"code": 404.0, "message": "No."}, {"integers-plain"}),
        ({"code": 2**31, "message": "No."}, {"error-schema"}),
        ({"code": 404, "message": ["No."]}, {"error-schema"}),
        ({"code": 404, "message": None}, {"error-schema", "error-not-empty"}),
        ({}, {"error-not-empty"}),
        ({"code": 404}, {"error-not-empty"}),
        (["No."], {"error-schema"}),
        (b"No.", {"answer-json"}),
        ({"code": 404, "message": "java.lang.NullPointerException"}, {"error-no-internals"}),
        ({"code": 404, "message": "SELECT id FROM users"}, {"error-no-internals"}),
        ({"code": 404, "message": "Traceback (most recent call last):"}, {"error-no-internals"}),
        ({"code": 404, "message": "see /var/log/pod/error.log"}, {"error-no-internals"}),
        ({"code": 404, "message": "upstream 10.0.12.7 refused"}, {"error-no-internals"}),
    ],
)
def test_a_wrong_error_breaks_exactly_these_rules(body: object, broken: set[str]) -> None:
    assert faults_of(404, body) == broken


@pytest.mark.parametrize(
    ("status", "broken"),
    [
        (201, {"answer-status-documented"}),
        (202, {"answer-status-documented"}),
        (302, {"answer-status-documented"}),
        (405, {"answer-status-documented"}),
        (409, {"answer-status-documented"}),
        (415, {"answer-status-documented"}),
        (422, {"answer-status-documented"}),
        (429, set()),
        (500, {"answer-no-server-error"}),
        (502, {"answer-no-server-error", "answer-status-documented"}),
    ],
)
def test_only_documented_statuses_are_lawful(status: int, broken: set[str]) -> None:
    assert faults_of(status, {"code": status, "message": "No."}) == broken


@pytest.mark.parametrize("content_type", [None, "text/html", "text/json", "application/problem+json"])
def test_another_media_type_is_a_fault(content_type: str | None) -> None:
    assert faults_of(404, {"code": 404, "message": "No."}, content_type=content_type) == {"answer-media-type"}


def test_another_character_set_is_a_warning() -> None:
    content_type = "application/json; charset=latin1"
    assert faults_of(404, {"code": 404, "message": "No."}, content_type=content_type) == {"answer-charset"}


def test_a_wrong_media_type_may_be_answered_415_in_any_form() -> None:
    request = Request("acceptConnection", "caller", b"x", "text/plain")
    assert faults(request, Answer(415, (("content-type", "text/html"),), b"<html>", 0.01)) == set()


def test_another_method_may_be_answered_405_in_any_form() -> None:
    request = Request("acceptConnection", "caller", method="PUT")
    assert faults(request, Answer(405, (("content-type", "text/plain"),), b"Method Not Allowed", 0.01)) == set()


@pytest.mark.parametrize(
    "form",
    [
        TOKEN,
        quote(TOKEN, safe=""),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.b64encode(f"u:{TOKEN}".encode()).decode(),
        base64.urlsafe_b64encode(f"user:{TOKEN}!".encode()).decode(),
    ],
)
def test_a_token_in_any_form_is_a_leak_in_body_and_header(form: str) -> None:
    assert faults_of(401, {"code": 401, "message": f"Invalid session {form}"}) == {"answer-no-token"}
    assert faults_of(401, {"code": 401, "message": "No."}, more=(("set-cookie", f"skey={form}"),)) == {
        "answer-no-token"
    }


def test_a_user_id_past_double_precision_is_compared_exactly() -> None:
    user_id = 2**53 + 1
    request = act("acceptConnection", "caller", user_id)
    for written, broken in ((f"{user_id}.0", {"integers-plain"}), (str(user_id - 1), {"success-user-id"})):
        answer = Answer(200, (("content-type", JSON),), f'{{"userId": {written}, "status": "ACCEPTED"}}'.encode(), 0.01)
        assert faults(request, answer) == broken


def test_a_token_in_the_reason_phrase_is_a_leak() -> None:
    answer = Answer(404, (("content-type", JSON),), b'{"code": 404, "message": "No."}', 0.01, f"Not {TOKEN}")
    assert faults(act("acceptConnection", "caller", USER), answer) == {"answer-no-token"}


@pytest.mark.parametrize("more", [(TOKEN, "1"), (TOKEN.lower(), "1")])
def test_a_token_in_the_name_of_a_header_is_a_leak(more: tuple[str, str]) -> None:
    assert faults_of(404, {"code": 404, "message": "No."}, more=(more,)) == {"answer-no-token"}


def test_a_token_in_the_name_of_a_member_or_escaped_is_a_leak() -> None:
    escaped = "".join(f"\\u{ord(character):04x}" for character in TOKEN)
    assert faults_of(404, {"code": 404, "message": "No.", TOKEN: 1}) == {"answer-no-token"}
    assert faults_of(404, f'{{"code": 404, "message": "{escaped}"}}'.encode()) == {"answer-no-token"}


def test_a_short_part_of_a_token_is_no_leak() -> None:
    token = "sessionToken-caller"
    answer = Answer(401, (("content-type", JSON),), b'{"code": 401, "message": "sessionToken is not valid"}', 0.01)
    for part in (token[:9], token[:14], token[:-1]):
        request = Request("acceptConnection", None, b"{}", JSON, token=part, token_shell="${POD_CALLER_TOKEN:0:n}")
        assert {rule for rule, fault, _ in judge(Exchange(request, answer, None, "rule"), [token]) if fault} == set()


def test_a_long_part_of_a_token_is_a_leak_in_the_answer_to_that_part() -> None:
    part = TOKEN[:-1]
    request = Request("acceptConnection", None, b"{}", JSON, token=part, token_shell="${POD_CALLER_TOKEN%?}")
    body = json.dumps({"code": 401, "message": f"Invalid session {part}"}).encode()
    assert faults(request, Answer(401, (("content-type", JSON),), body, 0.01)) == {"answer-no-token"}


def test_the_address_of_the_pod_is_no_internal() -> None:
    body = b'{"code": 404, "message": "No http://10.1.2.3:8080/pod/v1/connection/accept"}'
    exchange = Exchange(
        act("acceptConnection", "caller", USER), Answer(404, (("content-type", JSON),), body, 0.01), None, "r"
    )
    assert [rule for rule, fault, _ in judge(exchange, [], "http://10.1.2.3:8080/pod") if fault] == []
    assert [rule for rule, fault, _ in judge(exchange, []) if fault] == ["error-no-internals"]


def test_a_slow_answer_is_a_warning() -> None:
    answer = Answer(404, (("content-type", JSON),), b'{"code": 404, "message": "No."}', 2.5)
    assert faults(act("acceptConnection", "caller", USER), answer) == {"answer-prompt"}


def test_a_missing_answer_is_not_whole() -> None:
    exchange = Exchange(act("acceptConnection", "caller", USER), None, "no whole answer within 10 s", "rule")
    assert list(judge(exchange, [])) == [("answer-whole", "no whole answer within 10 s", None)]


@pytest.mark.parametrize(
    ("entry", "broken"),
    [
        ('{"userId": 7, "status": "ACCEPTED"}', False),
        ('{"userId": 7, "status": "ACCEPTED", "more": [1]}', False),
        ('{"userId": 7.0, "status": "ACCEPTED"}', True),
        ('{"userId": true, "status": "ACCEPTED"}', True),
        ('{"userId": "7", "status": "ACCEPTED"}', True),
        ('{"userId": 7, "status": "accepted"}', True),
        ("7", True),
    ],
)
def test_every_entry_of_a_list_is_judged(entry: str, broken: bool) -> None:
    right = '{"userId": 7, "status": "ACCEPTED"}, {"userId": 1, "status": "ACCEPTED"}'
    body = f"[{right}, {entry}]".encode()
    found = faults(Request("listConnections", "caller"), Answer(200, (("content-type", JSON),), body, 0.01))
    assert found == ({"companion-answer-schema"} if broken else set())


def test_answers_to_companion_operations_are_judged_by_the_companion() -> None:
    request = Request("getConnection", "caller", path_parameters=(("userId", str(USER)),))
    wrong = Answer(200, (("content-type", JSON),), b'{"status": "accepted"}', 0.01)
    assert faults(request, wrong) == {"companion-answer-schema"}
