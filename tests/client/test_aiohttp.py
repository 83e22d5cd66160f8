"""Which transport an async client sends by."""

import asyncio
import sys

import pytest
from symphony_pod_client import AsyncPodClient

from tests.client.faces import TOKEN


def test_aiohttp_is_used_where_it_is_installed_and_can_be_switched_off() -> None:
    async def kinds(use_aiohttp: bool) -> set[str]:
        async with AsyncPodClient("http://127.0.0.1:1", session_token=TOKEN, use_aiohttp=use_aiohttp) as client:
            await client._pool.transport()
            return {type(transport).__name__ for transport in client._pool.busy}

    assert {"AiohttpTransport"} == asyncio.run(kinds(True))
    assert {"AsyncHTTPTransport"} == asyncio.run(kinds(False))


def test_httpx_is_used_where_aiohttp_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)

    async def kinds() -> set[str]:
        async with AsyncPodClient("http://127.0.0.1:1", session_token=TOKEN) as client:
            await client._pool.transport()
            return {type(transport).__name__ for transport in client._pool.busy}

    assert {"AsyncHTTPTransport"} == asyncio.run(kinds())


def test_httpx_is_used_where_a_proxy_is_in_the_way() -> None:
    async def kinds() -> set[str]:
        async with AsyncPodClient("http://127.0.0.1:1", session_token=TOKEN, proxy="http://127.0.0.1:2") as client:
            await client._pool.transport()
            return {type(transport).__name__ for transport in client._pool.busy}

    assert {"AsyncHTTPTransport"} == asyncio.run(kinds())
