"""Gateways in front of a pod: each passes requests on, and now and then does what networks and gateways do."""

import http.client
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.contract.pods import Reply, Seen, read_body, serving

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Habit(NamedTuple):
    """What a gateway does with a request.

    Attributes:
        forwards: Whether the pod gets the request.
        status: The status that the gateway answers by itself; None to pass the pod's answer on.
        drops: Whether the gateway closes the connection without an answer.
        headers: The headers of the gateway's own answer.
    """

    forwards: bool = True
    status: int | None = None
    drops: bool = False
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"), ("Server", "gateway"))


PASSES = Habit()
DROPS_BEFORE = Habit(forwards=False, drops=True)
DROPS_AFTER = Habit(drops=True)


def now_and_then(habit: Habit, chance: float, seed: int) -> Callable[[Seen], Habit]:
    """A habit that a gateway has for some of the requests, chosen at random by a seed."""
    chosen = random.Random(seed)
    lock = threading.Lock()

    def habit_of(_: Seen) -> Habit:
        with lock:
            return habit if chosen.random() < chance else PASSES

    return habit_of


@contextmanager
def gateway(
    pod_url: str, habit_of: Callable[[Seen], Habit], change: Callable[[Seen, Reply], Reply] = lambda _, answer: answer
) -> Iterator[str]:
    """Serve a gateway in front of a pod on loopback; yields the pod's address through it.

    Args:
        pod_url: The pod's address.
        habit_of: What the gateway does with a request.
        change: What the gateway makes of the pod's answer.
    """
    pod = urlsplit(pod_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def handle_any(self) -> None:
            body = read_body(self)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Seen(self.command, self.path, headers, body, self.client_address[1])
            habit = habit_of(request)
            answer = self.forward(body) if habit.forwards else None
            if habit.drops:
                self.close_connection = True
            elif habit.status is not None:
                self.reply(habit.status, habit.headers, b"<html><h1>Gateway</h1></html>")
            elif answer is not None:
                status, content, kept = change(request, answer)
                self.reply(status or 0, kept, content)

        def forward(self, body: bytes) -> Reply:
            """Send the request to the pod; its answer."""
            connection = http.client.HTTPConnection(pod.hostname or "", pod.port, timeout=10)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP_BY_HOP - {"host"}:
                    connection.putheader(name, value.encode("latin-1"))
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            content = response.read()
            connection.close()
            kept = tuple((name, value) for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP)
            return Reply(response.status, content, kept)

        def reply(self, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROBNICATE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}{pod.path}"
