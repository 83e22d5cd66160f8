import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from contract_tests.contract.exchange import Exchange, Request, act
from contract_tests.target import interrupt
from contract_tests.target.answer_lost import AnswerLost
from contract_tests.target.not_verified import NotVerified
from contract_tests.target.target import Target, User
from contract_tests.target.wire import Wire
from tests.contract.pods import Reply, Seen, refusing, small_pod

NOBODY = 7078107103807
REFUSED = Reply(404, b'{"code": 404, "message": "No."}')
THROTTLED = Reply(429, b"slow down", (("Content-Type", "text/plain"), ("Retry-After", "0")))
READING = Request("listConnections", "caller")
ACCEPTING = act("acceptConnection", "caller", NOBODY)
CHANGING = act("acceptConnection", "caller", 7215545057283)


@contextmanager
def wire_to(
    answer: Callable[[Seen], Reply], on_exchange: Callable[[Exchange], None] = lambda _: None
) -> Iterator[tuple[Wire, list[Seen]]]:
    """A wire to a small pod with the caller's token, and the requests that the pod received."""
    users = {
        "caller": User("caller", 7078106103809, token="a-token-of-the-caller"),
        "requester": User("requester", 7215545057283, token="a-token-of-the-requester"),
        "unknown": User("unknown", NOBODY),
    }
    with small_pod(answer) as (url, seen):
        wire = Wire(Target(url, "", "", timeout=5.0, users=users, allow_writes=True), on_exchange)
        try:
            yield wire, seen
        finally:
            wire.close()


def in_turn(*replies: Reply) -> Callable[[Seen], Reply]:
    """Return these answers one after the other, then always the last one."""
    waiting = list(replies)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def test_after_an_idle_connection_was_closed_none_is_kept() -> None:
    with wire_to(in_turn(REFUSED, Reply(None), REFUSED)) as (wire, seen):
        wire.send(ACCEPTING, "r")
        wire.send(ACCEPTING, "r")
        wire.send(ACCEPTING, "r")
        first, second, third, fourth = (request.port for request in seen)
        assert second == first
        assert len({second, third, fourth}) == 3
        assert wire.address_of("caller").transport.dropped == 1


def test_a_fresh_connection_that_drops_changes_nothing_for_the_next() -> None:
    with wire_to(in_turn(Reply(None), REFUSED)) as (wire, seen):
        wire.send(ACCEPTING, "r")
        wire.send(ACCEPTING, "r")
        _, second, third = (request.port for request in seen)
        assert third == second


def test_what_is_throttled_without_end_is_given_up_and_then_nothing_more_is_sent() -> None:
    with wire_to(in_turn(THROTTLED)) as (wire, seen):
        for _ in range(4):
            with pytest.raises(NotVerified, match="throttled"):
                wire.send(ACCEPTING, "r")
        assert (len(seen), wire.address_of("caller").repeating.throttled) == (12, 12)
        assert wire.given_up is not None


def test_a_wait_of_an_hour_is_not_waited_for() -> None:
    hour = Reply(429, b"", (("Retry-After", "3600"),))
    with wire_to(in_turn(hour)) as (wire, seen):
        with pytest.raises(NotVerified, match="3600 s"):
            wire.send(ACCEPTING, "r")
        assert len(seen) == 1


def test_an_answer_between_two_that_were_given_up_lets_the_run_go_on() -> None:
    with wire_to(in_turn(*[THROTTLED] * 6, REFUSED, *[THROTTLED] * 6, REFUSED)) as (wire, _):
        for _ in range(2):
            with pytest.raises(NotVerified):
                wire.send(ACCEPTING, "r")
            assert wire.send(ACCEPTING, "r").status == 404


def test_a_400_that_says_retry_after_every_time_is_the_pods_answer() -> None:
    refusal = Reply(400, b'{"code": 400, "message": "No."}', (("Retry-After", "0"),))
    with wire_to(in_turn(refusal)) as (wire, _):
        assert wire.send(ACCEPTING, "r").status == 400


def test_x_gzip_is_gzip() -> None:
    body = b'{"code": 404, "message": "No."}'
    packed = Reply(404, gzip.compress(body), (("Content-Type", "application/json"), ("Content-Encoding", "x-gzip")))
    with wire_to(in_turn(packed)) as (wire, _):
        answer = wire.send(ACCEPTING, "r").answer
        assert answer is not None
        assert answer.body == body


def test_x_gzip_that_is_none_is_a_broken_encoding() -> None:
    packed = Reply(404, b"no gzip", (("Content-Encoding", "x-gzip"),))
    with wire_to(in_turn(packed)) as (wire, _):
        assert "content encoding is broken" in str(wire.send(ACCEPTING, "r").failure)


def test_a_401_to_one_request_alone_is_the_pods_answer() -> None:
    def answer(request: Seen) -> Reply:
        return Reply(401) if request.method == "POST" else Reply(200, b"[]")

    with wire_to(answer) as (wire, seen):
        wire.set_probe(READING)
        assert wire.send(ACCEPTING, "r").status == 401
        assert [request.method for request in seen] == ["POST", "GET"]


def test_a_401_to_everything_is_the_end_of_a_session_that_was_given() -> None:
    with wire_to(refusing(401)) as (wire, _):
        wire.set_probe(READING)
        with pytest.raises(NotVerified, match="the caller.s session ended during the run"):
            wire.send(ACCEPTING, "r")


def test_of_requests_sent_at_once_every_one_has_ended_when_one_fails() -> None:
    ended: list[Exchange] = []
    with wire_to(in_turn(REFUSED, Reply(None), REFUSED), ended.append) as (wire, seen):
        wire.send(ACCEPTING, "r")
        with pytest.raises(AnswerLost):
            wire.send_together([CHANGING] * 8, "r")
        assert (len(seen), len(ended)) == (9, 8)


def test_a_signal_whose_exception_was_lost_sends_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with wire_to(refusing(404)) as (wire, seen):
        monkeypatch.setattr(interrupt, "_asked", True)
        with pytest.raises(interrupt.Interrupted):
            wire.send(ACCEPTING, "r")
        with pytest.raises(interrupt.Interrupted):
            wire.send_together([ACCEPTING], "r")
        assert seen == []
        with interrupt.uninterrupted():  # things are put back
            wire.send(ACCEPTING, "r")
        assert len(seen) == 1
