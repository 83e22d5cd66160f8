"""The session token: given once, asked for again on a 401, by one thread or task for all."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from symphony_pod_client import AsyncPodClient, PodClient, PodError, UnauthorizedError, UsageError

from tests.client.faces import ASYNC, SYNC, Face, accept
from tests.client.pods import CONNECTION, Request, ScriptedPod, answer, error_answer


class Login:
    """Gives the tokens `token-1`, `token-2`, … and counts."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self) -> str:
        self.given += 1
        return f"token-{self.given}"


def only(token: str) -> Callable[[Request], bytes]:
    """A pod that takes one token."""
    return lambda request: answer() if request.headers.get("sessiontoken") == token else error_answer(401)


def test_a_string_is_sent_as_it_is(face: Face) -> None:
    with ScriptedPod(only("abc=/+")) as pod:
        assert face.call(pod.url, session_token="abc=/+").to_dict() == CONNECTION


def test_a_string_that_is_refused_is_not_sent_again(face: Face) -> None:
    with ScriptedPod(only("other")) as pod, pytest.raises(UnauthorizedError):
        face.call(pod.url)
    assert len(pod.requests) == 1


def test_a_callable_is_asked_when_a_token_is_first_needed_and_its_token_is_kept(face: Face) -> None:
    login = Login()
    with ScriptedPod(only("token-1")) as pod:
        face.calls(pod.url, [], session_token=login)
        assert login.given == 0
        face.calls(pod.url, [accept] * 3, session_token=login)
    assert login.given == 1


def test_a_callable_is_asked_again_on_a_401_and_the_call_succeeds(face: Face) -> None:
    login = Login()
    with ScriptedPod(only("token-2")) as pod:
        face.calls(pod.url, [accept] * 2, session_token=login, retries=0)
    assert login.given == 2
    assert [request.headers["sessiontoken"] for request in pod.requests] == ["token-1", "token-2", "token-2"]


def test_a_callable_is_asked_again_only_once_in_a_call(face: Face) -> None:
    login = Login()
    with ScriptedPod(only("none of them")) as pod, pytest.raises(UnauthorizedError):
        face.call(pod.url, session_token=login)
    assert (login.given, len(pod.requests)) == (2, 2)


def test_a_callable_that_gives_the_same_token_again_is_asked_no_third_time(face: Face) -> None:
    asked = iter(["same", "same"])
    with ScriptedPod(only("other")) as pod, pytest.raises(UnauthorizedError):
        face.call(pod.url, session_token=lambda: next(asked))
    assert len(pod.requests) == 2


@pytest.mark.parametrize("is_async", [False, True], ids=["sync-callable", "async-callable"])
def test_an_async_client_takes_both_kinds_of_callable(is_async: bool) -> None:
    login = Login()

    async def ask() -> str:
        return login()

    with ScriptedPod(only("token-2")) as pod:
        ASYNC.call(pod.url, session_token=ask if is_async else login)
    assert login.given == 2


def test_what_a_callable_raises_goes_to_the_caller(face: Face) -> None:
    def login() -> str:
        raise LookupError("no login today")

    with ScriptedPod(only("x")) as pod, pytest.raises(LookupError, match="no login today"):
        face.call(pod.url, session_token=login)
    assert pod.requests == []


def test_a_callable_that_failed_is_asked_again_by_the_next_call(face: Face) -> None:
    answers: Iterator[Exception | str] = iter([LookupError(), "good"])

    def login() -> str:
        said = next(answers)
        if isinstance(said, Exception):
            raise said
        return said

    def failing(pod: Any) -> Any:
        if face is SYNC:
            with pytest.raises(LookupError):
                accept(pod)
            return None
        return _fails(accept(pod))

    with ScriptedPod(only("good")) as pod:
        face.calls(pod.url, [failing, accept], session_token=login)
    assert len(pod.requests) == 1


async def _fails(call: Any) -> None:
    with pytest.raises(LookupError):
        await call


@pytest.mark.parametrize("given", [None, 7, b"token", ""])
def test_a_callable_that_gives_no_token(given: Any, face: Face) -> None:
    with ScriptedPod(only("x")) as pod, pytest.raises(UsageError, match="session_token"):
        face.call(pod.url, session_token=lambda: given)
    assert pod.requests == []


class Rush:
    """A pod that answers the first hundred requests, all together, with 401 and then takes `token-2`."""

    def __init__(self, callers: int) -> None:
        self.barrier = threading.Barrier(callers)

    def __call__(self, request: Request) -> bytes:
        if request.headers["sessiontoken"] == "token-1":
            self.barrier.wait(30)
            return error_answer(401)
        return answer()


def test_a_hundred_threads_that_meet_a_401_together_ask_once() -> None:
    login = Login()
    with (
        ScriptedPod(Rush(100)) as pod,
        PodClient(pod.url, session_token=login) as client,
        ThreadPoolExecutor(100) as threads,
    ):
        results = list(threads.map(lambda _: accept(client).to_dict(), range(100)))
    assert results == [CONNECTION] * 100
    assert (login.given, len(pod.requests)) == (2, 200)


def test_a_hundred_tasks_that_meet_a_401_together_ask_once() -> None:
    login = Login()

    async def run(url: str) -> list[Any]:
        async with AsyncPodClient(url, session_token=login) as client:
            return await asyncio.gather(*[accept(client) for _ in range(100)])

    with ScriptedPod(Rush(100)) as pod:
        results = asyncio.run(run(pod.url))
    assert [result.to_dict() for result in results] == [CONNECTION] * 100
    assert (login.given, len(pod.requests)) == (2, 200)


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_threads_that_wait_for_a_login_share_its_failure() -> None:
    asked: list[int] = []
    entered, go = threading.Event(), threading.Event()

    def login() -> str:
        asked.append(1)
        entered.set()
        go.wait(30)
        raise LookupError("no login today")

    def call(client: PodClient) -> type:
        try:
            accept(client)
        except (LookupError, PodError) as error:
            return type(error)
        return type(None)

    with (
        ScriptedPod(only("x")) as pod,
        PodClient(pod.url, session_token=login) as client,
        ThreadPoolExecutor(20) as threads,
    ):
        futures = [threads.submit(call, client)]
        entered.wait(30)
        waiting = client._session._attempts[os.getpid(), None].done._cond._waiters
        futures += [threads.submit(call, client) for _ in range(19)]
        until(lambda: len(waiting) == 19)
        go.set()
        kinds = [future.result() for future in futures]
    assert kinds == [LookupError] * 20
    assert len(asked) == 1, "those that waited while the first one asked did not ask again"


def test_another_caller_on_the_same_connections(face: Face) -> None:
    def use(pod: Any) -> Any:
        return accept(pod.with_session_token("second"))

    with ScriptedPod(lambda _: answer()) as pod:
        face.calls(pod.url, [accept, use, accept], session_token="first")
    assert [request.headers["sessiontoken"] for request in pod.requests] == ["first", "second", "first"]
    assert pod.connections == 1
