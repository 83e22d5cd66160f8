"""Findings that have one cause stand under one heading."""

from typing import Any

import pytest

from contract_tests.contract.exchange import JSON, Answer, Exchange, Request, act
from contract_tests.report.causes import Cause, causes
from contract_tests.report.reproduction import Reproduction
from contract_tests.report.results import rule_lines
from contract_tests.verdict.ledger import Ledger

OTHER = 13056700579841
REFUSAL = "404 or 403 or 401 or 400"


def answered(status: int, body: bytes = b"{}", media_type: str = JSON, about: str = "", rule: str = "") -> Exchange:
    answer = Answer(status, (("content-type", media_type),), body, 0.01)
    return Exchange(act("acceptConnection", "caller", OTHER, about=about), answer, None, rule)


def found(*findings: tuple[str, str, str, Exchange]) -> list[Cause]:
    """The causes of findings, given as rule, expected, found and the exchange that shows it."""
    ledger = Ledger([rule for rule, *_ in findings], list)
    for rule, expected, fault, exchange in findings:
        ledger.check(rule, fault, (exchange,), expected)
    return causes(rule_lines(ledger, {}, Reproduction()))


def titles(found_causes: list[Cause]) -> dict[str, list[str]]:
    return {cause.title: sorted(cause.rules) for cause in found_causes}


def test_201_for_200_is_one_cause_of_all_rules_that_it_breaks() -> None:
    one = answered(201)
    expected = "200 with ACCEPTED"
    assert titles(
        found(
            ("accept-makes-accepted", expected, "status 201", one),
            ("race-consistent", f"200 with ACCEPTED or REJECTED or {REFUSAL}", "status 201", one),
            ("implicit-connection-stays", "200 with ACCEPTED to accept, after a reject", "status 201", one),
            ("answer-status-documented", "200, 400, 401, 403, 404 or 500", "status 201, which …", one),
        )
    ) == {
        "201 for 200": [
            "accept-makes-accepted",
            "answer-status-documented",
            "implicit-connection-stays",
            "race-consistent",
        ]
    }


def test_a_success_where_a_refusal_is_due_is_another_cause_than_the_wrong_status_of_a_success() -> None:
    made = found(
        ("accept-makes-accepted", "200 with ACCEPTED", "status 201", answered(201)),
        ("own-request-refused", REFUSAL, "status 201", answered(201)),
    )
    assert titles(made) == {
        "201 for 200": ["accept-makes-accepted"],
        "201 where a refusal is due (400, 401, 403 or 404)": ["own-request-refused"],
    }


def test_a_wrong_refusal_is_named_by_the_status_that_is_due() -> None:
    made = found(
        ("session-missing-refused", "401 or 400", "status 403", answered(403)),
        ("session-unknown-refused", "401", "status 403", answered(403)),
        ("unknown-user-not-found", "404 or 400", "status 403", answered(403)),
    )
    assert titles(made) == {
        "403 for 401": ["session-missing-refused", "session-unknown-refused"],
        "403 for 404": ["unknown-user-not-found"],
    }


def test_server_errors_with_the_same_text_have_one_cause_whatever_the_numbers_in_it_are() -> None:
    made = found(
        ("body-not-object-refused", REFUSAL, "status 500", answered(500, b'{"message":"trace 5f1"}', about="null")),
        ("answer-no-server-error", "no 5xx", "status 500", answered(500, b'{"message":"trace 77"}', about="null")),
        ("self-not-found", "404 or 400", "status 500", answered(500, b'{"message":"overflow"}', about="own id")),
    )
    assert titles(made) == {
        "500, a server error to null": ["answer-no-server-error", "body-not-object-refused"],
        "500, a server error to own id": ["self-not-found"],
    }


def test_html_for_json_is_one_cause_whatever_rule_sees_it() -> None:
    page = answered(404, b"<h1>404</h1>", "text/html; charset=utf-8")
    made = found(
        ("answer-media-type", "Content-Type: application/json", "Content-Type: text/html", page),
        ("answer-json", "JSON", "the body is not JSON", page),
    )
    assert titles(made) == {"text/html for application/json": ["answer-json", "answer-media-type"]}


@pytest.mark.parametrize(
    ("sentence", "title"),
    [
        (
            "acceptConnection answered 200, and the caller reads PENDING_INCOMING",
            "accept is answered 200, and the connection is then pending",
        ),
        (
            "acceptConnection answered 200, and the connection is PENDING_OUTGOING",
            "accept is answered 200, and the connection is then pending",
        ),
        (
            "after 200 to the caller's acceptConnection the caller reads ACCEPTED and the requester PENDING_OUTGOING",
            "the two sides of a connection read different states",
        ),
        ("200 with PENDING_INCOMING", "accept is answered 200 with PENDING_INCOMING"),
        ("200 with no status", "the member status of a success is not as documented"),
    ],
)
def test_what_became_of_a_connection_is_named(sentence: str, title: str) -> None:
    made = found(("accept-makes-accepted", "200 with ACCEPTED", sentence, answered(200)))
    assert [cause.title for cause in made] == [title]


def test_a_member_is_one_cause_whatever_rule_sees_it() -> None:
    made = found(
        ("accept-makes-accepted", "200 with ACCEPTED", "200 with accepted", answered(200)),
        ("success-schema", "the schema", "status: 'accepted' is not one of ['ACCEPTED']", answered(200)),
        ("error-schema", "the schema", "message: None is not of type 'string'", answered(404)),
        ("error-not-empty", "a code and a message", "no message", answered(404)),
    )
    assert titles(made) == {
        "the member status of a success is not as documented": ["accept-makes-accepted", "success-schema"],
        "the member message of an error is not as documented": ["error-not-empty", "error-schema"],
    }


def test_a_change_that_one_side_alone_reads_is_one_cause() -> None:
    made = found(
        (
            "accept-makes-accepted",
            "",
            "acceptConnection answered 200, and the connection is PENDING_OUTGOING",
            answered(200),
        ),
        (
            "sides-agree",
            "both to read the same",
            "the caller reads ACCEPTED and the requester PENDING_OUTGOING",
            answered(200),
        ),
        (
            "race-consistent",
            "",
            "answered 200, and the caller reads ACCEPTED, the requester PENDING_OUTGOING",
            answered(200),
        ),
    )
    assert titles(made) == {
        "accept is answered 200, and the connection is then pending": [
            "accept-makes-accepted",
            "race-consistent",
            "sides-agree",
        ]
    }


def test_the_cause_that_explains_most_comes_first_and_warnings_come_after_what_is_broken() -> None:
    made = found(
        ("media-type-refused", REFUSAL, "status 200", answered(200)),
        ("body-user-id-not-coerced", REFUSAL, "status 200", answered(200)),
        ("self-not-found", "404 or 400", "status 403", answered(403)),
        ("session-unknown-refused", "401", "status 404", answered(404)),
        ("session-case-refused", "401", "status 404", answered(404)),
    )
    assert [(cause.verdict, cause.title) for cause in made] == [
        ("broken", "404 for 401"),
        ("broken", "403 for 404"),
        ("warned", "200 where a refusal is due (400, 401, 403 or 404)"),
    ]
    assert [cause.id for cause in made] == ["cause-1", "cause-2", "cause-3"]


def test_the_rule_that_is_quickest_to_read_stands_first() -> None:
    ledger = Ledger(["session-unknown-refused", "session-case-refused", "answer-status-documented"], list)
    one = answered(302)
    ledger.check("session-unknown-refused", "status 302", (one, one, one), "401")
    ledger.check("session-case-refused", "status 302", (one, one), "401")
    ledger.check("answer-status-documented", "status 302, which …", (one,), "200, 400 or 401")
    (cause,) = causes(rule_lines(ledger, {}, Reproduction()))
    assert cause.rules == ["session-case-refused", "session-unknown-refused", "answer-status-documented"]


def test_an_answer_that_never_came_is_named() -> None:
    lost = Exchange(act("acceptConnection", "caller", OTHER), None, "no whole answer within 10 s", "")
    made = found(
        ("answer-whole", "a whole answer", "no whole answer within 10 s", lost),
        ("accept-makes-accepted", "200 with ACCEPTED", "no whole answer within 10 s", lost),
    )
    assert titles(made) == {"no whole answer within 10 s": ["accept-makes-accepted", "answer-whole"]}


def test_what_nothing_else_explains_stands_under_its_own_rule() -> None:
    exchange = Exchange(Request("getConnection", "caller"), Answer(200, (), b"{}", 0.0), None, "")
    made = found(("timestamps-ordered", "in order", "firstRequestedAt 2 is after updatedAt 1", exchange))
    assert [cause.title for cause in made] == ["timestamps-ordered: firstRequestedAt 2 is after updatedAt 1"]


def test_a_run_without_findings_has_no_causes() -> None:
    line: dict[str, Any] = {"rule": "answer-json", "verdict": "held", "evidence": None}
    assert causes([line]) == []
