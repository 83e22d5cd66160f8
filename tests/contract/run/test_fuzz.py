"""schemathesis with the suite's rules, ids and session."""

import json
from pathlib import Path

import httpx
import pytest

from contract_tests.__main__ import main
from contract_tests.checks.schemathesis_hooks import JUDGING
from contract_tests.contract.rules import rules
from contract_tests.emulator.process import emulated_pod

FEW = ("--", "--phases", "fuzzing", "--max-examples", "40")


def entries(folder: Path) -> list[dict[str, object]]:
    """The requests and answers of the HAR report."""
    (har,) = (folder / "schemathesis").glob("har-*.json")
    found: list[dict[str, object]] = json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]
    return found


def state(environment: dict[str, str]) -> object:
    """The connection of caller and requester as the caller reads it."""
    answer = httpx.get(
        f"{environment['POD_URL']}/v1/connection/user/{environment['POD_REQUESTER_USER_ID']}/info",
        headers={"sessionToken": environment["POD_CALLER_TOKEN"]},
    )
    return answer.json().get("status")


def test_the_emulated_pod_keeps_the_rules_and_answers_200_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POD_URL", raising=False)
    assert main(["fuzz", "--output", str(tmp_path), *FEW]) == 0
    statuses = {entry["response"]["status"] for entry in entries(tmp_path)}  # type: ignore[index] # as HAR has it
    assert {200, 400} <= statuses


def test_a_leaking_pod_is_found_in_the_reports_and_leaks_into_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with emulated_pod("--defect", "token-in-the-not-found") as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        before = state(environment)
        assert main(["fuzz", "--output", str(tmp_path), *FEW]) == 1
        reports = [path for path in (tmp_path / "schemathesis").rglob("*") if path.is_file()]
        texts = [path.read_text(encoding="utf-8") for path in reports]
        assert [text for text in (*texts, capsys.readouterr().out) if environment["POD_CALLER_TOKEN"] in text] == []
        said = [path.suffix for path in reports if "answer_no_token" in path.read_text(encoding="utf-8")]
        assert {".xml", ".ndjson", ".json"} <= set(said)
        assert state(environment) == before


def test_every_rule_that_judges_one_answer_is_a_check() -> None:
    assert set(JUDGING) == {rule.id for rule in rules().values() if rule.judges == "answers"} | {
        "fuzzed-request-lawful"
    }


def test_the_target_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_pod("--defect", "success-201") as environment:
        monkeypatch.setenv("CALLERS", environment["POD_CALLER_TOKEN"])
        (tmp_path / "requesters.token").write_text(environment["POD_REQUESTER_TOKEN"], encoding="utf-8")
        target = tmp_path / "pod.toml"
        target.write_text(
            f'[pod]\nurl = "{environment["POD_URL"]}"\nallow_writes = true\n'
            f'[caller]\nuser_id = {environment["POD_CALLER_USER_ID"]}\ntoken = "env:CALLERS"\n'
            f'[requester]\nuser_id = {environment["POD_REQUESTER_USER_ID"]}\ntoken = "file:requesters.token"\n',
            encoding="utf-8",
        )
        assert main(["fuzz", "--target", str(target), "--output", str(tmp_path), *FEW]) == 1
    # Only with the sessions and the permission of the file is a waiting request accepted.
    assert 201 in {entry["response"]["status"] for entry in entries(tmp_path)}  # type: ignore[index] # as HAR has it
