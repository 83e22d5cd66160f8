"""Pages that hypothesis makes up: hundreds of operations, each called and compared with its description."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openapi.bundle import build
from tests.openapi.clients import Made
from tests.openapi.conversation import talk
from tests.openapi.project import REPOSITORY, Project, page_with
from tests.openapi.values import TEXT

PAGES_FOR_A_CLIENT = 40
CLIENTS = 5
SERVER = {"url": "https://pod.example.com/pod"}
SESSION = {"name": "sessionToken", "in": "header", "required": True, "schema": {"type": "string"}}

NAMES = st.sampled_from(
    (  # noqa: SIM905 - words read better than thirty quoted ones
        "userId user_id type number reference class from list timeout headers body options self string int64 datetime "
        "id X-Trace-Id client url items keys value json array Any str to_dict Unset UNSET additional_properties"
    ).split()
)
SCALARS: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "integer", "format": "int64"},
    {"type": "integer", "format": "int32"},
    {"type": "boolean"},
    {"type": "number"},
    {"type": "string", "enum": ["ONE", "one", "tw o", 'q"']},
    {"type": "integer", "enum": [1, -1, 7]},
]
STRINGS: list[dict[str, Any]] = [
    {"type": "string", "format": "date"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "uuid"},
    {"type": ["string", "null"]},
]
LISTS: list[dict[str, Any]] = [
    {},
    {"explode": False},
    {"style": "spaceDelimited", "explode": False},
    {"style": "pipeDelimited", "explode": False},
]


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


@st.composite
def objects(draw: Any, depth: int, named: list[str]) -> dict[str, Any]:
    """A schema of objects; one of the named schemas may stand in it, and in front of its own members."""
    names = draw(st.lists(NAMES, max_size=4, unique_by=_plain))
    members = {name: draw(schemas(depth - 1, named)) for name in names}
    made: dict[str, Any] = {"type": "object", "properties": members}
    if draw(st.booleans()):
        made["required"] = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    if draw(st.integers(0, 4)) == 0:
        made["additionalProperties"] = draw(st.sampled_from(SCALARS))
    return made


@st.composite
def schemas(draw: Any, depth: int, named: list[str]) -> dict[str, Any]:
    """A schema of any kind."""
    kind = draw(st.integers(0, 6 if depth else 2))
    if kind < 2:
        scalar: dict[str, Any] = draw(st.sampled_from([*SCALARS, *STRINGS]))
        return dict(scalar)
    if kind == 2:
        return {"$ref": f"#/components/schemas/{draw(st.sampled_from(named))}"}
    if kind == 3:
        return {"type": "array", "items": draw(schemas(depth - 1, named))}
    if kind == 4:
        return {"anyOf": [draw(schemas(0, named)), {"type": "null"}], "description": draw(TEXT)}
    made: dict[str, Any] = draw(objects(depth, named))
    return made


@st.composite
def pages(draw: Any, number: int) -> dict[str, Any]:
    """The document of a page with one operation, and with schemas of its own."""
    plain, base, cat, dog, pet = (f"{name}{number}" for name in ("Plain", "Base", "Cat", "Dog", "Pet"))
    kind = {"kind": {"type": "string"}}
    references = {name: {"$ref": f"#/components/schemas/{name}"} for name in (base, cat, dog)}
    components = {
        plain: {
            "type": "object",
            "properties": {"name": {"type": "string"}, "next": {"$ref": f"#/components/schemas/{plain}"}},
        },
        base: {"type": "object", "properties": {"common": {"type": "integer"}}},
        cat: {"allOf": [references[base]], "properties": {**kind, "lives": {"type": "integer"}}},
        dog: {"allOf": [references[base], {"type": "object", "properties": {**kind, "tricks": {"type": "string"}}}]},
        pet: {"oneOf": [references[cat], references[dog]], "discriminator": {"propertyName": "kind"}},
    }
    named = [plain, base, cat, pet]
    method = draw(st.sampled_from(["get", "put", "post", "delete", "patch"]))
    path, parameters = f"/v{number}", []
    taken: set[str] = set()
    for place in ("path", "query", "header", "cookie"):
        for name in draw(st.lists(NAMES, max_size=2, unique_by=_plain)):
            if _plain(name) not in taken:
                taken.add(_plain(name))
                parameters.append(draw(parameter(place, name)))
                path += f"/{{{name}}}" if place == "path" else ""
    operation: dict[str, Any] = {
        "operationId": f"op{number}",
        "tags": [f"Group{number % 5}"],
        "summary": draw(TEXT),
        "description": draw(TEXT),
        "parameters": parameters,
        "responses": draw(answers(named)),
    }
    if method not in ("get", "delete") and draw(st.booleans()):
        operation["requestBody"] = draw(bodies(named))
    if number == 0 or draw(st.booleans()):
        operation["parameters"] = [*parameters, SESSION]
    elif draw(st.booleans()):
        operation["security"] = [{"bearer": []}]
    if draw(st.integers(0, 5)) == 0:
        operation["servers"] = [{"url": f"https://other{number}.example.com/api"}]
    return {
        "openapi": draw(st.sampled_from(["3.1.0", "3.1.1"])),
        "info": {"title": "Pod API", "version": "1"},
        "servers": [SERVER],
        "paths": {path: {method: operation}},
        "components": {"schemas": components, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }


@st.composite
def parameter(draw: Any, place: str, name: str) -> dict[str, Any]:
    """A parameter as a description has it."""
    made: dict[str, Any] = {"name": name, "in": place, "required": place == "path" or draw(st.booleans())}
    kind = draw(st.integers(0, 4)) if place == "query" else 0
    if kind == 1:
        return {
            **made,
            **draw(st.sampled_from(LISTS)),
            "schema": {"type": "array", "items": draw(st.sampled_from(SCALARS))},
        }
    if kind == 2:
        schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
        return {**made, "style": "deepObject", "schema": schema}
    if kind == 3:
        schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}
        return {**made, "content": {"application/json": {"schema": schema}}}
    allowed = SCALARS if place == "query" else [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]
    return {**made, "schema": draw(st.sampled_from(allowed))}


@st.composite
def bodies(draw: Any, named: list[str]) -> dict[str, Any]:
    """The body of a request: JSON, a form, or a form with files."""
    media_type = draw(
        st.sampled_from(
            ["application/json", "application/vnd.a+json", "application/x-www-form-urlencoded", "multipart/form-data"]
        )
    )
    if "json" in media_type:
        schema = draw(schemas(2, named))
        return {"required": draw(st.booleans()), "content": {media_type: {"schema": schema}}}
    members: dict[str, Any] = {"word": {"type": "string"}, "count": {"type": "integer"}}
    members["several"] = {"type": "array", "items": {"type": "string"}}
    if media_type == "multipart/form-data":
        members["file"] = {"type": "string", "contentMediaType": "image/png"}
        members["files"] = {"type": "array", "items": {"type": "string", "format": "binary"}}
    return {"required": True, "content": {media_type: {"schema": {"type": "object", "properties": members}}}}


@st.composite
def answers(draw: Any, named: list[str]) -> dict[str, Any]:
    """The answers of an operation."""
    error = {"type": "object", "properties": {"code": {"type": "integer"}}}
    made: dict[str, Any] = {"400": {"description": draw(TEXT), "content": {"application/json": {"schema": error}}}}
    status = draw(st.sampled_from(["200", "201", "2XX", "default", "204"]))
    media_type = draw(st.sampled_from(["application/json"] * 4 + ["text/plain", "image/png"]))
    made[status] = {"description": draw(TEXT)}
    if status != "204":
        made[status]["content"] = {media_type: {"schema": draw(schemas(2, named)) if "json" in media_type else {}}}
    return made


class Drawn:
    """Pages, without their text in a report."""

    def __init__(self, documents: Any) -> None:
        self.documents = documents

    def __repr__(self) -> str:
        return f"{len(self.documents)} pages"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made-up")


MADE_UP = st.tuples(*(pages(number) for number in range(PAGES_FOR_A_CLIENT))).map(Drawn)
ONCE_FOR_ALL = settings(
    deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)


@settings(ONCE_FOR_ALL, max_examples=CLIENTS)
@given(MADE_UP, st.data())
def test_every_operation_of_made_up_pages_is_called_as_its_description_says(
    folder: Path, made_up: Drawn, data: st.DataObject
) -> None:
    project = project_of(made_up.documents, folder / f"client-{len(list(folder.iterdir()))}")
    description = build(project.openapi).for_client
    assert talk(Made(description, project.root), description, data.draw) == PAGES_FOR_A_CLIENT


@settings(ONCE_FOR_ALL, max_examples=1)
@given(MADE_UP)
def test_the_client_of_made_up_pages_is_strictly_typed(folder: Path, made_up: Drawn) -> None:
    project = project_of(made_up.documents, folder / "typed")
    made = Made(build(project.openapi).for_client, project.root)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "mypy"), "-p", "symphony_pod_client"],
        cwd=made.folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def project_of(documents: list[dict[str, Any]], root: Path) -> Project:
    """A project with these documents, each on a page, and the overlay for the session alone."""
    project = Project.copied(REPOSITORY, root)
    for path in (*project.pages.glob("*.md"), *project.openapi.glob("overlays/*.yaml")):
        if "session" not in path.name:
            path.unlink()
    project.write_companion(
        {"openapi": "3.1.1", "info": {"title": "Pod API", "version": "1"}, "servers": [SERVER], "paths": {}}
    )
    for number, document in enumerate(documents):
        (project.pages / f"page-{number:02}.md").write_bytes(page_with(document))
    project.record_pages()
    return project
