"""A page that brings tags, parameters, bodies and answers which no page has yet comes out right by itself."""

import asyncio
import datetime
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from openapi.generate import OPENAPI
from openapi.generator import make_client
from tests.client.faces import TOKEN

EXTRA = Path(__file__).with_name("extra.json")
CACHE = OPENAPI.parent / "build" / "client-types"
URL = "https://acme.example.com/pod"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package of the extra description in it, as `vendored.symphony_pod_client`."""
    folder = tmp_path_factory.mktemp("extra")
    (folder / "vendored").mkdir()
    (folder / "vendored" / "__init__.py").touch()
    make_client(json.loads(EXTRA.read_text(encoding="utf-8")), OPENAPI, folder / "vendored" / "symphony_pod_client")
    return folder


@pytest.fixture(scope="module")
def extra(folder: Path) -> Iterator[Any]:
    """The package of the extra description."""
    sys.path.insert(0, str(folder))
    try:
        yield import_module("vendored.symphony_pod_client")
    finally:
        sys.path.remove(str(folder))


class Echo:
    """Answers everything with one answer, and keeps the requests."""

    def __init__(self, status: int, content: bytes) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = status, content

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return httpx.Response(self._answer[0], content=self._answer[1])


def ask(extra: Any, use: Any, status: int = 200, content: bytes = b"null") -> tuple[Any, httpx.Request]:
    """The result of a call, which is the same sync and async, and the request that was sent."""
    echo, asynchronous = Echo(status, content), Echo(status, content)
    with extra.PodClient(URL, session_token=TOKEN, transport=httpx.MockTransport(echo)) as pod:
        result = use(pod)

    async def run() -> Any:
        async with extra.AsyncPodClient(URL, session_token=TOKEN, transport=httpx.MockTransport(asynchronous)) as pod:
            return await use(pod)

    assert asyncio.run(run()) == result
    (request,), (other,) = echo.requests, asynchronous.requests
    assert (other.method, other.url) == (request.method, request.url)
    return result, request


MEMBER = {
    "name": "a", "headers": "h", "level": 9, "friends": [{"name": "b", "headers": "i"}],
    "joined": "2026-01-02T03:04:05+00:00", "nickname": None, "further": 7,
}  # fmt: skip


def test_parameters_of_every_kind_and_a_body_of_members(extra: Any) -> None:
    def use(pod: Any) -> Any:
        return pod.rooms.update_member(
            "r/1", datetime.date(2026, 1, 2), name="a", headers_="h", level=extra.Level(2), nickname=None,
            tags=["x", "y&z"], dry_run=True, x_trace="t", theme="dark one", headers={"X-Own": "1"},
        )  # fmt: skip

    member, request = ask(extra, use, content=json.dumps(MEMBER).encode())
    assert request.method == "PUT"
    assert str(request.url) == f"{URL}/v1/rooms/r%2F1/members/2026-01-02?timeout=3&tags=x&tags=y%26z&dryRun=true"
    assert (
        request.headers["x-trace"], request.headers["x-own"],
        request.headers["cookie"], request.headers["sessiontoken"],
    ) == ("t", "1", "theme=dark%20one", TOKEN)  # fmt: skip
    assert json.loads(request.content) == {"name": "a", "headers": "h", "level": 2, "nickname": None}
    assert member.to_dict() == MEMBER
    assert (member.level, member.level.is_known, extra.Level(1).is_known) == (9, False, True)
    assert member.friends[0] == extra.Member("b", "i")
    assert member.joined == datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": None}, "name: expected a string, found null"),
        ({"further": "x"}, 'further: expected an integer of 64 bits, found the string "x"'),
        ({"friends": [{"name": "b", "headers": 3}]}, "friends[0].headers: expected a string, found 3"),
        ({"joined": "today"}, 'joined: expected a date and time, found the string "today"'),
        ({"level": "2"}, 'level: expected an integer, found the string "2"'),
        ({"nickname": 3}, "nickname: expected a string, found 3; expected null, found 3"),
    ],
)
def test_a_fault_says_its_place(extra: Any, change: dict[str, Any], fault: str) -> None:
    with pytest.raises(extra.DecodeError) as caught:
        extra.Member.from_dict(MEMBER | change)
    assert str(caught.value) == fault


def test_errors_of_different_models(extra: Any) -> None:
    for status, content, name in ((404, b'{"code":7}', "Error"), (500, b'{"trace":"t"}', "Fault")):
        with pytest.raises(extra.StatusError) as caught:
            ask(
                extra,
                lambda pod: pod.rooms.update_member("r", datetime.date(2026, 1, 2), name="a", headers_="h"),
                status,
                content,
            )
        assert type(caught.value.error).__name__ == name
        assert caught.value.error.to_dict() == json.loads(content)


def test_an_array_of_numbers(extra: Any) -> None:
    assert ask(extra, lambda pod: pod.rooms.list(), content=b"[1,2]")[0] == [1, 2]
    with pytest.raises(extra.DecodeError, match=r"\[1\]: expected an integer of 32 bits, found 2147483648"):
        ask(extra, lambda pod: pod.rooms.list(), content=b"[1,2147483648]")


def test_an_answer_without_content(extra: Any) -> None:
    result, request = ask(extra, lambda pod: pod.rooms.delete(), 204, b"")
    assert (result, request.method) == (None, "DELETE")


def test_an_optional_body_of_no_object_without_a_session(extra: Any) -> None:
    result, request = ask(extra, lambda pod: pod.rooms.room(body=extra.Level(3)), 207, b'{"any":1}')
    assert (result, request.content) == ({"any": 1}, b"3")
    assert "sessiontoken" not in request.headers
    result, request = ask(extra, lambda pod: pod.rooms.room(), content=b"[]")
    assert (result, request.content, request.headers.get("content-type")) == ([], b"", None)


def test_several_bodies(extra: Any) -> None:
    login = extra.Login(user="a b", ids=[1, 2])
    result, request = ask(extra, lambda pod: pod.company_policies.import_(body=login), content="grüß".encode())
    assert (result, request.content) == ("grüß", b"user=a+b&ids=1&ids=2")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"

    file = extra.bodies.File(b"\0\1", "a.png", "image/png")
    result, request = ask(extra, lambda pod: pod.company_policies.import_(body=file), 201, b"\2")
    assert (
        result.payload, request.content, request.headers["content-type"],
    ) == (b"\2", b"\0\1", "application/octet-stream")  # fmt: skip

    upload = extra.Upload(file=file, note="n")
    _, request = ask(extra, lambda pod: pod.company_policies.import_(body=upload), content=b"")
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\0\1\r\n' in request.content
    assert b'name="note"' in request.content


def test_members_of_every_type(extra: Any) -> None:
    said = {
        "kind": "shape", "id": "12345678-1234-5678-1234-567812345678", "day": "2026-01-02", "size": 1.5,
        "round": True, "any": None, "either": {"user": "u"},
    }  # fmt: skip
    shape, request = ask(extra, lambda pod: pod.company_policies.get_shape(level=2), 299, json.dumps(said).encode())
    assert str(request.url) == f"{URL}/v1/shape?level=2"
    assert shape.to_dict() == said
    assert (shape.id, shape.day, shape.either) == (uuid.UUID(said["id"]), datetime.date(2026, 1, 2), extra.Login("u"))  # type: ignore[arg-type]  # a str
    for name, wrong in {"kind": "x", "id": "1", "day": 1, "size": 10**400, "round": 1, "either": []}.items():
        with pytest.raises(extra.DecodeError, match=f"^{name}: expected "):
            extra.Shape.from_dict({name: wrong})


CALLER = """
import datetime

from vendored.symphony_pod_client import AsyncPodClient, Level, Member, PodClient, Response


def sync(pod: PodClient) -> str:
    member: Member = pod.rooms.update_member("r", datetime.date.today(), name="a", headers_="h", timeout=3)
    ids: list[int] = pod.rooms.list()
    raw: Response[list[int]] = pod.rooms.with_raw_response.list()
    return member.name + str(ids + raw.parsed) + str(pod.company_policies.get_shape(level=Level.VALUE_1).size)


async def asynchronous(pod: AsyncPodClient) -> str:
    member: Member = await pod.rooms.update_member("r", datetime.date.today(), name="a", headers_="h")
    raw: Response[None] = await pod.rooms.with_raw_response.delete()
    return member.name + str(raw.status)
"""


def test_the_package_and_a_caller_are_strictly_typed(folder: Path) -> None:
    (folder / "caller.py").write_text(CALLER, encoding="utf-8")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(CACHE), "caller.py", "vendored"]
    pyright = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", "."]
    for command in (mypy, pyright):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_schema_that_would_hide_a_class_of_the_client_gets_another_name_and_this_is_told(tmp_path: Path) -> None:
    text = (
        EXTRA.read_text(encoding="utf-8").replace('"Login"', '"Response"').replace("schemas/Login", "schemas/Response")
    )
    notes = make_client(json.loads(text), OPENAPI, tmp_path / "package")
    assert (
        "class ResponseModel(Model)" in (tmp_path / "package" / "models.py").read_text(),
        [note for note in notes if note.startswith("The class")],
    ) == (
        True,
        ["The class of the schema Response is ResponseModel: the other name is taken."],
    )
