"""Another writer changes the same connections. The run notices it and says so, and no rule is broken."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from contract_tests.contract.rules import rules
from contract_tests.emulator.process import emulated_pod
from contract_tests.run.options import Options
from contract_tests.run.run import ContractRun
from contract_tests.target.target import ROLES, Target, User
from contract_tests.target.wire import Wire
from tests.contract.runs import Run, run_suite

Look = tuple[list[tuple[str, str]], int]
"""The connections that are looked at, and how often each is read."""

WRITING = ("--select", "accept-makes-accepted,reject-makes-rejected,sides-agree,own-request-refused,sequence-lawful")


@pytest.fixture
def emulated() -> Iterator[dict[str, str]]:
    """The environment of an emulated pod in another process."""
    with emulated_pod() as environment:
        yield environment


@contextmanager
def writing_at(environment: dict[str, str]) -> Iterator[None]:
    """Start another writer, which connects the requester and the caller and removes the connection, again and again."""
    stopped = threading.Event()
    caller, requester = environment["POD_CALLER_USER_ID"], environment["POD_REQUESTER_USER_ID"]

    def write() -> None:
        with httpx.Client(base_url=environment["POD_URL"], trust_env=False) as client:
            while not stopped.is_set():
                for role, path, body in (
                    ("REQUESTER", "create", {"userId": int(caller)}),
                    ("CALLER", "accept", {"userId": int(requester)}),
                    ("CALLER", f"user/{requester}/remove", None),
                ):
                    token = environment[f"POD_{role}_TOKEN"]
                    client.post(f"/v1/connection/{path}", headers={"sessionToken": token}, json=body)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def test_a_run_does_not_begin_while_somebody_else_changes_the_connections(
    tmp_path: Path, emulated: dict[str, str]
) -> None:
    with writing_at(emulated):
        run = run_suite(tmp_path / "contract", *WRITING, environment=emulated)
    assert run.status == 3
    assert "somebody else changes the connection of caller and requester" in run.said
    assert run.lines()[-1]["footer"]["requests"].get("acceptConnection", 0) <= 4  # those of the preflight


def test_two_runs_at_one_pod_accuse_it_of_nothing(tmp_path: Path, emulated: dict[str, str]) -> None:
    seen: list[Run] = []

    def run_one(name: str) -> None:
        seen.append(run_suite(tmp_path / name, *WRITING, environment=emulated))

    runs = [threading.Thread(target=run_one, args=(name,)) for name in ("one", "two")]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    assert {run.status for run in seen} <= {0, 3, 4}
    assert [rule for run in seen for rule, verdict in run.verdicts().items() if verdict == "broken"] == []


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Look]:
    """Each look for another writer: at which connections, and how many readings of each. None is found."""
    made: list[Look] = []

    def look(_wire: Wire, _rule: str, pairs: list[tuple[str, str]], readings: int) -> None:
        made.append((pairs, readings))

    monkeypatch.setattr("contract_tests.run.run.find_other_writer", look)
    return made


@pytest.fixture
def contract_run(tmp_path: Path) -> Iterator[ContractRun]:
    """A run that has sent nothing yet."""
    users = {role: User(role, number, token=f"token-of-{role}") for number, role in enumerate(ROLES, 1)}
    target = Target("http://127.0.0.1:9/pod", "", "", users=users, allow_writes=True)
    run = ContractRun(target, Options(tmp_path))
    yield run
    run.end()


def verify_sides_agree(contract_run: ContractRun, *, finding: str) -> None:
    """Run the rule sides-agree with a test that arranges a connection, and that finds one of the rules broken."""

    def test() -> None:
        contract_run.ledger.note_arranged("sides-agree", "requester", "caller")
        contract_run.ledger.check(finding, "found", ())

    contract_run.verify(rules()["sides-agree"], test)


def test_a_finding_of_any_rule_starts_a_look_at_the_connections_that_were_arranged(
    contract_run: ContractRun, looks: list[Look]
) -> None:
    verify_sides_agree(contract_run, finding="accept-makes-accepted")
    assert [pairs for pairs, _ in looks] == [[("requester", "caller")]]


def test_looks_take_different_times_so_that_two_runs_that_began_together_find_each_other(
    contract_run: ContractRun, looks: list[Look]
) -> None:
    for _ in range(8):
        verify_sides_agree(contract_run, finding="sides-agree")
    assert len({readings for _, readings in looks}) > 1
