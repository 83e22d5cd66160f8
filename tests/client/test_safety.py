"""The session token goes only where it should, and is never shown."""

import copy
import logging
import pickle
import traceback
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import symphony_pod_client
from symphony_pod_client import (
    AsyncPodClient,
    DecodeError,
    Error,
    NotFoundError,
    PodClient,
    PodError,
    StatusError,
    UsageError,
)

from tests.client.faces import SYNC, TOKEN, Face, accept, in_memory
from tests.client.pods import ScriptedPod, answer, cut, error_answer, hang

URL = "https://acme.example.com/pod"
BAD_TOKENS = {
    "newline": TOKEN + "\n", "return": TOKEN + "\r", "space-before": " " + TOKEN, "space-after": TOKEN + " ",
    "empty": "", "space": " ",
    "inside": TOKEN + "\r\nX: y", "nul": TOKEN + "\0", "umlaut": TOKEN + "ä", "emoji": TOKEN + "🔑",
    "tab": TOKEN + "\t", "delete": TOKEN + "\x7f",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_TOKENS)
@pytest.mark.parametrize("client", [PodClient, AsyncPodClient])
def test_a_token_that_is_no_header_value_is_refused_at_once_without_showing_it(client: Any, name: str) -> None:
    with pytest.raises(UsageError, match="not all visible ASCII, or with a line break") as caught:
        client(URL, session_token=BAD_TOKENS[name])
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert TOKEN not in shown


@pytest.mark.parametrize("token", [None, b"token", 7])
def test_a_token_is_a_string(token: Any) -> None:
    with pytest.raises(UsageError, match="session_token: expected a string"):
        PodClient(URL, session_token=token)


@pytest.mark.parametrize(
    "url", ["http://acme.example.com/pod", "http://127.0.0.1.example.com", "http://10.0.0.1", "http://[::2]"]
)
@pytest.mark.parametrize("client", [PodClient, AsyncPodClient])
def test_plain_http_to_another_host_is_refused(client: Any, url: str) -> None:
    with pytest.raises(UsageError, match="over plain http"):
        client(url, session_token=TOKEN)


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://127.0.0.1/pod", "http://127.1.2.3", "http://[::1]:80/pod", URL]
)
def test_plain_http_to_loopback_is_not(url: str) -> None:
    PodClient(url, session_token=TOKEN).close()


def test_plain_http_can_be_allowed_by_the_hosts_name() -> None:
    PodClient("http://pod.internal", session_token=TOKEN, plain_http_hosts=["pod.internal"]).close()
    with pytest.raises(UsageError):
        PodClient("http://pod.example.com", session_token=TOKEN, plain_http_hosts=["pod.internal"])


@pytest.mark.parametrize(
    "url",
    ["acme.example.com/pod", "ftp://acme.example.com", "https://",
     "https://u:p@acme.example.com", URL + "?a", URL + "#a", ""],
)  # fmt: skip
def test_an_address_is_http_a_host_and_a_path(url: str) -> None:
    with pytest.raises(UsageError, match="base_url: ") as caught:
        PodClient(url, session_token=TOKEN)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int, face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as other:
        target = f"{other.url}/v1/connection/accept"
        said = error_answer(status, "moved", f"Location: {target}")
        with ScriptedPod(lambda _: said) as pod, pytest.raises(StatusError) as caught:
            face.call(pod.url)
    assert type(caught.value) is StatusError
    assert caught.value.headers["location"] == target
    assert (other.requests, len(pod.requests)) == ([], 1)


def test_a_chain_of_redirects_ends_at_its_first_answer(face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as last:
        on = error_answer(307, "moved", f"Location: {last.url}/v1/connection/accept")
        with ScriptedPod(lambda _: on) as middle:
            first = error_answer(307, "moved", f"Location: {middle.url}/v1/connection/accept")
            with ScriptedPod(lambda _: first) as pod, pytest.raises(StatusError) as caught:
                face.call(pod.url)
    assert caught.value.status == 307
    assert [len(each.requests) for each in (pod, middle, last)] == [1, 0, 0]


def _echoes() -> dict[str, Any]:
    said = f"token {TOKEN} of the caller"
    return {
        "status": answer(404, said.encode()),
        "status-json": error_answer(401, said),
        "status-json-escaped": answer(400, b'{"message":"' + TOKEN.replace("/", "\\/").encode() + b'"}'),
        "status-after-300": answer(500, b" " * 280 + b"x" * 250 + TOKEN.encode()),
        "decode": answer(200, f'{{"userId":"{TOKEN}"}}'.encode()),
        "decode-long": answer(200, f'{{"userId":"{TOKEN * 20}"}}'.encode()),
        "decode-text": answer(200, said.encode()),
        "header": answer(403, b"{}", f"X-Token: {TOKEN}"),
        "no-http": cut(f"HTTP/1.1 {said}\r\n\r\n".encode(), 1000),
        "no-header": cut(f"HTTP/1.1 200 OK\r\nbad header {TOKEN}\r\n\r\n".encode(), 1000),
        "redirect": error_answer(302, "moved", f"Location: https://example.com/?t={TOKEN}"),
        "gzip": answer(404, TOKEN.encode(), "Content-Encoding: gzip"),
        "silence": hang,
    }


@pytest.mark.parametrize("name", _echoes())
def test_no_error_shows_a_token_that_the_pod_repeats(name: str, face: Face, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "symphony_pod_client")
    with ScriptedPod(lambda _: _echoes()[name]) as pod, pytest.raises(PodError) as caught:
        face.call(pod.url, timeout=0.15)
    error = caught.value
    shown = [str(error), repr(error), *traceback.format_exception(error), caplog.text]
    shown += [repr(pickle.loads(pickle.dumps(error)))]
    for text in shown:
        assert TOKEN not in text
        assert TOKEN.replace("/", "\\/") not in text
        assert TOKEN[:20] not in text
    assert "accept_connection" in str(error)


def test_no_repr_shows_the_token() -> None:
    with PodClient(URL, session_token=TOKEN, proxy="http://u:pass@127.0.0.1:1") as pod:
        for thing in (pod, pod.connections, pod._session, pod._session.token, pod.with_timeout(1), pod._http):
            assert TOKEN not in repr(thing)
            assert "pass" not in repr(thing)
        assert repr(pod) == f"PodClient('{URL}')"
    assert repr(AsyncPodClient(URL, session_token=TOKEN)) == f"AsyncPodClient('{URL}')"


def test_log_lines_name_the_operation_and_the_status(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    SYNC.call(URL, transport=in_memory())
    assert [record.message for record in caplog.records if record.name == "symphony_pod_client"] == [
        "accept_connection: answer 200, 2 bytes"
    ]
    assert TOKEN not in caplog.text


ERRORS = [
    getattr(symphony_pod_client, name)
    for name in (
        "PodError", "UsageError", "TransportError", "ConnectError", "ConnectionLostError", "CallTimeoutError",
        "StatusError", "BadRequestError", "UnauthorizedError", "ForbiddenError", "NotFoundError",
        "TooManyRequestsError", "ServerError", "DecodeError",
    )
]  # fmt: skip


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_is_a_pod_error_and_can_be_pickled_and_copied(kind: type[PodError]) -> None:
    error = kind("what went wrong")
    error.__dict__.update(status=404, headers=httpx.Headers({"a": "b"}), body=b"\xff", error=Error(code=1))
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert kind is type(other)
        assert isinstance(other, PodError)
        assert (str(other), other.args, other.__dict__) == (str(error), error.args, error.__dict__)


def test_an_error_of_a_call_can_be_pickled() -> None:
    with pytest.raises(NotFoundError) as caught:
        SYNC.call(URL, transport=in_memory(404, b'{"code":7}', {"X-A": "b", "Retry-After": "4"}))
    other = pickle.loads(pickle.dumps(caught.value))
    assert (
        other.status, other.body, other.error, other.headers["x-a"], other.retry_after,
    ) == (404, b'{"code":7}', Error(code=7), "b", 4)  # fmt: skip


def test_a_decode_error_of_a_call_can_be_pickled() -> None:
    with pytest.raises(DecodeError) as caught:
        SYNC.call(URL, transport=in_memory(200, b"[]"))
    other = pickle.loads(pickle.dumps(caught.value))
    assert (other.status, other.body, str(other)) == (200, b"[]", str(caught.value))


@pytest.mark.parametrize(
    "headers",
    [{"sessionToken": "x"}, {"SESSIONTOKEN": "x"}, {"Host": "x"}, {"Content-Length": "1"},
     {"Transfer-Encoding": "chunked"}, {"X Y": "z"}, {"": "z"},
     {"X": "a\r\nb: c"}, {"X": "a\n"}, {"X": " a"}, {"X": "ä"}, {"X:": "a"}],
)  # fmt: skip
def test_headers_are_legal_and_leave_the_clients_own_alone(headers: dict[str, str], face: Face) -> None:
    with pytest.raises(UsageError, match="headers: "):
        face.call(URL, headers=headers)
    with pytest.raises(UsageError, match="headers: "):
        face.call(URL, lambda pod: pod.connections.accept(user_id=1, headers=headers))


@pytest.mark.parametrize("name", ["timout", "single_call"])
def test_an_unknown_option_is_an_error(name: str, face: Face) -> None:
    unknown: dict[str, Any] = {name: True}
    with pytest.raises(TypeError, match=f"unexpected options: {name}"):
        face.call(URL, **unknown)
    with pytest.raises(TypeError, match=f"unexpected options: {name}"):
        face.call(URL, lambda pod: pod.connections.accept(user_id=1, **unknown))


def test_cookies_of_an_answer_are_not_sent_with_the_next_request(face: Face) -> None:
    with ScriptedPod(lambda _: answer(200, b"{}", "Set-Cookie: tenant=a")) as pod:
        face.calls(pod.url, [accept, accept])
    assert not any("cookie" in request.headers for request in pod.requests)


def test_cookies_of_an_answer_are_not_kept(own_face: Face) -> None:
    kept: list[Any] = []

    def look(client: Any) -> Any:
        kept.extend(cookie for made in client._http.clients.values() for cookie in made.cookies.jar)
        return accept(client)

    with ScriptedPod(lambda _: answer(200, b"{}", "Set-Cookie: tenant=a")) as pod:
        own_face.calls(pod.url, [accept, look])
    assert kept == []


@pytest.mark.parametrize("kind", [PodClient, AsyncPodClient])
@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_cannot_be_pickled_or_copied(kind: Any, way: Any) -> None:
    pod = kind(URL, session_token=TOKEN)
    for thing in (pod, pod.with_timeout(1), pod.connections, pod._session.token):
        with pytest.raises(TypeError, match="pickled or copied"):
            pickle.dumps(thing)
    with pytest.raises(TypeError, match=f"A {kind.__name__} holds connections and a session token"):
        way(pod)


def _spellings() -> dict[str, str]:
    return {
        "plain": TOKEN,
        "json": TOKEN.replace("/", "\\/"),
        "unicode": TOKEN.replace("=", "\\u003d").replace("+", "\\u002B"),
        "percent": quote(TOKEN, safe=""),
        "html": TOKEN.replace("=", "&#61;").replace("+", "&#x2b;"),
    }


@pytest.mark.parametrize("name", _spellings())
def test_a_token_that_a_pod_repeats_is_in_nothing_that_an_error_holds(name: str, face: Face) -> None:
    spelling = _spellings()[name]
    said = answer(404, b'{"message":"token ' + spelling.encode() + b'"}', f"X-Token: {spelling}")
    with ScriptedPod(lambda _: said) as pod, pytest.raises(NotFoundError) as caught:
        face.call(pod.url)
    error: Any = caught.value
    assert error.error.message == "token [session token]"
    assert error.body == b'{"message":"token [session token]"}'
    assert error.headers["x-token"] == "[session token]"
    assert str(error).endswith('answer 404 Not Found {"message":"token [session token]"}')


@pytest.mark.parametrize("status", [200, 404])
def test_a_tool_that_prints_the_variables_of_a_traceback_shows_no_token(status: int) -> None:
    with pytest.raises(PodError) as caught, PodClient(URL, session_token=TOKEN, transport=_repeating(status)) as pod:
        accept(pod)
    inner = caught.value.with_traceback(caught.tb.tb_next)  # this frame is the application's
    shown = "".join(traceback.TracebackException.from_exception(inner, capture_locals=True).format())
    assert "answer = <" in shown
    assert TOKEN not in shown


def _repeating(status: int) -> httpx.MockTransport:
    return in_memory(status, f"<p>{TOKEN}</p>".encode())


def test_a_token_too_short_to_be_one_leaves_other_text_alone() -> None:
    with pytest.raises(NotFoundError, match="an axe"):
        SYNC.call(URL, session_token="x", transport=in_memory(404, b'"an axe"'))
