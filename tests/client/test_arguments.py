"""What goes out: an argument that is not what the description says is refused before anything is sent."""

import enum
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from symphony_pod_client import UNSET, AsyncPodClient, ConnectionStatusFilter, PodClient, UsageError

from tests.client.faces import TOKEN, Face
from tests.client.pods import Request, ScriptedPod, answer


class Speaking:
    """An object with a text."""

    def __str__(self) -> str:
        return "5"

    __repr__ = __str__


class Indexed:
    """An integer, as numpy's are."""

    def __index__(self) -> int:
        return 5

    def __repr__(self) -> str:
        return "Indexed"


class Five(enum.IntEnum):
    """An integer with a name."""

    FIVE = 5


class Own(int):
    """An integer of a class of its own."""


USES: dict[str, Callable[[Any, Any], Any]] = {
    "body": lambda pod, user_id: pod.connections.accept(user_id=user_id),
    "path": lambda pod, user_id: pod.connections.get(user_id),
    "change": lambda pod, user_id: pod.connections.remove(user_id=user_id),
    "query": lambda pod, user_id: pod.connections.list(user_ids=[user_id]),
}
NO_ID: list[Any] = [
    UNSET,
    None,
    1.0,
    5.5,
    float("nan"),
    b"5",
    "",
    "5",
    "abc",
    True,
    Speaking(),
    [5],
    {},
    (),
    2**63,
    -(2**63) - 1,
]


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("value", NO_ID, ids=repr)
def test_an_id_that_is_no_integer_is_refused(use: Callable[[Any, Any], Any], value: Any, face: Face) -> None:
    with ScriptedPod(lambda _: answer()) as pod, pytest.raises(UsageError, match="user_id"):
        face.call(pod.url, lambda pod: use(pod, value))
    assert pod.requests == []


def answering(request: Request) -> bytes:
    return answer(200, b"[]" if "list" in request.target else b"{}")


@pytest.mark.parametrize("value", [5, Indexed(), Five.FIVE, Own(5)], ids=repr)
def test_what_is_an_integer_by_index_is_sent_as_one(value: Any, face: Face) -> None:
    with ScriptedPod(answering) as pod:
        face.calls(pod.url, [lambda pod, use=use: use(pod, value) for use in USES.values()])  # type: ignore[misc]
    assert [(request.target.removeprefix("/pod/v1/connection/"), request.body) for request in pod.requests] == [
        ("accept", b'{"userId":5}'), ("user/5/info", b""), ("user/5/remove", b""), ("list?userIds=5", b""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "1,2",
        b"12",
        bytearray(b"12"),
        memoryview(b"12"),
        5,
        None,
        {1: 2},
        [],
        (),
        range(0),
        [1, None],
        [[1]],
        Speaking(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_several_ids_are_one_or_more_integers(value: Any, face: Face) -> None:
    with ScriptedPod(answering) as pod, pytest.raises(UsageError, match="user_ids"):
        face.call(pod.url, lambda pod: pod.connections.list(user_ids=value))
    assert pod.requests == []


@pytest.mark.parametrize("value", ["BLOCKED", "accepted", "", None, 1, b"ALL", ["ALL"], Speaking()])
def test_a_status_is_one_that_the_description_lists(value: Any, face: Face) -> None:
    with ScriptedPod(answering) as pod, pytest.raises(UsageError, match="status: expected"):
        face.call(pod.url, lambda pod: pod.connections.list(status=value))
    assert pod.requests == []


def test_a_status_that_a_pod_has_gained_is_sent_where_it_is_meant(face: Face) -> None:
    with ScriptedPod(answering) as pod:
        face.call(pod.url, lambda pod: pod.connections.list(status=ConnectionStatusFilter("BLOCKED")))
    assert pod.requests[0].target == "/pod/v1/connection/list?status=BLOCKED"


@pytest.mark.parametrize("value", [UNSET, None, 1, b"x", Speaking(), "a\r\nb", "ä"], ids=repr)
def test_a_header_is_legal_text(value: Any, face: Face) -> None:
    with ScriptedPod(answering) as pod:
        with pytest.raises(UsageError, match="headers: "):
            face.call(pod.url, headers={"X-Trace": value})
        with pytest.raises(UsageError, match="headers: "):
            face.call(pod.url, lambda pod: pod.connections.accept(user_id=1, headers={"X-Trace": value}))
    assert pod.requests == []


def test_headers_are_a_mapping(face: Face) -> None:
    with pytest.raises(UsageError, match="headers: expected a mapping"):
        face.call("http://127.0.0.1:1/pod", headers=[("X-Trace", "7")])


def test_one_content_type_is_sent(face: Face) -> None:
    with ScriptedPod(answering) as pod:
        with pytest.raises(UsageError, match="headers: content-type is set by the client itself"):
            face.call(pod.url, headers={"content-type": "text/plain"})
        face.call(pod.url)
    assert [request.headers["content-type"] for request in pod.requests] == ["application/json"]


@pytest.mark.parametrize("end", ["?", "#", "?a=b", "#a", "/?", "?#"])
def test_an_address_with_a_query_or_a_fragment_is_refused(end: str) -> None:
    with pytest.raises(UsageError, match="base_url: "):
        PodClient(f"https://acme.example.com/pod{end}", session_token=TOKEN)


def test_an_address_can_be_an_httpx_url() -> None:
    url = httpx.URL("https://acme.example.com/pod/")
    assert repr(PodClient(url, session_token=TOKEN)) == "PodClient('https://acme.example.com/pod')"
    with pytest.raises(UsageError, match="base_url: "):
        PodClient(url.copy_with(query=b"a=b"), session_token=TOKEN)


@pytest.mark.parametrize(
    "host",
    [
        "exa mple.com",
        "a..b",
        f"{'x' * 64}.com",
        f"{'x.' * 130}com",
        "ho%20st",
        "*.com",
        "xn--a",
        "h:0",
        "h:99999",
        "a,b",
    ],
)
def test_a_host_that_can_be_none_is_refused_at_once(host: str) -> None:
    with pytest.raises(UsageError, match="base_url: "):
        PodClient(f"https://{host}/pod", session_token=TOKEN)


@pytest.mark.parametrize(
    ("hosts", "found"), [("pod.internal", "a string"), (5, "int"), (iter(["internal"]), "list_it")]
)
@pytest.mark.parametrize("kind", [PodClient, AsyncPodClient])
def test_hosts_for_plain_http_are_whole_names(kind: Any, hosts: Any, found: str) -> None:
    with pytest.raises(UsageError, match=f"plain_http_hosts: expected several hosts, found {found}"):
        kind("http://internal/pod", session_token=TOKEN, plain_http_hosts=hosts)
