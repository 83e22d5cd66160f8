"""Each defect of openapi-python-client's stock client: there in the stock one, gone in ours.

The stock client is made of the same description by the same release, without our templates. The first half of every
test shows the defect, so that a release which mends it is noticed; the second half that ours does not have it.
"""

import asyncio
import copy
import json
import os
import pickle
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import openapi_python_client
import pytest
import symphony_pod_client as ours
from openapi_python_client.config import Config, ConfigFile, MetaType

from openapi.generate import GENERATED, OPENAPI
from tests.client.faces import TOKEN, accept
from tests.client.pods import ScriptedPod, answer

URL = "https://acme.example.com/pod"
CACHE = OPENAPI.parent / "build" / "client-types"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stock client in it, as `stock_pod_client`."""
    folder = tmp_path_factory.mktemp("stock")
    settings = ConfigFile(package_name_override="stock_pod_client", project_name_override="stock", post_hooks=[])
    errors = openapi_python_client.generate(
        config=Config.from_sources(
            config_file=settings, meta_type=MetaType.UV, document_source=GENERATED / "openapi.json",
            file_encoding="utf-8", overwrite=True, output_path=folder,
        )
    )  # fmt: skip
    assert list(errors) == []
    return folder


@pytest.fixture(scope="module")
def stock(folder: Path) -> Iterator[Any]:
    """The stock client's package."""
    sys.path.insert(0, str(folder))
    try:
        yield import_module("stock_pod_client")
    finally:
        sys.path.remove(str(folder))


def answering(status: int, content: bytes) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, content=content))


def stock_accept(stock: Any, status: int, content: bytes) -> Any:
    """The stock client's call, on an answer in memory."""
    client = stock.AuthenticatedClient(URL, token=TOKEN, httpx_args={"transport": answering(status, content)})
    request = import_module("stock_pod_client.models").UserConnectionRequest(user_id=1)
    module = import_module("stock_pod_client.api.connection.accept_connection")
    with client as opened:
        return module.sync(client=opened, body=request)


def our_accept(status: int, content: bytes) -> ours.UserConnection:
    with ours.PodClient(URL, session_token=TOKEN, transport=answering(status, content)) as pod:
        return pod.connections.accept(user_id=1)


def test_an_unknown_status_is_lost(stock: Any) -> None:
    for content in (b'{"status":"BLOCKED"}', b'{"status":null}'):
        with pytest.raises(ValueError, match="not a valid UserConnectionStatus"):
            stock_accept(stock, 200, content)
    assert our_accept(200, b'{"status":"BLOCKED"}').status == "BLOCKED"
    assert our_accept(200, b'{"status":null}').status is ours.UNSET


@pytest.mark.parametrize("content", [b"null", b'"ok"', b'[{"userId":1}]'])
def test_another_shape_raises_what_says_nothing(stock: Any, content: bytes) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        stock_accept(stock, 200, content)
    assert not hasattr(caught.value, "body")
    with pytest.raises(ours.DecodeError) as decoded:
        our_accept(200, content)
    assert (decoded.value.status, decoded.value.body) == (200, content)


def test_an_empty_list_is_taken_for_a_connection(stock: Any) -> None:
    assert stock_accept(stock, 200, b"[]").to_dict() == {}
    with pytest.raises(ours.DecodeError, match="expected an object"):
        our_accept(200, b"[]")


@pytest.mark.parametrize("content", [b'{"userId":"123"}', b'{"userId":7.2e18}'])
def test_an_id_of_another_type_is_kept_unchecked(stock: Any, content: bytes) -> None:
    assert not isinstance(stock_accept(stock, 200, content).user_id, int)
    with pytest.raises(ours.DecodeError, match="userId: expected an integer of 64 bits"):
        our_accept(200, content)


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (500, b"<html>", ours.ServerError),
        (401, b"", ours.UnauthorizedError),
        (200, b"", ours.DecodeError),
    ],
)
def test_a_body_that_is_no_json_loses_the_status(stock: Any, status: int, content: bytes, kind: type) -> None:
    with pytest.raises(json.JSONDecodeError):
        stock_accept(stock, status, content)
    with pytest.raises(kind) as caught:
        our_accept(status, content)
    error: Any = caught.value
    assert (error.status, error.body) == (status, content)


@pytest.mark.parametrize("status", [429, 502, 302, 201, 204])
def test_an_undocumented_status_is_none(stock: Any, status: int) -> None:
    assert stock_accept(stock, status, b"{}") is None
    with (
        ours.PodClient(URL, session_token=TOKEN, transport=answering(status, b"{}"), retries=0) as pod,
        pytest.raises(ours.StatusError) as caught,
    ):
        accept(pod)
    assert caught.value.status == status


@pytest.mark.parametrize("status", [499, 520])
def test_a_status_that_http_does_not_know_is_a_value_error(stock: Any, status: int) -> None:
    with pytest.raises(ValueError, match="is not a valid HTTPStatus"):
        stock_accept(stock, status, b"{}")
    with pytest.raises(ours.StatusError) as caught:
        our_accept(status, b"{}")
    assert caught.value.status == status


def test_there_is_no_time_out(stock: Any) -> None:
    with stock.Client(URL) as client:
        assert client.get_httpx_client().timeout == httpx.Timeout(None)
    seen: list[dict[str, float]] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, content=b"{}")

    with ours.PodClient(URL, session_token=TOKEN, transport=httpx.MockTransport(note)) as pod:
        accept(pod)
    assert seen == [{"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 15.0}]


def test_a_derived_client_changes_the_one_it_came_from(stock: Any) -> None:
    with stock.AuthenticatedClient(URL, token=TOKEN) as client:
        pool = client.get_httpx_client()
        derived = client.with_headers({"X-Tenant": "b"}).with_timeout(httpx.Timeout(7))
        assert pool.headers["x-tenant"] == "b"
        with derived as opened:
            assert pool is not opened.get_httpx_client()
    with ours.PodClient(URL, session_token=TOKEN) as pod:
        other = pod.with_headers({"X-Tenant": "b"}).with_timeout(7)
        assert "X-Tenant" not in pod._settings.headers
        assert pod._settings.limits.whole == 30
        assert pod._http is other._http


def test_the_token_is_shown(stock: Any) -> None:
    assert TOKEN in repr(stock.AuthenticatedClient(URL, token=TOKEN))
    assert TOKEN not in repr(ours.PodClient(URL, session_token=TOKEN))


def test_a_token_with_a_newline_is_shown_by_the_error(stock: Any) -> None:
    module = import_module("stock_pod_client.api.connection.list_connections")
    with ScriptedPod(lambda _: answer(200, b"[]")) as pod:
        client = stock.AuthenticatedClient(pod.url, token=TOKEN + "\n", prefix="", auth_header_name="sessionToken")
        with client as opened, pytest.raises(httpx.LocalProtocolError, match=re.escape(TOKEN)):
            module.sync(client=opened)
    with pytest.raises(ours.UsageError) as refused:
        ours.PodClient(URL, session_token=TOKEN + "\n")
    assert TOKEN not in str(refused.value)


def test_the_token_is_written_into_the_callers_dict(stock: Any) -> None:
    headers: dict[str, str] = {}
    with stock.AuthenticatedClient(URL, token=TOKEN, headers=headers) as client:
        client.token = "another"
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        assert client.get_httpx_client().headers["Authorization"] == f"Bearer {TOKEN}"
    with ours.PodClient(URL, session_token=TOKEN, headers=headers, transport=answering(200, b"{}")) as pod:
        kept = dict(headers)
        accept(pod)
    assert headers == kept


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("way", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_of_a_model_is_not_the_same(way: Any) -> None:
    theirs = import_module("stock_pod_client.models").UserConnection(user_id=1)
    assert way(theirs) != theirs
    with pytest.raises(TypeError):
        json.dumps(way(theirs).to_dict())
    connection = ours.UserConnection(user_id=1)
    assert way(connection) == connection
    assert json.dumps(way(connection).to_dict()) == '{"userId": 1}'


@pytest.mark.usefixtures("stock")
def test_an_error_cannot_be_unpickled() -> None:
    theirs = import_module("stock_pod_client.errors").UnexpectedStatus(500, b"x")
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(theirs))
    with pytest.raises(ours.ServerError) as caught:
        our_accept(500, b"x")
    assert pickle.loads(pickle.dumps(caught.value)).body == b"x"


@pytest.mark.usefixtures("stock")
def test_a_member_is_not_found_by_its_name() -> None:
    models = import_module("stock_pod_client.models")
    assert "userId" not in models.UserConnection(user_id=1)
    with pytest.raises(AttributeError):
        models.UserConnection(status="ACCEPTED").to_dict()
    assert "userId" in ours.UserConnection(user_id=1)
    text: Any = "ACCEPTED"
    assert ours.UserConnection(status=text).to_dict() == {"status": "ACCEPTED"}


def test_a_closed_client_raises_a_runtime_error(stock: Any) -> None:
    module = import_module("stock_pod_client.api.connection.list_connections")
    client = stock.AuthenticatedClient(URL, token=TOKEN, httpx_args={"transport": answering(200, b"[]")})
    with client as opened:
        module.sync(client=opened)
    with pytest.raises(RuntimeError, match="client has been closed"):
        module.sync(client=client)
    with ours.PodClient(URL, session_token=TOKEN, transport=answering(200, b"[]")) as pod:
        pod.connections.list()
    with pytest.raises(ours.UsageError, match="The client is closed"):
        pod.connections.list()


def test_every_thread_makes_a_client_of_its_own(stock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    barrier = threading.Barrier(8)
    original = httpx.Client.__init__

    def slowly(self: httpx.Client, **options: Any) -> None:
        barrier.wait(30)
        made.append(1)
        original(self, **options)

    monkeypatch.setattr(httpx.Client, "__init__", slowly)
    client = stock.AuthenticatedClient(URL, token=TOKEN)
    with ThreadPoolExecutor(8) as threads:
        pools = list(threads.map(lambda _: client.get_httpx_client(), range(8)))
    for pool in pools:
        pool.close()
    assert len(made) == 8
    monkeypatch.undo()
    with ours.PodClient(URL, session_token=TOKEN) as pod, ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: pod._http.get((os.getpid(), None)), range(8)))) == 1


def test_the_tls_context_is_made_on_the_loop(stock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    makers: list[threading.Thread] = []
    original = ssl.SSLContext.load_verify_locations

    def load(self: ssl.SSLContext, *positions: Any, **names: Any) -> None:
        makers.append(threading.current_thread())
        original(self, *positions, **names)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load)

    async def theirs() -> None:
        async with stock.AuthenticatedClient(URL, token=TOKEN):
            pass

    async def mine() -> None:
        async with ours.AsyncPodClient("https://no-such-host.invalid", session_token=TOKEN, retries=0) as pod:
            with pytest.raises(ours.ConnectError):
                await pod.connections.list()

    asyncio.run(theirs())
    assert threading.main_thread() in makers
    makers.clear()
    import_module("symphony_pod_client.connecting")._shared_tls.cache_clear()
    asyncio.run(mine())
    assert makers
    assert threading.main_thread() not in makers


CALLER = """
from {package} import {client}
{how}

def status(pod: {client}) -> str:
    return str({call}.status)
"""
STOCK = {
    "package": "stock_pod_client", "client": "AuthenticatedClient",
    "how": "from stock_pod_client.api.connection import accept_connection\n"
    "from stock_pod_client.models import UserConnectionRequest",
    "call": "accept_connection.sync(client=pod, body=UserConnectionRequest(user_id=1))",
}  # fmt: skip
OURS = {
    "package": "symphony_pod_client", "client": "PodClient", "how": "",
    "call": "pod.connections.accept(user_id=1)",
}  # fmt: skip


def checked(tool: list[str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *tool, *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "MYPYPATH": f"{folder}:{GENERATED}", "HOME": str(folder)},
    )  # fmt: skip


def test_a_callers_status_fails_in_mypy(stock: Any, folder: Path) -> None:
    assert stock
    mypy = ["mypy", "--strict", "--cache-dir", str(CACHE)]
    for text, name in ((CALLER.format(**STOCK), "stock_caller.py"), (CALLER.format(**OURS), "our_caller.py")):
        (folder / name).write_text(text, encoding="utf-8")
    done = checked(mypy, folder, "stock_caller.py")
    assert '"None" of "Error | UserConnection | None" has no attribute "status"' in done.stdout.replace("Item ", "")
    done = checked(mypy, folder, "our_caller.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_finds_errors_in_the_package(stock: Any, folder: Path) -> None:
    assert stock
    pyright = ["pyright", "--pythonpath", sys.executable, "-p"]
    settings = {"typeCheckingMode": "strict", "include": ["stock_pod_client"]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = checked(pyright, folder, ".")
    assert done.returncode == 1
    assert "reportUnknownVariableType" in done.stdout
    (folder / "ours").mkdir()
    (folder / "ours" / "symphony_pod_client").symlink_to(GENERATED / "symphony_pod_client")
    (folder / "ours" / "caller.py").write_text(CALLER.format(**OURS), encoding="utf-8")
    (folder / "ours" / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    done = checked(pyright, folder, "ours")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_is_about_no_tag_of_this_api(folder: Path) -> None:
    assert "my_tag" in (folder / "README.md").read_text(encoding="utf-8")
    assert "my_tag" not in (GENERATED / "symphony_pod_client" / "README.md").read_text(encoding="utf-8")


def test_nothing_is_sent_again_and_the_client_says_nothing_of_itself(stock: Any) -> None:
    requests: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(429, headers={"Retry-After": "0"}, content=b"{}")

    module = import_module("stock_pod_client.api.connection.list_connections")
    arguments = {"httpx_args": {"transport": httpx.MockTransport(refuse)}}
    with stock.AuthenticatedClient(URL, token=TOKEN, **arguments) as client:
        assert module.sync(client=client) is None
    assert len(requests) == 1
    assert requests.pop().headers["user-agent"].startswith("python-httpx/")
    with (
        ours.PodClient(URL, session_token=TOKEN, transport=httpx.MockTransport(refuse)) as pod,
        pytest.raises(ours.TooManyRequestsError),
    ):
        pod.connections.list()
    assert len(requests) == 3
    assert requests[0].headers["user-agent"].startswith("symphony-pod-client/")
