"""A route to ask, accept, reject and remove as any user, by a request that the user's pod answers like every other."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

from ..description import Operation, read_operations
from ..emulation import Emulation
from ..pod import ACCEPT, CREATE, REJECT, REMOVE
from ..records import User
from ..world import EVERYWHERE
from .interface import ControlError, Given, Route
from .values import OBJECT, path_id, require_user

_ACTIONS = {"ask": CREATE, "accept": ACCEPT, "reject": REJECT, "remove": REMOVE}
_LONGEST = 60.0
"""Seconds; faults can delay an answer."""


def routes(emulation: Emulation) -> list[Route]:
    """The routes."""
    operations = {operation.id: operation for operation in read_operations()}
    tokens: dict[int, str] = {}

    def token_of(user: User) -> str:
        sessions = emulation.federation.pods[user.pod].sessions
        if sessions.user_id(tokens.get(user.id, "")) != user.id:
            tokens[user.id] = sessions.open(user.id)
        return tokens[user.id]

    async def act(given: Given) -> Any:
        user, other_id = require_user(emulation, path_id(given.path["id"])), path_id(given.path["other"])
        operation = operations[_ACTIONS[given.body["action"]]]
        application = emulation.application(EVERYWHERE if emulation.is_one_address else user.pod)
        request = _request(operation, emulation.federation.pods[user.pod].base, token_of(user), other_id)
        try:
            status, body = await asyncio.wait_for(_answer(application, request), _LONGEST)
        except TimeoutError:
            raise ControlError(504, f"The pod has not answered within {_LONGEST:.0f} seconds.") from None
        return {"operation": operation.id, "status": status, "body": body}

    return [
        Route(
            "POST",
            "/users/{id}/connections/{other}",
            "Ask, accept, reject or remove as a user, by a request to the user's pod. Faults concern it.",
            act,
            OBJECT,
            body={"action": {"enum": list(_ACTIONS)}},
            required=("action",),
        )
    ]


@dataclass(frozen=True, slots=True)
class _Request:
    """A request to a pod: method, path, headers and body."""

    method: str
    path: str
    headers: list[tuple[bytes, bytes]]
    body: bytes = field(default=b"")


def _request(operation: Operation, base: str, token: str, other_id: int) -> _Request:
    path = operation.path
    for parameter in operation.parameters:
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", str(other_id))
    headers = [(b"host", b"localhost"), ((operation.session_header or "").lower().encode(), token.encode())]
    body = b""
    if operation.body:
        body = json.dumps({"userId": other_id}).encode()
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return _Request(operation.method, base + path, headers, body)


async def _answer(application: ASGIApp, request: _Request) -> tuple[int | None, str | None]:
    """Send a request to an application, and return status and body; None where the connection was closed."""
    status: int | None = None
    content = bytearray()
    is_sent, is_closed = False, asyncio.Event()

    async def receive() -> Message:
        nonlocal is_sent
        if is_sent:
            await is_closed.wait()
            return {"type": "http.disconnect"}
        is_sent = True
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            content.extend(message.get("body", b""))
            if not message.get("more_body", False):
                is_closed.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": request.headers,
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
        # What PodProtocol gives; bytes that a change writes past ASGI reach nobody here.
        "state": {"peer_certificate": None, "drop": is_closed.set, "write": lambda _: None, "received": b""},
    }
    await application(scope, receive, send)
    return status, None if status is None else content.decode("utf-8", "replace")
