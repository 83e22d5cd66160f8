"""What arranging finds on its way, on small pods that answer two users of whom one has asked the other."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from contract_tests.arranging.arrange import Arranger
from contract_tests.target.not_verified import NotVerified
from contract_tests.target.target import Target, User
from contract_tests.target.wire import Wire
from contract_tests.verdict.ledger import Ledger
from tests.contract.pods import Reply, Seen, small_pod

CALLER, REQUESTER = 7078106103809, 13056700579841
RULE = "sides-agree"
REFUSALS = {400: "inconsistent", 403: "forbidden", 404: "not found"}


class Arranging(NamedTuple):
    """An arranger at work on a pod, and what it is told."""

    arranger: Arranger
    ledger: Ledger
    wire: Wire

    def verdicts(self) -> dict[str, str]:
        """The verdicts of the rules that were judged."""
        return {rule: record.verdict for rule, record in self.ledger.records.items() if record.checked}


class TwoUsers:
    """A pod with one connection between the caller and the requester.

    Args:
        status: As the caller sees it; None for no connection.
        answers: What operations answer without doing anything, by the end of their path.
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
        """The connection, without saying whose it is."""
        shown = {"status": self.status}
        if operation == "list":
            return reply(200, [shown] if self.status else [])
        return reply(200, shown) if self.status else reply(404, {"code": 404, "message": "not found"})


def reply(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value).encode())


@contextmanager
def arranging(pod: TwoUsers) -> Iterator[Arranging]:
    """Arrange on a pod, as the caller and the requester."""
    with small_pod(pod) as (url, _):
        users = {
            "caller": User("caller", CALLER, token="c" * 30),
            "requester": User("requester", REQUESTER, token="r" * 30),
        }
        target = Target(url=url, login_url=url, sessionauth_url=url, users=users, allow_writes=True)
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


def test_connect_that_never_worked_is_not_offered() -> None:
    with arranging(TwoUsers(None, {"create": 403})) as work:
        with pytest.raises(NotVerified, match="does not offer createConnection"):
            work.arranger.bring("PENDING_INCOMING")
        assert (work.wire.absent, work.verdicts()) == ({"createConnection"}, {})


def test_connect_that_has_worked_stays_offered_and_a_refusal_is_a_finding() -> None:
    pod = TwoUsers(None)
    with arranging(pod) as work:
        work.arranger.bring("PENDING_INCOMING")
        pod.status, pod.answers = None, {"create": 403}
        with pytest.raises(NotVerified, match="cannot be brought"):
            work.arranger.bring("PENDING_INCOMING")
        assert (work.wire.absent, work.verdicts()) == (set(), {"connect-makes-pending": "broken"})


def test_who_may_not_ask_again_is_asked_to_take_the_rejection_back() -> None:
    pod = TwoUsers("REJECTED", {"create": 400})
    with arranging(pod) as work:
        work.arranger.bring("PENDING_INCOMING")
        assert (pod.status, work.verdicts()) == ("PENDING_INCOMING", {})


def test_a_rejection_that_nothing_ends_is_said() -> None:
    said = r"is REJECTED and cannot be brought into NONE: createConnection .* 400; removeConnection .* 400"
    refusing = TwoUsers("REJECTED", {"create": 400, "remove": 400})
    with arranging(refusing) as work, pytest.raises(NotVerified, match=said):
        work.arranger.bring("NONE")


def test_a_list_entry_that_names_nobody_is_that_of_the_user_who_was_asked_for() -> None:
    with arranging(TwoUsers("ACCEPTED")) as work:
        work.wire.absent.add("getConnection")
        assert work.arranger.read("caller", "requester") == "ACCEPTED"


def test_of_several_list_entries_that_name_nobody_none_is_taken() -> None:
    class Several(TwoUsers):
        def read(self, _: str) -> Reply:
            return reply(200, [{"status": "ACCEPTED"}, {"status": "REJECTED"}])

    with arranging(Several(None)) as work:
        work.wire.absent.add("getConnection")
        with pytest.raises(NotVerified, match="reading the connection"):
            work.arranger.read("caller", "requester")
