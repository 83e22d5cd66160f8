"""One client in several event loops, threads and processes: it works, or it is a clear error at once."""

import asyncio
import gc
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from httpx_aiohttp import HttpxAiohttpClient
from symphony_pod_client import AsyncPodClient, PodClient, UsageError

from tests.client.faces import TOKEN, accept, in_memory
from tests.client.pods import CONNECTION, Request, ScriptedPod, answer, hang

# Connections of a loop that is over cannot be closed in it any more, nor those that asyncio was making for a task that
# was cancelled: they end when they are collected, and Python warns of that.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Has what a test leaves be collected in it."""
    yield
    gc.collect()


def echo(request: Request) -> bytes:
    """An answer about the user that was asked for."""
    return answer(200, json.dumps({"userId": json.loads(request.body)["userId"]}).encode())


@pytest.fixture
def pod() -> Any:
    """A pod that answers everything."""
    with ScriptedPod(lambda _: answer()) as pod:
        yield pod


async def one_call(client: AsyncPodClient) -> Any:
    return (await accept(client)).to_dict()


@pytest.mark.parametrize(
    "run",
    [asyncio.run, lambda call: anyio.run(lambda: call), lambda call: anyio.run(lambda: call, backend="asyncio")],
    ids=["asyncio.run", "anyio.run", "anyio.run-asyncio"],
)
def test_a_second_event_loop_after_the_first_works(pod: ScriptedPod, run: Callable[[Any], Any]) -> None:
    client = AsyncPodClient(pod.url, session_token=TOKEN)
    assert [run(one_call(client)) for _ in range(3)] == [CONNECTION] * 3


def test_a_blocking_portal_works(pod: ScriptedPod) -> None:
    client = AsyncPodClient(pod.url, session_token=TOKEN)
    for _ in range(2):
        with start_blocking_portal() as portal:
            assert portal.call(one_call, client) == CONNECTION
            assert portal.call(one_call, client) == CONNECTION


def test_two_threads_with_a_loop_each_share_a_client() -> None:
    async def calls(client: AsyncPodClient, first: int) -> list[int]:
        made = [client.connections.accept(user_id=first + number) for number in range(20)]
        return [connection["userId"] for connection in await asyncio.gather(*made)]

    with ScriptedPod(echo) as pod, ThreadPoolExecutor(2) as threads:
        client = AsyncPodClient(pod.url, session_token=TOKEN)
        found = list(threads.map(lambda first: asyncio.run(calls(client, first)), [100, 200]))
    assert found == [list(range(100, 120)), list(range(200, 220))]


@pytest.mark.parametrize("make", [httpx.AsyncClient, HttpxAiohttpClient], ids=["httpx", "aiohttp"])
def test_an_http_client_of_the_applications_own_serves_one_loop(
    pod: ScriptedPod, make: Callable[[], httpx.AsyncClient]
) -> None:
    client = AsyncPodClient(pod.url, session_token=TOKEN, http_client=make())
    assert asyncio.run(one_call(client)) == CONNECTION
    with pytest.raises(UsageError, match="in use in another event loop, and can serve one only"):
        asyncio.run(one_call(client))


def test_an_http_transport_of_the_applications_own_serves_one_loop(pod: ScriptedPod) -> None:
    client = AsyncPodClient(pod.url, session_token=TOKEN, transport=httpx.AsyncHTTPTransport())
    assert asyncio.run(one_call(client)) == CONNECTION
    with pytest.raises(UsageError, match="in use in another event loop"):
        asyncio.run(one_call(client))


def test_a_mock_serves_any_loop() -> None:
    client = AsyncPodClient("https://acme.example.com/pod", session_token=TOKEN, transport=in_memory())
    assert [asyncio.run(one_call(client)) for _ in range(2)] == [{}, {}]


def in_child(work: Callable[[], Any]) -> Any:
    """What a forked process gives back, as JSON."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, json.dumps(work()).encode())
        except BaseException as error:
            os.write(write, json.dumps(f"{type(error).__name__}: {error}").encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return json.loads(said)


def asked(client: PodClient, first: int) -> list[Any]:
    """Whether each answer is about the user that was asked for."""
    found = [client.connections.accept(user_id=first + number).user_id for number in range(30)]
    return [found == list(range(first, first + 30)), len(found)]


def test_processes_that_are_forked_do_not_share_connections() -> None:
    with ScriptedPod(echo) as pod, PodClient(pod.url, session_token=TOKEN) as client:
        assert asked(client, 0) == [True, 30]
        threads: list[Any] = []
        worker = threading.Thread(target=lambda: threads.append(in_child(lambda: asked(client, 1000))))
        worker.start()
        assert asked(client, 2000) == [True, 30]
        worker.join(30)
    assert threads == [[True, 30]]


def test_an_async_client_works_after_a_fork() -> None:
    async def run(client: AsyncPodClient, user_id: int) -> Any:
        return (await client.connections.accept(user_id=user_id)).user_id

    with ScriptedPod(echo) as pod:
        client = AsyncPodClient(pod.url, session_token=TOKEN)

        async def main() -> list[Any]:
            first = await run(client, 1)
            return [first, in_child(lambda: None), await run(client, 3)]

        assert asyncio.run(main()) == [1, None, 3]
        other = AsyncPodClient(pod.url, session_token=TOKEN)
        assert in_child(lambda: asyncio.run(run(other, 5))) == 5


@pytest.mark.parametrize("option", ["http_client", "transport"])
def test_what_the_application_made_and_used_is_an_error_after_a_fork(option: str, pod: ScriptedPod) -> None:
    made: Any = httpx.Client() if option == "http_client" else httpx.HTTPTransport()
    with made, PodClient(pod.url, session_token=TOKEN, **{option: made}) as client:
        assert in_child(lambda: accept(client).to_dict()) == CONNECTION, "unused before the fork"
        accept(client)
        said = in_child(lambda: accept(client).to_dict())
    assert said.startswith("UsageError: Its http_client or transport is in use in the process that this one was forked")


def test_a_login_that_another_thread_has_begun_holds_up_no_forked_process(pod: ScriptedPod) -> None:
    entered, go = threading.Event(), threading.Event()
    parent = os.getpid()

    def login() -> str:
        if os.getpid() == parent:
            entered.set()
            go.wait(30)
        return TOKEN

    with PodClient(pod.url, session_token=login) as client, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(accept, client)
        entered.wait(30)
        assert in_child(lambda: accept(client).to_dict()) == CONNECTION
        go.set()
        assert waiting.result().to_dict() == CONNECTION


def test_cancelling_calls_leaves_the_client_whole() -> None:
    async def run(url: str) -> list[Any]:
        async with AsyncPodClient(url, session_token=TOKEN, timeout=5) as client:
            for number in range(20):
                tasks = [asyncio.create_task(accept(client)) for _ in range(150)]
                await asyncio.sleep(0.002 * (number % 7))
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            whole = await asyncio.gather(*[accept(client) for _ in range(150)])
            return [connection.to_dict() for connection in whole]

    with ScriptedPod(lambda _: answer()) as pod:
        assert asyncio.run(run(pod.url)) == [CONNECTION] * 150


def test_a_cancelled_call_ends_at_once() -> None:
    async def run(url: str) -> None:
        async with AsyncPodClient(url, session_token=TOKEN) as client:
            with anyio.move_on_after(0.2) as scope:
                await accept(client)
            assert scope.cancelled_caught

    with ScriptedPod(lambda _: hang) as pod:
        asyncio.run(run(pod.url))
