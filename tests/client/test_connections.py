"""Connections: TLS, proxies, sharing among threads and clients, closing, and the event loop's peace."""

import asyncio
import base64
import contextlib
import os
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from symphony_pod_client import (
    AsyncPodClient,
    ConnectError,
    ConnectionLostError,
    PodClient,
    PodError,
    UsageError,
)

from tests.client.certificates import Authority
from tests.client.faces import TOKEN, Face, accept, in_memory
from tests.client.pods import CONNECTION, Request, ScriptedPod, answer

URL = "https://acme.example.com/pod"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


def test_a_ca_bundle_is_trusted(authority: Authority, own_face: Face) -> None:
    with ScriptedPod(lambda _: answer(), tls=authority.server()) as pod:
        assert own_face.call(pod.url, ca_bundle=authority.bundle).to_dict() == CONNECTION
        assert own_face.call(pod.url, ca_bundle=str(authority.bundle)).to_dict() == CONNECTION


def test_a_tls_context_can_be_given(authority: Authority, own_face: Face) -> None:
    context = ssl.create_default_context(cafile=authority.bundle)
    with ScriptedPod(lambda _: answer(), tls=authority.server()) as pod:
        assert own_face.call(pod.url, verify=context).to_dict() == CONNECTION


def test_no_other_authority_is_trusted(authority: Authority, stranger: Authority, own_face: Face) -> None:
    with ScriptedPod(lambda _: answer(), tls=authority.server()) as pod:
        with pytest.raises(ConnectError, match="(?i)certificate"):
            own_face.call(pod.url, retries=0)
        with pytest.raises(ConnectError, match="(?i)certificate"):
            own_face.call(pod.url, ca_bundle=stranger.bundle, retries=0)
    assert pod.requests == []


def test_a_certificate_for_another_host_is_refused(authority: Authority, own_face: Face) -> None:
    with ScriptedPod(lambda _: answer(), tls=authority.server()) as pod, pytest.raises(ConnectError):
        own_face.call(pod.url.replace("127.0.0.1", "localhost"), ca_bundle=authority.bundle, retries=0)


def test_https_where_plain_http_is_spoken(own_face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod, pytest.raises(PodError) as caught:
        own_face.call(pod.url.replace("http:", "https:"), retries=0, timeout=0.5)
    assert isinstance(caught.value, ConnectError | ConnectionLostError)


def test_a_client_certificate_is_shown(authority: Authority, own_face: Face) -> None:
    certificate, key = authority.issue("bot")
    both = Path(certificate).with_suffix(".both")
    both.write_bytes(Path(certificate).read_bytes() + Path(key).read_bytes())
    with ScriptedPod(lambda _: answer(), tls=authority.server(asks_for_certificate=True)) as pod:
        for shown in ((certificate, key), str(both)):
            connection = own_face.call(pod.url, ca_bundle=authority.bundle, cert=shown)
            assert connection.to_dict() == CONNECTION
        with pytest.raises(PodError):
            own_face.call(pod.url, ca_bundle=authority.bundle, retries=0)


@pytest.mark.parametrize("option", ["ca_bundle", "cert"])
def test_a_file_that_cannot_be_loaded_is_named(option: str, own_face: Face, tmp_path: Path) -> None:
    for path in ("no/such/file.pem", str(tmp_path / "empty.pem")):
        (tmp_path / "empty.pem").touch()
        options: dict[str, Any] = {option: path}
        with pytest.raises(UsageError, match=f"{option}: {path} cannot be loaded") as caught:
            own_face.call(URL, **options)
        assert isinstance(caught.value.__cause__, OSError)


def test_the_default_tls_context_is_made_once_for_all_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    original = httpx.create_ssl_context

    def make(**options: Any) -> ssl.SSLContext:
        made.append(1)
        return original(**options)

    monkeypatch.setattr(httpx, "create_ssl_context", make)
    import_module("symphony_pod_client.connecting")._shared_tls.cache_clear()
    for _ in range(3):
        with PodClient(URL, session_token=TOKEN) as pod:
            pod._http.get((os.getpid(), None))
    assert len(made) == 1


class Noted:
    """A connection of httpcore that notes what is done with it."""

    def __init__(self) -> None:
        self.done: list[bytes | str] = []

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self.done.append(buffer)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del max_bytes, timeout
        self.done.append("read")
        return b""

    def close(self) -> None:
        """As httpcore's."""

    get_extra_info = close


HEADERS = b"POST /pod HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(
    ("written", "done"),
    [
        ([HEADERS, b"{}", b""], [HEADERS + b"{}", b"", "read"]),
        ([HEADERS, b""], [HEADERS, "read"]),
        ([HEADERS], [HEADERS, "read"]),
    ],
    ids=["body", "no-body", "nothing-after-the-headers"],
)
def test_headers_and_body_leave_in_one_piece(written: list[bytes], done: list[Any]) -> None:
    connection = Noted()
    stream = import_module("symphony_pod_client.connecting")._Stream(connection)
    for piece in written:
        stream.write(piece)
    stream.read(1000)
    assert connection.done == done


class Proxy:
    """An HTTP proxy that passes everything on to one pod, and notes what it was asked for."""

    def __init__(self, pod: ScriptedPod) -> None:
        self._pod = pod
        self.asked: list[tuple[str, str]] = []
        self._server = ScriptedPod(self._serve)

    def __enter__(self) -> "Proxy":
        self._server.__enter__()
        self.port = self._server.port
        self.url = f"http://user:pa%20ss@127.0.0.1:{self._server.port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def _serve(self, request: Request) -> Any:
        self.asked.append((f"{request.method} {request.target}", request.headers.get("proxy-authorization", "")))
        return self._tunnel if request.method == "CONNECT" else answer()

    def _tunnel(self, connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._pod.port)) as pod:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(pod, connection), daemon=True)
            back.start()
            _pump(connection, pod)
            back.join(10)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


CREDENTIALS = "Basic " + base64.b64encode(b"user:pa ss").decode()


def test_a_proxy_carries_https_without_seeing_the_token(authority: Authority, own_face: Face) -> None:
    with ScriptedPod(lambda _: answer(), tls=authority.server()) as pod, Proxy(pod) as proxy:
        connection = own_face.call(pod.url, ca_bundle=authority.bundle, proxy=proxy.url)
        assert proxy.asked == [(f"CONNECT 127.0.0.1:{pod.port}", CREDENTIALS)]
    assert connection.to_dict() == CONNECTION
    (request,) = pod.requests
    assert request.headers["sessiontoken"] == TOKEN
    assert "proxy-authorization" not in request.headers


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_environment_names_a_proxy(variable: str, own_face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedPod(lambda _: answer()) as pod, Proxy(pod) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        options: dict[str, Any] = {"plain_http_hosts": ["pod.internal"], "retries": 0}
        assert own_face.call("http://pod.internal/pod", **options).to_dict() == CONNECTION
        assert proxy.asked == [("POST http://pod.internal/pod/v1/connection/accept", CREDENTIALS)]
        monkeypatch.setenv("NO_PROXY", "pod.internal")
        with pytest.raises(ConnectError):
            own_face.call("http://pod.internal/pod", **options)
        own_face.call(pod.url)
    assert len(proxy.asked) == 1, "neither an excepted host nor loopback goes through the proxy"


@pytest.mark.parametrize("proxy", ["ftp://proxy", "nonsense://u:secret@h"])
def test_a_proxys_address_that_is_none(proxy: str, own_face: Face) -> None:
    with pytest.raises(UsageError, match="proxy: expected an address") as caught:
        own_face.call(URL, proxy=proxy)
    assert "secret" not in str(caught.value)


def test_a_proxy_that_refuses(own_face: Face) -> None:
    with ScriptedPod(lambda _: answer(407, b"")) as proxy, pytest.raises(PodError) as caught:
        own_face.call(URL, proxy=f"http://127.0.0.1:{proxy.port}", retries=0)
    assert isinstance(caught.value, ConnectError)


def test_fifty_threads_share_one_pool() -> None:
    barrier = threading.Barrier(50)
    with ScriptedPod(lambda _: answer()) as pod, PodClient(pod.url, session_token=TOKEN) as client:

        def calls(_: int) -> list[Any]:
            barrier.wait(30)
            return [accept(client).to_dict() for _ in range(4)]

        with ThreadPoolExecutor(50) as threads:
            results = list(threads.map(calls, range(50)))
    assert results == [[CONNECTION] * 4] * 50
    assert pod.connections <= 50


def test_eight_threads_first_call_makes_one_httpx_client(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[httpx.Client] = []
    original, barrier = httpx.Client.__init__, threading.Barrier(8)

    def make(self: httpx.Client, **options: Any) -> None:
        made.append(self)
        original(self, **options)

    monkeypatch.setattr(httpx.Client, "__init__", make)

    def call(client: PodClient) -> None:
        barrier.wait(30)
        accept(client)

    with (
        ScriptedPod(lambda _: answer()) as pod,
        PodClient(pod.url, session_token=TOKEN) as client,
        ThreadPoolExecutor(8) as threads,
    ):
        list(threads.map(call, [client] * 8))
    assert len(made) == 1


def test_a_hundred_tasks_share_one_client() -> None:
    async def run(url: str) -> list[Any]:
        async with AsyncPodClient(url, session_token=TOKEN) as client:
            return await asyncio.gather(*[accept(client) for _ in range(100)])

    with ScriptedPod(lambda _: answer()) as pod:
        results = asyncio.run(run(pod.url))
    assert [result.to_dict() for result in results] == [CONNECTION] * 100
    assert pod.connections <= 100


def test_calls_one_after_the_other_use_one_connection(face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod:
        face.calls(pod.url, [accept] * 5)
    assert pod.connections == 1


def test_a_derived_client_shares_the_connections_and_leaves_the_other_as_it_was(face: Face) -> None:
    def derived(pod: Any) -> Any:
        return accept(pod.with_headers({"X-Tenant": "b", "user-agent": "mine"}).with_timeout(5).with_retries(0))

    with ScriptedPod(lambda _: answer()) as pod:
        face.calls(pod.url, [accept, derived, accept], headers={"X-Tenant": "a"})
    assert [request.headers["x-tenant"] for request in pod.requests] == ["a", "b", "a"]
    assert pod.requests[1].headers["user-agent"] == "mine"
    assert pod.requests[2] == pod.requests[0]
    assert pod.connections == 1


def test_the_callers_own_headers_are_copied(face: Face) -> None:
    headers = {"X-Tenant": "a"}

    def change(pod: Any) -> Any:
        headers["X-Tenant"] = "b"
        return accept(pod)

    with ScriptedPod(lambda _: answer()) as pod:
        face.calls(pod.url, [change], headers=headers)
    assert pod.requests[0].headers["x-tenant"] == "a"
    assert headers == {"X-Tenant": "b"}


def test_a_single_call_can_have_headers(face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod:
        face.calls(pod.url, [lambda pod: pod.connections.accept(user_id=1, headers={"X-Trace": "7"}), accept])
    assert [request.headers.get("x-trace") for request in pod.requests] == ["7", None]


def test_it_says_who_it_is(face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod:
        face.call(pod.url)
    assert pod.requests[0].headers["user-agent"].startswith("symphony-pod-client/0.")


def test_closing_a_derived_client_closes_nothing(face: Face) -> None:
    if not face.is_async:
        with ScriptedPod(lambda _: answer()) as pod, PodClient(pod.url, session_token=TOKEN) as client:
            with client.with_timeout(5) as derived:
                accept(derived)
            accept(client)
        return

    async def run(url: str) -> None:
        async with AsyncPodClient(url, session_token=TOKEN) as client:
            async with client.with_timeout(5) as derived:
                await accept(derived)
            await accept(client)

    with ScriptedPod(lambda _: answer()) as pod:
        asyncio.run(run(pod.url))


def test_a_closed_client_says_so() -> None:
    client = PodClient(URL, session_token=TOKEN, transport=in_memory())
    derived = client.with_timeout(1)
    client.close()
    client.close()
    for closed in (client, derived):
        with pytest.raises(UsageError, match="The client is closed"):
            accept(closed)


def test_a_closed_async_client_says_so() -> None:
    async def run() -> None:
        client = AsyncPodClient(URL, session_token=TOKEN, transport=in_memory())
        await client.aclose()
        with pytest.raises(UsageError, match="The client is closed"):
            await accept(client)

    asyncio.run(run())


def test_making_and_first_calling_a_client_does_not_hold_up_the_loop(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in: list[threading.Thread] = []
    original = ssl.create_default_context

    def make(*positions: Any, **names: Any) -> ssl.SSLContext:
        made_in.append(threading.current_thread())
        return original(*positions, **names)

    async def run(url: str) -> None:
        async with AsyncPodClient(url, session_token=TOKEN, ca_bundle=authority.bundle) as client:
            await accept(client)

    with ScriptedPod(lambda _: answer(), tls=authority.server()) as pod:
        monkeypatch.setattr(ssl, "create_default_context", make)
        asyncio.run(run(pod.url))
    assert len(made_in) == 1
    assert threading.main_thread() not in made_in


def test_no_proxy_may_name_a_port(own_face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"plain_http_hosts": ["pod.internal"], "retries": 0}
    with ScriptedPod(lambda _: answer()) as pod, Proxy(pod) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "pod.internal:8080")
        with pytest.raises(ConnectError):
            own_face.call("http://pod.internal:8080/pod", **options)
        assert own_face.call("http://pod.internal:8081/pod", **options).to_dict() == CONNECTION
    assert len(proxy.asked) == 1


def test_a_tls_proxy_with_an_authority_of_its_own(authority: Authority, own_face: Face) -> None:
    with ScriptedPod(lambda _: answer(), tls=authority.server()) as proxy:
        options: dict[str, Any] = {"plain_http_hosts": ["pod.internal"], "proxy": f"https://127.0.0.1:{proxy.port}"}
        assert own_face.call("http://pod.internal/pod", ca_bundle=authority.bundle, **options).to_dict() == CONNECTION
    assert proxy.requests[0].target == "http://pod.internal/pod/v1/connection/accept"
