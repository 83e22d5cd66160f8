"""What a page that no rule is about documents, and what a finding about it says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.contract import description, new_pages, oracle
from contract_tests.contract.exchange import JSON, Answer, Exchange, Request

THING = {
    "type": "object",
    "required": ["id", "secret"],
    "properties": {"id": {"type": "string"}, "secret": {"type": "string", "writeOnly": True}},
}
REFERENCE = {"$ref": "#/components/schemas/Thing"}
PROBLEM = {"type": "object", "properties": {"title": {"type": "string"}}}


def content(schema: Any, *media_types: str) -> dict[str, Any]:
    return {"description": "-", "content": {name: {"schema": schema} for name in media_types or (JSON,)}}


PATHS = {
    "/v1/thing": {
        "get": {
            "operationId": "getThing",
            "x-source": {"kind": "page", "file": "openapi/pages/thing.md"},
            "responses": {
                "200": {"$ref": "#/components/responses/AThing"},
                "404": content(PROBLEM, "application/problem+json"),
                "4XX": content({"type": "array", "items": REFERENCE}),
                "default": content({"type": "object", "required": ["code"]}, JSON, "text/plain"),
            },
        },
        "head": {
            "operationId": "headThing",
            "x-source": {"kind": "page", "file": "openapi/pages/thing.md"},
            "responses": {"200": content(REFERENCE)},
        },
    }
}


@pytest.fixture(autouse=True)
def page_without_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The description is that of a page that no rule is about."""
    components = {"schemas": {"Thing": THING}, "responses": {"AThing": content(REFERENCE)}}
    loaded = {"paths": PATHS, "components": components}
    kept = (
        description.operation,
        new_pages.new_operations,
        new_pages.shown,
        new_pages.documented_statuses,
        new_pages.documented_body,
    )
    for module in (description, new_pages):
        monkeypatch.setattr(module, "description", lambda: loaded)
    monkeypatch.setattr("contract_tests.contract.schemas.description", lambda: loaded)
    for function in kept:
        function.cache_clear()
    yield
    for function in kept:
        function.cache_clear()


def findings(status: int, body: Any, media_type: str = JSON, operation: str = "getThing") -> dict[str, str | None]:
    """What was expected, by each rule that an answer breaks."""
    data = json.dumps(body).encode() if body is not None else b""
    answer = Answer(status, (("content-type", media_type),), data, 0.01)
    judged = oracle.judge(Exchange(Request(operation, "caller"), answer, None, "rule"), [])
    return {rule: expected for rule, fault, expected in judged if fault}


@pytest.mark.parametrize(
    ("status", "body", "rule", "expected"),
    [
        (200, {"id": 1}, "success-schema", "a body as GET /v1/thing documents it for 200: Thing"),
        (403, [{}], "error-schema", "a body as GET /v1/thing documents it for 403: a list of Thing"),
        (500, {}, "error-schema", "a body as GET /v1/thing documents it for 500: its schema"),
    ],
)
def test_a_finding_names_the_schema_of_the_operation(status: int, body: Any, rule: str, expected: str) -> None:
    found = findings(status, body)
    assert {name: said for name, said in found.items() if name != "answer-no-server-error"} == {rule: expected}


def test_a_finding_names_the_media_type_that_is_documented() -> None:
    assert findings(404, {"title": "gone"}) == {"answer-media-type": "Content-Type: application/problem+json"}


@pytest.mark.parametrize(
    ("status", "body", "media_type", "operation"),
    [
        (200, {"id": "7"}, JSON, "getThing"),  # what is written only is in no answer
        (404, {"title": "gone"}, "application/problem+json", "getThing"),
        (302, None, "text/plain", "getThing"),  # the default has another media type too
        (200, None, JSON, "headThing"),
    ],
)
def test_an_answer_as_the_page_documents_it_breaks_nothing(
    status: int, body: Any, media_type: str, operation: str
) -> None:
    assert findings(status, body, media_type, operation) == {}
