"""Answers of servers in front of the pod: they count for no rule, and the results list them."""

from dataclasses import replace

from contract_tests.contract.exchange import JSON, Answer, Exchange, Request, act
from contract_tests.verdict.ledger import Ledger

RULE = "session-unknown-refused"
PLAIN = act("acceptConnection", "caller", 7078107103807)
ODD = replace(PLAIN, role=None, token="%00", token_shell="%00", about="an encoded NUL")
ERROR = Answer(404, (("content-type", JSON), ("server", "pod")), b'{"code": 404, "message": "No."}', 0.01)
PAGE = Answer(403, (("content-type", "text/html"), ("server", "nginx"), ("via", "1.1 waf")), b"<h1>403</h1>", 0.01)


def ledger_after(*exchanges: tuple[Request, Answer]) -> Ledger:
    ledger = Ledger([RULE, "answer-media-type"], list)
    for request, answer in exchanges:
        ledger.note(Exchange(request, answer, None, RULE))
    return ledger


def test_an_answer_before_the_pod_is_neither_a_finding_nor_a_proof() -> None:
    ledger = ledger_after((PLAIN, ERROR), (ODD, PAGE))
    media_type = ledger.records["answer-media-type"]
    assert (media_type.verdict, media_type.checked) == ("held", 1)
    record = ledger.records[RULE]
    assert (record.verdict, record.requests, record.before_the_pod) == ("not verified", 2, 1)
    assert record.reason == "a server in front of the pod answered every request of this rule"


def test_an_answer_before_the_pod_reaches_no_documented_status() -> None:
    ledger = ledger_after((PLAIN, ERROR), (ODD, PAGE))
    assert dict(ledger.statuses["acceptConnection"]) == {404: 1}


def test_the_same_page_to_an_ordinary_request_is_a_finding() -> None:
    ledger = ledger_after((PLAIN, ERROR), (PLAIN, PAGE))
    assert ledger.records["answer-media-type"].verdict == "broken"
    assert ledger.before_the_pod.as_results() == []


def test_the_results_say_which_request_was_answered_by_whom_and_how_often() -> None:
    other = replace(ODD, token="' OR '1'='1", token_shell="' OR '1'='1", about="a quotation mark")
    ledger = ledger_after((PLAIN, ERROR), (ODD, PAGE), (other, PAGE))
    assert ledger.before_the_pod.as_results() == [
        {
            "request": {
                "operation": "acceptConnection",
                "method": "POST",
                "path": "/v1/connection/accept",
                "session": None,
                "about": "an encoded NUL",
            },
            "unusual": "unusual characters in the session header",
            "status": 403,
            "server": "nginx",
            "via": "1.1 waf",
            "content_type": "text/html",
            "times": 2,
        }
    ]
