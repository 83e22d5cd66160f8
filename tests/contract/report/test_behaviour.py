"""The behaviour table of the pages beside what the pod did."""

import re
from pathlib import Path
from typing import Any

import pytest

from contract_tests.report.behaviour import ACTIONS, TABLE, Edge, Side, edges, table_rows
from contract_tests.report.diagram import HEIGHT, WIDTH, diagram
from contract_tests.report.results import Results
from tests.contract.results import results_with

PAGES = Path(__file__).resolve().parents[3] / "openapi" / "pages"
ROW = re.compile(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>")


def results(verdicts: dict[str, str], *transitions: tuple[Any, ...]) -> Results:
    names = ("before", "operation", "status", "after", "other_side", "times")
    return results_with(verdicts, transitions=[dict(zip(names, one, strict=True)) for one in transitions])


def test_the_rows_are_those_of_the_page() -> None:
    found = ROW.findall((PAGES / "accept-connection.md").read_text(encoding="utf-8"))
    shown = [(before.split(" ")[0].upper(), action, after) for before, action, after in found]
    assert [(row.before, ACTIONS[row.operation], row.after) for row in TABLE] == shown


ACCEPTS = ("PENDING_INCOMING", "acceptConnection", 200, "ACCEPTED", "ACCEPTED", 5)


@pytest.mark.parametrize(
    ("verdicts", "transitions", "side", "expected"),
    [
        (
            {"accept-makes-accepted": "held"},
            [ACCEPTS],
            "asked",
            Edge("PENDING_INCOMING", "ACCEPTED", "Accept", "seen", 5),
        ),
        (
            {"accept-makes-accepted": "held"},
            [ACCEPTS],
            "asker",
            Edge("PENDING_OUTGOING", "ACCEPTED", "Accept", "seen", 5),
        ),
        ({}, [], "asked", Edge("PENDING_INCOMING", "ACCEPTED", "Accept", "unverified", 0)),
        (
            {"accept-makes-accepted": "held"},
            [],
            "asker",
            Edge("PENDING_OUTGOING", "ACCEPTED", "Accept", "unverified", 0),
        ),
        # The connection became what it had to, and the answer was wrong, such as 201.
        (
            {"accept-makes-accepted": "broken"},
            [ACCEPTS],
            "asked",
            Edge("PENDING_INCOMING", "ACCEPTED", "Accept", "broken", 5),
        ),
        (
            {"accept-makes-accepted": "broken"},
            [ACCEPTS],
            "asker",
            Edge("PENDING_OUTGOING", "ACCEPTED", "Accept", "seen", 5),
        ),
    ],
)
def test_an_edge_of_the_table_is_seen_broken_or_unverified_on_each_side(
    verdicts: dict[str, str], transitions: list[tuple[Any, ...]], side: Side, expected: Edge
) -> None:
    assert edges(results(verdicts, *transitions), side)[1] == expected


def test_a_decision_that_never_arrives_is_broken_on_the_other_side_and_leads_to_where_it_stayed() -> None:
    stays = ("PENDING_INCOMING", "acceptConnection", 200, "ACCEPTED", "PENDING_OUTGOING", 4)
    made = results({"accept-makes-accepted": "held", "decision-reaches-other-pod": "broken"}, stays)
    assert edges(made, "asked")[1] == Edge("PENDING_INCOMING", "ACCEPTED", "Accept", "seen", 4)
    assert edges(made, "asker")[1:3] == [
        Edge("PENDING_OUTGOING", "ACCEPTED", "Accept", "broken", 0),
        Edge("PENDING_OUTGOING", "PENDING_OUTGOING", "Accept", "broken", 4),
    ]


def test_a_late_reading_accuses_no_pod_whose_rules_held() -> None:
    late = ("PENDING_INCOMING", "acceptConnection", 200, "ACCEPTED", "PENDING_OUTGOING", 1)
    made = results({"accept-makes-accepted": "held", "decision-reaches-other-pod": "held"}, ACCEPTS, late)
    assert {edge.kind for side in ("asked", "asker") for edge in edges(made, side)} == {"seen", "unverified"}


def test_a_change_that_the_table_does_not_have_is_shown_apart() -> None:
    removed = ("ACCEPTED", "removeConnection", 200, "NONE", "NONE", 3)
    made = results({}, removed)
    assert [edge for edge in edges(made, "asker") if edge.kind == "beyond"] == [
        Edge("ACCEPTED", "NONE", "Remove", "beyond", 3)
    ]


def test_the_table_says_what_the_pod_did() -> None:
    rows = table_rows(results({"accept-makes-accepted": "held"}, ACCEPTS))
    assert [(row.action, row.verdict, row.did) for row in rows] == [
        ("Connect", None, "not seen"),
        (
            "Accept",
            "held",
            "the acting user then read ACCEPTED, 5 times; the other user then read ACCEPTED, 5 times",
        ),
        ("Reject", None, "not seen"),
    ]


def test_the_table_says_what_is_wrong_where_the_state_alone_does_not() -> None:
    made = results({"accept-makes-accepted": "broken"}, (*ACCEPTS[:-1], 1))
    made.rules[0]["evidence"]["found"] = "status 201"
    assert [row.did for row in table_rows(made) if row.action == "Accept"] == [
        "the acting user then read ACCEPTED, once; the other user then read ACCEPTED, once; but: status 201"
    ]


def test_every_line_of_a_drawing_lies_within_it_and_is_said_in_words() -> None:
    states = ("NONE", "PENDING_INCOMING", "ACCEPTED", "REJECTED")
    every = [Edge(before, after, "Accept", "broken", 1) for before in states for after in states]
    drawn = diagram(every, "asked")
    numbers = [[int(n) for n in re.findall(r"-?\d+", line.path)] for line in drawn.lines]
    assert all(0 <= x <= WIDTH for one in numbers for x in (one[0], one[-2]))
    assert all(0 <= y <= HEIGHT for one in numbers for y in (one[1], one[-1]))
    assert all(0 <= line.x <= WIDTH and 0 <= line.y <= HEIGHT for line in drawn.lines)
    assert drawn.words.count("Accept in ") == len(every)
