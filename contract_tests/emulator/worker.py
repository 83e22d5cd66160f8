"""A worker of ``emulate --workers N``: it serves HTTP and TLS, and asks the process that holds the pods.

``python -m …emulator.worker`` is started by that process, never by hand. It gets the descriptors of the listening
sockets and of the socket to its parent.
"""

import argparse
import asyncio
import itertools
import socket
import sys
from pathlib import Path
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from .addresses import tls_context
from .frames import FrameWriter, next_values
from .request_body import LARGEST_BODY
from .server import serve

READY = "ready"
"""The first value of a worker."""
_PASSED = (
    "type",
    "asgi",
    "http_version",
    "method",
    "scheme",
    "path",
    "raw_path",
    "query_string",
    "root_path",
    "headers",
    "server",
    "client",
)


class Forwarding:
    """An ASGI application that another process answers for.

    Args:
        parent: The socket to that process.
    """

    def __init__(self, parent: socket.socket) -> None:
        self._parent = parent
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Queue[tuple[str, Any]]] = {}
        self._connection: asyncio.Future[FrameWriter] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Connect to the other process, in the event loop, and say that this one is ready."""
        self._connection = asyncio.get_running_loop().create_future()
        self._tasks.append(asyncio.create_task(self._read(self._connection)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the other process answer a request."""
        if self._connection is None:
            raise RuntimeError("A worker answers only after `open`.")
        frames = await self._connection
        state = scope["state"]
        number = next(self._numbers)
        answers: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._waiting[number] = answers
        try:
            plain = {name: scope[name] for name in _PASSED}
            kept = {name: state.get(name) for name in ("peer_certificate", "received")}
            frames.write((number, plain, kept, await _incoming(receive)))
            await frames.drain()
            while True:
                kind, value = await answers.get()
                match kind:
                    case "message":
                        await send(value)
                    case "write":
                        state["write"](value)
                    case "drop":
                        await _drop(state, receive)
                    case "end":
                        return
        except ConnectionError:  # the other process is gone, and this one ends
            await _drop(state, receive)
        finally:
            del self._waiting[number]

    async def _read(self, connection: "asyncio.Future[FrameWriter]") -> None:
        reader, writer = await asyncio.open_unix_connection(sock=self._parent)
        frames = FrameWriter(writer)
        frames.write(READY)
        connection.set_result(frames)
        while (values := await next_values(reader)) is not None:
            for number, kind, value in values:
                if number in self._waiting:
                    self._waiting[number].put_nowait((kind, value))
        for answers in self._waiting.values():
            for kind in ("drop", "end"):
                answers.put_nowait((kind, None))


async def _drop(state: dict[str, Any], receive: Receive) -> None:
    """Close the connection in place of the rest of an answer."""
    state["drop"]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _incoming(receive: Receive) -> list[Message]:
    """A request as the messages that the application receives: as much of the body as a pod reads, or that it ended."""
    content = bytearray()
    while len(content) <= LARGEST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return [{"type": "http.request", "body": bytes(content), "more_body": True}, message]
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    return [{"type": "http.request", "body": bytes(content), "more_body": False}]


def main(argv: list[str]) -> None:
    """Serve until SIGTERM, or until the process that holds the pods is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--listener", type=int, action="append", required=True)
    for name in ("--tls-cert", "--tls-key", "--client-ca"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args(argv)
    forwarding = Forwarding(socket.socket(fileno=options.socket))
    listeners = [socket.socket(fileno=number) for number in options.listener]
    tls = tls_context(options) if options.tls_cert else None
    serve(forwarding, listeners, tls, forwarding.open, parent=options.parent)


if __name__ == "__main__":
    main(sys.argv[1:])
