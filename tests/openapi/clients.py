"""Clients of descriptions that a test makes up."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from openapi.errors import ContractError
from openapi.generate import OPENAPI
from openapi.generator import make_client

URL = "https://acme.example.com/pod"
TOKEN = "t0kentoken"
SESSION = {"sessionToken": {"type": "apiKey", "in": "header", "name": "sessionToken"}}


def description(paths: Any, **components: Any) -> dict[str, Any]:
    """A description of operations that take the session."""
    return {
        "openapi": "3.1.1",
        "info": {"title": "Pod API", "version": "1"},
        "servers": [{"url": "https://pod.example.com"}],
        "security": [{"sessionToken": []}],
        "paths": paths,
        "components": {"securitySchemes": SESSION, **components},
    }


def operation(schema: Any = None, *, name: str = "doThing", tag: str = "Thing", **more: Any) -> dict[str, Any]:
    """An operation that answers 200 with JSON of a schema."""
    answer = {"200": {"description": "-", "content": {"application/json": {"schema": schema or {"type": "object"}}}}}
    return {"operationId": name, "tags": [tag], "responses": answer} | more


def parameter(place: str, schema: Any, **more: Any) -> Any:
    """A list of one required parameter, called `p`."""
    return [{"name": "p", "in": place, "required": True, "schema": schema, **more}]


def refusal(document: dict[str, Any], folder: Path) -> str:
    """What is said of a description that no client is made of."""
    with pytest.raises(ContractError) as refused:
        make_client(document, OPENAPI, folder / "package")
    return str(refused.value)


class Made:
    """A client package that was made of a description, and imported."""

    _count = 0

    def __init__(self, document: dict[str, Any], folder: Path) -> None:
        Made._count += 1
        name = f"made_{Made._count}"
        self.folder = folder / name / "symphony_pod_client"
        self.folder.parent.mkdir(parents=True)
        (self.folder.parent / "__init__.py").touch()
        # The project's own configuration renames a class that no description here has.
        notes = make_client(document, OPENAPI, self.folder)
        self.notes = tuple(note for note in notes if "class_overrides" not in note)
        self.name = f"{name}.symphony_pod_client"
        sys.path.insert(0, str(folder))
        try:
            self.package: Any = import_module(self.name)
            self.package.PodClient  # noqa: B018 - imported while it is on the path
        finally:
            sys.path.remove(str(folder))
        self.requests: list[httpx.Request] = []

    def module(self, name: str) -> ModuleType:
        """A module of the package."""
        return import_module(f"{self.name}.{name}")

    def pod(self, answer: Any = None, **response: Any) -> Any:
        """A client whose requests are kept, and answered with JSON or as said."""

        def reply(request: httpx.Request) -> httpx.Response:
            request.read()
            self.requests.append(request)
            return httpx.Response(**{"status_code": 200, "json": {} if answer is None else answer, **response})

        return self.package.PodClient(URL, session_token=TOKEN, transport=httpx.MockTransport(reply), retries=0)

    def text(self, name: str) -> str:
        """The text of a file of the package."""
        return (self.folder / name).read_text(encoding="utf-8")


def body_of(request: httpx.Request) -> Any:
    """The JSON that was sent."""
    return json.loads(request.content)


def mypy_errors(package: Path) -> str:
    """What mypy, strict, says of the client in a folder called `symphony_pod_client`; empty if it finds nothing."""
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(OPENAPI.parent / "build" / "client-types")]
    done = subprocess.run(
        [*command, "-p", package.name],
        cwd=package.parent,
        env={"MYPYPATH": str(package.parent), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr + done.stdout if done.returncode else ""
