"""Before the rules: what is taken for a pod, and what is said of everything else."""

import json
from collections.abc import Callable

import pytest

from contract_tests.arranging.preflight import INVENTED_TOKEN, PREFLIGHT, open_sessions
from contract_tests.arranging.session_owners import check_both_sides, check_owners
from contract_tests.arranging.unreached import Unreached
from contract_tests.contract.exchange import Exchange
from contract_tests.target.target import Target, TargetError, User
from contract_tests.target.wire import Wire
from tests.contract.pods import Reply, Seen, refusing, small_pod, telling_sessions_apart

USERS = {
    "caller": User("caller", 7078106103809, token="a-token-of-the-caller"),
    "requester": User("requester", 13056700579841, token="a-token-of-the-requester"),
}
HTML = (("Content-Type", "text/html"), ("Server", "nginx"))
UNAUTHORIZED = Reply(401, b'{"code": 401, "message": "Invalid session"}')
NOT_FOUND = Reply(404, b'{"code": 404, "message": "No."}')


def with_wire(
    answer: Callable[[Seen], Reply], do: Callable[[Wire], object], *roles: str, path: str = "/pod"
) -> tuple[object, list[Seen]]:
    """What a function of the preflight returns at a small pod, and what the pod has seen."""
    with small_pod(answer) as (url, seen):
        users = {role: USERS[role] for role in roles or ("caller",)}
        target = Target(url.removesuffix("/pod") + path, "", "", timeout=5.0, users=users, allow_writes=True)
        wire = Wire(target, lambda _: None)
        try:
            return do(wire), seen
        finally:
            wire.close()


def always(status: int, body: bytes, *headers: tuple[str, str]) -> Callable[[Seen], Reply]:
    return lambda _: Reply(status, body, headers)


# ── a pod ─────────────────────────────────────────────────────────────────────────────────────────


def by_operation(answers: dict[str, Reply], invented: Reply) -> Callable[[Seen], Reply]:
    """Answers the caller by the end of the path, and an invented session always the same."""

    def answer(seen: Seen) -> Reply:
        if seen.headers.get("sessiontoken") == INVENTED_TOKEN:
            return invented
        return next((reply for end, reply in answers.items() if seen.path.endswith(end)), NOT_FOUND)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        by_operation({"/list": Reply(200, b"[]")}, UNAUTHORIZED),
        by_operation({"/list": Reply(403, b'{"code": 403, "message": "No."}')}, UNAUTHORIZED),
        by_operation({"/list": Reply(404, b"no such page", HTML)}, UNAUTHORIZED),  # without the companion
        by_operation({"/list": UNAUTHORIZED}, UNAUTHORIZED),  # a list that refuses a valid session
        by_operation({"/list": Reply(200, b"[]")}, Reply(401, b"<html>", HTML)),  # a gateway looks at the session
        by_operation({"/list": Reply(200, b"[]")}, Reply(200, b"[]")),  # takes every session: the rules find that
    ],
)
def test_a_pod_that_answers_its_operations_is_one(answer: Callable[[Seen], Reply]) -> None:
    refused, _ = with_wire(answer, open_sessions)
    assert refused == {}


def test_a_good_pod_is_known_by_two_requests() -> None:
    _, seen = with_wire(by_operation({"/list": Reply(200, b"[]")}, UNAUTHORIZED), open_sessions)
    assert [request.path for request in seen] == ["/pod/v1/connection/list"] * 2


# ── no pod ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (always(404, b"<html>", *HTML), "404 Not Found (Server: nginx; Content-Type: text/html)"),
        (always(200, b"<html>", *HTML), "is no pod, or does not look at the session: 200"),
        (always(200, b"[]"), "is no pod, or does not look at the session: 200"),
        (always(404, b'{"error": "not found"}'), "POD_URL has to be the base address of a pod"),
        (always(302, b"", ("Location", "https://acme.example.com/login")), "Location: https://acme.example.com/login"),
        (always(302, b"", ("Location", "https://acme.example.com/login")), "The server redirects. Set POD_URL"),
        (always(407, b"", ("Server", "squid")), "no proxy is set. Set POD_PROXY"),
        (always(400, b"No required SSL certificate was sent", *HTML), "set POD_CLIENT_CERT and POD_CLIENT_KEY"),
        (always(400, b"The plain HTTP request was sent to HTTPS port", *HTML), "Set POD_URL to the https address"),
        (always(403, b"<html>", *HTML), "set POD_CLIENT_CERT"),
        (always(401, b"<html>", *HTML), "is no pod, or does not look at the session: 401"),
        (always(401, b'{"code": 401, "message": "No."}'), "the pod does not accept the caller's session (401)"),
        (always(500, b"oops", *HTML), "500"),
    ],
)
def test_what_is_no_pod_is_described_with_what_to_try(answer: Callable[[Seen], Reply], said: str) -> None:
    with pytest.raises(Unreached) as unreached:
        with_wire(answer, open_sessions)
    assert said in str(unreached.value)


def test_an_address_without_a_context_path_is_pointed_out() -> None:
    with pytest.raises(Unreached, match=r"Is http://127\.0\.0\.1:\d+/pod meant\?"):
        with_wire(always(404, b"<html>", *HTML), open_sessions, path="")


def test_where_the_caller_has_no_session_the_variables_are_named() -> None:
    with pytest.raises(Unreached, match="POD_CALLER_TOKEN"):
        with_wire(always(200, b"[]"), open_sessions, "requester")


def test_a_refused_role_besides_the_caller_is_returned_with_its_reason() -> None:
    def answer(seen: Seen) -> Reply:
        return Reply(200, b"[]") if seen.headers.get("sessiontoken") == USERS["caller"].token else UNAUTHORIZED

    refused, _ = with_wire(answer, open_sessions, "caller", "requester")
    assert refused == {"requester": "the pod does not accept the requester's session (401)"}


# ── whose session is it? ──────────────────────────────────────────────────────────────────────────


def owners(wire: Wire) -> set[str]:
    return check_owners(wire, (), PREFLIGHT)


def info(value: object, status: int = 200) -> Callable[[Seen], Reply]:
    """Answers whose session it is with this value."""
    return lambda _: Reply(status, json.dumps(value).encode())


@pytest.mark.parametrize("user_id", [7078106103809, "7078106103809"])
def test_a_session_of_the_user_whose_id_is_set_is_known_to_be_right(user_id: object) -> None:
    assert with_wire(info({"id": user_id, "displayName": "A bot"}), owners)[0] == {"caller"}


def test_a_session_of_another_user_is_an_error_that_names_both() -> None:
    with pytest.raises(TargetError) as error:
        with_wire(info({"id": 99}), owners)
    assert str(error.value).startswith(
        "POD_CALLER_USER_ID: 7078106103809 is set, and the session of the caller belongs to another user: 99."
    )


def test_two_sessions_that_are_exchanged_are_named() -> None:
    with pytest.raises(TargetError, match="belongs to the requester: 13056700579841"):
        with_wire(info({"id": 13056700579841}), owners, "caller", "requester")


@pytest.mark.parametrize(
    "answer",
    [
        refusing(404),
        refusing(405),
        info([]),
        info({}),
        info({"id": None}),
        info({"id": True}),
        info({"id": "bot"}),
        info({"id": 99}, 201),
    ],
)
def test_where_the_pod_does_not_say_nothing_is_known(answer: Callable[[Seen], Reply]) -> None:
    assert with_wire(answer, owners)[0] == set()


def reading(callers: str | None, requesters: str | None) -> Callable[[Seen], Reply]:
    """Answers the readings of caller and requester with these states; None: there is no connection."""

    def answer(seen: Seen) -> Reply:
        state = callers if seen.headers.get("sessiontoken") == USERS["caller"].token else requesters
        return NOT_FOUND if state is None else Reply(200, json.dumps({"status": state}).encode())

    return answer


def both_sides(wire: Wire) -> None:
    check_both_sides(wire, PREFLIGHT)


@pytest.mark.parametrize("states", [(None, None), ("ACCEPTED", "ACCEPTED"), ("PENDING_INCOMING", "PENDING_OUTGOING")])
def test_sides_that_agree_are_taken_for_the_same_connection(states: tuple[str | None, str | None]) -> None:
    with_wire(reading(*states), both_sides, "caller", "requester")


@pytest.mark.parametrize("states", [(None, "ACCEPTED"), ("PENDING_INCOMING", None), ("REJECTED", "ACCEPTED")])
def test_sides_that_disagree_before_anything_was_changed_are_an_error(states: tuple[str | None, str | None]) -> None:
    with pytest.raises(TargetError, match="POD_CALLER_USER_ID or POD_REQUESTER_USER_ID: the caller reads"):
        with_wire(reading(*states), both_sides, "caller", "requester")


def test_what_cannot_be_read_is_no_disagreement() -> None:
    with_wire(telling_sessions_apart(lambda _: Reply(500)), both_sides, "caller", "requester")


def test_no_request_of_the_preflight_names_a_user_in_a_body() -> None:
    found: list[Exchange] = []

    def look(wire: Wire) -> None:
        wire._on_exchange = found.append
        open_sessions(wire)
        check_owners(wire, (), PREFLIGHT)
        check_both_sides(wire, PREFLIGHT)

    with_wire(by_operation({}, UNAUTHORIZED), look, "caller", "requester")
    assert {exchange.request.body for exchange in found} <= {None, b'{"userId": -1}'}
