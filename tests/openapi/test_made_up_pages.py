"""Pages that hypothesis makes up: hundreds of operations, each called and compared with its description."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openapi.documents import METHODS, operations
from openapi.errors import Problems
from openapi.join import join
from openapi.pages import read_page
from openapi.validate import check_document
from tests.openapi.clients import SESSION, TOKEN, Made
from tests.openapi.project import page_with

PAGES_FOR_A_CLIENT = 30
CLIENTS = 10
STATUSES = {"200": 200, "201": 201, "2XX": 207, "default": 200}

NAMES = st.sampled_from(
    [
        "userId",
        "user_id",
        "type",
        "number",
        "reference",
        "class",
        "from",
        "list",
        "timeout",
        "headers",
        "body",
        "options",
        "self",
        "string",
        "int64",
        "datetime",
        "id",
        "X-Trace-Id",
        "client",
        "url",
        "items",
        "keys",
        "value",
        "json",
        "array",
        "Any",
    ]
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=12)
WORD = st.text("abcXYZ019-_~", min_size=1, max_size=8).filter(lambda text: text not in (".", ".."))
SCALARS: dict[str, tuple[dict[str, Any], st.SearchStrategy[Any]]] = {
    "string": ({"type": "string"}, TEXT),
    "integer": ({"type": "integer", "format": "int64"}, st.integers(-(2**63), 2**63 - 1)),
    "int32": ({"type": "integer", "format": "int32"}, st.integers(-(2**31), 2**31 - 1)),
    "boolean": ({"type": "boolean"}, st.booleans()),
    "enum": ({"type": "string", "enum": ["ONE", "one", "tw o", ""]}, st.sampled_from(["ONE", "one", "tw o", ""])),
}


@st.composite
def values(draw: Any, depth: int = 2) -> tuple[dict[str, Any], Any]:
    """A schema, and a value that it allows."""
    kind = draw(st.sampled_from([*SCALARS, *(("array", "object") if depth else ())]))
    if kind == "array":
        schema, _ = draw(values(depth=0))
        scalar = next(strategy for known, strategy in SCALARS.values() if known == schema)
        return {"type": "array", "items": schema}, draw(st.lists(scalar, max_size=3))
    if kind == "object":
        members = draw(st.dictionaries(NAMES, values(depth=depth - 1), max_size=4))
        members = _distinct(members)
        return (
            {"type": "object", "properties": {name: schema for name, (schema, _) in members.items()}},
            {name: value for name, (_, value) in members.items()},
        )
    schema, strategy = SCALARS[kind]
    return schema, draw(strategy)


def _distinct(members: dict[str, Any]) -> dict[str, Any]:
    """Members whose names differ by more than case and marks: others are a matter of `test_names.py`."""
    return dict({_plain(name): (name, of) for name, of in members.items()}.values())


@st.composite
def pages(draw: Any, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document of a page with one operation, and the values for a call of it."""
    method = draw(st.sampled_from([name for name in METHODS if name not in ("trace", "head", "options")]))
    sent: dict[tuple[str, str], Any] = {}
    path, parameters = f"/v{number}", []
    for place in ("path", "query", "header"):
        names = draw(st.lists(NAMES, max_size=2 if place == "path" else 3, unique_by=_plain))
        for name in names:
            if any(_plain(name) == _plain(other) for _, other in sent):
                continue
            schema, value = _parameter(draw, place)
            parameters.append({"name": name, "in": place, "required": True, "schema": schema})
            sent[place, name] = value
            path += f"/{{{name}}}" if place == "path" else ""
    operation: dict[str, Any] = {
        "operationId": f"op{number}",
        "tags": [f"Group{number % 5}"],
        "parameters": [
            *parameters,
            {"name": "sessionToken", "in": "header", "required": True, "schema": {"type": "string"}},
        ],
    }
    body = None
    if method not in ("get", "delete") and draw(st.booleans()):
        schema, body = draw(values())
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    schema, answer = draw(values())
    status = draw(st.sampled_from(list(STATUSES)))
    operation["responses"] = {status: {"description": draw(TEXT), "content": {"application/json": {"schema": schema}}}}
    document = {
        "openapi": draw(st.sampled_from(["3.1.0", "3.1.1"])),
        "info": {"title": "Pod API", "version": "1"},
        "paths": {path: {method: operation}},
    }
    return document, {
        "sent": sent,
        "body": body,
        "answer": answer,
        "status": STATUSES[status],
        "has_body": "requestBody" in operation,
    }


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _parameter(draw: Any, place: str) -> tuple[dict[str, Any], Any]:
    if place == "query" and draw(st.booleans()):
        schema, strategy = SCALARS[draw(st.sampled_from(["string", "integer", "enum"]))]
        return {"type": "array", "items": schema}, draw(st.lists(strategy, min_size=1, max_size=3))
    kind = draw(st.sampled_from(["string", "integer", "boolean"]))
    schema, strategy = SCALARS[kind]
    return schema, draw(WORD if kind == "string" and place != "query" else strategy)


def text(value: Any) -> str:
    """A scalar as it stands in an address or a header."""
    return value if isinstance(value, str) else json.dumps(value)


class Drawn:
    """Pages, and values for a call of each; without their text in a report."""

    def __init__(self, pages: Any) -> None:
        self.pages = pages

    def __repr__(self) -> str:
        return f"{len(self.pages)} pages"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made-up")


@settings(
    max_examples=CLIENTS,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.tuples(*(pages(number) for number in range(PAGES_FOR_A_CLIENT))).map(Drawn))
def test_every_operation_of_made_up_pages_is_called_as_its_description_says(folder: Path, made_up: Drawn) -> None:
    drawn = made_up.pages
    sources = [
        source
        for number, (document, _) in enumerate(drawn)
        for source in read_page(f"page-{number}.md", page_with(document)).sources
    ]
    problems = Problems()
    for source in sources:
        check_document(source.document, source.at, problems)
    problems.raise_if_any()
    description = join(sources).document
    description.setdefault("components", {})["securitySchemes"] = SESSION
    for _, _, operation in operations(description):
        operation["parameters"] = [one for one in operation["parameters"] if one["name"] != "sessionToken"]
        operation["security"] = [{"sessionToken": []}]
    made = Made(description, folder)
    found = {operation["operationId"]: (path, method) for path, method, operation in operations(description)}
    assert len(found) == PAGES_FOR_A_CLIENT
    for number, (_, case) in enumerate(drawn):
        path, method = found[f"op{number}"]
        _call(made, number, path, method, case)


def _call(made: Made, number: int, path: str, method: str, case: Any) -> None:
    """Call an operation by its method, and compare what goes out and what comes back with the description."""
    names = _operation(made, number).parameters
    arguments = {}
    for one in names:
        arguments[one.argument] = (
            case["body"][one.name] if one.place == "body" else case["sent"][one.place, _wire(one, case)]
        )
    if case["has_body"] and not any(one.place == "body" for one in names):
        arguments["body"] = _model(made, number, case["body"])
    with made.pod(json=case["answer"], status_code=case["status"]) as pod:
        groups = [name for name in vars(made.package.PodClient) if f"group{number % 5}" in _plain(name)]
        group = getattr(pod, groups[0])
        operation = getattr(group, f"op{number}")
        result = operation(**arguments)
    request: httpx.Request = made.requests[-1]
    expected_path = path
    for (place, name), value in case["sent"].items():
        if place == "path":
            expected_path = expected_path.replace(f"{{{name}}}", quote(text(value), safe=""))
    query = [
        (name, text(item))
        for (place, name), value in case["sent"].items()
        if place == "query"
        for item in (value if isinstance(value, list) else [value])
    ]
    headers = {name: text(value) for (place, name), value in case["sent"].items() if place == "header"}
    assert (request.method, request.url.raw_path.decode().partition("?")[0]) == (method.upper(), f"/pod{expected_path}")
    assert sorted(request.url.params.multi_items()) == sorted(query)
    assert {name: request.headers.get(name) for name in headers} == headers
    assert request.headers["sessionToken"] == TOKEN
    if case["has_body"]:
        assert (json.loads(request.content), request.headers["Content-Type"]) == (case["body"], "application/json")
    else:
        assert request.content == b""
    assert _plain_value(result) == case["answer"]


def _operation(made: Made, number: int) -> Any:
    """The definition of an operation, in the module of its tag."""
    for path in made.folder.glob("api/*/__init__.py"):
        module = vars(made.module(f"api.{path.parent.name}"))
        found = module.get(f"_call_op{number}") or module.get(f"_call_op_{number}")
        if found is not None:
            return found
    raise AssertionError(number)


def _wire(parameter: Any, case: Any) -> str:
    """The name in the description of a parameter, which in a path stands under its name in Python."""
    names = [name for place, name in case["sent"] if place == parameter.place]
    made_name = _plain(parameter.name)
    same = (name for name in names if _plain(name) in (made_name, made_name.removesuffix("path")))
    return str(parameter.name) if parameter.name in names else next(same)


def _model(made: Made, number: int, body: Any) -> Any:
    kind = getattr(made.package, f"Op{number}Body", None)
    return kind.from_dict(body) if kind is not None and isinstance(body, dict) else body


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain_value(item) for item in value]
    return value.to_dict() if hasattr(value, "to_dict") else getattr(value, "value", value)
