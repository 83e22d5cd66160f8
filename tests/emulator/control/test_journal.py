"""The journal of requests and answers."""

import json
from typing import Any

import pytest

from contract_tests.emulator.control.client import EmulatedPods
from tests.emulator.control.cast import Cast


def test_the_journal_has_requests_and_answers(pods: EmulatedPods, users: Cast) -> None:
    users.post("CALLER", "accept", users.id("COLLEAGUE"))

    (entry,) = pods.journal()

    assert (entry["pod"], entry["method"], entry["path"]) == ("acme", "POST", "/pod/v1/connection/accept")
    assert (entry["userId"], entry["status"]) == (users.id("CALLER"), 200)
    assert json.loads(entry["body"]) == {"userId": users.id("COLLEAGUE")}
    assert json.loads(entry["answerBody"]) == {"userId": users.id("COLLEAGUE"), "status": "ACCEPTED"}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, 3),
        ({"pod": "beta"}, 1),
        ({"path": "create"}, 1),
        ({"status": 404}, 1),
        ({"status": 200, "pod": "acme"}, 1),
        ({"method": "GET"}, 0),
        ({"limit": 2}, 2),
    ],
    ids=str,
)
def test_the_journal_can_be_filtered(pods: EmulatedPods, users: Cast, chosen: Any, expected: int) -> None:
    users.post("CALLER", "accept", users.id("COLLEAGUE"))
    users.post("CALLER", "accept", users.id("STRANGER"))
    users.post("REQUESTER", "create", users.id("CALLER"))

    assert len(pods.journal(**chosen)) == expected


def test_the_journal_goes_on_after_a_number(pods: EmulatedPods, users: Cast) -> None:
    users.post("CALLER", "accept", users.id("COLLEAGUE"))
    last = pods.journal()[-1]["number"]
    users.post("CALLER", "reject", users.id("COLLEAGUE"))

    assert [entry["path"] for entry in pods.journal(after=last)] == ["/pod/v1/connection/reject"]
    assert [entry["path"] for entry in pods.journal(user_id=users.id("CALLER"), limit=1)] == [
        "/pod/v1/connection/reject"
    ]


def test_the_journal_holds_no_secret(pods: EmulatedPods, users: Cast) -> None:
    token = users.token("CALLER")
    url = f"{users.url('CALLER')}/v1/connection/accept"
    users.http.post(
        url, params={"sessionToken": "in-the-query"}, headers={"sessionToken": token, "cookie": "skey=in-a-cookie"}
    )
    users.http.post(f"{url}/{token}", headers={"x-copy": token, token: "1", "authorization": "Bearer in-a-bearer"})
    users.http.post(url, headers={"sessionToken": "unknown-token"}, content=token)
    users.http.post(users.environment["POD_LOGIN_URL"] + "/pubkey/authenticate", json={"token": "a-signed-login"})
    pods.set_defect("token-in-the-success", on=True)
    users.post("CALLER", "accept", users.id("COLLEAGUE"))

    written = json.dumps(pods.journal())

    secrets = [token, "in-the-query", "in-a-cookie", "in-a-bearer", "unknown-token", "a-signed-login"]
    assert [secret for secret in secrets if secret in written] == []
    assert written.count("<redacted>") >= len(secrets)


def test_the_journal_hides_the_tokens_of_sessions_that_a_snapshot_does_not_know(
    pods: EmulatedPods, users: Cast
) -> None:
    name = pods.snapshot()
    token = pods.open_session(users.id("CALLER"))
    users.http.post(f"{users.url('CALLER')}/v1/connection/accept/{token}")

    pods.restore(name)

    assert [entry["path"] for entry in pods.journal()] == ["/pod/v1/connection/accept/<redacted>"]


def test_the_journal_keeps_the_last_thousand_requests_and_the_beginning_of_bodies(
    pods: EmulatedPods, users: Cast
) -> None:
    users.http.post(f"{users.url('CALLER')}/v1/connection/accept", content=b"x" * 100_000)

    assert len(pods.journal()[-1]["body"]) == 4096
    for _ in range(1000):
        users.http.get(f"{users.url('CALLER')}/nowhere")
    assert (len(pods.journal()), {entry["status"] for entry in pods.journal()}) == (1000, {404})
    pods.clear_journal()
    assert pods.journal() == []
