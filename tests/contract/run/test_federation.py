"""Runs on two pods at two addresses: settling, pods that messages never reach, and a session at one pod only."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contract_tests.emulator.process import emulated_pod
from tests.contract.runs import Run, run_suite

TRAVELS = "request-reaches-other-pod,decision-reaches-other-pod,accept-makes-accepted"


@pytest.fixture(scope="module")
def federation() -> Iterator[dict[str, str]]:
    """The environment of a federation: each private pod at an address of its own."""
    with emulated_pod(federation=True) as environment:
        yield environment


def footer(run: Run) -> dict[str, object]:
    """The footer of ``results.jsonl``: its last line."""
    last: dict[str, object] = run.lines()[-1]["footer"]
    return last


def test_what_is_done_at_one_pod_is_read_at_the_other_and_timed(tmp_path: Path, federation: dict[str, str]) -> None:
    run = run_suite(tmp_path / "contract", "--select", TRAVELS, environment=federation)
    assert (run.status, set(run.verdicts().values())) == (0, {"held"})
    settling = footer(run)["settling"]
    assert isinstance(settling, list)
    ways = {(entry["acted_at"], entry["read_at"]): entry for entry in settling}
    there = ways[federation["POD_URL"], federation["POD_REQUESTER_URL"]]
    assert there["longest"] >= there["median"] > 0
    assert f"was read at {federation['POD_REQUESTER_URL']}: median" in run.said


def test_a_federation_in_which_nothing_arrives_is_not_waited_for_again_and_again(tmp_path: Path) -> None:
    with emulated_pod("--defect", "nothing-arrives", federation=True) as environment:
        run = run_suite(
            tmp_path / "contract",
            "--select",
            f"{TRAVELS},sides-agree,sequence-lawful,own-request-refused",
            environment={**environment, "POD_SETTLE": "1"},
        )
    assert run.verdicts()["request-reaches-other-pod"] == "broken"
    assert run.verdicts()["own-request-refused"] == "not verified"
    assert "were not read at" in run.said


def test_with_one_address_the_rules_of_two_pods_are_not_verified(tmp_path: Path) -> None:
    with emulated_pod() as environment:
        run = run_suite(tmp_path / "contract", "--select", TRAVELS, environment=environment)
    assert run.verdicts()["decision-reaches-other-pod"] == "not verified"
    assert "needs POD_REQUESTER_URL" in run.said


# ── a session at one pod only ─────────────────────────────────────────────────────────────────────


def only_the_caller(federation: dict[str, str], *waiting: str) -> dict[str, str]:
    """The environment of a team that has a session at the caller's pod only, and users whose requests are waiting."""
    for role in waiting:
        httpx.post(
            f"{federation[f'POD_{role}_URL']}/v1/connection/create",
            headers={"sessionToken": federation[f"POD_{role}_TOKEN"]},
            json={"userId": int(federation["POD_CALLER_USER_ID"])},
            trust_env=False,
        ).raise_for_status()
    ids = ",".join(federation[f"POD_{role}_USER_ID"] for role in ("REQUESTER", "BYSTANDER"))
    kept = {"POD_URL", "POD_LOGIN_URL", "POD_SESSIONAUTH_URL", "POD_CALLER_USER_ID", "POD_CALLER_TOKEN"}
    settings = {name: value for name, value in federation.items() if name in kept}
    return {**settings, "POD_ALLOW_WRITES": "1", "POD_SETTLE": "10", "POD_WAITING_USER_IDS": ids}


ROWS = ("--select", "accept-makes-accepted,reject-makes-rejected")


def test_waiting_requests_verify_the_rows_on_the_caller_s_side_and_are_used_up(tmp_path: Path) -> None:
    with emulated_pod("--propagation", "0", federation=True) as federation:
        environment = only_the_caller(federation, "REQUESTER", "BYSTANDER")
        first = run_suite(tmp_path / "first", *ROWS, environment=environment)
        second = run_suite(tmp_path / "second", *ROWS, environment=environment)
    assert set(first.verdicts().values()) == {"held"}
    assert footer(first)["used_up"] == {
        federation["POD_REQUESTER_USER_ID"]: "acceptConnection",
        federation["POD_BYSTANDER_USER_ID"]: "rejectConnection",
    }
    assert "it is used up, and not put back" in first.said
    assert set(second.verdicts().values()) == {"not verified"}
    assert "no request of POD_WAITING_USER_IDS is waiting any more" in second.said


def test_a_dry_run_lists_the_answers_to_waiting_requests(tmp_path: Path) -> None:
    with emulated_pod("--propagation", "0", federation=True) as federation:
        environment = only_the_caller(federation, "REQUESTER", "BYSTANDER")
        dry = run_suite(tmp_path / "dry", *ROWS, "--dry-run", environment=environment)
    answers = [line for line in dry.said.splitlines() if line.startswith(("accept-makes", "reject-makes"))]
    assert [(line.split()[0], line.split()[-1].strip("}")) for line in answers if " POST " in line] == [
        ("accept-makes-accepted", federation["POD_REQUESTER_USER_ID"]),
        ("reject-makes-rejected", federation["POD_BYSTANDER_USER_ID"]),
    ]


def test_a_pod_that_does_not_carry_out_a_waiting_request_is_found(tmp_path: Path) -> None:
    with emulated_pod("--propagation", "0", "--defect", "accept-does-nothing", federation=True) as federation:
        environment = {**only_the_caller(federation, "REQUESTER", "BYSTANDER"), "POD_SETTLE": "1"}
        run = run_suite(tmp_path / "contract", *ROWS, environment=environment)
    assert run.verdicts()["accept-makes-accepted"] == "broken"
