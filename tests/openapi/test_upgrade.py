"""OpenAPI 3.0 is read as 3.1, and each change is told."""

from typing import Any

import pytest

from openapi.documents import Text
from openapi.upgrade import upgraded

TEXT = Text("openapi/pages/page.md", "{}", 7)


def document(schema: Any) -> dict[str, Any]:
    return {"openapi": "3.0.3", "paths": {}, "components": {"schemas": {"A": schema}}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"type": "string", "nullable": True}, {"type": ["string", "null"]}, id="nullable"),
        pytest.param(
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
            id="a nullable enum",
        ),
        pytest.param(
            {"allOf": [{"$ref": "#/x"}], "nullable": True, "description": "d"},
            {"anyOf": [{"allOf": [{"$ref": "#/x"}]}, {"type": "null"}], "description": "d"},
            id="nullable without a type",
        ),
        pytest.param({"type": "string", "nullable": False}, {"type": "string"}, id="not nullable"),
        pytest.param({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}, id="an exclusive minimum"),
        pytest.param({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}, id="an inclusive maximum"),
        pytest.param({"$ref": "#/x", "description": "ignored"}, {"$ref": "#/x"}, id="beside a reference"),
        pytest.param({"type": "integer", "example": 1}, {"type": "integer", "examples": [1]}, id="an example"),
        pytest.param(
            {"type": "string", "format": "binary"},
            {"type": "string", "contentMediaType": "application/octet-stream"},
            id="binary",
        ),
        pytest.param(
            {"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}, id="base64"
        ),
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        pytest.param(lambda schema: schema, id="itself"),
        pytest.param(lambda schema: {"properties": {"example": schema}}, id="a property"),
        pytest.param(lambda schema: {"items": schema}, id="each item"),
        pytest.param(lambda schema: {"oneOf": [schema]}, id="one of several"),
        pytest.param(lambda schema: {"additionalProperties": schema}, id="any property"),
    ],
)
def test_a_schema_is_said_as_3_1_says_it(schema: Any, expected: Any, around: Any) -> None:
    read, changed = upgraded(document(around(dict(schema))), TEXT)
    assert (read["openapi"], read["components"]["schemas"]["A"], len(changed)) == ("3.1.1", around(expected), 2)


def test_the_schemas_of_operations_are_read_too() -> None:
    parameter = {"name": "a", "in": "query", "schema": {"type": "string", "nullable": True}}
    read, _ = upgraded({"openapi": "3.0.0", "paths": {"/a": {"get": {"parameters": [parameter]}}}}, TEXT)
    assert read["paths"]["/a"]["get"]["parameters"][0]["schema"] == {"type": ["string", "null"]}


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"example": {"nullable": True}}, id="data"),
        pytest.param({"enum": [{"nullable": True}]}, id="an enum"),
        pytest.param({"properties": {"nullable": {"type": "boolean"}}}, id="a property of that name"),
    ],
)
def test_what_only_looks_like_a_schema_is_left_alone(schema: Any) -> None:
    read, _ = upgraded(document(dict(schema)), TEXT)
    assert "nullable" in str(read["components"]["schemas"]["A"])


def test_each_change_is_told_with_its_place() -> None:
    _, changed = upgraded(document({"type": "string", "nullable": True}), TEXT)
    assert changed == [
        "openapi/pages/page.md, line 7, /openapi: 3.0.3 is read as 3.1.1",
        'openapi/pages/page.md, line 7, /components/schemas/A: nullable is said by type: ["string", "null"]',
    ]


def test_a_document_of_3_1_is_left_as_it_is() -> None:
    content = {"openapi": "3.1.0", "components": {"schemas": {"A": {"type": "string", "nullable": True}}}}
    assert upgraded(content, TEXT) == (content, [])
