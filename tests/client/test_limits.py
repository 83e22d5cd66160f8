"""Limits of time and size, and the right class for what goes wrong: what the README says of them holds."""

import asyncio
import contextlib
import gzip
import logging
import socket
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from symphony_pod_client import (
    CallTimeoutError,
    ConnectError,
    ConnectionLostError,
    DecodeError,
    NotFoundError,
    PodClient,
    PodError,
    TransportError,
    UsageError,
)

from tests.client.certificates import Authority
from tests.client.faces import OWN, TOKEN, Face, accept
from tests.client.pods import Script, ScriptedPod, answer, cut, drip, error_answer, hang, hang_up, stall

URL = "https://acme.example.com/pod"
LIMIT = 1.0
LARGEST = 32 * 2**20


@contextlib.contextmanager
def seconds(least: float, most: float) -> Iterator[None]:
    """Asks how long something takes."""
    start = time.monotonic()
    yield
    assert least <= time.monotonic() - start <= most


HEAD = b"HTTP/1.1 200 OK\r\n"
SLOW: dict[str, Script] = {
    "silence": hang,
    "headers": drip(HEAD + b"X: ", b"x"),
    "body": drip(HEAD + b"Content-Length: 99999\r\n\r\n", b" "),
    "chunks": drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "compressed": drip(
        HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6), b"x"
    ),  # an endless file name
}


@pytest.mark.parametrize("name", SLOW)
def test_the_limit_of_time_is_that_of_the_whole_attempt(name: str, face: Face) -> None:
    with ScriptedPod(lambda _: SLOW[name]) as pod, seconds(0, 1.7 * LIMIT), pytest.raises(CallTimeoutError):
        face.call(pod.url, timeout=LIMIT)


def test_it_is_that_of_a_later_call_on_the_same_connection_too(own_face: Face) -> None:
    said: Iterator[bytes | Script] = iter([answer(), drip(HEAD + b"X: ", b"x")])
    with ScriptedPod(lambda _: next(said)) as pod, pytest.raises(CallTimeoutError), seconds(0, 1.8 * LIMIT):
        own_face.calls(pod.url, [accept, accept], timeout=LIMIT)
    assert pod.connections == 1


def test_it_holds_over_tls(own_face: Face, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    slow = ScriptedPod(lambda _: drip(HEAD + b"X: ", b"x"), tls=authority.server())
    with slow as pod, seconds(0, 1.8 * LIMIT), pytest.raises(CallTimeoutError):
        own_face.call(pod.url, timeout=LIMIT, ca_bundle=authority.bundle)


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port of all addresses of loopback where the queue of connections is full, so that no further one is made."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(contextlib.closing(socket.socket()))
        listener.bind(("0.0.0.0", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):
            filler = stack.enter_context(contextlib.closing(socket.socket()))
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port


def test_a_name_of_seven_addresses_is_tried_within_the_limit(
    own_face: Face, full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seven(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", full_port)) for n in range(1, 8)]

    monkeypatch.setattr(socket, "getaddrinfo", seven)
    with seconds(0, 1.5), pytest.raises(ConnectError):
        own_face.call(f"http://localhost:{full_port}/pod", timeout=1, retries=0)


@pytest.mark.parametrize("face", OWN, ids=lambda face: face.name)
def test_a_pool_that_is_full_has_sent_nothing(face: Face) -> None:
    release: list[Any] = []

    def held(connection: socket.socket) -> None:
        release.append(connection)
        hang(connection)

    limits = httpx.Limits(max_connections=1)
    with ScriptedPod(lambda _: held) as pod:
        errors = face.calls(pod.url, [lambda client: two_at_once(face, client)], timeout=1, retries=0, limits=limits)[0]
    assert sorted(type(error).__name__ for error in errors) == ["CallTimeoutError", "ConnectError"]
    assert len(pod.requests) == 1
    (refused,) = (error for error in errors if isinstance(error, ConnectError))
    assert "nothing was sent" in str(refused)


def two_at_once(face: Face, client: Any) -> Any:
    """What two calls at once raise."""
    if face.is_async:

        async def both() -> list[Any]:
            return list(await asyncio.gather(accept(client), accept(client), return_exceptions=True))

        return both()
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as threads:
        return [future.exception() for future in [threads.submit(accept, client) for _ in range(2)]]


def bomb(encoding: str) -> bytes:
    """200 KiB or less that become 600 MiB; twice compressed, hundreds of bytes."""
    zeros = zlib.compressobj(9, wbits=31 if "gzip" in encoding else 15)
    packed = b"".join([*(zeros.compress(bytes(2**20)) for _ in range(200)), zeros.flush()])
    return gzip.compress(packed) if "," in encoding else packed


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
@pytest.mark.parametrize("status", [200, 404])
def test_a_small_answer_that_becomes_large_is_refused_at_little_cost(encoding: str, status: int, face: Face) -> None:
    said = answer(status, bomb(encoding), f"Content-Encoding: {encoding}")
    tracemalloc.start()
    try:
        with ScriptedPod(lambda _: said) as pod, pytest.raises((DecodeError, NotFoundError)) as caught:
            face.call(pod.url)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * LARGEST
    if "," not in encoding:
        assert type(caught.value) is DecodeError
        assert "its body is larger than 32 MiB" in str(caught.value)
    error: Any = caught.value
    assert error.status == status
    assert len(error.body) < 100_000


def test_an_endless_answer_is_refused(face: Face) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n")
        with contextlib.suppress(OSError):
            for _ in range(1000):
                connection.sendall(bytes(2**18))

    tracemalloc.start()
    try:
        with ScriptedPod(lambda _: endless) as pod, pytest.raises(DecodeError, match="its body is larger than 32 MiB"):
            face.call(pod.url)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * LARGEST


def test_an_answer_in_an_encoding_that_was_not_asked_for(face: Face) -> None:
    said = answer(200, b"x", "Content-Encoding: br")
    with ScriptedPod(lambda _: said) as pod, pytest.raises(DecodeError, match="br, was not asked for"):
        face.call(pod.url)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_a_certificate_file_of_the_environment_that_is_not_there_is_named(
    variable: str, own_face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/no/such/place.pem")
    if variable == "SSL_CERT_DIR":
        with pytest.raises(ConnectError):  # OpenSSL takes an empty folder for one without authorities
            own_face.call("https://no-such-host.invalid/pod", retries=0)
        return
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE.*: /no/such/place\.pem cannot be loaded") as caught:
        own_face.call(URL)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_broken_trust_store_is_a_usage_error(own_face: Face, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import certifi

    (tmp_path / "cacert.pem").write_text("broken")
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "cacert.pem"))
    if oldest := getattr(httpx._config, "SSLConfig", None):  # before 0.28 httpx asks certifi when it is imported
        monkeypatch.setattr(oldest, "DEFAULT_CA_BUNDLE_PATH", tmp_path / "cacert.pem")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    from symphony_pod_client.connecting import _shared_tls

    _shared_tls.cache_clear()
    with pytest.raises(UsageError, match="the trust store: of certifi cannot be loaded"):
        own_face.call(URL)


@pytest.mark.parametrize("way", ["option", "environment"])
def test_a_socks_proxy_without_its_package(way: str, own_face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = "socks5://127.0.0.1:1"
    if way == "environment":
        monkeypatch.setenv("ALL_PROXY", proxy)
    options: dict[str, Any] = {"proxy": proxy} if way == "option" else {}
    with pytest.raises(UsageError, match=r"a package is missing: .*socksio"):
        own_face.call(URL, **options)


def test_http2_without_its_package(own_face: Face) -> None:
    with pytest.raises(UsageError, match="a package is missing: .*http2"):
        own_face.call(URL, http2=True)


FAULTS: dict[str, tuple[Any, type[TransportError]]] = {
    "lost": (hang_up, ConnectionLostError),
    "no-http": (cut(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", 1000), ConnectionLostError),
    "slow": (stall(HEAD), CallTimeoutError),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_says_where_why_and_what_was_sent(name: str, face: Face) -> None:
    script, kind = FAULTS[name]
    with ScriptedPod(lambda _: script) as pod:
        port = pod.port
        with pytest.raises(PodError) as caught:
            face.call(pod.url, timeout=0.3, headers={"Authorization": "mine", "X-Trace": "7"})
    error: Any = caught.value
    assert type(error) is kind
    assert str(error).startswith(f"accept_connection at 127.0.0.1:{port}: ")
    assert isinstance(error.__cause__, Exception)
    request: Any = error.request
    assert (request.method, request.url.path) == ("POST", "/pod/v1/connection/accept")
    assert (request.content, request.headers["x-trace"]) == (b'{"userId":7078106103809}', "7")
    assert "sessiontoken" not in request.headers
    assert "authorization" not in request.headers
    assert "nothing was sent" not in str(error)


def test_an_error_status_says_where_and_what_was_sent(face: Face) -> None:
    with ScriptedPod(lambda _: error_answer(404)) as pod, pytest.raises(NotFoundError) as caught:
        face.call(pod.url)
    request: Any = caught.value.request
    assert (request.method, request.content) == ("POST", b'{"userId":7078106103809}')
    assert "sessiontoken" not in request.headers


def test_a_host_that_does_not_exist_is_named(face: Face) -> None:
    with pytest.raises(
        ConnectError, match="accept_connection at no-such-host.invalid:443: .*nothing was sent"
    ) as caught:
        face.call("https://no-such-host.invalid/pod", retries=0)
    assert isinstance(caught.value.__cause__, httpx.TransportError)


def test_the_loggers_beneath_do_not_show_the_token(face: Face, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedPod(lambda _: answer()) as pod:
        face.call(pod.url)
    assert TOKEN not in caplog.text
    assert caplog.records


def test_no_frame_of_a_fault_holds_the_token() -> None:
    with (
        ScriptedPod(lambda _: hang_up) as pod,
        PodClient(pod.url, session_token=TOKEN) as client,
        pytest.raises(ConnectionLostError) as caught,
    ):
        accept(client)
    link: BaseException | None = caught.value
    shown: list[str] = []
    for _ in range(10):
        if link is None:
            break
        frame = link.__traceback__
        while frame is not None:
            if "symphony_pod_client" in frame.tb_frame.f_code.co_filename or link is not caught.value:
                shown += [repr(value) for value in frame.tb_frame.f_locals.values()]
            frame = frame.tb_next
        link = link.__cause__
    assert not [text for text in shown if TOKEN in text]
