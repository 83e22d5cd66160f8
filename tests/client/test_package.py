"""The package as a whole: small, quick to import, and the same under any name."""

import inspect
import pydoc
import subprocess
import sys
import typing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest
import symphony_pod_client

from tests.client.size import lines_of_code

PACKAGE = Path(symphony_pod_client.__file__).parent


def modules_after(statements: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after some statements, besides its own."""
    code = f"import sys\nbefore = set(sys.modules)\n{statements}\nprint(*sorted(set(sys.modules) - before))"
    path = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
    done = subprocess.run([sys.executable, "-c", path + code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_it_is_small() -> None:
    assert lines_of_code(PACKAGE) < 1_540
    assert sum(path.stat().st_size for path in PACKAGE.rglob("*") if path.suffix != ".pyc" and path.is_file()) < 150_000


def test_the_package_imports_nothing_until_something_is_used() -> None:
    assert modules_after("import symphony_pod_client") == {"symphony_pod_client"}


def test_a_model_needs_no_httpx() -> None:
    modules = modules_after("from symphony_pod_client import UserConnectionRequest")
    assert "symphony_pod_client.models" in modules
    assert {"httpx", "asyncio", "symphony_pod_client.client"}.isdisjoint(modules)


def test_an_error_needs_neither() -> None:
    assert {"httpx", "attr", "asyncio"}.isdisjoint(modules_after("from symphony_pod_client import NotFoundError"))


def test_a_ready_client_needs_nothing_heavy_besides_httpx_and_no_model() -> None:
    without = modules_after("import attrs, httpx")
    made = "from symphony_pod_client import PodClient\nPodClient('https://acme.example.com', session_token='x')"
    own = {name for name in modules_after(made) - without if name.startswith("symphony_pod_client")}
    assert modules_after(made) - without - {"contextvars", "_contextvars"} == own
    assert "symphony_pod_client.client" in own
    assert "symphony_pod_client.models" not in own


def test_only_its_own_names_can_be_imported() -> None:
    for name in ("Any", "httpx", "json", "annotations", "nothing", "_Open", "__wrapped__"):
        with pytest.raises(AttributeError, match=name):
            getattr(symphony_pod_client, name)


def test_everything_public_is_seen_by_dir_and_import_star() -> None:
    namespace: dict[str, object] = {}
    exec("from symphony_pod_client import *", namespace)
    public = set(symphony_pod_client.__all__)
    assert public <= set(dir(symphony_pod_client))
    assert public <= namespace.keys()
    assert {"PodClient", "Response", "CallOptions", "rsa_login", "UserConnection", "NotFoundError"} <= public


def test_help_shows_what_can_be_done() -> None:
    shown = pydoc.plain(pydoc.render_doc(symphony_pod_client))
    for name in ("class PodClient", "class UserConnection", "class Retries", "rsa_login("):
        assert name in shown
    shown = pydoc.plain(pydoc.render_doc(symphony_pod_client.PodClient))
    for name in ("connections", "with_timeout", "logout", "session_token"):
        assert name in shown
    assert "with_raw_response" in dir(symphony_pod_client.PodClient.connections)


@pytest.mark.parametrize("name", symphony_pod_client.__all__)
def test_type_hints_can_be_had(name: str) -> None:
    thing = getattr(symphony_pod_client, name)
    if name == "UNSET":
        return
    typing.get_type_hints(thing)
    for member in vars(thing).values() if isinstance(thing, type) else ():
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if inspect.isfunction(function) and function.__module__.startswith("symphony_pod_client"):
            typing.get_type_hints(function)


def test_type_hints_of_operations_can_be_had() -> None:
    from symphony_pod_client.api import connection

    for kind in (connection.Connections, connection.AsyncConnections, connection.ConnectionsRaw):
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            assert name == "__init__" or "return" in typing.get_type_hints(method)


@pytest.mark.parametrize("kind", [symphony_pod_client.PodClient, symphony_pod_client.AsyncPodClient])
def test_autospec_sees_the_operations(kind: Any) -> None:
    pod = create_autospec(kind, instance=True)
    made = pod.connections.accept(user_id=1)
    if inspect.iscoroutine(made):
        made.close()
    with pytest.raises(TypeError):
        pod.connections.accept(uid=1)
    with pytest.raises(TypeError):
        pod.connections.with_raw_response.accept(uid=1)
    with pytest.raises(AttributeError):
        pod.connections.acept(user_id=1)
    with pytest.raises(AttributeError):
        pod.nothing()
    assert create_autospec(symphony_pod_client).PodClient


def test_every_file_says_that_it_is_generated() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert path.read_text(encoding="utf-8").startswith("# Generated by `make generate`. Do not edit.\n"), path


def test_it_knows_its_version_and_is_marked_as_typed() -> None:
    assert (PACKAGE / "py.typed").exists()
    try:
        assert symphony_pod_client.__version__ == version("symphony-pod-client")
    except PackageNotFoundError:
        assert symphony_pod_client.__version__ >= "0.1.0"
