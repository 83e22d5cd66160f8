"""On httpx, not beside it: requests go through `send`, and what people use with httpx sees them."""

import asyncio
import logging
import os
import ssl
from typing import Any

import httpx
import pytest
from httpx_aiohttp import HttpxAiohttpClient
from symphony_pod_client import AsyncPodClient, DecodeError, PodClient, PodError, UsageError, UserConnection

from tests.client.faces import ASYNC, SYNC, TOKEN, Face, accept, in_memory
from tests.client.pods import CONNECTION, ScriptedPod, answer, error_answer

URL = "https://acme.example.com/pod"


def hooks(face: Face, seen: list[Any]) -> dict[str, list[Any]]:
    """Event hooks that note what they see."""

    async def note(what: httpx.Request | httpx.Response) -> None:
        seen.append(what)

    hook = note if face.is_async else seen.append
    return {"request": [hook], "response": [hook]}


def test_event_hooks_see_the_request_with_its_content_and_the_answer(own_face: Face) -> None:
    seen: list[Any] = []
    with ScriptedPod(lambda _: answer()) as pod:
        own_face.call(pod.url, event_hooks=hooks(own_face, seen))
    request, response = seen
    assert (request.method, request.content) == ("POST", b'{"userId":7078106103809}')
    assert (response.status_code, response.request) == (200, request)


def test_a_hook_that_raises_is_heard(own_face: Face) -> None:
    def refuse(_: object) -> Any:
        raise AssertionError("mine")

    with pytest.raises(AssertionError, match="mine"):
        own_face.call(URL, event_hooks={"request": [refuse]}, transport=in_memory())


def test_a_hook_that_raises_for_a_status_is_heard(own_face: Face) -> None:
    def check(response: httpx.Response) -> None:
        response.raise_for_status()

    async def check_async(response: httpx.Response) -> None:
        response.raise_for_status()

    hook = check_async if own_face.is_async else check
    with pytest.raises(httpx.HTTPStatusError, match="404 Not Found"):
        own_face.call(URL, event_hooks={"response": [hook]}, transport=in_memory(404))


def test_a_hook_that_makes_the_request_illegal_is_told_so_and_nothing_was_sent(own_face: Face) -> None:
    def spoil(request: httpx.Request) -> None:
        request.headers["X-Trace"] = "a\n"

    async def spoil_async(request: httpx.Request) -> None:
        spoil(request)

    hook = spoil_async if own_face.is_async else spoil
    with (
        ScriptedPod(lambda _: answer()) as pod,
        pytest.raises(UsageError, match="Nothing was sent: LocalProtocolError"),
    ):
        own_face.call(pod.url, event_hooks={"request": [hook]})
    assert pod.requests == []


def test_a_hook_that_reads_what_cannot_be_decompressed_meets_a_decode_error(own_face: Face) -> None:
    def read(response: httpx.Response) -> None:
        response.read()

    async def read_async(response: httpx.Response) -> None:
        await response.aread()

    hook = read_async if own_face.is_async else read
    said = answer(200, b"no gzip", "Content-Encoding: gzip")
    with ScriptedPod(lambda _: said) as pod, pytest.raises(DecodeError, match="its Content-Encoding is broken"):
        own_face.call(pod.url, event_hooks={"response": [hook]})


def test_send_is_called_once_for_each_request(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[httpx.Request] = []
    kind: Any = httpx.AsyncClient if face.is_async else httpx.Client
    original = kind.send

    def send(self: Any, request: httpx.Request, **options: Any) -> Any:
        sent.append(request)
        return original(self, request, **options)

    monkeypatch.setattr(kind, "send", send)
    said = iter([error_answer(429, "no", "Retry-After: 0"), answer()])
    with ScriptedPod(lambda _: next(said)) as pod:
        face.call(pod.url)
    assert len(sent) == 2


def test_httpx_logs_its_line(face: Face, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "httpx")
    with ScriptedPod(lambda _: answer()) as pod:
        face.call(pod.url)
        line = f'HTTP Request: POST {pod.url}/v1/connection/accept "HTTP/1.1 200 Said"'
    assert [record.getMessage() for record in caplog.records if record.name == "httpx"] == [line]


def test_aiohttp_is_not_used_because_it_is_installed() -> None:
    async def kind(**options: Any) -> str:
        async with AsyncPodClient("http://127.0.0.1:1", session_token=TOKEN, retries=0, **options) as client:
            with pytest.raises(Exception, match="no connection"):
                await accept(client)
            (made,) = client._http.clients.values()
            return type(made._transport).__name__

    async def given() -> str:
        async with HttpxAiohttpClient() as made:
            return await kind(http_client=made)

    assert asyncio.run(kind()) == "AsyncHTTPTransport"
    assert asyncio.run(given()) == "AiohttpTransport"


def with_own_client(face: Face, url: str, made: dict[str, Any], **options: Any) -> tuple[UserConnection, bool]:
    """The result of a call by an httpx client of the application's, and whether that stays open."""
    if not face.is_async:
        with httpx.Client(**made) as http_client:
            pod = PodClient(url, session_token=TOKEN, http_client=http_client, **options)
            result = accept(pod)
            pod.close()
            return result, not http_client.is_closed

    async def run() -> tuple[UserConnection, bool]:
        async with httpx.AsyncClient(**made) as http_client:
            pod = AsyncPodClient(url, session_token=TOKEN, http_client=http_client, **options)
            result = await accept(pod)
            await pod.aclose()
            return result, not http_client.is_closed

    return asyncio.run(run())


def test_an_http_client_of_the_applications_own_sends_everything_and_stays_open(own_face: Face) -> None:
    seen: list[Any] = []
    made = {"headers": {"X-Gateway": "g", "User-Agent": "app/1"}, "event_hooks": hooks(own_face, seen)}
    with ScriptedPod(lambda _: answer()) as pod:
        connection, is_open = with_own_client(own_face, pod.url, made)
    assert (connection.to_dict(), is_open, len(seen)) == (CONNECTION, True, 2)
    assert (pod.requests[0].headers["x-gateway"], pod.requests[0].headers["user-agent"]) == ("g", "app/1")
    assert pod.requests[0].headers["accept"] == "application/json"


@pytest.mark.parametrize(("chosen", "seen"), [(None, 30.0), (7.0, 7.0)], ids=["httpx's default", "chosen"])
def test_its_time_out_holds_where_one_was_chosen(chosen: float | None, seen: float, own_face: Face) -> None:
    limits: list[Any] = []

    def note(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"])
        return httpx.Response(200, json={})

    made: dict[str, Any] = {"transport": httpx.MockTransport(note)} | ({"timeout": chosen} if chosen else {})
    with_own_client(own_face, URL, made, timeout=httpx.Timeout(seen) if chosen else 30)
    assert limits[0]["connect"] == min(seen, 5.0 if not chosen else seen)


def test_its_auth_and_its_proxy_are_its_own(own_face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod:
        with_own_client(own_face, pod.url, {"auth": ("u", "p")})
    assert pod.requests[0].headers["authorization"] == "Basic dTpw"


def test_a_redirect_is_not_followed_although_the_http_client_would(own_face: Face) -> None:
    said = error_answer(307, "moved", "Location: /elsewhere")
    with ScriptedPod(lambda _: said) as pod, pytest.raises(Exception, match="answer 307"):
        with_own_client(own_face, pod.url, {"follow_redirects": True})
    assert len(pod.requests) == 1


CONFLICTS: list[dict[str, Any]] = [
    {"http_client": 1, "proxy": "http://p"}, {"http_client": 1, "ca_bundle": "x"}, {"http_client": 1, "cert": "x"},
    {"http_client": 1, "transport": in_memory()}, {"http_client": 1, "event_hooks": {}},
    {"http_client": 1, "mounts": {}},
    {"transport": in_memory(), "proxy": "http://p"}, {"transport": in_memory(), "cert": "x"},
    {"transport": in_memory(), "ca_bundle": "x"}, {"transport": in_memory(), "verify": False},
    {"ca_bundle": "x", "verify": False}, {"verify": ssl.create_default_context(), "cert": "x"},
]  # fmt: skip


@pytest.mark.parametrize("options", CONFLICTS, ids=lambda options: "+".join(options))
@pytest.mark.parametrize("kind", [PodClient, AsyncPodClient])
def test_an_option_that_would_be_ignored_is_refused(kind: Any, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="would be ignored beside"):
        kind(URL, session_token=TOKEN, **options)


def test_none_leaves_an_option_out_as_in_httpx(own_face: Face) -> None:
    names = ("http_client", "transport", "mounts", "event_hooks", "proxy", "cert", "ca_bundle", "limits", "retries")
    with ScriptedPod(lambda _: answer()) as pod:
        assert own_face.call(pod.url, accept, **dict.fromkeys(names)).user_id == 7078106103809


@pytest.mark.parametrize("verify", ["/etc/ssl/authority.pem", 1], ids=str)
@pytest.mark.parametrize("kind", [PodClient, AsyncPodClient])
def test_verify_is_no_file_and_no_other_value(kind: Any, verify: Any) -> None:
    with pytest.raises(UsageError, match="verify: expected a TLS context or a bool, found .*ca_bundle takes a file"):
        kind(URL, session_token=TOKEN, verify=verify)


@pytest.mark.parametrize("name", ["ca_bundle", "cert"])
@pytest.mark.parametrize("kind", [PodClient, AsyncPodClient])
def test_a_file_without_a_name_is_refused_at_once(kind: Any, name: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: expected the path of a file, found an empty text"):
        kind(URL, session_token=TOKEN, **{name: ""})


@pytest.mark.parametrize("name", ["mounts", "event_hooks", "proxy", "cert", "ca_bundle", "limits"])
def test_a_value_of_another_type_is_a_usage_error(name: str, own_face: Face) -> None:
    with pytest.raises(UsageError, match=f"one of {name} has not the type that httpx takes"):
        own_face.call(URL, accept, **{name: 5})


def test_limits_and_protocols_reach_httpx() -> None:
    with PodClient(URL, session_token=TOKEN, limits=httpx.Limits(max_connections=3), trust_env=False) as pod:
        made: Any = pod._http.get((os.getpid(), None))
        assert made._transport._pool._max_connections == 3
        assert made.trust_env is False


@pytest.mark.parametrize("face", [SYNC, ASYNC], ids=lambda face: face.name)
def test_mounts_reach_httpx(face: Face) -> None:
    mounts = {"https://acme.example.com": in_memory(200, b'{"userId":7}')}
    assert face.call(URL, mounts=mounts).user_id == 7


@pytest.mark.parametrize(("kind", "wrong"), [(PodClient, httpx.AsyncClient), (AsyncPodClient, httpx.Client)])
def test_an_http_client_of_the_other_kind_is_refused(kind: Any, wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"http_client: expected an httpx\.(Async)?Client, found"):
        kind(URL, session_token=TOKEN, http_client=wrong())


@pytest.mark.parametrize(
    ("kind", "wrong"), [(PodClient, httpx.AsyncHTTPTransport), (AsyncPodClient, httpx.HTTPTransport)]
)
def test_a_transport_of_the_other_kind_is_refused(kind: Any, wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"transport: expected an httpx\.(Async)?BaseTransport, found"):
        kind(URL, session_token=TOKEN, transport=wrong())


def test_an_http_client_that_is_closed_is_named() -> None:
    made = httpx.Client()
    made.close()
    with PodClient(URL, session_token=TOKEN, http_client=made) as pod, pytest.raises(UsageError, match="is closed"):
        accept(pod)


@pytest.mark.parametrize("location", ["https://xn--a/", "http://[::1", "https://x:99999999/", "ftp://", "\\", "//"])
def test_a_redirect_to_what_is_no_address_is_a_pod_error(location: str, face: Face) -> None:
    said = error_answer(302, "moved", f"Location: {location}")
    with ScriptedPod(lambda _: said) as pod, pytest.raises(PodError):
        face.call(pod.url)
    assert len(pod.requests) == 1
