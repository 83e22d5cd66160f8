"""What the emulated pod does nothing for is answered as its description says."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contract_tests.emulator.described import Example, example_of, value_of

NODE = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Maybe"}}}
COMPONENTS = {"schemas": {"Node": NODE, "Maybe": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Node"}]}}}


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "string", "minLength": 3}, id="a string"),
        pytest.param({"type": "integer", "minimum": 7}, id="an integer"),
        pytest.param({"type": "array", "minItems": 2, "items": {"type": "boolean"}}, id="an array"),
        pytest.param({"enum": ["a", "b"]}, id="an enum"),
        pytest.param({"type": ["string", "null"]}, id="of two types"),
        pytest.param({"$ref": "#/components/schemas/Node"}, id="a schema that may hold itself"),
        pytest.param(
            {"allOf": [{"required": ["a"], "properties": {"a": {"type": "string"}}}, {"properties": {"b": {}}}]},
            id="put together",
        ),
    ],
)
def test_an_example_is_what_its_schema_allows(schema: Any) -> None:
    Draft202012Validator({**schema, "components": COMPONENTS}).validate(value_of(schema, COMPONENTS))


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        pytest.param({"204": {"description": "-"}, "400": {}}, Example(204), id="no body"),
        pytest.param({"default": {"content": {"image/png": {}}}}, Example(200, None, "image/png"), id="bytes"),
        pytest.param(
            {"201": {"content": {"application/json": {"schema": {"const": 1}}}}},
            Example(201, 1, "application/json"),
            id="JSON",
        ),
    ],
)
def test_the_example_of_an_operation_is_its_first_success(responses: Any, expected: Example) -> None:
    assert example_of({"responses": responses}, {}) == expected
