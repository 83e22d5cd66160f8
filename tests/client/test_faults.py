"""What becomes of a call that gets no whole answer."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from symphony_pod_client import (
    CallTimeoutError,
    ConnectError,
    ConnectionLostError,
    DecodeError,
    NotFoundError,
    PodError,
    ServerError,
    TransportError,
)

from tests.client.faces import ASYNC, SYNC, TOKEN, Face, accept
from tests.client.pods import BODY, Script, ScriptedPod, answer, cut, drip, hang, hang_up, reset, stall

WHOLE = answer()
HEAD = len(WHOLE) - len(BODY)
LOST: dict[str, Script] = {
    "no-answer": hang_up,
    "reset": reset,
    "half-a-status-line": cut(WHOLE, 8),
    "half-the-headers": cut(WHOLE, HEAD - 5),
    "no-body": cut(WHOLE, HEAD),
    "half-the-body": cut(WHOLE, -10),
    "all-but-a-byte": cut(WHOLE, -1),
    "half-a-chunk": cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", 1000),
    "no-last-chunk": cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", 1000),
    "no-http": cut(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", 1000),
    "no-number": cut(b"HTTP/1.1 OK\r\n\r\n", 1000),
    "no-header": cut(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", 1000),
    "bad-length": cut(b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}", 1000),
    "bad-chunk": cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}", 1000),
}
SLOW: dict[str, Script] = {
    "silence": hang,
    "silence-after-the-headers": stall(WHOLE[:HEAD]),
    "dripping-body": drip(WHOLE[:HEAD].replace(b": 125", b": 9999").replace(f": {len(BODY)}".encode(), b": 9999")),
    "dripping-chunks": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize("name", LOST)
def test_a_connection_that_breaks(name: str, face: Face) -> None:
    with ScriptedPod(lambda _: LOST[name]) as pod, pytest.raises(PodError) as caught:
        face.call(pod.url)
    assert type(caught.value) is ConnectionLostError
    assert len(pod.requests) == 1, "a request that may have been carried out is not sent again"


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_that_does_not_come_in_time(name: str, face: Face) -> None:
    with ScriptedPod(lambda _: SLOW[name]) as pod, pytest.raises(PodError) as caught:
        face.call(pod.url, timeout=0.15)
    assert type(caught.value) is CallTimeoutError
    assert len(pod.requests) == 1


def test_headers_that_drip_are_cut_off(face: Face) -> None:
    with ScriptedPod(lambda _: drip(b"HTTP/1.1 200 OK\r\nX: ", b"x")) as pod, pytest.raises(CallTimeoutError):
        face.call(pod.url, timeout=0.15)


def test_each_phase_can_have_its_own_limit(face: Face) -> None:
    limits = httpx.Timeout(5, read=0.1)
    with ScriptedPod(lambda _: hang) as pod, pytest.raises(CallTimeoutError):
        face.call(pod.url, timeout=limits)


def test_a_single_call_can_have_its_own_limit(face: Face) -> None:
    with ScriptedPod(lambda _: hang) as pod, pytest.raises(CallTimeoutError):
        face.call(pod.url, lambda pod: pod.connections.accept(user_id=1, timeout=0.1))


@pytest.mark.parametrize("limits", [httpx.Timeout(None), httpx.Timeout(5, read=None)], ids=["none", "none to read"])
def test_a_phase_can_be_without_a_limit(limits: httpx.Timeout, face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod:
        assert face.call(pod.url, timeout=limits).user_id == 7078106103809


@pytest.mark.parametrize("timeout", [0, -1, True, float("inf"), float("nan"), "3", None, 1e300, 10**400])
def test_a_limit_is_a_finite_number_above_zero(timeout: Any) -> None:
    with pytest.raises(PodError, match="timeout: expected a number of seconds above 0"):
        SYNC.call("http://127.0.0.1:1/pod", timeout=timeout)


@pytest.mark.parametrize("script", [cut(answer(500), -10), drip(answer(500)[:-100])], ids=["cut", "dripping"])
def test_a_status_that_came_counts_although_its_body_did_not(script: Script, face: Face) -> None:
    with ScriptedPod(lambda _: script) as pod, pytest.raises(ServerError) as caught:
        face.call(pod.url, timeout=0.15)
    assert caught.value.body.startswith(BODY[:20])


def test_a_status_whose_body_did_not_come_has_the_fault_as_its_cause(face: Face) -> None:
    with ScriptedPod(lambda _: cut(answer(500), -10)) as pod, pytest.raises(ServerError) as caught:
        face.call(pod.url)
    fault = caught.value.__cause__
    assert isinstance(fault, ConnectionLostError)
    assert isinstance(fault.__cause__, httpx.TransportError)


@pytest.mark.parametrize("status", [200, 404])
def test_a_body_that_cannot_be_decompressed_has_the_fault_of_httpx_as_its_cause(status: int, face: Face) -> None:
    said = answer(status, TOKEN.encode(), "Content-Encoding: gzip")
    with ScriptedPod(lambda _: said) as pod, pytest.raises((DecodeError, NotFoundError)) as caught:
        face.call(pod.url)
    link: Any = caught.value
    while not isinstance(link, httpx.DecodingError):
        link = link.__cause__
    assert "sessiontoken" not in link.request.headers


def test_nobody_listens(face: Face) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(PodError) as caught:
        face.call(f"http://127.0.0.1:{port}/pod", retries=0)
    assert type(caught.value) is ConnectError
    assert isinstance(caught.value, TransportError)


def test_no_such_host(face: Face) -> None:
    with pytest.raises(ConnectError):
        face.call("https://no-such-host.invalid/pod", retries=0)


def test_a_connection_that_cannot_be_made_in_time(face: Face, full_port: int) -> None:
    with pytest.raises(ConnectError):
        face.call(f"http://127.0.0.1:{full_port}/pod", timeout=0.4, retries=0)


@pytest.fixture
def full_port() -> Any:
    """A port where the queue of connections is full, so that no further one is made."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(contextlib.closing(socket.socket()))
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(contextlib.closing(socket.socket()))
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_fault_leaves_the_client_usable(face: Face) -> None:
    said: Iterator[bytes | Script] = iter([WHOLE, hang_up, WHOLE, cut(WHOLE, -10), answer(404), hang, WHOLE])

    def tried(pod: Any) -> Any:
        if not face.is_async:
            return _kind(lambda: accept(pod))
        return _async_kind(accept(pod))

    with ScriptedPod(lambda _: next(said)) as pod:
        kinds = face.calls(pod.url, [tried] * 7, timeout=0.3)
    lost, found = ConnectionLostError, type(None)
    assert kinds == [found, lost, found, lost, NotFoundError, CallTimeoutError, found]


def _kind(call: Any) -> type:
    try:
        call()
    except PodError as error:
        return type(error)
    return type(None)


async def _async_kind(call: Any) -> type:
    try:
        await call
    except PodError as error:
        return type(error)
    return type(None)


@pytest.mark.parametrize("face", [SYNC, ASYNC], ids=lambda face: face.name)
@pytest.mark.parametrize("error", [AssertionError("mine"), KeyError("mine"), OSError("mine"), TimeoutError("mine")])
def test_what_the_applications_own_transport_raises_goes_through_as_it_is(error: Exception, face: Face) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(type(error)) as caught:
        face.call("https://acme.example.com/pod", transport=httpx.MockTransport(broken))
    assert caught.value is error
