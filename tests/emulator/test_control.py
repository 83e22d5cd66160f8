"""The control interface, by its Python class and over HTTP."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from contract_tests.emulator.control.client import ControlRefused, EmulatedPods
from contract_tests.emulator.process import emulated_pod

PROPAGATION_MS = 60_000
"""So long that messages arrive only when a test says so."""


class Cast:
    """The cast at the pods, for requests of the description.

    Attributes:
        environment: The environment variables of the pods.
        http: The client that sends the requests.
    """

    def __init__(self, environment: dict[str, str], http: httpx.Client) -> None:
        self.environment = environment
        self.http = http

    def id(self, role: str) -> int:
        return int(self.environment[f"POD_{role}_USER_ID"])

    def token(self, role: str) -> str:
        return self.environment[f"POD_{role}_TOKEN"]

    def url(self, role: str) -> str:
        return self.environment.get(f"POD_{role}_URL", self.environment["POD_URL"])

    def post(self, role: str, verb: str, other: int, token: str | None = None) -> httpx.Response:
        headers = {"sessionToken": token or self.token(role)}
        return self.http.post(f"{self.url(role)}/v1/connection/{verb}", headers=headers, json={"userId": other})

    def status(self, role: str, other: int) -> str | None:
        answer = self.http.get(
            f"{self.url(role)}/v1/connection/user/{other}/info", headers={"sessionToken": self.token(role)}
        )
        return str(answer.json()["status"]) if answer.status_code == 200 else None


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[dict[str, str], httpx.Client, EmulatedPods]]:
    """Emulated pods for all tests of this module."""
    with (
        emulated_pod("--propagation", str(PROPAGATION_MS), federation=True) as environment,
        httpx.Client(trust_env=False) as http,
        EmulatedPods(environment["POD_REQUESTER_URL"]) as pods,
    ):
        yield environment, http, pods


@pytest.fixture
def pods(running: tuple[dict[str, str], httpx.Client, EmulatedPods]) -> EmulatedPods:
    """The emulated pods, reset."""
    running[2].reset()
    return running[2]


@pytest.fixture
def users(running: tuple[dict[str, str], httpx.Client, EmulatedPods]) -> Cast:
    """The cast at the pods."""
    return Cast(running[0], running[1])


def control(users: Cast, method: str, path: str, **request: Any) -> httpx.Response:
    """A request to the control interface, over HTTP."""
    origin = users.environment["POD_URL"].removesuffix("/pod")
    return users.http.request(method, f"{origin}/emulator{path}", **request)


def test_it_is_ready_at_the_address_of_every_pod(users: Cast) -> None:
    for role in ("CALLER", "REQUESTER", "BYSTANDER"):
        with EmulatedPods(users.url(role)) as pods:
            assert sorted(pods.health()) == ["acme", "beta", "delta", "gamma"]


def test_its_description_is_openapi(users: Cast) -> None:
    description = control(users, "GET", "/openapi.json").json()

    assert list(OpenAPIV31SpecValidator(description).iter_errors()) == []
    operations = [operation["operationId"] for item in description["paths"].values() for operation in item.values()]
    assert len(set(operations)) == len(operations)


# State


def test_reset_goes_back_to_the_start(pods: EmulatedPods, users: Cast) -> None:
    before = pods.users(), [(side.owner_id, side.other_id, side.status) for side in pods.connections()]
    pods.add_user("beta", "new")
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "ACCEPTED")
    pods.set_entitled(users.id("CALLER"), entitled=False)
    pods.revoke_sessions_of(users.id("CALLER"))
    pods.advance_clock(10**12)
    pods.add_fault("drop")
    pods.set_defect("success-201", on=True)
    pods.snapshot("kept")

    pods.reset()

    after = pods.users(), [(side.owner_id, side.other_id, side.status) for side in pods.connections()]
    assert after == before
    assert (pods.faults(), pods.journal(), pods.snapshots(), pods.defects()["success-201"]) == ([], [], [], False)
    assert abs(pods.now() - time.time() * 1000) < 60_000
    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code == 200


def test_reset_drops_messages_under_way(pods: EmulatedPods, users: Cast) -> None:
    users.post("REQUESTER", "create", users.id("CALLER"))
    assert len(pods.messages()) == 1

    pods.reset()

    assert (pods.messages(), pods.deliver_messages()) == ([], 0)
    assert users.status("CALLER", users.id("REQUESTER")) is None


def test_a_snapshot_brings_back_connections_sessions_and_messages(pods: EmulatedPods, users: Cast) -> None:
    users.post("REQUESTER", "create", users.id("CALLER"))
    token = pods.open_session(users.id("COLLEAGUE"))
    name = pods.snapshot()
    pods.deliver_messages()
    users.post("CALLER", "accept", users.id("REQUESTER"))
    pods.revoke_session(token)

    pods.restore(name)

    assert [message["status"] for message in pods.messages()] == ["PENDING_INCOMING"]
    assert users.status("REQUESTER", users.id("CALLER")) == "PENDING_OUTGOING"
    assert users.post("CALLER", "accept", users.id("COLLEAGUE"), token).status_code == 400
    pods.deliver_messages()
    assert users.status("CALLER", users.id("REQUESTER")) == "PENDING_INCOMING"


def test_snapshots_have_names(pods: EmulatedPods) -> None:
    assert (pods.snapshot("one"), pods.snapshot(), pods.snapshots()) == ("one", pods.snapshots()[1], pods.snapshots())
    pods.forget_snapshot("one")
    assert len(pods.snapshots()) == 1
    with pytest.raises(ControlRefused, match="404: There is no snapshot 'one'"):
        pods.restore("one")


def test_the_clock_set_forward_ends_sessions(pods: EmulatedPods, users: Cast) -> None:
    before = pods.now()

    after = pods.advance_clock(15 * 24 * 3600 * 1000)

    assert after - before >= 15 * 24 * 3600 * 1000
    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code == 401


def test_the_clock_set_forward_lets_messages_arrive(pods: EmulatedPods, users: Cast) -> None:
    users.post("REQUESTER", "create", users.id("CALLER"))
    pods.advance_clock(PROPAGATION_MS // 2)
    assert users.status("CALLER", users.id("REQUESTER")) is None

    pods.advance_clock(PROPAGATION_MS // 2)

    assert users.status("CALLER", users.id("REQUESTER")) == "PENDING_INCOMING"


def test_changes_have_the_time_of_the_clock(pods: EmulatedPods, users: Cast) -> None:
    assert abs(pods.set_clock(1_470_018_073_000) - 1_470_018_073_000) < 10_000

    requested_at = users.post("REQUESTER", "create", users.id("CALLER")).json()["firstRequestedAt"]

    assert abs(requested_at - 1_470_018_073_000) < 20_000


# World


def test_pods_are_listed_with_their_addresses(pods: EmulatedPods, users: Cast) -> None:
    listed = pods.pods()

    assert (listed["acme"].url, listed["beta"].url) == (users.url("CALLER"), users.url("REQUESTER"))
    assert listed["beta"].login_url == users.environment["POD_REQUESTER_LOGIN_URL"]
    assert listed["acme"].cross_pod == {"beta": True, "delta": True, "gamma": True}
    assert listed["gamma"].cross_pod == {"acme": False, "beta": False, "delta": False}


def test_a_user_that_is_added_can_connect(pods: EmulatedPods, users: Cast) -> None:
    user = pods.add_user("beta", "new")
    token = pods.open_session(user.id)

    answer = users.post("REQUESTER", "create", users.id("CALLER"), token)
    pods.deliver_messages()

    assert (answer.status_code, users.status("CALLER", user.id)) == (200, "PENDING_INCOMING")
    assert user in pods.users("beta")
    assert users.post("CALLER", "accept", user.id).json()["status"] == "ACCEPTED"


@pytest.mark.parametrize("status", [(True, 200), (False, 403)])
def test_the_entitlement_can_be_given_and_taken(pods: EmulatedPods, users: Cast, status: tuple[bool, int]) -> None:
    entitled, expected = status

    assert pods.set_entitled(users.id("UNENTITLED"), entitled=entitled).entitled is entitled

    assert users.post("UNENTITLED", "accept", users.id("COLLEAGUE")).status_code == expected


def test_cross_pod_can_be_switched(pods: EmulatedPods, users: Cast) -> None:
    assert users.post("CALLER", "accept", users.id("ISOLATED")).status_code == 403

    pods.set_cross_pod("gamma", "acme", enabled=True)
    pods.set_cross_pod("acme", "gamma", enabled=False)
    assert users.post("CALLER", "accept", users.id("ISOLATED")).status_code == 403

    pods.set_cross_pod("acme", "gamma", enabled=True)
    assert users.post("CALLER", "accept", users.id("ISOLATED")).status_code == 200


@pytest.mark.parametrize(
    ("status", "caller_s", "requester_s"),
    [
        ("PENDING", "PENDING_INCOMING", "PENDING_OUTGOING"),
        ("ACCEPTED", "ACCEPTED", "ACCEPTED"),
        ("REJECTED", "REJECTED", "REJECTED"),
        ("NONE", None, None),
    ],
)
def test_a_connection_can_be_set_on_both_sides(
    pods: EmulatedPods, users: Cast, status: Any, caller_s: str | None, requester_s: str | None
) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")
    pods.set_connection(requester, caller, "PENDING")

    sides = pods.set_connection(requester, caller, status)

    assert (users.status("CALLER", requester), users.status("REQUESTER", caller)) == (caller_s, requester_s)
    assert sides == [side for side in pods.connections() if {side.owner_id, side.other_id} == {caller, requester}][::-1]


def test_a_message_under_way_does_not_undo_a_connection_that_was_set(pods: EmulatedPods, users: Cast) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")
    users.post("REQUESTER", "create", caller)
    pods.set_connection(requester, caller, "ACCEPTED")

    pods.deliver_messages()

    assert (users.status("CALLER", requester), users.status("REQUESTER", caller)) == ("ACCEPTED", "ACCEPTED")


# Sessions


def test_a_session_can_be_opened_with_a_given_token(pods: EmulatedPods, users: Cast) -> None:
    assert pods.open_session(users.id("COLLEAGUE"), "mine-1234567") == "mine-1234567"

    assert users.post("CALLER", "accept", users.id("CALLER"), "mine-1234567").status_code == 200


def test_sessions_can_be_revoked_by_token_and_by_user(pods: EmulatedPods, users: Cast) -> None:
    one, two = (pods.open_session(users.id("CALLER")) for _ in range(2))

    assert (pods.revoke_session(one), pods.revoke_session(one)) == (1, 0)
    assert [users.post("CALLER", "accept", users.id("COLLEAGUE"), token).status_code for token in (one, two)] == [
        401,
        200,
    ]
    assert pods.revoke_sessions_of(users.id("CALLER")) == 2
    assert users.post("CALLER", "accept", users.id("COLLEAGUE"), two).status_code == 401


# Journal


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


# Faults


def test_a_status_is_answered_as_often_as_was_said(pods: EmulatedPods, users: Cast) -> None:
    pods.add_fault("status", status=503, times=2)

    statuses = [users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]


@pytest.mark.parametrize(
    ("carried_out", "expected"),
    [(False, "PENDING_INCOMING"), (True, "ACCEPTED")],
    ids=["not carried out", "carried out"],
)
@pytest.mark.parametrize("kind", ["status", "throttle", "drop"])
def test_a_request_is_carried_out_where_that_was_said(
    pods: EmulatedPods, users: Cast, kind: Any, carried_out: bool, expected: str
) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "PENDING")
    pods.add_fault(kind, times=1, carried_out=carried_out)

    try:
        status = users.post("CALLER", "accept", users.id("REQUESTER")).status_code
    except httpx.RemoteProtocolError:
        status = 0

    assert status == {"status": 500, "throttle": 429, "drop": 0}[kind]
    assert users.status("CALLER", users.id("REQUESTER")) == expected


def test_a_throttled_answer_says_when_to_come_again(pods: EmulatedPods, users: Cast) -> None:
    pods.add_fault("throttle", retry_after=7)

    answer = users.post("CALLER", "accept", users.id("COLLEAGUE"))

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_an_answer_can_be_late_cut_or_garbage(pods: EmulatedPods, users: Cast) -> None:
    pods.add_fault("delay", milliseconds=150, times=1)
    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).elapsed >= timedelta(milliseconds=150)

    pods.add_fault("cut", times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        users.post("CALLER", "accept", users.id("COLLEAGUE"))

    pods.add_fault("garbage", times=1)
    with pytest.raises(ValueError, match="."):
        users.post("CALLER", "accept", users.id("COLLEAGUE")).json()


@pytest.mark.parametrize(
    "chosen",
    [
        {"operation": "acceptConnection"},
        {"pod": "acme", "operation": "acceptConnection"},
        {"user_id": "CALLER", "operation": "acceptConnection"},
    ],
    ids=str,
)
def test_a_fault_concerns_only_the_chosen_requests(pods: EmulatedPods, users: Cast, chosen: dict[str, Any]) -> None:
    if "user_id" in chosen:
        chosen = {**chosen, "user_id": users.id("CALLER")}
    pods.add_fault("status", **chosen)

    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code == 500
    assert users.post("CALLER", "create", users.id("COLLEAGUE")).status_code == 200
    assert users.post("REQUESTER", "create", users.id("CALLER")).status_code == 200


def test_chance_is_the_same_with_the_same_seed(pods: EmulatedPods, users: Cast) -> None:
    def statuses() -> list[int]:
        number = pods.add_fault("status", probability=0.5, seed=7)
        found = [users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code for _ in range(20)]
        pods.remove_fault(number)
        return found

    first = statuses()

    assert (statuses(), set(first)) == (first, {200, 500})


def test_faults_are_listed_and_removed(pods: EmulatedPods) -> None:
    one, two = pods.add_fault("drop", times=3), pods.add_fault("status", operation="listConnections")

    assert [(fault["number"], fault["kind"], fault["times"]) for fault in pods.faults()] == [
        (one, "drop", 3),
        (two, "status", None),
    ]
    pods.remove_fault(one)
    assert [fault["number"] for fault in pods.faults()] == [two]
    pods.clear_faults()
    assert pods.faults() == []


# Defects and variants


def test_a_defect_and_a_variant_of_the_same_name_are_two(pods: EmulatedPods) -> None:
    pods.set_variant("any-media-type-taken", on=True)

    assert (pods.variants()["any-media-type-taken"], pods.defects()["any-media-type-taken"]) == (True, False)


def test_a_defect_is_switched_on_and_off_while_the_pods_run(pods: EmulatedPods, users: Cast) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "PENDING")
    pods.set_defect("success-201", on=True)
    assert users.post("CALLER", "accept", users.id("REQUESTER")).status_code == 201

    pods.set_defect("success-201", on=False)

    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code == 200
    assert users.status("CALLER", users.id("REQUESTER")) == "ACCEPTED"


def test_what_is_under_way_arrives_after_a_switch(pods: EmulatedPods, users: Cast) -> None:
    users.post("REQUESTER", "create", users.id("CALLER"))
    pods.set_variant("only-the-status", on=True)

    assert pods.deliver_messages() == 1
    assert users.status("CALLER", users.id("REQUESTER")) == "PENDING_INCOMING"


def test_a_defect_that_is_off_leaves_nothing_behind(pods: EmulatedPods, users: Cast) -> None:
    pods.set_defect("token-in-the-reason-phrase", on=True)
    assert users.token("CALLER") in users.post("CALLER", "accept", users.id("STRANGER")).reason_phrase

    pods.set_defect("token-in-the-reason-phrase", on=False)

    assert users.post("CALLER", "accept", users.id("STRANGER")).reason_phrase == "Not Found"


# What is refused


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda pods: pods.set_cross_pod("omega", "acme", enabled=True),
            "404: There is no pod 'omega'. There are: acme",
        ),
        (lambda pods: pods.set_cross_pod("acme", "acme", enabled=True), "400: crossPod is a setting between two pods"),
        (lambda pods: pods.users("omega"), "404: There is no pod 'omega'"),
        (lambda pods: pods.add_user("acme", "caller"), "409: There is a user 'caller' in pod acme already"),
        (
            lambda pods: pods.add_user("acme", "new", user_id=13056700579841),
            "409: There is a user 13056700579841 already",
        ),
        (lambda pods: pods.add_user("acme", "new", user_id=2**63), "400: id: expected maximum"),
        (lambda pods: pods.add_user("acme", ""), "400: username: expected minLength 1"),
        (lambda pods: pods.set_entitled(7, entitled=True), "404: There is no user 7"),
        (lambda pods: pods.connections(7), "404: There is no user 7"),
        (lambda pods: pods.set_connection(7, 8, "PENDING"), "404: There is no user 7"),
        (lambda pods: pods.set_connection(7078106103809, 7078106103810, "PENDING"), "400: Users of the same pod"),
        (lambda pods: pods.set_connection(7078106103809, 13056700579841, "BLOCKED"), "400: status: expected enum"),
        (lambda pods: pods.open_session(7), "404: There is no user 7"),
        (lambda pods: pods.set_clock(-1), "400: now: expected minimum 0"),
        (lambda pods: pods.add_fault("explode"), "400: kind: expected enum"),
        (lambda pods: pods.add_fault("status", status=200), "400: status: expected minimum 400"),
        (lambda pods: pods.add_fault("drop", pod="omega"), "404: There is no pod 'omega'"),
        (lambda pods: pods.add_fault("drop", operation="acceptAll"), "400: operation: expected enum"),
        (lambda pods: pods.add_fault("drop", times=0), "400: times: expected minimum 1"),
        (lambda pods: pods.remove_fault(99), "404: There is no fault '99'"),
        (lambda pods: pods.set_defect("succes-201", on=True), "404: There is no defect 'succes-201'"),
        (lambda pods: pods.set_variant("success-201", on=True), "404: There is no variant 'success-201'"),
        (lambda pods: pods.set_defect("logout-without-effect", on=True), "409: .* Add --keys DIR"),
        (lambda pods: pods.restore("nowhere"), "404: There is no snapshot 'nowhere'"),
        (lambda pods: pods.journal(limit=0), "400: Query parameter limit: expected minimum 1"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    pods: EmulatedPods, act: Callable[[EmulatedPods], object], message: str
) -> None:
    with pytest.raises(ControlRefused, match=message):
        act(pods)


@pytest.mark.parametrize(
    ("method", "path", "request_", "status", "message"),
    [
        ("POST", "/faults", {"content": b"{"}, 400, "The body is not JSON."),
        ("POST", "/faults", {"content": b"[" * 100_000}, 400, "The body is not JSON."),
        ("POST", "/faults", {"json": []}, 400, 'The body: expected type "object".'),
        ("POST", "/faults", {"json": {"kind": "drop", "user_id": 7}}, 400, "The body: expected only the members kind"),
        ("POST", "/faults", {"json": {}}, 400, 'The body: expected required ["kind"].'),
        ("POST", "/clock", {"json": {}}, 400, "expected either `advance` or `now`"),
        ("POST", "/sessions/revoke", {"json": {}}, 400, "expected either `token` or `user`"),
        ("PATCH", "/users/seven", {"json": {"entitled": True}}, 400, "'seven' is not a user id"),
        ("GET", "/journal?users=7", {}, 400, "There is no query parameter 'users' here. Known: pod, method"),
        ("GET", "/journal?limit=many", {}, 400, "Query parameter limit: expected type"),
        ("GET", "/nowhere", {}, 404, "The routes are described in /emulator/openapi.json"),
        ("GET", "/reset", {}, 405, "Method Not Allowed"),
    ],
)
def test_a_request_that_is_malformed_is_refused(
    users: Cast, method: str, path: str, request_: dict[str, Any], status: int, message: str
) -> None:
    answer = control(users, method, path, **request_)

    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example:80"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_pages_of_other_origins_are_kept_out(users: Cast, headers: dict[str, str], status: int) -> None:
    assert control(users, "GET", "/health", headers=headers).status_code == status


@pytest.mark.parametrize(("arguments", "status"), [((), 404), (("--expose-control",), 200)])
def test_pods_that_others_can_reach_have_it_only_where_that_was_said(arguments: tuple[str, ...], status: int) -> None:
    with emulated_pod("--host", "0.0.0.0", "--expose", *arguments) as environment:
        port = environment["POD_URL"].split(":")[2].split("/")[0]
        answers = [
            httpx.get(f"http://127.0.0.1:{port}/emulator/{path}", headers={"host": "pods.example"}).status_code
            for path in ("", "users", "health")
        ]

    # Readiness is answered in any case: a health check of containers asks for it.
    assert answers == [status, status, 200]


def test_pods_at_one_address_refuse_what_concerns_several() -> None:
    with emulated_pod() as environment, EmulatedPods(environment["POD_URL"]) as pods:
        with pytest.raises(ControlRefused, match="409: nothing-arrives concerns several pods"):
            pods.set_defect("nothing-arrives", on=True)
        with pytest.raises(ControlRefused, match="400: pod: all private pods share one address"):
            pods.add_fault("drop", pod="acme")
        pods.set_cross_pod("gamma", "acme", enabled=True)
        users = Cast(environment, httpx.Client(trust_env=False))
        with users.http:
            assert users.post("CALLER", "accept", users.id("ISOLATED")).status_code == 200


def test_sessions_survive_a_restart_with_state(tmp_path: Path) -> None:
    arguments = ("--state", str(tmp_path / "state.db"), "--keys", str(tmp_path / "keys"))
    with emulated_pod(*arguments, federation=True) as environment:
        claims = {"sub": environment["POD_REQUESTER_USERNAME"], "exp": datetime.now(UTC) + timedelta(minutes=4)}
        login = jwt.encode(claims, Path(environment["POD_REQUESTER_PRIVATE_KEY"]).read_bytes(), "RS512")
        answer = httpx.post(f"{environment['POD_REQUESTER_LOGIN_URL']}/pubkey/authenticate", json={"token": login})
        token = answer.json()["token"]
        with EmulatedPods(environment["POD_URL"]) as pods:
            issued = pods.open_session(int(environment["POD_CALLER_USER_ID"]))

    with emulated_pod(*arguments, federation=True) as environment:
        answers = [
            httpx.get(f"{environment[url]}/v2/sessioninfo", headers={"sessionToken": token})
            for url, token in (("POD_REQUESTER_URL", token), ("POD_URL", issued), ("POD_URL", token))
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 401]
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("*.db")} == {0}


def test_a_user_acts_by_a_request_to_the_own_pod(pods: EmulatedPods, users: Cast) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")

    statuses = [pods.act(requester, "ask", caller), pods.deliver_messages(), pods.act(caller, "accept", requester)]

    assert statuses == [200, 1, 200]
    assert users.status("CALLER", requester) == "ACCEPTED"
    assert pods.act(caller, "reject", requester) == 400
    assert [entry["pod"] for entry in pods.journal(method="POST")] == ["beta", "acme", "acme"]


def test_acting_meets_the_faults_that_are_set(pods: EmulatedPods, users: Cast) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")
    pods.set_connection(requester, caller, "PENDING")
    pods.add_fault("drop", times=1)
    pods.add_fault("cut", times=1, carried_out=True)
    pods.add_fault("status", status=503, times=1)

    assert [pods.act(caller, "accept", requester) for _ in range(4)] == [None, 200, 503, 400]
