"""Which requests the emulated pod accepts and refuses: sessions, bodies, parameters and methods."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.emulator.app import Emulator
from contract_tests.emulator.records import User
from contract_tests.emulator.request_body import LARGEST_BODY
from tests.emulator.users import IDS, Users

ACCEPT = "/v1/connection/accept"
INVALID_SESSION = {"code": 401, "message": "Invalid session"}


def send(pod: Users, content: bytes, content_type: str | None = "application/json") -> Any:
    headers = {"content-type": content_type} if content_type else {}
    return pod.send("CALLER", "POST", ACCEPT, content=content, headers=headers)


@pytest.fixture
def asked(pod: Users) -> Users:
    """The pod, after the requester has asked the caller."""
    assert pod.create("REQUESTER", "CALLER").status_code == 200
    return pod


@pytest.mark.parametrize("change", ["missing", "empty", "cut", "longer", "other case", "unknown"])
def test_a_token_that_opens_no_session_is_refused(asked: Users, change: str) -> None:
    token = asked.tokens["CALLER"]
    headers = {
        "missing": {},
        "empty": {"sessionToken": ""},
        "cut": {"sessionToken": token[:-1]},
        "longer": {"sessionToken": token + "A"},
        "other case": {"sessionToken": token.swapcase()},
        "unknown": {"sessionToken": "nobody"},
    }[change]

    answer = asked.send(None, "POST", ACCEPT, headers=headers, json={"userId": IDS["REQUESTER"]})

    assert (answer.status_code, answer.json()) == (401, INVALID_SESSION)
    assert asked.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")


def test_a_token_in_the_query_opens_no_session(asked: Users) -> None:
    answer = asked.send(
        None, "POST", ACCEPT, params={"sessionToken": asked.tokens["CALLER"]}, json={"userId": IDS["REQUESTER"]}
    )

    assert answer.status_code == 401


def test_header_names_may_have_any_case(asked: Users) -> None:
    headers = {"SESSIONTOKEN": asked.tokens["CALLER"]}

    assert asked.send(None, "POST", ACCEPT, headers=headers, json={"userId": IDS["REQUESTER"]}).status_code == 200


def test_a_session_is_refused_after_logout(pod: Users) -> None:
    headers = {"sessionToken": pod.tokens["CALLER"]}
    assert pod.http.post("/sessionauth/v1/logout", headers=headers).status_code == 200

    assert pod.accept("CALLER", "COLLEAGUE").status_code == 401
    assert pod.http.post("/sessionauth/v1/logout", headers=headers).status_code == 401


def test_a_session_expires(pod: Users) -> None:
    sessions = pod.emulator.sessions
    now = sessions.now()
    sessions.now = lambda: now + sessions.lifetime + 1

    assert pod.accept("CALLER", "COLLEAGUE").status_code == 401


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"userId":null}',
        b'{"userId":"7078106103810"}',
        b'{"userId":7078106103810.5}',
        b'{"userId":7.0781061038105e12}',
        b'{"userId":9223372036854775808.0}',
        b'{"userId":1e999999999}',
        b'{"userId":1e' + b"9" * 100 + b"}",
        b'{"userId":true}',
        b'{"userId":[7078106103810]}',
        b'{"userId":9223372036854775808}',
        b'{"userId":-9223372036854775809}',
        b'{"userId":1e400}',
        b'{"userId":NaN}',
        b'{"userId":1,"userId":7078106103810}',
        b'{"userId":7078106103810} {}',
        b'{"USERID":7078106103810}',
        b'{"userId":' + b"9" * 5000 + b"}",
        b'{"userId":' + b"[" * 100_000,
        b'\xef\xbb\xbf{"userId":7078106103810}',
        b'{"userId":7078106103810,"x":"\xff"}',
        '{"userId":7078106103810}'.encode("utf-16"),
    ],
    ids=lambda content: repr(content[:40]),
)
def test_a_body_that_names_no_user_is_a_client_error(pod: Users, content: bytes) -> None:
    answer = send(pod, content)

    assert answer.status_code == 400
    assert answer.json()["code"] == 400


def test_a_refusal_does_not_repeat_what_it_refuses(pod: Users) -> None:
    token = pod.tokens["CALLER"]

    assert token not in send(pod, json.dumps({"userId": token}).encode()).text
    assert token not in send(pod, token.encode()).text


def test_unknown_fields_and_query_arguments_are_ignored(asked: Users) -> None:
    answer = asked.send("CALLER", "POST", ACCEPT, json={"userId": IDS["REQUESTER"], "more": 1}, params={"trace": "1"})

    assert answer.status_code == 200


def test_a_body_that_is_too_large_is_refused(pod: Users) -> None:
    assert send(pod, b" " * (LARGEST_BODY + 1)).status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json;charset=UTF-8",
        'Application/JSON; charset="utf-8"',
        "application/json; v=1",
    ],
)
def test_json_is_accepted_with_any_parameter(pod: Users, content_type: str) -> None:
    assert send(pod, json.dumps({"userId": IDS["COLLEAGUE"]}).encode(), content_type).status_code == 200


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/xml", "application/jsonp", "application/json; charset=utf-16"]
)
def test_another_media_type_is_refused(pod: Users, content_type: str | None) -> None:
    answer = send(pod, json.dumps({"userId": IDS["COLLEAGUE"]}).encode(), content_type)

    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_not_allowed(asked: Users, method: str) -> None:
    answer = asked.send("CALLER", method, ACCEPT, json={"userId": IDS["REQUESTER"]})

    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (405, "POST", 405)
    assert asked.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")


def test_another_path_is_not_found(pod: Users) -> None:
    assert pod.send("CALLER", "POST", ACCEPT + "/", json={}).status_code == 404


@pytest.mark.parametrize(
    ("written", "user_id"),
    [("7078106103810.0", 7078106103810), ("7.07810610381e12", 7078106103810), ("70781061038100e-1", 7078106103810)],
)
def test_a_whole_number_is_a_user_id_whatever_it_is_written_like(pod: Users, written: str, user_id: int) -> None:
    assert send(pod, b'{"userId":%b}' % written.encode()).json() == {"userId": user_id, "status": "ACCEPTED"}


@pytest.mark.parametrize("written", ["9007199254740993.0", "9.007199254740993e15"])
def test_a_whole_number_keeps_all_its_digits(
    emulator: Emulator, serve: Callable[[Emulator], Users], written: str
) -> None:
    emulator.pod.store.add_user(User(9007199254740993, "large", "acme", is_entitled=True))

    assert send(serve(emulator), b'{"userId":%b}' % written.encode()).json()["userId"] == 9007199254740993


def test_an_id_in_a_path_outside_int64_belongs_to_nobody(pod: Users) -> None:
    assert pod.send("CALLER", "GET", "/v1/connection/user/9999999999999999999/info").status_code == 404
    assert pod.send("CALLER", "POST", "/v1/connection/user/9999999999999999999/remove").status_code == 400
    assert pod.list("CALLER", status="ACCEPTED", userIds="9999999999999999999") == []


@pytest.mark.parametrize("user_id", ["nobody", "1.0", "-1", "0x1", "%20"])
def test_an_id_in_a_path_is_a_decimal_number(pod: Users, user_id: str) -> None:
    assert pod.send("CALLER", "GET", f"/v1/connection/user/{user_id}/info").status_code == 400
    assert pod.send("CALLER", "POST", f"/v1/connection/user/{user_id}/remove").status_code in (400, 404)


@pytest.mark.parametrize("status", ["pending_incoming", "Accepted", "ALL", "all"])
def test_a_status_may_be_written_in_any_case(pod: Users, status: str) -> None:
    assert pod.list("CALLER", status=status) == pod.list("CALLER", status=status.upper())


@pytest.mark.parametrize("query", [{"status": "BLOCKED"}, {"status": ""}, {"userIds": "1,x"}, {"userIds": ""}])
def test_an_invalid_query_is_refused(pod: Users, query: dict[str, str]) -> None:
    assert pod.send("CALLER", "GET", "/v1/connection/list", params=query).status_code == 400


def test_answers_are_json(pod: Users) -> None:
    answer = pod.accept("CALLER", "COLLEAGUE")

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))
