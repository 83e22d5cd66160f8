"""Which companion operations a pod is taken to offer."""

from pathlib import Path

import pytest

from contract_tests.emulator.process import emulated_pod
from tests.contract.runs import run_suite

ALL = "createConnection, getConnection, getSessionInfo, listConnections, removeConnection"


@pytest.mark.parametrize(
    ("variant", "absent"),
    [
        ("no-info-behind-session-check", "getConnection"),
        ("no-list-behind-session-check", "listConnections"),
        ("no-remove-behind-session-check", "removeConnection"),
        ("no-companions-behind-session-check", ALL),
        ("no-companions-and-one-wording-of-404", "getConnection, getSessionInfo, listConnections"),
    ],
)
def test_a_pod_that_looks_at_the_session_first_is_asked_with_one(tmp_path: Path, variant: str, absent: str) -> None:
    with emulated_pod("--variant", variant) as environment:
        run = run_suite(tmp_path / "contract", "--select", "session-missing-refused", environment=environment)
    assert f"contract: the pod at {environment['POD_URL']} does not offer {absent}" in run.said.splitlines()


def test_a_pod_that_words_every_404_the_same_offers_all_of_them(tmp_path: Path) -> None:
    with emulated_pod("--variant", "one-wording-of-404") as environment:
        run = run_suite(tmp_path / "contract", "--select", "session-missing-refused", environment=environment)
    assert "does not offer" not in run.said


def test_where_info_cannot_be_told_from_no_connection_the_list_shows_it(tmp_path: Path) -> None:
    with emulated_pod("--variant", "no-info-and-one-wording-of-404") as environment:
        run = run_suite(tmp_path / "contract", "--select", "sides-agree", environment=environment)
    assert run.verdicts() == {"sides-agree": "held"}
