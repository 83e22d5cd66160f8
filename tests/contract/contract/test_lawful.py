import pytest

from contract_tests.contract.exchange import JSON, Answer, Exchange, Request, act
from contract_tests.contract.lawful import (
    ACCEPTED,
    INCOMING,
    NOBODY,
    NONE,
    NOT_FOUND,
    OUTGOING,
    REFUSED,
    REJECTED,
    BodyReading,
    Lawful,
    act_on_relation,
    act_on_state,
    read_body,
    success,
)

ACCEPT, REJECT = "acceptConnection", "rejectConnection"


@pytest.mark.parametrize(
    ("operation_id", "state", "expected"),
    [
        (ACCEPT, INCOMING, success(ACCEPTED)),
        (REJECT, INCOMING, success(REJECTED)),
        (ACCEPT, NONE, NOT_FOUND),
        (REJECT, NONE, NOT_FOUND),
        (ACCEPT, OUTGOING, REFUSED),
        (REJECT, OUTGOING, REFUSED),
        (ACCEPT, ACCEPTED, success(ACCEPTED, REJECTED) | REFUSED),
        (REJECT, REJECTED, success(ACCEPTED, REJECTED) | REFUSED),
    ],
)
def test_the_lawful_answers_for_a_state(operation_id: str, state: str, expected: Lawful) -> None:
    assert act_on_state(operation_id, state) == expected


@pytest.mark.parametrize(
    ("operation_id", "relation", "expected"),
    [
        (ACCEPT, "unknown", NOBODY),
        (ACCEPT, "nobody", NOBODY),
        (ACCEPT, "caller", NOBODY),
        (ACCEPT, "stranger", NOT_FOUND),
        (ACCEPT, "colleague", success(ACCEPTED)),
        (REJECT, "colleague", REFUSED),
        (ACCEPT, "isolated", REFUSED),
        (ACCEPT, "requester", success(ACCEPTED)),
    ],
)
def test_the_lawful_answers_for_a_relation(operation_id: str, relation: str, expected: Lawful) -> None:
    assert act_on_relation(operation_id, relation, INCOMING) == expected


REFUSED_BODY = BodyReading(None, refusable=True, refused=True)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"userId": 2001}', BodyReading(2001, refusable=False, refused=False)),
        (b'{"userId": -9223372036854775808}', BodyReading(-(2**63), refusable=False, refused=False)),
        (b'{"userId": 2001, "x": 1}', BodyReading(2001, refusable=True, refused=False)),
        (b'{"userId": "2001"}', BodyReading(2001, refusable=True, refused=False)),
        (b'{"userId": 2001.0}', BodyReading(2001, refusable=True, refused=False)),
        (b'{"userId": true}', BodyReading(1, refusable=True, refused=False)),
        (b'{"userId": [2001]}', BodyReading(2001, refusable=True, refused=False)),
        (b'{"userId": 2001} x', BodyReading(2001, refusable=True, refused=False)),
        (b'{"userId": 2001}}', BodyReading(2001, refusable=True, refused=False)),
        (b'{"userId": 2001, "x": NaN}', BodyReading(2001, refusable=True, refused=False)),
        (b'{"userId": 2001, "x": "\xff"}', BodyReading(2001, refusable=True, refused=False)),
        (b'\xef\xbb\xbf{"userId": 2001}', BodyReading(2001, refusable=True, refused=False)),
        (b' {"userId": 2001}\r\n', BodyReading(2001, refusable=False, refused=False)),
        (b'{"userId": "\xff"}', REFUSED_BODY),
        (b'{"userId": [2001, 2002]}', REFUSED_BODY),
        (b'{"userId": [[2001]]}', REFUSED_BODY),
        (b'{"userId": 2001', REFUSED_BODY),
        (b'{"userId": 1, "userId": 2}', BodyReading(2, refusable=True, refused=False)),
        (b'{"userId": 9223372036854775808}', REFUSED_BODY),
        (b'{"userId": 2001.5}', REFUSED_BODY),
        (b'{"userId": null}', REFUSED_BODY),
        (b'{"userId": NaN}', REFUSED_BODY),
        (b"{}", REFUSED_BODY),
        (b"[]", REFUSED_BODY),
        (b"\xff", REFUSED_BODY),
        (b"", REFUSED_BODY),
        (b"[" * 100_000, REFUSED_BODY),
    ],
)
def test_the_reading_of_a_body(body: bytes, expected: BodyReading) -> None:
    assert read_body(Request(ACCEPT, "caller", body, JSON)) == expected


@pytest.mark.parametrize(
    ("lawful", "status", "body", "fault"),
    [
        (success(ACCEPTED), 200, b'{"status": "ACCEPTED"}', None),
        (success(ACCEPTED), 200, b'{"status": "REJECTED"}', "200 with REJECTED"),
        (success(ACCEPTED), 200, b"{}", "200 with no status"),
        (success(ACCEPTED), 200, b'{"status": ["ACCEPTED"]}', "200 with no status"),
        (success(ACCEPTED), 200, b"oops", "200 with no status"),
        (success(ACCEPTED), 404, b"{}", "status 404"),
        (NOT_FOUND | REFUSED, 403, b"{}", None),
        (NOBODY, 403, b"{}", "status 403"),
    ],
)
def test_the_fault_of_an_answer(lawful: Lawful, status: int, body: bytes, fault: str | None) -> None:
    exchange = Exchange(act(ACCEPT, "caller", 2001), Answer(status, (), body, 0.0), None, "rule")
    assert lawful.fault(exchange) == fault


def test_lawful_answers_are_written_in_plain_words() -> None:
    assert str(NOBODY) == "404 or 400"
    assert str(success(ACCEPTED)) == "200 with ACCEPTED"
    assert str(Lawful(frozenset(range(300, 500)))) == "4xx or 3xx"
    assert str(Lawful(frozenset({200, 405, *range(500, 600)}))) == "200 or 5xx or 405"
