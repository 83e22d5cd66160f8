"""The ways to call the client, all with the same outcome: sync, async on httpx, async on aiohttp."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import httpx
from symphony_pod_client import AsyncPodClient, PodClient

TOKEN = "eyJhbGciOiJSUzUxMiJ9.session/token+of=caller"


def accept(pod: Any) -> Any:
    """The call that most tests make."""
    return pod.connections.accept(user_id=7078106103809)


@dataclass(frozen=True)
class Face:
    """One way to call."""

    name: str
    is_async: bool
    uses_aiohttp: bool = False

    def call(self, url: str, use: Callable[[Any], Any] = accept, **options: Any) -> Any:
        """Make a client, use it once and close it; returns what the call returns, raises what it raises."""
        return self.calls(url, [use], **options)[0]

    def calls(self, url: str, uses: Sequence[Callable[[Any], Any]], **options: Any) -> list[Any]:
        """Use one client several times, one after the other."""
        options = {"session_token": TOKEN} | options
        if not self.is_async:
            with PodClient(url, **options) as pod:
                return [use(pod) for use in uses]

        async def run() -> list[Any]:
            async with AsyncExitStack() as stack:
                if self.uses_aiohttp and "transport" not in options:
                    made = import_module("httpx_aiohttp").HttpxAiohttpClient()
                    options["http_client"] = await stack.enter_async_context(made)
                pod = await stack.enter_async_context(AsyncPodClient(url, **options))
                return [await _awaited(use(pod)) for use in uses]

        return asyncio.run(run())


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


SYNC = Face("sync", is_async=False)
ASYNC = Face("async", is_async=True)
AIOHTTP = Face("aiohttp", is_async=True, uses_aiohttp=True)
OWN = (SYNC, ASYNC)
"""The faces whose httpx client is made by the pod client."""
ALL = (*OWN, AIOHTTP) if find_spec("httpx_aiohttp") else OWN  # not in the environment in which the wheel is tested


def in_memory(status: int = 200, content: bytes = b"{}", headers: dict[str, str] | None = None) -> httpx.MockTransport:
    """A transport that gives one answer to everything."""
    return httpx.MockTransport(lambda _: httpx.Response(status, content=content, headers=headers))
