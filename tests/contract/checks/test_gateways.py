"""Whole runs against pods behind servers that answer unusual requests themselves, and against lenient pods."""

from pathlib import Path

import pytest

from contract_tests.emulator.process import emulated_pod
from tests.contract.pods import Seen
from tests.contract.recording import recording_pod
from tests.contract.runs import Run, run_suite


def run_against(folder: Path, rules: str, *options: str) -> Run:
    """A run of some rules against an emulated pod with a defect or a variant."""
    with emulated_pod(*options) as environment:
        return run_suite(folder / "contract", "--seed", "0", "--select", rules, environment=environment)


def test_a_firewall_s_page_is_reported_and_no_rule_is_held_against_the_pod(tmp_path: Path) -> None:
    run = run_against(tmp_path, "session-unknown-refused,answer-media-type", "--variant", "firewall-403")
    assert (run.status, run.verdicts()) == (0, {"session-unknown-refused": "held", "answer-media-type": "held"})
    (entry,) = run.lines()[-1]["footer"]["answered_before_the_pod"]
    assert (entry["status"], entry["content_type"]) == (403, "text/html; charset=utf-8")
    assert entry["times"] >= 10
    line = f"answered before the pod, {entry['times']} times: 403 (Content-Type: text/html; charset=utf-8)"
    assert line in run.said
    assert line in (run.output / "summary.md").read_text(encoding="utf-8")
    assert line in (run.output / "report.html").read_text(encoding="utf-8")


def test_a_pod_without_a_gateway_has_nothing_answered_before_it(tmp_path: Path) -> None:
    run = run_against(tmp_path, "session-unknown-refused,body-equal-accepted")
    assert run.lines()[-1]["footer"]["answered_before_the_pod"] == []
    assert "answered before the pod" not in run.said


@pytest.mark.parametrize(
    ("defect", "broken"),
    [
        ("what-follows-is-ignored", {"body-lenient-json-refused": "warned"}),
        ("nan-is-a-number", {"body-lenient-json-refused": "warned"}),
        ("list-of-one-taken", {"body-user-id-not-coerced": "warned"}),
        ("form-taken", {"body-malformed-refused": "broken"}),
    ],
)
def test_one_cause_is_one_finding(tmp_path: Path, defect: str, broken: dict[str, str]) -> None:
    run = run_against(tmp_path, "body-*", "--defect", defect)
    assert {rule: verdict for rule, verdict in run.verdicts().items() if verdict != "held"} == broken


@pytest.mark.parametrize(
    ("defect", "rules", "expected"),
    [
        ("put-acts", "method-*", {"method-other-refused": "broken", "method-other-no-effect": "held"}),
        (
            "stranger-accepted",
            "no-connection-*",
            {"no-connection-not-found": "broken", "no-connection-stays-none": "not verified"},
        ),
        (
            "cross-pod-ignored",
            "cross-pod-*",
            {"cross-pod-off-refused": "broken", "cross-pod-off-no-effect": "not verified"},
        ),
        (
            "any-token-taken",
            "session-truncated-refused,session-refused-no-effect",
            {"session-truncated-refused": "broken", "session-refused-no-effect": "held"},
        ),
    ],
)
def test_a_rule_about_refused_requests_says_nothing_about_a_success(
    tmp_path: Path, defect: str, rules: str, expected: dict[str, str]
) -> None:
    assert run_against(tmp_path, rules, "--defect", defect).verdicts() == expected


@pytest.fixture(scope="module")
def seen_with_other_methods(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """The requests of the rules about methods, as a pod receives them."""
    folder = tmp_path_factory.mktemp("methods")
    with emulated_pod() as emulated, recording_pod(emulated) as (environment, seen):
        assert run_suite(folder / "contract", "--select", "method-*", environment=environment).status == 0
    return [request for request in seen if request.path.partition("?")[0].endswith(("/accept", "/reject"))]


def test_trace_carries_no_session(seen_with_other_methods: list[Seen]) -> None:
    traces = [request for request in seen_with_other_methods if request.method == "TRACE"]
    assert traces != []
    assert [request.headers for request in traces if "sessiontoken" in request.headers] == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "TRACE"])
def test_these_methods_have_no_body(seen_with_other_methods: list[Seen], method: str) -> None:
    bodies = [request.body for request in seen_with_other_methods if request.method == method]
    assert set(bodies) == {b""}
