"""One word and one sentence say how a run ended."""

from typing import Any

import pytest

from contract_tests.report.outcome import outcome
from contract_tests.report.results import Results
from tests.contract.results import BROKEN, results_of, results_with

TOO_LITTLE = "the pod refused most requests with 401, so too little was measured"


def with_footer(results: Results, **members: Any) -> Results:
    return results._replace(footer={**results.footer, **members})


@pytest.mark.parametrize(
    ("results", "word", "why"),
    [
        (results_of({}), "PASS", "Nothing is broken: 1 rule held."),
        (
            results_with({"answer-json": "held", "answer-prompt": "warned", "answer-whole": "not verified"}),
            "PASS",
            "Nothing is broken: 1 of 3 rules held, 1 warned, 1 not verified.",
        ),
        (
            results_with({"answer-json": "held", "answer-prompt": "warned"}, exit_status=1),
            "FAIL",
            "Nothing is broken, but the run is strict: 1 warned.",
        ),
        (
            results_with({"answer-json": "error"}, exit_status=4),
            "INCOMPLETE",
            "The suite itself failed at 1 rule.",
        ),
        (
            results_of({BROKEN: "{}"}),
            "FAIL",
            "1 of 2 rules is broken. The likeliest cause: 418 for 404.",
        ),
        (
            with_footer(results_of({BROKEN: "{}"}), incomplete="the run was interrupted", exit_status=4),
            "INCOMPLETE",
            "The run was interrupted. Until then 1 of 2 rules is broken.",
        ),
        (with_footer(results_of({}), exit_status=3, too_little=TOO_LITTLE), "INCOMPLETE", f"T{TOO_LITTLE[1:]}."),
        (
            with_footer(results_of({}), exit_status=4, left_changed=["the connection of caller and requester"]),
            "INCOMPLETE",
            "Not everything could be put back: The connection of caller and requester.",
        ),
        (
            with_footer(results_of({}), exit_status=1, known=["x is listed, but it holds"]),
            "FAIL",
            "X is listed, but it holds.",
        ),
    ],
)
def test_a_run_ends_with_a_word_and_a_reason(results: Results, word: str, why: str) -> None:
    assert outcome(results) == (word, why)
