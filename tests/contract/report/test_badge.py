"""badge.json is green only for a run that passed and saw everything."""

import json
from typing import Any

import pytest

from contract_tests.report.badge import badge
from contract_tests.report.results import Results
from tests.contract.results import results_with

HELD = {"answer-json": "held", "self-not-found": "held"}


@pytest.mark.parametrize(
    ("results", "message", "color"),
    [
        (results_with(HELD), "2 held", "brightgreen"),
        (results_with({**HELD, "answer-prompt": "warned"}), "2 of 3 held", "yellow"),
        (results_with({**HELD, "answer-whole": "not verified"}), "2 of 3 held", "yellow"),
        (results_with({**HELD, "answer-whole": "broken"}, exit_status=1), "1 broken", "red"),
        (results_with(HELD, exit_status=1, known=["answer-json holds"]), "failed", "red"),
        (results_with({"answer-json": "not verified"}, exit_status=3), "incomplete", "red"),
        (results_with({**HELD, "answer-whole": "error"}, exit_status=4), "incomplete", "red"),
        (results_with(HELD, exit_status=4, incomplete="the run was interrupted"), "incomplete", "red"),
        (results_with(HELD, exit_status=4, left_changed=["caller and requester"]), "incomplete", "red"),
    ],
)
def test_a_badge_says_how_the_run_ended(results: Results, message: str, color: str) -> None:
    made: dict[str, Any] = json.loads(badge(results))
    assert made == {"schemaVersion": 1, "label": "contract", "message": message, "color": color}
