"""Clients that go away, are slow, or send no HTTP: a documented answer or a closed connection, and a short log."""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from contract_tests import FOLDER
from contract_tests.emulator import connection as connections
from contract_tests.emulator import server
from contract_tests.emulator.fast_protocol import FastPodProtocol
from contract_tests.emulator.in_process import InProcessPods
from contract_tests.emulator.protocol import PodProtocol
from contract_tests.emulator.server import OncePerMinute
from tests.emulator.bad_requests import fuzz
from tests.emulator.conftest import Stage, staged
from tests.emulator.users import IDS, Users


@pytest.fixture(scope="module", params=["h11", "httptools"])
def protocol(request: pytest.FixtureRequest) -> str:
    """The HTTP protocol of the pods: the usual one, or the one of ``--fast``."""
    return str(request.param)


@pytest.fixture(scope="module")
def stage(protocol: str) -> Iterator[Stage]:
    """A server with each of the two HTTP protocols."""
    chosen = (PodProtocol, "asyncio") if protocol == "h11" else (FastPodProtocol, "uvloop")
    with staged(*chosen) as stage:
        yield stage


@contextlib.contextmanager
def connected(users: Users) -> Iterator[socket.socket]:
    """A TCP connection to the caller's pod."""
    url = httpx.URL(users.address("CALLER"))
    with socket.create_connection((url.host, url.port or 0), timeout=10) as connection:
        yield connection


def received(connection: socket.socket) -> bytes:
    """What comes until the connection is closed."""
    content = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            content += chunk
    return content


HEAD = b"POST /pod/v1/connection/accept HTTP/1.1\r\nHost: pod\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /pod/v1/conn",
        HEAD,
        HEAD + b"Content-Length: 50\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"",
    ],
    ids=["request line", "headers", "body", "chunk", "nothing"],
)
def test_a_request_that_does_not_arrive_in_time_is_given_up(
    pod: Users, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(connections, "LONGEST_ARRIVAL", 0.2)

    with connected(pod) as connection:
        connection.sendall(begun)
        start = time.monotonic()
        assert received(connection) == b""

    assert 0.1 < time.monotonic() - start < 5


def test_a_connection_that_waits_between_requests_is_kept(pod: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LONGEST_ARRIVAL", 0.05)
    request = HEAD + b"Content-Length: 2\r\n\r\n{}"

    with connected(pod) as connection:
        for _ in range(2):
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 401")
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(10)


@pytest.mark.parametrize(
    ("content", "statuses"),
    [
        (b"\x00\xff\r\n\r\n", {"h11": b"400", "httptools": b"400"}),
        (b"GET /pod HTTP/9.9\r\n\r\n", {"h11": b"404", "httptools": b"400"}),
        (b"GET /" + b"a" * 70_000, {"h11": b"400", "httptools": b"400"}),
        (HEAD + b"X-Long: " + b"a" * 70_000, {"h11": b"400", "httptools": b"400"}),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", {"h11": b"400", "httptools": b"400"}),
        (HEAD + b"Content-Length: -1\r\n\r\n", {"h11": b"400", "httptools": b"400"}),
        # RFC 9112, 6.3: the coding counts, or the request is refused.
        (
            HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            {"h11": b"401", "httptools": b"400"},
        ),
        (HEAD + b"Transfer-Encoding: xchunked\r\n\r\n", {"h11": b"400", "httptools": b"400"}),
    ],
    ids=["bytes", "version", "long path", "long header", "two lengths", "negative", "two framings", "coding"],
)
def test_what_is_no_request_is_refused(pod: Users, protocol: str, content: bytes, statuses: dict[str, bytes]) -> None:
    with connected(pod) as connection:
        connection.sendall(content)
        answer = connection.recv(65536)

    assert answer.split(b" ")[1] == statuses[protocol]


def test_a_body_above_the_limit_is_refused(pod: Users) -> None:
    headers = {"Content-Type": "application/json"}

    answer = pod.send("CALLER", "POST", "/v1/connection/accept", content=b" " * ((1 << 20) + 1), headers=headers)

    assert (answer.status_code, answer.json()["message"]) == (400, "The body is larger than 1048576 bytes.")


def test_of_200_requests_at_once_the_first_is_carried_out(pod: Users) -> None:
    pod.create("REQUESTER", "CALLER")
    body = b'{"userId":%d}' % IDS["REQUESTER"]
    head = f"sessionToken: {pod.tokens['CALLER']}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    requests = [HEAD.replace(b"accept", verb) + head + body for verb in (b"accept", b"reject") * 100]

    with contextlib.ExitStack() as open_connections:
        connections = [open_connections.enter_context(connected(pod)) for _ in requests]
        for connection, request in zip(connections, requests, strict=True):
            connection.sendall(request)
        answers = [connection.recv(65536) for connection in connections]

    statuses = Counter(answer.split(b" ")[1] for answer in answers)
    (carried_out,) = [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers if b" 200 " in answer]
    assert statuses == {b"200": 1, b"400": 199}
    assert pod.statuses() == (carried_out["status"], carried_out["status"])


@pytest.mark.parametrize("arguments", [(), ("--fast",)], ids=["h11", "httptools"])
def test_bad_requests_are_answered_as_documented(arguments: tuple[str, ...]) -> None:
    assert fuzz(800, 3, *arguments) == []


BEGUN = [
    b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{" % path
    for path in (b"/pod/v1/connection/accept", b"/login/pubkey/authenticate", b"/emulator/clock")
]
"""Requests that stop in the middle of their bodies."""


def test_clients_that_go_away_leave_no_traceback() -> None:
    command = [sys.executable, "-m", "contract_tests.emulator.serve", "--port", "0", "--one-address"]
    with subprocess.Popen(
        command, cwd=FOLDER.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        url = httpx.URL(process.stdout.readline().partition("=")[2].strip())
        while process.stdout.readline() != "# ready\n":
            pass
        for begun in (*BEGUN, b"no HTTP\r\n\r\n") * 20:
            with socket.create_connection((url.host, url.port or 0)) as connection:
                connection.sendall(begun)
        answer = httpx.post(f"{url}/v1/connection/accept")
        process.terminate()
        _, errors = process.communicate(timeout=20)

    assert answer.status_code == 401
    assert "Traceback" not in errors
    assert errors.count("Invalid HTTP request received.") == 1


def test_a_request_under_way_at_the_end_finds_its_connection_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "SHUTDOWN_SECONDS", 0.2)

    with contextlib.ExitStack() as ending:
        with InProcessPods(is_on_loopback=True) as pods:
            pods.add_fault("delay", milliseconds=60_000)
            url = httpx.URL(pods.caller.url)
            asking = ending.enter_context(socket.create_connection((url.host, url.port or 0), timeout=10))
            asking.sendall(b"GET /pod/v2/sessioninfo HTTP/1.1\r\nHost: pod\r\n\r\n")
            assert pods.health()  # the other request has come before it
        assert received(asking) == b""
    assert [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")] == []


def test_the_same_message_is_logged_once_a_minute() -> None:
    once, seconds = OncePerMinute(), [0.0]
    once.now = lambda: seconds[0]

    def logged(text: str) -> str | None:
        record = logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, text, None, None)
        return str(record.msg) if once.filter(record) else None

    assert [logged("a"), logged("a"), logged("b"), logged("a")] == ["a", None, "b", None]
    seconds[0] = 61.0
    assert [logged("a"), logged("a")] == ["a (2 more like this since the last one)", None]
