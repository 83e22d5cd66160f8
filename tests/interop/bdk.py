"""Uses the emulated pods through symphony-bdk-python 3.0.0. ``sdks.py`` runs it in an environment of its own.

Two bots log in, one asks to connect, the other accepts or rejects. Both bots are at one address, or each at its own
pod. The addresses are in the environment variables that the emulated pods print. Each step is printed. The first step
that fails ends the program with a traceback and status 1.
"""

import asyncio
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import aiohttp  # type: ignore[import-not-found, unused-ignore] # installed in the SDK's environment, not in ours
from symphony.bdk.core.config.model.bdk_config import BdkConfig  # type: ignore[import-not-found] # likewise
from symphony.bdk.core.service.connection.model.connection_status import (  # type: ignore[import-not-found] # likewise
    ConnectionStatus,
)
from symphony.bdk.core.symphony_bdk import SymphonyBdk  # type: ignore[import-not-found] # likewise
from symphony.bdk.gen import ApiException  # type: ignore[import-not-found] # likewise

MOST_SECONDS = 5.0
"""The longest time in which a change has to reach the other pod."""


def user_id(role: str) -> int:
    return int(os.environ[f"POD_{role}_USER_ID"])


def pod_url(role: str) -> str:
    """The address of the pod at which a member of the cast has its session."""
    return os.environ.get(f"POD_{role}_URL") or os.environ["POD_URL"]


def sdk(role: str) -> Any:
    """The SDK as a bot that logs in with the RSA key of a member of the cast, at that member's pod."""
    address = urlsplit(pod_url(role))
    return SymphonyBdk(
        BdkConfig(
            scheme=address.scheme,
            host=address.hostname,
            port=address.port,
            ssl={"trustStore": {"path": os.environ["POD_CA_BUNDLE"]}},
            bot={
                "username": os.environ[f"POD_{role}_USERNAME"],
                "privateKey": {"path": os.environ[f"POD_{role}_PRIVATE_KEY"]},
            },
            retry={"maxAttempts": 2, "initialIntervalMillis": 10, "multiplier": 1, "maxIntervalMillis": 10},
        )
    )


async def refused(call: Any) -> int:
    """The status with which a call is refused."""
    try:
        answer = await call
    except ApiException as error:
        return int(error.status)
    raise AssertionError(f"expected a refusal, got {answer!r}")


async def status(connections: Any, other: int) -> str | int:
    """The status of the connection with another user, or the status with which the reading is refused."""
    try:
        return str((await connections.get_connection(other)).status)
    except ApiException as error:
        return int(error.status)


def expect(step: str, expected: object, actual: object) -> None:
    if expected != actual:
        raise AssertionError(f"{step}: expected {expected!r}, got {actual!r}")
    print(f"interop: {step}: {actual}")


async def settled(step: str, expected: object, read: Callable[[], Awaitable[object]]) -> None:
    """Read what the other side did, again and again until it has arrived."""
    deadline = time.monotonic() + MOST_SECONDS
    while (actual := await read()) != expected and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    expect(step, expected, actual)


async def run(caller_sdk: Any, requester_sdk: Any) -> None:
    caller, requester = caller_sdk.connections(), requester_sdk.connections()
    caller_id, requester_id, colleague_id = user_id("CALLER"), user_id("REQUESTER"), user_id("COLLEAGUE")

    connection = await requester.create_connection(caller_id)
    expect("create", (caller_id, "PENDING_OUTGOING"), (connection.user_id, connection.status))
    await settled("get by the other side", "PENDING_INCOMING", lambda: status(caller, requester_id))
    connection = await caller.get_connection(requester_id)
    expect("get", (requester_id, "PENDING_INCOMING"), (connection.user_id, connection.status))
    expect("counter and times", (1, True), (connection.request_counter, connection.first_requested_at > 1e12))
    listed = await caller.list_connections(ConnectionStatus.PENDING_INCOMING, [requester_id])
    expect("list", [(requester_id, "PENDING_INCOMING")], [(one.user_id, one.status) for one in listed])

    expect("accept one's own request", 400, await refused(requester.accept_connection(caller_id)))
    connection = await caller.accept_connection(requester_id)
    expect("accept", (requester_id, "ACCEPTED"), (connection.user_id, connection.status))
    await settled("get by the other side", "ACCEPTED", lambda: status(requester, caller_id))
    expect("remove", None, await caller.remove_connection(requester_id))
    expect("get what was removed", 404, await refused(caller.get_connection(requester_id)))
    await settled("get what the other side removed", 404, lambda: status(requester, caller_id))
    expect("remove what was removed", 400, await refused(caller.remove_connection(requester_id)))

    await requester.create_connection(caller_id)
    await settled("get by the other side", "PENDING_INCOMING", lambda: status(caller, requester_id))
    connection = await caller.reject_connection(requester_id)
    expect("reject", (requester_id, "REJECTED"), (connection.user_id, connection.status))
    await settled("get by the other side", "REJECTED", lambda: status(requester, caller_id))

    connection = await caller.accept_connection(colleague_id)
    expect("accept a colleague", (colleague_id, "ACCEPTED"), (connection.user_id, connection.status))
    expect("reject a colleague", 400, await refused(caller.reject_connection(colleague_id)))
    listed = await caller.list_connections(ConnectionStatus.ACCEPTED, [colleague_id])
    expect("list a colleague", [(colleague_id, "ACCEPTED")], [(one.user_id, one.status) for one in listed])
    expect("accept nobody", 404, await refused(caller.accept_connection(user_id("UNKNOWN"))))
    expect("accept over pods without crossPod", 403, await refused(caller.accept_connection(user_id("ISOLATED"))))


async def end_session(bot: Any) -> str:
    """End a bot's session behind its back; the token that it had."""
    token = await bot.bot_session().session_token
    async with aiohttp.ClientSession() as http:
        address = f"{os.environ['POD_SESSIONAUTH_URL']}/v1/logout"
        trusted = ssl.create_default_context(cafile=os.environ["POD_CA_BUNDLE"])
        async with http.post(address, headers={"sessionToken": token}, ssl=trusted) as answer:
            expect("logout", 200, answer.status)
    return str(token)


async def main() -> None:
    addresses = " and ".join(dict.fromkeys(map(pod_url, ("CALLER", "REQUESTER"))))
    print(f"interop: symphony-bdk-python {version('symphony-bdk-python')} at {addresses}")
    async with sdk("CALLER") as caller, sdk("REQUESTER") as requester:
        await run(caller, requester)
        ended = await end_session(caller)
        # The SDK meets a 401 and logs in again, for the key manager too.
        expect("list in a new session", 2, len(await caller.connections().list_connections()))
        expect("a new session", True, ended != await caller.bot_session().session_token)
    print("interop: everything as expected")


asyncio.run(main())
