"""The emulated pods inside the process of a test."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import anyio
import httpx
import pytest
from symphony_pod_client import AsyncPodClient, BadRequestError, ConnectionLostError, NotFoundError, PodClient

from contract_tests.emulator.in_process import InProcessPods
from contract_tests.emulator.options import UsageError

WORLD = """
[[pods]]
name = "north"

[[users]]
name = "bot"
pod = "north"
role = "CALLER"
token = "token-of-the-bot"
"""


@pytest.fixture(scope="module")
def running() -> Iterator[InProcessPods]:
    """Pods for all tests of this module."""
    with InProcessPods() as pods:
        yield pods


@pytest.fixture
def pods(running: InProcessPods) -> InProcessPods:
    """The pods, reset, with a request of the requester waiting at the caller's pod."""
    running.reset()
    running.set_connection(running.requester.id, running.caller.id, "PENDING")
    return running


async def accept(pods: InProcessPods) -> str:
    """Accept the requester's request with the project's own client; return the status."""
    transport = httpx.ASGITransport(app=pods.application)
    async with AsyncPodClient(pods.caller.url, session_token=pods.caller.token, transport=transport) as client:
        return str((await client.connections.accept(user_id=pods.requester.id)).status)


def test_the_asgi_application_answers_the_client(pods: InProcessPods) -> None:
    assert asyncio.run(accept(pods)) == "ACCEPTED"
    assert pods.status(pods.requester, pods.caller) == "ACCEPTED"


def test_each_event_loop_of_a_process_may_use_it(pods: InProcessPods) -> None:
    assert asyncio.run(accept(pods)) == "ACCEPTED"
    pods.set_connection(pods.requester.id, pods.caller.id, "PENDING")
    assert asyncio.run(accept(pods)) == "ACCEPTED"


def test_the_transport_answers_the_client_without_an_event_loop(pods: InProcessPods) -> None:
    with PodClient(pods.caller.url, session_token=pods.caller.token, transport=pods.transport) as client:
        assert client.connections.accept(user_id=pods.requester.id).status == "ACCEPTED"


def test_each_pod_has_a_host_name_that_no_name_server_knows(pods: InProcessPods) -> None:
    assert {name: pod.url for name, pod in pods.pods().items()} == {
        name: f"https://{name}.pods.example/pod" for name in ("acme", "beta", "delta", "gamma")
    }
    with httpx.Client(transport=pods.transport) as http:
        assert http.get("https://other.pods.example/pod/v2/sessioninfo").status_code == 404


def test_a_request_at_one_pod_is_read_at_the_other(pods: InProcessPods) -> None:
    with (
        PodClient(pods.requester.url, session_token=pods.requester.token, transport=pods.transport) as theirs,
        PodClient(pods.caller.url, session_token=pods.caller.token, transport=pods.transport) as ours,
    ):
        pods.set_connection(pods.requester.id, pods.caller.id, "NONE")
        theirs.connections.create(user_id=pods.caller.id)
        assert ours.connections.get(user_id=pods.requester.id).status == "PENDING_INCOMING"


@pytest.mark.parametrize("kind", ["drop", "cut"])
def test_a_connection_that_a_pod_closes_is_a_lost_one(pods: InProcessPods, kind: str) -> None:
    pods.add_fault(kind, times=1)  # type: ignore[arg-type] # two of its literals
    with pytest.raises(ConnectionLostError, match="The emulated pod has closed the connection"):
        asyncio.run(accept(pods))
    assert [entry["status"] for entry in pods.journal(limit=1)] == [200 if kind == "cut" else None]


def test_requests_of_many_threads_are_atomic(pods: InProcessPods) -> None:
    def accept_by_itself() -> None:
        with (
            PodClient(pods.caller.url, session_token=pods.caller.token, transport=pods.transport) as client,
            contextlib.suppress(BadRequestError),
        ):
            client.connections.accept(user_id=pods.requester.id)

    threads = [threading.Thread(target=accept_by_itself) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(entry["status"]) for entry in pods.journal(method="POST")) == [200] + [400] * 19


def test_messages_take_their_time_where_that_is_asked_for() -> None:
    with InProcessPods(propagation=60_000) as pods:
        with PodClient(pods.requester.url, session_token=pods.requester.token, transport=pods.transport) as client:
            client.connections.create(user_id=pods.caller.id)
        assert pods.status(pods.caller, pods.requester) is None
        pods.deliver_messages()
        assert pods.status(pods.caller, pods.requester) == "PENDING_INCOMING"


def test_they_start_in_a_world_and_with_changes(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text(WORLD, encoding="utf-8")
    with InProcessPods(world=tmp_path / "world.toml", defects=["success-201"], state=tmp_path / "state.db") as pods:
        assert (list(pods.pods()), pods.caller.token, pods.defects()["success-201"]) == (
            ["north"],
            "token-of-the-bot",
            True,
        )
        assert [path.name for path in tmp_path.glob("state*.db")] == ["state-north.db"]


def test_a_mistake_is_an_error_and_leaves_no_thread() -> None:
    before = threading.active_count()
    with pytest.raises(UsageError, match="--defect sucess-201: there is no such defect"):
        InProcessPods(defects=["sucess-201"])
    assert threading.active_count() == before


def test_nothing_is_left_behind_and_nothing_is_waited_for() -> None:
    before = threading.enumerate()

    async def ask_for_a_late_answer(pods: InProcessPods) -> None:
        pods.add_fault("delay", milliseconds=600_000)
        with anyio.move_on_after(0.1):
            await accept(pods)

    start = time.monotonic()
    with InProcessPods() as pods:
        asyncio.run(ask_for_a_late_answer(pods))
    # The thread that waited for the answer ends by itself, a moment after the pods.
    left = set(threading.enumerate()).difference(before)
    for thread in left:
        thread.join(timeout=10)
    assert [thread.name for thread in left if thread.is_alive()] == []
    assert time.monotonic() - start < 30


def test_on_loopback_they_answer_any_client(tmp_path: Path) -> None:
    async def accept_with_aiohttp(pods: InProcessPods) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession(headers={"sessionToken": pods.caller.token}) as session,
            session.post(f"{pods.caller.url}/v1/connection/accept", json={"userId": pods.requester.id}) as answer,
        ):
            return answer.status, (await answer.json())["status"]

    before = threading.active_count()
    with InProcessPods(is_on_loopback=True, keys=tmp_path) as keyed, InProcessPods(is_on_loopback=True) as pods:
        assert len({pod.url for each in (keyed, pods) for pod in each.pods().values()}) == 8
        pods.set_connection(pods.requester.id, pods.caller.id, "PENDING")
        assert asyncio.run(accept_with_aiohttp(pods)) == (200, "ACCEPTED")
        with PodClient(pods.caller.url, session_token=pods.caller.token) as client, pytest.raises(NotFoundError):
            client.connections.get(user_id=pods.user("STRANGER").id)
        with pytest.raises(LookupError, match=r"CALLER has no session\. open_session"):
            _ = keyed.caller.token
    assert threading.active_count() == before


def test_a_role_that_nobody_has_is_named(pods: InProcessPods) -> None:
    with pytest.raises(LookupError, match=r"Nobody has the role BOT\. The roles are CALLER, "):
        pods.user("BOT")
