"""Pods that answer what a test tells them to, byte by byte, on loopback."""

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from contract_tests.emulator.process import emulated_pod as emulated_pod  # the one import of the suite

CONNECTION = {
    "userId": 7078106103809,
    "status": "ACCEPTED",
    "firstRequestedAt": 1470018073812,
    "updatedAt": 1470023332235,
    "requestCounter": 1,
}
BODY = json.dumps(CONNECTION).encode()


@dataclass(frozen=True)
class Request:
    """What a pod was sent; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


Script = Callable[[socket.socket], None]
"""What a pod does on the connection in place of an answer."""


def answer(status: int = 200, body: bytes = BODY, *headers: str, content_type: str = "application/json") -> bytes:
    """A whole HTTP answer; headers are given as `Name: value`."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def error_answer(status: int, message: str = "no", *headers: str) -> bytes:
    """An answer as a pod gives it with an error."""
    return answer(status, json.dumps({"code": status, "message": message}).encode(), *headers)


def cut(whole: bytes, at: int) -> Script:
    """Send the first bytes of an answer, then close the connection."""
    return lambda connection: connection.sendall(whole[:at])


def hang_up(connection: socket.socket) -> None:
    """Close the connection without a byte."""


def reset(connection: socket.socket) -> None:
    """Close the connection by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stall(start: bytes) -> Script:
    """Send a start, and then nothing until the client goes away."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        hang(connection)

    return script


def hang(connection: socket.socket) -> None:
    """Say nothing until the client goes away."""
    with contextlib.suppress(OSError):
        connection.recv(1)


def drip(start: bytes, drop: bytes = b" ") -> Script:
    """Send a start, and then a drop again and again until the client goes away."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.settimeout(0.02)
        with contextlib.suppress(OSError):
            for _ in range(1000):
                connection.sendall(drop)
                with contextlib.suppress(TimeoutError):
                    if not connection.recv(1):
                        return

    return script


@dataclass
class ScriptedPod:
    """A server on a free loopback port; made and stopped by `with`.

    Attributes:
        script: Gives for each request the answer's bytes, or what is done on the connection, which then ends.
        tls: A TLS context for https.
        requests: What was received, in order.
        connections: How many connections were made.
    """

    script: Callable[[Request], bytes | Script]
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(10)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    @property
    def port(self) -> int:
        """The port."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The base address with a context path."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/pod"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            if self.tls is None:
                stack.enter_context(connection)
            else:
                try:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                finally:
                    stack.enter_context(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as stream:
                while (request := _read(stream.readline, stream.read)) is not None:
                    self.requests.append(request)
                    said = self.script(request)
                    if not isinstance(said, bytes):
                        said(connection)
                        break
                    connection.sendall(said)
                    if b"connection: close" in said.split(b"\r\n\r\n")[0].lower():
                        break


def _read(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Request | None:
    start = readline().decode("latin-1")
    if start.count(" ") < 2:
        return None
    method, target, _ = start.split(" ", 2)
    headers: dict[str, str] = {}
    while line := readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(method, target, headers, read(int(headers.get("content-length", "0"))))
