"""What is sent again, when, and for how long."""

import contextlib
import socket
import time
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from symphony_pod_client import (
    AsyncPodClient,
    BadRequestError,
    CallTimeoutError,
    ConnectError,
    ConnectionLostError,
    PodClient,
    PodError,
    Retries,
    ServerError,
    StatusError,
    TooManyRequestsError,
    UsageError,
)

from tests.client.faces import SYNC, TOKEN, Face
from tests.client.pods import CONNECTION, ScriptedPod, answer, cut, error_answer, hang, hang_up


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were asked for, none of which is waited."""
    noted: list[float] = []

    async def wait(seconds: float) -> None:
        noted.append(seconds)

    monkeypatch.setattr("symphony_pod_client.base.time.sleep", noted.append)
    monkeypatch.setattr("anyio.sleep", wait)
    return noted


def call(face: Face, said: list[Any], **options: Any) -> tuple[Any, int]:
    """The outcome of a call, and how many requests it took; after what is listed, the pod answers 200."""
    rest = iter(said)
    with ScriptedPod(lambda _: next(rest, answer())) as pod:
        try:
            return face.call(pod.url, **options), len(pod.requests)
        except PodError as error:
            return error, len(pod.requests)


@pytest.mark.parametrize(
    "said",
    [error_answer(429), error_answer(429, "no", "Retry-After: 1"), error_answer(503, "no", "Retry-After: 1")],
    ids=["429", "429-with-retry-after", "503-with-retry-after"],
)
def test_what_was_not_carried_out_is_sent_again(said: bytes, face: Face) -> None:
    outcome, requests = call(face, [said, said])
    assert outcome.to_dict() == CONNECTION
    assert requests == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 425, 500, 502, 503, 504, 301, 202])
def test_no_other_status_is_sent_again(status: int, face: Face) -> None:
    more = "Retry-After: 1" if status == 400 else "X: 1"
    outcome, requests = call(face, [error_answer(status, "no", more)])
    assert outcome.status == status
    assert requests == 1


@pytest.mark.parametrize("said", [hang_up, hang, cut(answer(), -5)], ids=["lost", "time-out", "cut"])
def test_no_lost_answer_is_sent_again(said: Any, face: Face) -> None:
    outcome, requests = call(face, [said], timeout=0.15)
    assert isinstance(outcome, ConnectionLostError | CallTimeoutError)
    assert requests == 1


def test_no_connection_is_tried_again(face: Face, waits: list[float]) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectError):
        face.call(f"http://127.0.0.1:{port}/pod")
    assert len(waits) == 2


def test_a_number_limits_the_repetitions(face: Face) -> None:
    outcome, requests = call(face, [error_answer(429)] * 9, retries=4)
    assert isinstance(outcome, TooManyRequestsError)
    assert requests == 5


def test_a_single_call_can_have_its_own_number(face: Face) -> None:
    with ScriptedPod(lambda _: error_answer(429)) as pod, pytest.raises(TooManyRequestsError):
        face.call(pod.url, lambda pod: pod.connections.accept(user_id=1, retries=0))
    assert len(pod.requests) == 1


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7), ("0", 0, 0), (" 3 ", 3, 3),
        ("soon", 0.25, 0.5), ("-5", 0.25, 0.5), ("1.5", 0.25, 0.5), ("", 0.25, 0.5), ("9" * 40, 0.25, 0.5),
    ],
)  # fmt: skip
def test_retry_after_in_seconds_is_obeyed(
    header: str, least: float, most: float, face: Face, waits: list[float]
) -> None:
    call(face, [error_answer(429, "no", f"Retry-After: {header}")])
    (wait,) = waits
    assert least <= wait <= most


@pytest.mark.parametrize(("ahead", "least", "most"), [(20, 17, 20), (-3600, 0, 0)])
def test_retry_after_as_a_date_is_obeyed(ahead: int, least: float, most: float, face: Face, waits: list[float]) -> None:
    call(face, [error_answer(429, "no", f"Retry-After: {formatdate(time.time() + ahead, usegmt=True)}")])
    (wait,) = waits
    assert least <= wait <= most


def test_retry_after_beyond_the_longest_wait_gives_the_error_at_once(face: Face, waits: list[float]) -> None:
    outcome, requests = call(face, [error_answer(429, "no", "Retry-After: 31")])
    assert outcome.retry_after == 31
    assert (requests, waits) == (1, [])


def test_the_longest_wait_can_be_set(face: Face, waits: list[float]) -> None:
    call(face, [error_answer(429, "no", "Retry-After: 50")], retries=Retries(longest=50))
    assert waits == [50]


def test_the_sum_of_the_waits_is_bounded(face: Face, waits: list[float]) -> None:
    outcome, requests = call(face, [error_answer(429, "no", "Retry-After: 25")] * 9, retries=9)
    assert isinstance(outcome, TooManyRequestsError)
    assert (requests, waits) == (3, [25, 25])


def test_the_back_off_doubles_up_to_eight_seconds_and_is_jittered(waits: list[float]) -> None:
    for _ in range(5):
        call(SYNC, [error_answer(429)] * 7, retries=Retries(limit=7))
    for repetition, ceiling in enumerate([0.5, 1, 2, 4, 8, 8, 8]):
        drawn = waits[repetition::7]
        assert all(ceiling / 2 <= wait <= ceiling for wait in drawn)
        assert len(set(drawn)) == 5


@pytest.mark.parametrize(
    "said",
    [error_answer(500), error_answer(503), hang_up, cut(answer(), -5), hang],
    ids=["500", "503", "lost", "cut", "slow"],
)
def test_a_caller_can_have_anything_sent_again_in_one_call(said: Any, face: Face) -> None:
    rest = iter([said])
    with ScriptedPod(lambda _: next(rest, answer(200, b"[]"))) as pod:
        listed = face.call(pod.url, lambda pod: pod.connections.list(retries=Retries(repeat_unsafe=True), timeout=0.15))
    assert listed == []
    assert len(pod.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_but_not_what_will_be_refused_again(status: int, face: Face) -> None:
    with ScriptedPod(lambda _: error_answer(status)) as pod, pytest.raises(StatusError):
        face.call(pod.url, lambda pod: pod.connections.list(retries=Retries(repeat_unsafe=True)))
    assert len(pod.requests) == 1


def test_a_client_cannot_have_anything_sent_again_in_every_call() -> None:
    with pytest.raises(UsageError, match="for a single call only"):
        PodClient("https://acme.example.com/pod", session_token=TOKEN, retries=Retries(repeat_unsafe=True))
    with pytest.raises(UsageError, match="for a single call only"):
        AsyncPodClient("https://acme.example.com/pod", session_token=TOKEN, retries=Retries(repeat_unsafe=True))
    with PodClient("https://acme.example.com/pod", session_token=TOKEN) as pod, pytest.raises(UsageError):
        pod.with_retries(Retries(repeat_unsafe=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": "3"}, {"limit": 1.0}, {"limit": -1}, {"limit": True}, {"longest": float("nan")}, {"total": "1"},
        {"longest": float("inf")}, {"total": -1}, {"repeat_safe": 1}, {"repeat_unsafe": "no"},
    ],
    ids=str,
)  # fmt: skip
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"Retries.{next(iter(wrong))}: expected "):
        Retries(**wrong)


def test_a_policy_is_made_by_name_and_does_not_change() -> None:
    with pytest.raises(TypeError):
        Retries(3)  # type: ignore[call-arg]  # what is refused
    with pytest.raises(AttributeError):
        Retries().limit = 3  # type: ignore[misc]  # likewise


@pytest.mark.parametrize("said", [error_answer(500), hang_up, cut(answer(), -5)], ids=["500", "lost", "cut"])
def test_a_client_can_repeat_what_only_reads(said: Any, face: Face) -> None:
    rest = iter([said, answer(200, b"[]"), said])
    with ScriptedPod(lambda _: next(rest)) as pod:

        def use(client: Any) -> Any:
            return client.with_retries(Retries(repeat_safe=True)).connections.list()

        def change(client: Any) -> Any:
            return client.with_retries(Retries(repeat_safe=True)).connections.accept(user_id=1)

        assert face.call(pod.url, use) == []
        with pytest.raises(PodError):
            face.call(pod.url, change)
    assert [request.method for request in pod.requests] == ["GET", "GET", "POST"]


@pytest.mark.parametrize("retries", [-1, True, 1.5, "2"])
def test_retries_are_a_number_or_a_policy(retries: Any) -> None:
    with pytest.raises(UsageError, match="retries: expected a number from 0, or a Retries"):
        SYNC.call("http://127.0.0.1:1/pod", retries=retries)


def test_a_repetition_is_the_same_request(face: Face) -> None:
    rest = iter([error_answer(429)])
    with ScriptedPod(lambda _: next(rest, answer())) as pod:
        face.call(pod.url)
    first, second = pod.requests
    assert second == first


def test_an_error_that_is_not_repeated_says_how_long_to_wait(face: Face) -> None:
    with ScriptedPod(lambda _: error_answer(400, "no", "Retry-After: 9")) as pod:
        with pytest.raises(BadRequestError) as caught:
            face.call(pod.url)
        assert caught.value.retry_after == 9
        with pytest.raises(ServerError) as lost:
            face.call(pod.url, transport=_mock(face, 500))
    assert lost.value.retry_after is None


def _mock(_: Face, status: int) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status))
