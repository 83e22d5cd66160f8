"""results.sarif: the findings in SARIF 2.1.0."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contract_tests.report import sarif as made_by
from contract_tests.report.results import Results
from contract_tests.report.sarif import sarif, sarif_of_many
from contract_tests.verdict.known import Known
from tests.contract.results import BROKEN, results_from, results_of, results_with

SCHEMA = Path(__file__).with_name("sarif.schema.json")
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
PAGES = Path(__file__).resolve().parents[3] / "openapi" / "pages"
NOT_FOUND = "no-connection-not-found"


def run_of(results: Results) -> dict[str, Any]:
    """The one run of a SARIF log."""
    run: dict[str, Any] = json.loads(sarif(results))["runs"][0]
    return run


FAILED = results_of({BROKEN: "{}", "media-type-refused": "{}"})
WITH_ERROR = results_from([*FAILED.rules, *results_with({"self-not-found": "error"}).rules])


@pytest.mark.parametrize("runs", [[], [("a", results_of({}))], [("a", FAILED), ("b", WITH_ERROR)]])
def test_it_is_sarif(runs: list[tuple[str, Results]]) -> None:
    VALIDATOR.validate(json.loads(sarif_of_many(runs)))


def test_the_schema_of_this_test_refuses_what_is_no_sarif() -> None:
    log = json.loads(sarif(FAILED))
    del log["runs"][0]["results"][0]["message"]
    assert not VALIDATOR.is_valid(log)
    assert not VALIDATOR.is_valid({"nonsense": 1})


def test_a_broken_rule_is_an_error_and_a_warned_one_a_warning() -> None:
    found = {result["ruleId"]: result["level"] for result in run_of(FAILED)["results"]}
    assert found == {BROKEN: "error", "media-type-refused": "warning"}


def test_each_result_names_its_rule_by_its_place_in_the_list() -> None:
    run = run_of(FAILED)
    names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [names[result["ruleIndex"]] for result in run["results"]] == [result["ruleId"] for result in run["results"]]


def test_a_rule_that_held_is_no_result() -> None:
    assert run_of(results_of({}))["results"] == []


def test_the_place_of_a_finding_is_the_line_of_the_page_that_promises_it() -> None:
    place = run_of(results_of({NOT_FOUND: "{}"}))["results"][0]["locations"][0]["physicalLocation"]
    page = PAGES / Path(place["artifactLocation"]["uri"]).name
    lines = page.read_text(encoding="utf-8").splitlines()
    assert "Not Found: Connection cannot be found." in lines[place["region"]["startLine"] - 1]


def test_a_finding_holds_its_request_and_answer_and_its_cause() -> None:
    (result,) = run_of(results_of({BROKEN: "<b>"}))["results"]
    assert result["webRequest"]["target"] == "https://acme.example.com/pod/v1/connection/accept"
    assert (result["webResponse"]["statusCode"], result["webResponse"]["body"]["text"]) == (418, "<b>")
    assert result["properties"]["cause"] == "418 for 404"


def test_the_fingerprint_of_a_finding_is_the_same_in_the_next_run_and_another_at_another_pod() -> None:
    def fingerprint(results: Results) -> str:
        return str(run_of(results)["results"][0]["partialFingerprints"]["contractFinding/v1"])

    other = {**FAILED.header, "target": {"url": "https://beta.example.com/pod"}}
    assert fingerprint(results_of({BROKEN: "{}", "media-type-refused": "x"})) == fingerprint(FAILED)
    assert fingerprint(FAILED._replace(header=other)) != fingerprint(FAILED)


def test_a_known_failure_is_suppressed_with_its_reason() -> None:
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    (result,) = run_of(results_of({BROKEN: "{}"}, {BROKEN: Known(BROKEN, "ticket 7", tomorrow)}))["results"]
    assert [suppression["kind"] for suppression in result["suppressions"]] == ["external"]
    assert "ticket 7" in result["suppressions"][0]["justification"]


def test_an_interrupted_run_was_no_success_and_an_error_of_the_suite_is_a_notification() -> None:
    footer = {**WITH_ERROR.footer, "incomplete": "the run was interrupted", "exit_status": 4}
    (invocation,) = run_of(WITH_ERROR._replace(footer=footer))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 4)
    notes = invocation["toolExecutionNotifications"]
    assert notes[0]["message"]["text"] == "The results are incomplete: the run was interrupted"
    assert [note["descriptor"]["id"] for note in notes[1:]] == ["self-not-found"]


def test_without_the_pages_beside_it_the_place_is_the_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made_by, "PAGES", tmp_path)
    assert made_by._line_of("accept-connection.md", "a sentence") == 1
