"""What changed between two runs."""

import pytest

from contract_tests.report.changes import changes
from contract_tests.report.results import Results
from tests.contract.results import results_with


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        ("held", "broken", "worse"),
        ("warned", "broken", "worse"),
        ("not verified", "broken", "worse"),
        ("held", "not verified", "worse"),
        ("broken", "held", "better"),
        ("broken", "warned", "better"),
        ("not verified", "held", "better"),
        ("broken", "not verified", "other"),
    ],
)
def test_a_verdict_becomes_worse_better_or_other(before: str, now: str, kind: str) -> None:
    found = changes(results_with({"body-missing-refused": before}), results_with({"body-missing-refused": now})).rules
    assert [tuple(change) for change in found] == [("body-missing-refused", before, now, kind)]


def test_what_is_worse_comes_first_and_what_stayed_is_not_named() -> None:
    earlier = results_with({"body-missing-refused": "broken", "self-not-found": "held", "answer-json": "held"})
    now = results_with({"body-missing-refused": "held", "self-not-found": "broken", "answer-json": "held"})
    found = changes(earlier, now)
    assert [(change.rule, change.kind) for change in found.rules] == [
        ("self-not-found", "worse"),
        ("body-missing-refused", "better"),
    ]
    assert found.summary() == "1 worse, 1 better"


def test_a_rule_that_one_of_the_runs_did_not_have_is_named() -> None:
    found = changes(results_with({"answer-json": "held"}), results_with({"self-not-found": "held"})).rules
    assert [(change.rule, change.before, change.now) for change in found] == [
        ("self-not-found", "not run", "held"),
        ("answer-json", "held", "not run"),
    ]


def test_the_same_run_twice_has_no_change() -> None:
    run = results_with({"answer-json": "held"})
    assert changes(run, run) == ([], [])
    assert changes(run, run).summary() == "no rule changed"


def test_another_pod_seed_or_description_is_said() -> None:
    run = results_with({"answer-json": "held"})
    other = Results(
        {**run.header, "seed": 8, "target": {"url": "https://beta.example.com/pod"}, "versions": {"suite": "2"}},
        run.rules,
        run.footer,
    )
    assert changes(run, other).notes == [
        "another pod: https://acme.example.com/pod before, https://beta.example.com/pod now",
        "another seed: 7 before, 8 now",
        "another version of the suite: unknown before, 2 now",
    ]
