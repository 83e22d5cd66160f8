"""Arranging connections on small pods with two users, one of whom may have asked the other to connect."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from contract_tests.arranging.arrange import LOSSES_AT_ONCE, Arranger
from contract_tests.contract.exchange import Exchange, Request, act
from contract_tests.target.answer_lost import AnswerLost
from contract_tests.target.not_verified import NotVerified
from contract_tests.target.target import Target, User
from contract_tests.target.wire import Wire
from contract_tests.verdict.ledger import Ledger
from tests.contract.pods import Reply, Seen, small_pod

CALLER, REQUESTER, COLLEAGUE = 7078106103809, 13056700579841, 7078106103811
RULE = "sides-agree"
REFUSALS = {400: "inconsistent", 403: "forbidden", 404: "not found"}


class Arranging(NamedTuple):
    """An arranger that works on a pod, its ledger and its wire."""

    arranger: Arranger
    ledger: Ledger
    wire: Wire

    def verdicts(self) -> dict[str, str]:
        """The verdict of each rule that was judged."""
        return {rule: record.verdict for rule, record in self.ledger.records.items() if record.checked}


class TwoUsers:
    """A pod with one connection between the caller and the requester.

    Args:
        status: The status that the caller reads; None for no connection.
        answers: Operations that do nothing, by the end of their path, and the status that they answer.
    """

    def __init__(self, status: str | None, answers: dict[str, int] | None = None) -> None:
        self.status = status
        self.answers = answers or {}

    def __call__(self, request: Seen) -> Reply:
        operation = request.path.rsplit("/", 1)[-1].split("?")[0]
        if operation in self.answers:
            status = self.answers[operation]
            return reply(status, {"code": status, "message": REFUSALS[status]})
        if operation in ("info", "list"):
            return self.read(operation)
        made = {"create": "PENDING_INCOMING", "accept": "ACCEPTED", "reject": "REJECTED"}
        if operation == "remove":
            self.status = "PENDING_INCOMING" if self.status == "REJECTED" else None
            return reply(200, {"format": "TEXT", "message": "Connection Removed."})
        self.status = made[operation]
        return reply(200, {"status": "PENDING_OUTGOING" if operation == "create" else self.status})

    def read(self, operation: str) -> Reply:
        """The connection, without a userId."""
        shown = {"status": self.status}
        if operation == "list":
            return reply(200, [shown] if self.status else [])
        return reply(200, shown) if self.status else reply(404, {"code": 404, "message": "not found"})


class TwoSides(TwoUsers):
    """A pod without a connection at first, that shows each of the two users the own side."""

    def __init__(self) -> None:
        super().__init__(None)

    def __call__(self, request: Seen) -> Reply:
        if request.path.endswith(f"{CALLER}/info") and self.status == "PENDING_INCOMING":
            return reply(200, {"status": "PENDING_OUTGOING"})
        return super().__call__(request)


def reply(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value).encode())


@contextmanager
def arranging(pod: TwoUsers) -> Iterator[Arranging]:
    """An arranger that works on a pod with the sessions of the caller and the requester."""
    with small_pod(pod) as (url, _), arranging_at(url) as work:
        yield work


@contextmanager
def arranging_at(url: str, settle: float = 0.0) -> Iterator[Arranging]:
    """An arranger that works on the pod at an address, where changes may take some seconds to be read."""
    users = {
        "caller": User("caller", CALLER, token="c" * 30),
        "requester": User("requester", REQUESTER, token="r" * 30),
        "colleague": User("colleague", COLLEAGUE),
    }
    target = Target(url=url, login_url=url, sessionauth_url=url, users=users, allow_writes=True, settle=settle)
    ledger = Ledger(("connect-makes-pending", "accept-makes-accepted", "reject-makes-rejected", RULE), list)
    wire = Wire(target, ledger.note)
    try:
        yield Arranging(Arranger(wire, RULE, ledger), ledger, wire)
    finally:
        wire.close()


@pytest.mark.parametrize(
    ("operation", "wanted", "rule"),
    [("accept", "ACCEPTED", "accept-makes-accepted"), ("reject", "REJECTED", "reject-makes-rejected")],
)
@pytest.mark.parametrize("status", REFUSALS)
def test_a_refused_row_of_the_table_is_a_finding(operation: str, wanted: str, rule: str, status: int) -> None:
    with arranging(TwoUsers("PENDING_INCOMING", {operation: status})) as work:
        with pytest.raises(NotVerified, match="cannot be brought"):
            work.arranger.bring(wanted)
        assert work.verdicts() == {rule: "broken"}


def test_after_a_step_the_one_who_acted_reads_first() -> None:
    with small_pod(TwoSides()) as (url, seen), arranging_at(url, settle=1.0) as work:
        work.arranger.bring("ACCEPTED")
    caller, requester = "c" * 30, "r" * 30
    sent = [(one.headers["sessiontoken"], one.path.rsplit("/", 1)[-1]) for one in seen]
    assert sent[-6:-3] == [(requester, "create"), (requester, "info"), (caller, "info")]
    assert sent[-3:] == [(caller, "accept"), (caller, "info"), (requester, "info")]


def test_connect_that_never_worked_is_not_offered() -> None:
    with arranging(TwoUsers(None, {"create": 403})) as work:
        with pytest.raises(NotVerified, match="does not offer createConnection"):
            work.arranger.bring("PENDING_INCOMING")
        assert (work.wire.absent_at("caller"), work.verdicts()) == ({"createConnection"}, {})


def test_connect_that_has_worked_stays_offered_and_a_refusal_is_a_finding() -> None:
    pod = TwoUsers(None)
    with arranging(pod) as work:
        work.arranger.bring("PENDING_INCOMING")
        pod.status, pod.answers = None, {"create": 403}
        with pytest.raises(NotVerified, match="cannot be brought"):
            work.arranger.bring("PENDING_INCOMING")
        assert (work.wire.absent_at("caller"), work.verdicts()) == (set(), {"connect-makes-pending": "broken"})


def test_if_a_second_request_is_refused_the_rejection_is_taken_back() -> None:
    pod = TwoUsers("REJECTED", {"create": 400})
    with arranging(pod) as work:
        work.arranger.bring("PENDING_INCOMING")
        assert (pod.status, work.verdicts()) == ("PENDING_INCOMING", {})


def test_a_rejection_that_cannot_be_ended_is_reported() -> None:
    message = r"is REJECTED and cannot be brought into NONE: createConnection .* 400; removeConnection .* 400"
    refusing = TwoUsers("REJECTED", {"create": 400, "remove": 400})
    with arranging(refusing) as work, pytest.raises(NotVerified, match=message):
        work.arranger.bring("NONE")


def test_requests_whose_answers_are_lost_each_time_that_they_are_sent_at_once_are_sent_in_halves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[int] = []
    requests = [act("acceptConnection", "caller", REQUESTER, about=f"the {nth}th") for nth in range(8)]
    with arranging(TwoUsers("PENDING_INCOMING", {"accept": 400})) as work:

        def lose_answers_of_many(together: list[Request], rule: str) -> list[Exchange]:
            sent.append(len(together))
            if len(together) > 2:
                raise AnswerLost(together[0], "a connection dropped")
            return send_together(together, rule)

        send_together = work.wire.send_together
        monkeypatch.setattr(work.wire, "send_together", lose_answers_of_many)
        work.arranger.bring("PENDING_INCOMING")
        assert [exchange.request for exchange in work.arranger.send_together(requests)] == requests
    assert sent == [8] * LOSSES_AT_ONCE + ([4] * LOSSES_AT_ONCE + [2, 2]) * 2


@pytest.mark.parametrize(("about", "is_known"), [(COLLEAGUE, True), (REQUESTER, False)])
def test_the_state_is_known_until_a_request_about_this_connection_succeeds(about: int, is_known: bool) -> None:
    with arranging(TwoUsers(None)) as work:
        work.arranger.bring("PENDING_INCOMING")
        reading = work.arranger.reading("caller", "requester")
        work.arranger.send_together([act("acceptConnection", "caller", about), reading])
        assert (work.arranger.brought("requester", "caller") is not None) == is_known


def test_a_single_list_entry_without_a_user_id_is_the_requested_one() -> None:
    with arranging(TwoUsers("ACCEPTED")) as work:
        work.wire.absent_at("caller").add("getConnection")
        assert work.arranger.read("caller", "requester") == "ACCEPTED"


def test_of_several_list_entries_without_a_user_id_none_is_used() -> None:
    class Several(TwoUsers):
        def read(self, _: str) -> Reply:
            return reply(200, [{"status": "ACCEPTED"}, {"status": "REJECTED"}])

    with arranging(Several(None)) as work:
        work.wire.absent_at("caller").add("getConnection")
        with pytest.raises(NotVerified, match="reading the connection"):
            work.arranger.read("caller", "requester")


def lists_read(work: Arranging, seen: list[Seen]) -> list[str]:
    """The statuses that one reading of the requester's connection asks the list for."""
    before = len(seen)
    work.arranger.read("caller", "requester")
    return [request.path.partition("status=")[2].partition("&")[0] for request in seen[before:]]


def test_the_second_list_is_read_until_it_can_show_no_more_than_the_first() -> None:
    pod = TwoUsers(None)
    with small_pod(pod) as (url, seen), arranging_at(url) as work:
        work.wire.absent_at("caller").add("getConnection")
        assert lists_read(work, seen) == ["ALL", "ACCEPTED"]
        pod.status = "PENDING_INCOMING"
        assert lists_read(work, seen) == ["ALL"]
        pod.status = None
        assert lists_read(work, seen) == ["ALL", "ACCEPTED"]
        pod.status = "ACCEPTED"
        assert lists_read(work, seen) == ["ALL"]
        pod.status = None
        assert lists_read(work, seen) == ["ALL"]
