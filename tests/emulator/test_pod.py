"""The operations of the emulated pod over HTTP: the behaviour table, both sides, and permissions."""

import threading

import pytest

from contract_tests import DESCRIPTION_PATH
from contract_tests.emulator import pod as semantics
from tests.emulator.users import IDS, Users


def refusal(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]  # type: ignore[attr-defined] # an httpx.Response


def test_connect_is_pending_for_both_sides(pod: Users) -> None:
    answer = pod.create("REQUESTER", "CALLER")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["userId"]) == ("PENDING_OUTGOING", IDS["CALLER"])
    assert pod.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")


def test_accept_connects_both_sides(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")

    answer = pod.accept("CALLER", "REQUESTER")

    assert (
        answer.status_code,
        answer.json()["status"],
        answer.json()["userId"],
    ) == (200, "ACCEPTED", IDS["REQUESTER"])
    assert pod.statuses() == ("ACCEPTED", "ACCEPTED")


def test_reject_disconnects_both_sides(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")

    answer = pod.reject("CALLER", "REQUESTER")

    assert (answer.status_code, answer.json()["status"]) == (200, "REJECTED")
    assert pod.statuses() == ("REJECTED", "REJECTED")


@pytest.mark.parametrize("verb", ["accept", "reject"])
@pytest.mark.parametrize("before", ["accept", "reject"])
def test_a_decided_connection_cannot_be_decided_again(pod: Users, before: str, verb: str) -> None:
    pod.create("REQUESTER", "CALLER")
    decided = pod.post("CALLER", before, "REQUESTER").json()

    answer = pod.post("CALLER", verb, "REQUESTER")

    assert refusal(answer) == (400, "Status change requested is not consistent with current status.")
    assert pod.get("CALLER", "REQUESTER").json() == decided


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_a_requester_cannot_answer_its_own_request(pod: Users, verb: str) -> None:
    pod.create("REQUESTER", "CALLER")

    answer = pod.post("REQUESTER", verb, "CALLER")

    assert answer.status_code == 400
    assert pod.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")


@pytest.mark.parametrize("verb", ["accept", "reject"])
@pytest.mark.parametrize(("other", "status"), [("STRANGER", 404), ("UNKNOWN", 404), ("CALLER", 400)])
def test_no_connection_is_not_found(pod: Users, verb: str, other: str, status: int) -> None:
    assert pod.post("CALLER", verb, other).status_code == status


@pytest.mark.parametrize("user_id", [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_ids_that_belong_to_nobody_are_not_found(pod: Users, user_id: int) -> None:
    assert pod.accept("CALLER", user_id).status_code == 404


def test_the_same_private_pod_is_connected_already(pod: Users) -> None:
    expected = {"userId": IDS["COLLEAGUE"], "status": "ACCEPTED"}

    assert pod.accept("CALLER", "COLLEAGUE").json() == expected
    assert pod.create("CALLER", "COLLEAGUE").json() == expected
    assert pod.get("CALLER", "COLLEAGUE").json() == expected


def test_an_implicit_connection_cannot_be_undone(pod: Users) -> None:
    assert pod.reject("CALLER", "COLLEAGUE").status_code == 400
    assert pod.remove("CALLER", "COLLEAGUE").status_code == 400
    assert pod.statuses("CALLER", "COLLEAGUE") == ("ACCEPTED", "ACCEPTED")


@pytest.mark.parametrize("verb", ["accept", "reject", "create"])
def test_a_request_between_pods_without_cross_pod_is_refused(pod: Users, verb: str) -> None:
    answer = pod.post("CALLER", verb, "ISOLATED")

    assert refusal(answer) == (403, "crossPod is not enabled between the pods of these users.")
    assert pod.statuses("CALLER", "ISOLATED") == ("PENDING_INCOMING", "PENDING_OUTGOING")


def test_cross_pod_has_to_be_enabled_from_both_sides(pod: Users) -> None:
    store = pod.emulator.pod.store
    assert not store.is_cross_pod("acme", "gamma")

    store.set_cross_pod("gamma", "acme", is_enabled=True)

    assert pod.accept("CALLER", "ISOLATED").status_code == 200


@pytest.mark.parametrize("verb", ["accept", "reject", "create"])
def test_a_user_without_the_entitlement_is_refused(pod: Users, verb: str) -> None:
    answer = pod.post("UNENTITLED", verb, "REQUESTER")

    assert refusal(answer) == (403, "The user lacks the required entitlement to perform this operation")
    assert pod.status("REQUESTER", "UNENTITLED") == "PENDING_OUTGOING"


def test_a_user_without_the_entitlement_reads_nothing(pod: Users) -> None:
    assert pod.get("UNENTITLED", "REQUESTER").status_code == 403
    assert pod.remove("UNENTITLED", "REQUESTER").status_code == 403
    assert pod.send("UNENTITLED", "GET", "/v1/connection/list").status_code == 403


def test_there_is_one_open_request_between_two_users(pod: Users) -> None:
    first = pod.create("REQUESTER", "CALLER").json()

    assert pod.create("REQUESTER", "CALLER").status_code == 400
    assert pod.create("CALLER", "REQUESTER").status_code == 400
    assert pod.get("REQUESTER", "CALLER").json() == first


def test_connected_users_cannot_ask_again(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.accept("CALLER", "REQUESTER")

    assert pod.create("REQUESTER", "CALLER").status_code == 400
    assert pod.statuses() == ("ACCEPTED", "ACCEPTED")


@pytest.mark.parametrize("asker", ["REQUESTER", "CALLER"])
def test_either_may_ask_again_after_a_rejection(pod: Users, asker: str) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.reject("CALLER", "REQUESTER")
    asked = "CALLER" if asker == "REQUESTER" else "REQUESTER"

    answer = pod.create(asker, asked)

    assert (
        answer.status_code,
        answer.json()["status"],
        answer.json()["requestCounter"],
    ) == (200, "PENDING_OUTGOING", 2)
    assert pod.accept(asked, asker).json()["status"] == "ACCEPTED"


def test_asking_an_unknown_user_is_not_found(pod: Users) -> None:
    assert pod.create("CALLER", "UNKNOWN").status_code == 404


@pytest.mark.parametrize("remover", ["REQUESTER", "CALLER"])
def test_either_side_removes_a_connection(pod: Users, remover: str) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.accept("CALLER", "REQUESTER")

    answer = pod.remove(remover, "CALLER" if remover == "REQUESTER" else "REQUESTER")

    assert (answer.status_code, answer.json()) == (200, {"format": "TEXT", "message": "Connection Removed."})
    assert pod.statuses() == (None, None)


def test_remove_turns_a_request_around_for_the_user_who_was_asked(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")

    assert pod.remove("CALLER", "REQUESTER").status_code == 200
    assert pod.statuses() == ("REJECTED", "REJECTED")

    assert pod.remove("CALLER", "REQUESTER").status_code == 200
    assert pod.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")


def test_remove_is_refused_to_the_requester(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    assert pod.remove("REQUESTER", "CALLER").status_code == 400
    pod.reject("CALLER", "REQUESTER")

    assert refusal(pod.remove("REQUESTER", "CALLER")) == (400, "The users are not connected.")
    assert pod.statuses() == ("REJECTED", "REJECTED")


def test_removing_nothing_is_refused(pod: Users) -> None:
    assert refusal(pod.remove("CALLER", "REQUESTER")) == (400, "The users are not connected.")


def test_info_without_a_request_is_not_found(pod: Users) -> None:
    assert refusal(pod.get("CALLER", "STRANGER")) == (404, "Connection cannot be found.")
    assert pod.get("CALLER", "UNKNOWN").status_code == 404
    assert pod.get("CALLER", "CALLER").status_code == 404


def test_the_list_is_of_pending_ones_in_both_directions(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.create("CALLER", "BYSTANDER")
    pod.create("CALLER", "STRANGER")
    pod.accept("STRANGER", "CALLER")

    expected = {("REQUESTER", "PENDING_INCOMING"), ("BYSTANDER", "PENDING_OUTGOING"), ("ISOLATED", "PENDING_INCOMING")}
    assert {(connection["userId"], connection["status"]) for connection in pod.list("CALLER")} == {
        (IDS[role], status) for role, status in expected
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PENDING_INCOMING", {"ISOLATED"}),
        ("PENDING_OUTGOING", {"BYSTANDER"}),
        ("ACCEPTED", {"REQUESTER"}),
        ("REJECTED", {"STRANGER"}),
        ("ALL", {"ISOLATED", "BYSTANDER", "REQUESTER", "STRANGER"}),
    ],
)
def test_the_list_can_be_of_one_status(pod: Users, status: str, expected: set[str]) -> None:
    pod.create("CALLER", "BYSTANDER")
    for role, verb in (("REQUESTER", "accept"), ("STRANGER", "reject")):
        pod.create(role, "CALLER")
        pod.post("CALLER", verb, role)

    assert {connection["userId"] for connection in pod.list("CALLER", status=status)} == {
        IDS[role] for role in expected
    }


def test_implicit_connections_are_listed_only_as_accepted_and_by_name(pod: Users) -> None:
    implicit = {"userId": IDS["COLLEAGUE"], "status": "ACCEPTED"}
    ids = str(IDS["COLLEAGUE"])

    assert pod.list("CALLER", status="ACCEPTED", userIds=ids) == [implicit]
    assert pod.list("CALLER", status="ACCEPTED") == []
    assert pod.list("CALLER", status="ALL", userIds=ids) == []
    assert pod.list("CALLER", userIds=ids) == []


def test_the_list_can_be_of_named_users(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")

    listed = pod.list("CALLER", userIds=f"{IDS['REQUESTER']}, {IDS['BYSTANDER']}")

    assert [connection["userId"] for connection in listed] == [IDS["REQUESTER"]]


def test_times_and_counter_follow_the_changes(pod: Users) -> None:
    clock = iter(range(1_470_018_073_000, 1_470_018_080_000, 1000))
    pod.emulator.pod.now = lambda: next(clock)

    asked = pod.create("REQUESTER", "CALLER").json()
    pod.reject("CALLER", "REQUESTER")
    again = pod.create("REQUESTER", "CALLER").json()
    accepted = pod.accept("CALLER", "REQUESTER").json()

    names = ("firstRequestedAt", "updatedAt", "requestCounter")
    assert tuple(asked[name] for name in names) == (1_470_018_073_000, 1_470_018_073_000, 1)
    assert tuple(again[name] for name in names) == (1_470_018_073_000, 1_470_018_075_000, 2)
    assert tuple(accepted[name] for name in names) == (1_470_018_073_000, 1_470_018_076_000, 2)
    assert {**pod.get("REQUESTER", "CALLER").json(), "userId": IDS["REQUESTER"]} == accepted


def test_a_connection_that_was_removed_starts_anew(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.reject("CALLER", "REQUESTER")
    pod.create("REQUESTER", "CALLER")
    pod.accept("CALLER", "REQUESTER")
    pod.remove("CALLER", "REQUESTER")

    assert pod.create("REQUESTER", "CALLER").json()["requestCounter"] == 1


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_nobody_elses_connection_changes(pod: Users, verb: str) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.create("BYSTANDER", "CALLER")
    before = pod.get("CALLER", "BYSTANDER").json(), pod.get("BYSTANDER", "CALLER").json()

    pod.post("CALLER", verb, "REQUESTER")

    assert (pod.get("CALLER", "BYSTANDER").json(), pod.get("BYSTANDER", "CALLER").json()) == before


def test_of_racing_requests_one_is_carried_out(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    start = threading.Barrier(8)
    answers = []

    def decide(verb: str) -> None:
        start.wait(10)
        answers.append(pod.post("CALLER", verb, "REQUESTER"))

    threads = [threading.Thread(target=decide, args=(verb,)) for verb in ("accept", "reject") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    carried_out = [answer.json()["status"] for answer in answers if answer.status_code == 200]
    assert sorted(answer.status_code for answer in answers if answer.status_code != 200) == [400] * 7
    assert pod.statuses() == (carried_out[0], carried_out[0])


@pytest.mark.parametrize("role", ["CALLER", "UNENTITLED", "REQUESTER"])
def test_session_info_names_the_user_of_the_session(pod: Users, role: str) -> None:
    answer = pod.session_info(role)

    assert (answer.status_code, answer.json()["id"]) == (200, IDS[role])


def test_session_info_without_a_session_is_unauthorized(pod: Users) -> None:
    answer = pod.send(None, "GET", "/v2/sessioninfo")

    assert (answer.status_code, answer.json()["code"]) == (401, 401)


def test_the_statuses_are_spelt_as_in_the_description() -> None:
    """pod.py has constants for the four statuses; the description defines their spelling."""
    for status in semantics.MIRRORED:
        assert f'"{status}"' in DESCRIPTION_PATH.read_text(encoding="utf-8")
