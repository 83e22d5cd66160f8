"""The JSON Schema of results.jsonl: every line of a run is valid, and nothing else is."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contract_tests.report.results import SCHEMA
from tests.contract.results import BROKEN, results_of

VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
LINES: list[dict[str, Any]] = [json.loads(line) for line in results_of({BROKEN: "{}"}).text().splitlines()]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)


def test_every_line_of_results_is_valid() -> None:
    assert [[error.message for error in VALIDATOR.iter_errors(line)] for line in LINES] == [[]] * 4


@pytest.mark.parametrize(
    "line",
    [
        {"nonsense": 1},
        {},
        [],
        None,
        {**LINES[0], "nonsense": 1},
        {**LINES[1], "nonsense": 1},
        {**LINES[3], "nonsense": 1},
        {"header": {**LINES[0]["header"], "nonsense": 1}},
        {"footer": {**LINES[3]["footer"], "nonsense": 1}},
        {**LINES[1], "evidence": {**LINES[1]["evidence"], "nonsense": 1}},
        {**LINES[1], "evidence": None},
        {**LINES[2], "evidence": LINES[1]["evidence"]},
        {"footer": {**LINES[3]["footer"], "transitions": [{"before": "ACCEPTED"}]}},
        {"footer": {**LINES[3]["footer"], "exit_status": 5}},
    ],
)
def test_what_is_no_line_of_results_is_refused(line: Any) -> None:
    assert not VALIDATOR.is_valid(line)
