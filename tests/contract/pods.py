"""Pods for the tests of the suite: the emulated one, and small ones that do one thing."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from contract_tests.arranging.preflight import INVENTED_TOKEN


class Seen(NamedTuple):
    """A request that a small pod was sent; the port tells one connection from another."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int


class Reply(NamedTuple):
    """What a small pod answers; without a status it closes the connection."""

    status: int | None
    body: bytes = b'{"code": 400, "message": "Refused"}'
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


def telling_sessions_apart(answer: Callable[[Seen], Reply]) -> Callable[[Seen], Reply]:
    """Refuses the session that a run invents before its rules, as a pod does, and else answers as it is told."""
    unauthorized = Reply(401, b'{"code": 401, "message": "Invalid session"}')
    return lambda seen: unauthorized if seen.headers.get("sessiontoken") == INVENTED_TOKEN else answer(seen)


def refusing(status: int) -> Callable[[Seen], Reply]:
    """Answers every request with one error, but tells an invented session from a given one."""
    body = json.dumps({"code": status, "message": "Refused"}).encode()
    return telling_sessions_apart(lambda _: Reply(status, body))


def read_body(handler: BaseHTTPRequestHandler) -> bytes:
    """The body of a request, whether it comes whole or in chunks."""
    if "Transfer-Encoding" not in handler.headers:
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    found = b""
    while length := int(handler.rfile.readline(), 16):
        found += handler.rfile.read(length)
        handler.rfile.readline()
    handler.rfile.readline()
    return found


@contextmanager
def small_pod(answer: Callable[[Seen], Reply]) -> Iterator[tuple[str, list[Seen]]]:
    """Serve a small pod on loopback; yields its base address and the requests that it has seen."""
    seen: list[Seen] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: in two, the second waits for an acknowledgement of the first

        def handle_any(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Seen(self.command, self.path, headers, read_body(self), self.client_address[1])
            seen.append(request)
            reply = answer(request)
            if reply.status is None:
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROBNICATE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}/pod", seen


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Serve on a free loopback port, which it yields."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
