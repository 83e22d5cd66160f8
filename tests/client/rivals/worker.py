"""Makes one call again and again by one client, and prints how long it takes: `worker.py WAY URL CALLS`.

Runs in either environment, ours or the rivals', and imports only what its way needs. Without `-async` it prints the
median microseconds of a call, one at a time; with it, the calls a second with 100 in flight.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

USER = 7078106103809
TOKEN = "token"
BODY = json.dumps(
    {
        "userId": USER, "status": "ACCEPTED", "firstRequestedAt": 1470018073812, "updatedAt": 1470023332235,
        "requestCounter": 1,
    }
).encode()  # fmt: skip


class Status(StrEnum):
    """The status of a hand-written client."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    PENDING_INCOMING = "PENDING_INCOMING"
    PENDING_OUTGOING = "PENDING_OUTGOING"


@dataclass
class Connection:
    """The typed result of a hand-written client."""

    user_id: int
    status: Status
    first_requested_at: int
    updated_at: int
    request_counter: int


def typed(answer: Any) -> Connection:
    """What a hand-written client makes of an httpx answer."""
    answer.raise_for_status()
    found = answer.json()
    return Connection(
        found["userId"], Status(found["status"]), found["firstRequestedAt"], found["updatedAt"], found["requestCounter"]
    )


def memory() -> Any:
    """An httpx transport that answers without a connection."""
    import httpx

    class Memory(httpx.BaseTransport):
        def handle_request(self, _: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=BODY, headers={"Content-Type": "application/json"})

    return Memory()


def ours(url: str, transport: Any = None) -> Callable[[], Any]:
    from symphony_pod_client import PodClient

    pod = PodClient(url, session_token=TOKEN, **({"transport": transport} if transport else {}))
    return lambda: pod.connections.accept(user_id=USER)


def hand(url: str, transport: Any = None) -> Callable[[], Any]:
    import httpx

    client = httpx.Client(base_url=url, headers={"sessionToken": TOKEN}, transport=transport)
    return lambda: typed(client.post("/v1/connection/accept", json={"userId": USER}))


def prepared(url: str) -> Callable[[], Any]:
    """Gives the least that httpx has to be given: a request with all its headers, an absolute address and time-outs."""
    import httpx

    address = httpx.URL(f"{url}/v1/connection/accept")
    headers = {"Accept": "application/json", "Content-Type": "application/json", "sessionToken": TOKEN}
    content, limits = json.dumps({"userId": USER}).encode(), {"timeout": httpx.Timeout(30).as_dict()}
    return lambda: httpx.Request("POST", address, headers=headers, content=content, extensions=limits)


def send(url: str) -> Callable[[], Any]:
    import httpx

    client, request = httpx.Client(), prepared(url)
    return lambda: typed(client.send(request()))


async def send_aiohttp(url: str) -> Callable[[], Awaitable[Any]]:
    client, request = import_module("httpx_aiohttp").HttpxAiohttpClient(), prepared(url)

    async def call() -> Connection:
        return typed(await client.send(request()))

    return call


def urllib3(url: str) -> Callable[[], Any]:
    pod_urllib3 = import_module("pod_urllib3")
    configuration = pod_urllib3.Configuration(host=url, api_key={"sessionToken": TOKEN})
    connections = pod_urllib3.ConnectionApi(pod_urllib3.ApiClient(configuration))
    return lambda: connections.accept_connection(pod_urllib3.UserConnectionRequest(userId=USER))


async def ours_async(url: str, use_aiohttp: bool) -> Callable[[], Awaitable[Any]]:
    from symphony_pod_client import AsyncPodClient

    http_client = import_module("httpx_aiohttp").HttpxAiohttpClient if use_aiohttp else None
    options = {"http_client": http_client()} if http_client else {}
    pod = AsyncPodClient(url, session_token=TOKEN, **options)
    return lambda: pod.connections.accept(user_id=USER)


async def hand_async(url: str) -> Callable[[], Awaitable[Any]]:
    import httpx

    client = httpx.AsyncClient(base_url=url, headers={"sessionToken": TOKEN})

    async def call() -> Connection:
        return typed(await client.post("/v1/connection/accept", json={"userId": USER}))

    return call


async def bdk(url: str) -> Callable[[], Awaitable[Any]]:
    retries = import_module("symphony.bdk.core.config.model.bdk_retry_config")
    services = import_module("symphony.bdk.core.service.connection.connection_service")
    clients = import_module("symphony.bdk.gen.api_client")
    configurations = import_module("symphony.bdk.gen.configuration")
    apis = import_module("symphony.bdk.gen.pod_api.connection_api")

    class Session:
        """A session that is logged in."""

        @property
        async def session_token(self) -> str:
            return TOKEN

    api = apis.ConnectionApi(clients.ApiClient(configurations.Configuration(host=url)))
    connections = services.ConnectionService(api, Session(), retries.BdkRetryConfig())
    return lambda: connections.accept_connection(USER)


SYNC: dict[str, Callable[[str], Callable[[], Any]]] = {
    "ours": ours,
    "hand": hand,
    "send": send,
    "urllib3": urllib3,
    "ours-memory": lambda url: ours(url, memory()),
    "hand-memory": lambda url: hand(url, memory()),
}
ASYNC: dict[str, Callable[[str], Awaitable[Callable[[], Awaitable[Any]]]]] = {
    "ours-httpx": lambda url: ours_async(url, use_aiohttp=False),
    "ours-aiohttp": lambda url: ours_async(url, use_aiohttp=True),
    "hand": hand_async,
    "send-aiohttp": send_aiohttp,
    "bdk": bdk,
}


def one_at_a_time(call: Callable[[], Any], calls: int) -> float:
    taken = []
    for number in range(calls + 200):
        start = time.perf_counter()
        call()
        if number >= 200:
            taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e6


async def awaited_one_at_a_time(url: str, calls: int) -> float:
    call = await bdk(url)
    taken = []
    for number in range(calls + 200):
        start = time.perf_counter()
        await call()
        if number >= 200:
            taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e6


async def in_flight(way: str, url: str, calls: int) -> float:
    call = await ASYNC[way](url)
    await asyncio.gather(*[call() for _ in range(100)])
    numbers = iter(range(calls))

    async def caller() -> None:
        for _ in numbers:
            await call()

    start = time.perf_counter()
    await asyncio.gather(*[caller() for _ in range(100)])
    return calls / (time.perf_counter() - start)


def main(way: str, url: str, calls: int) -> float:
    if way.endswith("-async"):
        return asyncio.run(in_flight(way.removesuffix("-async"), url, calls))
    if way == "bdk":
        return asyncio.run(awaited_one_at_a_time(url, calls))
    return one_at_a_time(SYNC[way](url), calls)


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    sys.stdout.flush()
