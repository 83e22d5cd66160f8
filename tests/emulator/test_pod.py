"""What the emulated pod does, over HTTP: the behaviour table, both sides, and who may do what."""

import threading

import pytest

from contract_tests import DESCRIPTION_PATH
from contract_tests.emulator import pod as semantics
from tests.emulator.users import IDS, Users


def refusal(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]  # type: ignore[attr-defined] # an httpx.Response


def test_connect_is_pending_for_both_sides(pod: Users) -> None:
    answer = pod.create("REQUESTER", "CALLER")

    assert 200 == answer.status_code
    assert ("PENDING_OUTGOING", IDS["CALLER"]) == (answer.json()["status"], answer.json()["userId"])
    assert ("PENDING_INCOMING", "PENDING_OUTGOING") == pod.statuses()


def test_accept_connects_both_sides(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")

    answer = pod.accept("CALLER", "REQUESTER")

    assert (200, "ACCEPTED", IDS["REQUESTER"]) == (
        answer.status_code,
        answer.json()["status"],
        answer.json()["userId"],
    )
    assert ("ACCEPTED", "ACCEPTED") == pod.statuses()


def test_reject_disconnects_both_sides(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")

    answer = pod.reject("CALLER", "REQUESTER")

    assert (200, "REJECTED") == (answer.status_code, answer.json()["status"])
    assert ("REJECTED", "REJECTED") == pod.statuses()


@pytest.mark.parametrize("verb", ["accept", "reject"])
@pytest.mark.parametrize("before", ["accept", "reject"])
def test_what_is_decided_stays_decided(pod: Users, before: str, verb: str) -> None:
    pod.create("REQUESTER", "CALLER")
    decided = pod.post("CALLER", before, "REQUESTER").json()

    answer = pod.post("CALLER", verb, "REQUESTER")

    assert (400, "Status change requested is not consistent with current status.") == refusal(answer)
    assert decided == pod.get("CALLER", "REQUESTER").json()


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_a_requester_cannot_answer_its_own_request(pod: Users, verb: str) -> None:
    pod.create("REQUESTER", "CALLER")

    answer = pod.post("REQUESTER", verb, "CALLER")

    assert 400 == answer.status_code
    assert ("PENDING_INCOMING", "PENDING_OUTGOING") == pod.statuses()


@pytest.mark.parametrize("verb", ["accept", "reject"])
@pytest.mark.parametrize(("other", "status"), [("STRANGER", 404), ("UNKNOWN", 404), ("CALLER", 400)])
def test_no_connection_is_not_found(pod: Users, verb: str, other: str, status: int) -> None:
    assert status == pod.post("CALLER", verb, other).status_code


@pytest.mark.parametrize("user_id", [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_ids_of_nobody_are_not_found(pod: Users, user_id: int) -> None:
    assert 404 == pod.accept("CALLER", user_id).status_code


def test_the_same_private_pod_is_connected_already(pod: Users) -> None:
    expected = {"userId": IDS["COLLEAGUE"], "status": "ACCEPTED"}

    assert expected == pod.accept("CALLER", "COLLEAGUE").json()
    assert expected == pod.create("CALLER", "COLLEAGUE").json()
    assert expected == pod.get("CALLER", "COLLEAGUE").json()


def test_an_implicit_connection_cannot_be_undone(pod: Users) -> None:
    assert 400 == pod.reject("CALLER", "COLLEAGUE").status_code
    assert 400 == pod.remove("CALLER", "COLLEAGUE").status_code
    assert ("ACCEPTED", "ACCEPTED") == pod.statuses("CALLER", "COLLEAGUE")


@pytest.mark.parametrize("verb", ["accept", "reject", "create"])
def test_nothing_happens_between_pods_without_cross_pod(pod: Users, verb: str) -> None:
    answer = pod.post("CALLER", verb, "ISOLATED")

    assert (403, "crossPod is not enabled between the pods of these users.") == refusal(answer)
    assert ("PENDING_INCOMING", "PENDING_OUTGOING") == pod.statuses("CALLER", "ISOLATED")


def test_cross_pod_has_to_be_enabled_from_both_sides(pod: Users) -> None:
    store = pod.emulator.pod.store
    assert not store.is_cross_pod("a", "c")

    store.enable_cross_pod("c", "a")

    assert 200 == pod.accept("CALLER", "ISOLATED").status_code


@pytest.mark.parametrize("verb", ["accept", "reject", "create"])
def test_a_user_without_the_entitlement_is_refused(pod: Users, verb: str) -> None:
    answer = pod.post("UNENTITLED", verb, "REQUESTER")

    assert (403, "The user lacks the required entitlement to perform this operation") == refusal(answer)
    assert "PENDING_OUTGOING" == pod.status("REQUESTER", "UNENTITLED")


def test_a_user_without_the_entitlement_reads_nothing(pod: Users) -> None:
    assert 403 == pod.get("UNENTITLED", "REQUESTER").status_code
    assert 403 == pod.remove("UNENTITLED", "REQUESTER").status_code
    assert 403 == pod.send("UNENTITLED", "GET", "/v1/connection/list").status_code


def test_there_is_one_open_request_between_two_users(pod: Users) -> None:
    first = pod.create("REQUESTER", "CALLER").json()

    assert 400 == pod.create("REQUESTER", "CALLER").status_code
    assert 400 == pod.create("CALLER", "REQUESTER").status_code
    assert first == pod.get("REQUESTER", "CALLER").json()


def test_connected_users_cannot_ask_again(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.accept("CALLER", "REQUESTER")

    assert 400 == pod.create("REQUESTER", "CALLER").status_code
    assert ("ACCEPTED", "ACCEPTED") == pod.statuses()


@pytest.mark.parametrize("asker", ["REQUESTER", "CALLER"])
def test_either_may_ask_again_after_a_rejection(pod: Users, asker: str) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.reject("CALLER", "REQUESTER")
    asked = "CALLER" if asker == "REQUESTER" else "REQUESTER"

    answer = pod.create(asker, asked)

    assert (200, "PENDING_OUTGOING", 2) == (
        answer.status_code,
        answer.json()["status"],
        answer.json()["requestCounter"],
    )
    assert "ACCEPTED" == pod.accept(asked, asker).json()["status"]


def test_asking_a_user_that_is_nobody_is_not_found(pod: Users) -> None:
    assert 404 == pod.create("CALLER", "UNKNOWN").status_code


@pytest.mark.parametrize("remover", ["REQUESTER", "CALLER"])
def test_either_side_removes_a_connection(pod: Users, remover: str) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.accept("CALLER", "REQUESTER")

    answer = pod.remove(remover, "CALLER" if remover == "REQUESTER" else "REQUESTER")

    assert (200, {"format": "TEXT", "message": "Connection Removed."}) == (answer.status_code, answer.json())
    assert (None, None) == pod.statuses()


def test_remove_turns_a_request_around_for_the_user_who_was_asked(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")

    assert 200 == pod.remove("CALLER", "REQUESTER").status_code
    assert ("REJECTED", "REJECTED") == pod.statuses()

    assert 200 == pod.remove("CALLER", "REQUESTER").status_code
    assert ("PENDING_INCOMING", "PENDING_OUTGOING") == pod.statuses()


def test_remove_is_refused_to_the_requester(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    assert 400 == pod.remove("REQUESTER", "CALLER").status_code
    pod.reject("CALLER", "REQUESTER")

    assert (400, "The users are not connected.") == refusal(pod.remove("REQUESTER", "CALLER"))
    assert ("REJECTED", "REJECTED") == pod.statuses()


def test_removing_nothing_is_refused(pod: Users) -> None:
    assert (400, "The users are not connected.") == refusal(pod.remove("CALLER", "REQUESTER"))


def test_info_without_a_request_is_not_found(pod: Users) -> None:
    assert (404, "Connection cannot be found.") == refusal(pod.get("CALLER", "STRANGER"))
    assert 404 == pod.get("CALLER", "UNKNOWN").status_code
    assert 404 == pod.get("CALLER", "CALLER").status_code


def test_the_list_is_of_pending_ones_in_both_directions(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.create("CALLER", "BYSTANDER")
    pod.create("CALLER", "STRANGER")
    pod.accept("STRANGER", "CALLER")

    expected = {("REQUESTER", "PENDING_INCOMING"), ("BYSTANDER", "PENDING_OUTGOING"), ("ISOLATED", "PENDING_INCOMING")}
    assert {(IDS[role], status) for role, status in expected} == {
        (connection["userId"], connection["status"]) for connection in pod.list("CALLER")
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

    assert {IDS[role] for role in expected} == {
        connection["userId"] for connection in pod.list("CALLER", status=status)
    }


def test_implicit_connections_are_listed_only_as_accepted_and_by_name(pod: Users) -> None:
    implicit = {"userId": IDS["COLLEAGUE"], "status": "ACCEPTED"}
    ids = str(IDS["COLLEAGUE"])

    assert [implicit] == pod.list("CALLER", status="ACCEPTED", userIds=ids)
    assert [] == pod.list("CALLER", status="ACCEPTED")
    assert [] == pod.list("CALLER", status="ALL", userIds=ids)
    assert [] == pod.list("CALLER", userIds=ids)


def test_the_list_can_be_of_named_users(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")

    listed = pod.list("CALLER", userIds=f"{IDS['REQUESTER']}, {IDS['BYSTANDER']}")

    assert [IDS["REQUESTER"]] == [connection["userId"] for connection in listed]


def test_times_and_counter_are_true(pod: Users) -> None:
    clock = iter(range(1_470_018_073_000, 1_470_018_080_000, 1000))
    pod.emulator.pod.now = lambda: next(clock)

    asked = pod.create("REQUESTER", "CALLER").json()
    pod.reject("CALLER", "REQUESTER")
    again = pod.create("REQUESTER", "CALLER").json()
    accepted = pod.accept("CALLER", "REQUESTER").json()

    names = ("firstRequestedAt", "updatedAt", "requestCounter")
    assert (1_470_018_073_000, 1_470_018_073_000, 1) == tuple(asked[name] for name in names)
    assert (1_470_018_073_000, 1_470_018_075_000, 2) == tuple(again[name] for name in names)
    assert (1_470_018_073_000, 1_470_018_076_000, 2) == tuple(accepted[name] for name in names)
    assert accepted == {**pod.get("REQUESTER", "CALLER").json(), "userId": IDS["REQUESTER"]}


def test_a_connection_that_was_removed_starts_anew(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.reject("CALLER", "REQUESTER")
    pod.create("REQUESTER", "CALLER")
    pod.accept("CALLER", "REQUESTER")
    pod.remove("CALLER", "REQUESTER")

    assert 1 == pod.create("REQUESTER", "CALLER").json()["requestCounter"]


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_nobody_elses_connection_changes(pod: Users, verb: str) -> None:
    pod.create("REQUESTER", "CALLER")
    pod.create("BYSTANDER", "CALLER")
    before = pod.get("CALLER", "BYSTANDER").json(), pod.get("BYSTANDER", "CALLER").json()

    pod.post("CALLER", verb, "REQUESTER")

    assert before == (pod.get("CALLER", "BYSTANDER").json(), pod.get("BYSTANDER", "CALLER").json())


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
    assert (carried_out[0], carried_out[0]) == pod.statuses()


def test_the_words_for_a_status_are_those_of_the_description() -> None:
    """pod.py names the four for what they mean; the description says how they are spelt."""
    for status in semantics.MIRRORED:
        assert f'"{status}"' in DESCRIPTION_PATH.read_text(encoding="utf-8")
