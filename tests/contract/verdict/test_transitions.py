"""What requests did to the connections of the cast, as the suite saw it."""

import json
from typing import Any

from contract_tests.contract.exchange import JSON, Answer, Exchange, Request, act
from contract_tests.verdict.transitions import Transitions

IDS = {"caller": 1, "requester": 2, "bystander": 3, "stranger": 9}


def answered(request: Request, status: int, body: Any = None) -> Exchange:
    return Exchange(request, Answer(status, (("content-type", JSON),), json.dumps(body).encode(), 0.01), None, "")


def acts(operation_id: str, role: str, other: str, status: int = 200) -> Exchange:
    return answered(act(operation_id, role, IDS[other]), status)


def reads(role: str, other: str, state: str) -> Exchange:
    request = Request("getConnection", role, path_parameters=(("userId", str(IDS[other])),))
    return answered(request, 404) if state == "NONE" else answered(request, 200, {"status": state})


def seen(*exchanges: Exchange) -> list[tuple[Any, ...]]:
    transitions = Transitions(IDS)
    for exchange in exchanges:
        transitions.note(exchange)
    return [tuple(entry.values()) for entry in transitions.as_results()]


def test_a_request_between_two_readings_is_a_transition_on_both_sides() -> None:
    assert seen(
        reads("caller", "requester", "PENDING_INCOMING"),
        acts("acceptConnection", "caller", "requester"),
        reads("requester", "caller", "PENDING_OUTGOING"),
        reads("requester", "caller", "ACCEPTED"),
        reads("caller", "requester", "ACCEPTED"),
    ) == [("PENDING_INCOMING", "acceptConnection", 200, "ACCEPTED", "ACCEPTED", 1)]


def test_a_side_that_nobody_read_is_not_known() -> None:
    assert seen(
        reads("requester", "caller", "NONE"),
        acts("createConnection", "requester", "caller"),
        reads("caller", "requester", "PENDING_INCOMING"),
    ) == [("NONE", "createConnection", 200, None, "PENDING_INCOMING", 1)]


def test_a_refusal_that_changes_something_is_seen() -> None:
    assert seen(
        reads("requester", "caller", "PENDING_OUTGOING"),
        acts("acceptConnection", "requester", "caller", 400),
        reads("requester", "caller", "ACCEPTED"),
    ) == [("PENDING_OUTGOING", "acceptConnection", 400, "ACCEPTED", None, 1)]


def test_two_requests_without_a_reading_between_them_show_nothing() -> None:
    first = reads("caller", "requester", "PENDING_INCOMING")
    both = acts("acceptConnection", "caller", "requester"), acts("rejectConnection", "caller", "requester")
    assert seen(first, *both, reads("caller", "requester", "REJECTED")) == []


def test_a_request_that_a_careless_pod_could_carry_out_makes_earlier_readings_stale() -> None:
    odd = answered(Request("acceptConnection", "caller", b'{"userId":"2"}', JSON), 400)
    assert (
        seen(
            reads("caller", "requester", "PENDING_INCOMING"),
            odd,
            acts("rejectConnection", "caller", "requester"),
            reads("caller", "requester", "ACCEPTED"),
        )
        == []
    )


def test_connections_with_others_than_the_cast_are_not_followed() -> None:
    assert (
        seen(
            reads("caller", "stranger", "NONE"),
            acts("acceptConnection", "caller", "stranger", 404),
            reads("caller", "stranger", "NONE"),
        )
        == []
    )


def test_a_list_of_one_user_is_a_reading() -> None:
    request = Request("listConnections", "caller", query="status=ALL&userIds=2")
    assert seen(
        answered(request, 200, [{"userId": 2, "status": "PENDING_INCOMING"}]),
        acts("acceptConnection", "caller", "requester"),
        answered(request, 200, []),
    ) == [("PENDING_INCOMING", "acceptConnection", 200, "NONE", None, 1)]
