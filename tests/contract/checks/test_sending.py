"""How a request is sent, and how its answer is compared with the answer to a plain request."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contract_tests.checks.check import Check
from contract_tests.checks.generating import Generating
from contract_tests.checks.refusals import AT_ONCE
from contract_tests.checks.same_answer import expect_same_answer
from contract_tests.contract.exchange import Request, act
from contract_tests.contract.rules import rules
from contract_tests.target.target import Target, User
from contract_tests.target.wire import Wire
from contract_tests.verdict.ledger import Ledger
from tests.contract.pods import Reply, Seen, small_pod

UNKNOWN_ID = 7078107103807
PLAIN = act("acceptConnection", "caller", UNKNOWN_ID)
RULE = "request-extras-ignored"
USERS = {"caller": User("caller", 7078106103809, token="a-token-of-the-caller"), "unknown": User("unknown", UNKNOWN_ID)}
NOT_FOUND = Reply(404, b'{"code": 404, "message": "No."}')


def sent(request: Request) -> Seen:
    """The request as a pod receives it."""
    with small_pod(lambda _: NOT_FOUND) as (url, seen):
        wire = Wire(Target(url, "", "", users=USERS), lambda _: None)
        try:
            wire.send(request, RULE)
        finally:
            wire.close()
    return seen[0]


def test_a_body_is_sent_in_chunks() -> None:
    seen = sent(replace(PLAIN, headers=(("Transfer-Encoding", "chunked"),)))
    assert seen.body == PLAIN.body
    assert "content-length" not in seen.headers


def test_a_body_is_sent_after_the_pod_could_ask_for_it() -> None:
    length = str(len(PLAIN.body or b""))
    seen = sent(replace(PLAIN, headers=(("Expect", "100-continue"), ("Content-Length", length))))
    assert seen.body == PLAIN.body
    assert (seen.headers["expect"], seen.headers["content-length"]) == ("100-continue", length)
    assert "transfer-encoding" not in seen.headers


@pytest.mark.parametrize(
    ("headers", "accept"),
    [((), "application/json"), ((("Accept", "text/html"),), "text/html"), ((("Accept", ""),), None)],
)
def test_the_accept_header_is_json_another_value_or_missing(
    headers: tuple[tuple[str, str], ...], accept: str | None
) -> None:
    assert sent(replace(PLAIN, headers=headers)).headers.get("accept") == accept


def test_a_request_can_be_sent_to_another_path() -> None:
    assert sent(replace(PLAIN, at="/v1/connection/accept;x=y")).path == "/pod/v1/connection/accept;x=y"


def compare(url: str, vary: Callable[[Request], list[Request]]) -> Ledger:
    """What is noted if the pod at an address is sent plain requests and variations of them."""
    wire = Wire(Target(url, "", "", users=USERS), lambda _: None)
    ledger = Ledger([RULE], list)
    try:
        expect_same_answer(Check(rules()[RULE], wire, ledger, seed=0, max_examples=1, generating=Generating()), vary)
    finally:
        wire.close()
    return ledger


def finding(answer: Callable[[Seen], Reply], headers: tuple[tuple[str, str], ...] = (("X-Other", "x"),)) -> str | None:
    """What is expected and found if a pod is sent a plain request, and the same with one more header."""
    with small_pod(answer) as (url, _):
        ledger = compare(url, lambda plain: [replace(plain, headers=headers)])
    smallest = ledger.records[RULE].smallest
    return f"{smallest.expected}; {smallest.found}" if smallest else None


def with_header(reply: Reply) -> Callable[[Seen], Reply]:
    """Answers the request that has the header with another reply."""
    return lambda request: reply if "x-other" in request.headers else NOT_FOUND


def test_the_same_answer_is_no_finding() -> None:
    assert finding(lambda _: NOT_FOUND) is None


def test_another_status_is_a_finding() -> None:
    assert finding(with_header(Reply(400))) == "404; status 400"


def test_a_status_that_http_defines_for_the_request_is_no_finding_in_any_form() -> None:
    page = Reply(406, b"<html></html>", (("Content-Type", "text/html"),))

    def answer(request: Seen) -> Reply:
        return NOT_FOUND if request.headers["accept"] == "application/json" else page

    assert finding(answer, (("Accept", "text/html"),)) is None


def test_another_media_type_is_a_finding() -> None:
    page = Reply(404, b"<html></html>", (("Content-Type", "text/html"),))
    assert finding(with_header(page)) == "404 as application/json; 404 as text/html"


def test_a_variation_is_sent_of_accept_and_of_reject_at_once() -> None:
    with small_pod(lambda _: NOT_FOUND) as (url, seen):
        compare(url, lambda plain: [replace(plain, query=f"x={number}") for number in range(AT_ONCE)])
    first_batch = sorted(one.path.rsplit("/", 1)[-1] for one in seen[2 : 2 + AT_ONCE])
    half = range(AT_ONCE // 2)
    assert first_batch == [f"{operation}?x={number}" for operation in ("accept", "reject") for number in half]
