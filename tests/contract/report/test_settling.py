"""How long changes took from pod to pod: in the lines of every report, and beside the drawing of each side."""

from typing import Any

import pytest

from contract_tests.report.page import page
from contract_tests.report.settling import arrival
from tests.contract.results import results_with

ACME, BETA = "https://acme.example.com/pod", "https://beta.example.com/pod"
THERE = {"acted_at": ACME, "read_at": BETA, "times": 4, "missed": 0, "median": 0.06, "longest": 0.083}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (THERE, "after 0.06 s (median; longest 0.083 s)"),
        ({**THERE, "missed": 2}, "after 0.06 s (median; longest 0.083 s), 2 times not in time"),
        ({**THERE, "missed": 2, "median": None, "longest": None}, "never, 2 times not in time"),
        ({**THERE, "read_at": ACME}, None),
    ],
)
def test_when_what_was_done_at_one_pod_is_read_at_another(entry: dict[str, Any], said: str | None) -> None:
    assert arrival([entry], ACME, BETA) == said


def test_each_side_of_two_pods_says_when_it_reads_what_the_other_did() -> None:
    results = results_with({"answer-json": "held"}, settling=[THERE])
    results.header["target"].update(pods={"requester": BETA})
    text = page(results)
    assert "The user who asks, at <code>https://beta.example.com/pod</code>" in text
    assert text.count("What the other side did is read here after 0.06 s (median; longest 0.083 s).") == 1


def test_at_one_address_nothing_has_to_travel() -> None:
    text = page(results_with({"answer-json": "held"}))
    assert "nothing has to travel to another pod" in text
    assert "What the other side did" not in text
