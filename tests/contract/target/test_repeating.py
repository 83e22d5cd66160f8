"""Answers that do not come from the pod: what the suite repeats, what it reports, and when it stops."""

import asyncio
import time
from collections.abc import Callable, Coroutine

import httpx
import pytest

from contract_tests.contract.exchange import Answer, Exchange, Request, act
from contract_tests.target import repeating
from contract_tests.target.answer_lost import AnswerLost
from contract_tests.target.not_verified import NotVerified
from contract_tests.target.pace import Pace
from contract_tests.target.repeating import Repeating
from contract_tests.target.transport import ConnectionDropped, Transport

ACCEPTING = act("acceptConnection", "caller", 7215545057283)
READING = Request("listConnections", "caller")
DROPPED = httpx.RemoteProtocolError("Server disconnected without sending a response.")
REFUSED = httpx.ConnectError("All connection attempts failed")

Outcome = int | httpx.TransportError


class ScriptedTransport(Transport):
    """A transport that returns given statuses, or raises given errors of the connection.

    Args:
        outcome: Returns the status or the error for the nth sending of a request, counted from 0.
    """

    def __init__(self, outcome: Callable[[Request, int], Outcome]) -> None:
        self.pace = Pace(None)
        self.seen: list[Request] = []
        self._outcome = outcome

    async def send(self, request: Request, rule: str) -> Exchange:
        outcome = self._outcome(request, self.seen.count(request))
        self.seen.append(request)
        if isinstance(outcome, httpx.TransportError):
            raise ConnectionDropped(request, outcome)
        return Exchange(request, Answer(outcome, (), b"{}", 0.0), None, rule)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the code under test waited. The clock is set forward instead of waiting."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", wait)
    monkeypatch.setattr(time, "monotonic", lambda: sum(waited))
    return waited


def repeating_over(transport: ScriptedTransport, *, may_change: bool = False) -> Repeating:
    """A sender over this transport. The pod has answered one reading before."""
    sends = Repeating(transport, lambda: READING, lambda _: may_change)
    run(sends.send(READING, "preflight"))
    transport.seen.clear()
    return sends


def run(sending: Coroutine[object, object, Exchange]) -> Exchange:
    with asyncio.Runner() as runner:
        return runner.run(sending)


def in_turn(*outcomes: Outcome) -> Callable[[Request, int], Outcome]:
    """These outcomes for accept, one after the other, then always the last one. Every reading gets 200."""
    return lambda request, nth: 200 if request == READING else outcomes[min(nth, len(outcomes) - 1)]


@pytest.mark.parametrize("lost", [DROPPED, REFUSED, 502, 503, 504])
def test_what_cannot_have_done_harm_is_sent_again(lost: Outcome) -> None:
    transport = ScriptedTransport(in_turn(lost, lost, 404))
    sends = repeating_over(transport)
    assert run(sends.send(ACCEPTING, "r")).status == 404
    assert transport.seen == [ACCEPTING] * 3
    assert sends.unavailable == (2 if isinstance(lost, int) else 0)


@pytest.mark.parametrize("lost", [DROPPED, 502, 503, 504])
def test_what_may_have_been_carried_out_is_left_to_who_sent_it(lost: Outcome) -> None:
    transport = ScriptedTransport(in_turn(lost, 404))
    sends = repeating_over(transport, may_change=True)
    with pytest.raises(AnswerLost):
        run(sends.send(ACCEPTING, "r"))
    assert transport.seen == [ACCEPTING]


def test_what_was_not_sent_is_sent_again_whatever_it_changes() -> None:
    transport = ScriptedTransport(in_turn(REFUSED, REFUSED, 200))
    assert run(repeating_over(transport, may_change=True).send(ACCEPTING, "r")).status == 200


def test_a_request_that_drops_each_time_is_accused_where_a_plain_one_is_answered() -> None:
    transport = ScriptedTransport(in_turn(DROPPED))
    exchange = run(repeating_over(transport).send(ACCEPTING, "r"))
    assert transport.seen.count(ACCEPTING) == repeating.DROPS_TO_ACCUSE
    assert transport.seen[-1 - repeating.PLAIN_TO_ACCUSE :] == [ACCEPTING] + [READING] * repeating.PLAIN_TO_ACCUSE
    assert "8 times in a row, and a plain request beside it was answered" in str(exchange.failure)


def test_a_request_that_may_change_something_is_accused_over_several_steps() -> None:
    transport = ScriptedTransport(in_turn(DROPPED))
    sends = repeating_over(transport, may_change=True)
    for _ in range(repeating.DROPS_TO_ACCUSE - 1):
        with pytest.raises(AnswerLost):
            run(sends.send(ACCEPTING, "r"))
    assert run(sends.send(ACCEPTING, "r")).answer is None


def test_no_request_is_accused_where_plain_ones_are_lost_too() -> None:
    transport = ScriptedTransport(lambda request, nth: 200 if request == READING and nth % 3 else DROPPED)
    sends = Repeating(transport, lambda: READING, lambda _: True)
    transport.seen.append(READING)
    run(sends.send(READING, "preflight"))
    for _ in range(repeating.DROPS_TO_ACCUSE + 4):
        with pytest.raises(AnswerLost):
            run(sends.send(ACCEPTING, "r"))


@pytest.mark.parametrize("lost", [DROPPED, 503])
def test_a_request_that_is_lost_because_every_tenth_is_lost_is_not_accused(lost: Outcome) -> None:
    def every_tenth(*_: object) -> Outcome:
        return lost if len(transport.seen) % 10 == 0 else 200

    transport = ScriptedTransport(lambda *_: 200)
    sends = repeating_over(transport, may_change=True)
    transport._outcome = every_tenth
    for _ in range(100):  # in each round ten requests, so that accept is always the tenth
        try:
            answered = run(sends.send(ACCEPTING, "r"))
            break
        except AnswerLost:
            transport.seen += [READING] * 9
    assert answered.status == 200


def test_a_503_that_only_one_request_gets_is_the_pods_own() -> None:
    transport = ScriptedTransport(in_turn(503))
    sends = repeating_over(transport)
    assert run(sends.send(ACCEPTING, "r")).status == 503
    assert transport.seen.count(ACCEPTING) == repeating.REFUSALS_TO_ACCUSE
    assert transport.seen[-1 - repeating.PLAIN_TO_ACCUSE :] == [ACCEPTING] + [READING] * repeating.PLAIN_TO_ACCUSE
    transport.seen.clear()
    assert run(sends.send(ACCEPTING, "r")).status == 503
    assert transport.seen == [ACCEPTING, READING]


@pytest.mark.parametrize("lost", [DROPPED, REFUSED, 503])
def test_a_pod_that_answers_nothing_any_more_ends_the_run_after_half_a_minute(
    lost: Outcome, waits: list[float]
) -> None:
    transport = ScriptedTransport(lambda _, nth: 200 if nth == 0 and not transport.seen else lost)
    sends = repeating_over(transport)
    transport._outcome = lambda *_: lost
    with pytest.raises(NotVerified, match="for 30 s the pod gave no answer"):
        run(sends.send(ACCEPTING, "r"))
    assert sends.given_up is not None
    assert 30 < sum(waits) < 36


def test_a_pod_that_is_restarted_is_waited_for(waits: list[float]) -> None:
    transport = ScriptedTransport(in_turn(*[REFUSED] * 12, 404))
    assert run(repeating_over(transport).send(ACCEPTING, "r")).status == 404
    assert sum(waits) == pytest.approx(3.0)


def test_a_retry_after_of_a_gateway_is_waited_for(waits: list[float]) -> None:
    transport = ScriptedTransport(in_turn(503, 404))
    sends = repeating_over(transport)
    run(sends.send(ACCEPTING, "r"))
    assert waits == [0.25]


def test_requests_go_out_slower_where_one_is_refused_twice() -> None:
    transport = ScriptedTransport(in_turn(503, 503, 404))
    sends = repeating_over(transport)
    run(sends.send(ACCEPTING, "r"))
    assert transport.pace._rate is not None


def test_before_the_first_answer_a_dropped_connection_says_that_nothing_is_there() -> None:
    transport = ScriptedTransport(in_turn(REFUSED))
    with pytest.raises(ConnectionDropped):
        run(Repeating(transport, lambda: None, lambda _: False).send(ACCEPTING, "r"))
