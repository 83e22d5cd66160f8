"""Schemas that are put together of others are said in forms that the generator reads whole, and mean the same."""

import copy
from pathlib import Path
from typing import Any

import pytest

from openapi.composition import say_plainly
from tests.openapi.clients import Made, body_of, description, operation

TEXT = {"type": "string"}
BASE = {"$ref": "#/components/schemas/Base"}
CAT, DOG = {"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}
KNOWN = {
    "Base": {"type": "object", "properties": {"b": TEXT}},
    "Cat": {"type": "object", "properties": {"kind": TEXT, "c": TEXT}},
    "Dog": {"type": "object", "properties": {"kind": TEXT, "d": TEXT}},
    "Kinds": {"oneOf": [CAT, DOG]},
    "Odd": {"type": "object", "properties": {"inner": {"type": "object", "properties": {"x": TEXT}}}},
}
MORE = {"properties": {"x": TEXT}}


def said(schema: Any) -> Any:
    """A schema as it is said afterwards."""
    document = description({}, schemas=copy.deepcopy({**KNOWN, "A": schema}))
    faults: list[str] = []
    say_plainly(document, lambda place, text: faults.append(f"{'/'.join(place)}: {text}"))
    assert faults == []
    return document["components"]["schemas"]["A"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"allOf": [BASE], **MORE}, {"allOf": [BASE, MORE]}, id="members beside one reference"),
        pytest.param({**BASE, **MORE}, {"allOf": [BASE, MORE]}, id="members beside a reference"),
        pytest.param({**BASE, "description": "-"}, {**BASE, "description": "-"}, id="words beside a reference"),
        pytest.param({"allOf": [{"allOf": [BASE, MORE]}, MORE]}, {"allOf": [BASE, MORE, MORE]}, id="within each other"),
        pytest.param({"allOf": [TEXT, {"maxLength": 5}]}, TEXT, id="of a string"),
        pytest.param({"allOf": [BASE, {"description": "-"}]}, {"allOf": [BASE]}, id="a reference and words"),
        pytest.param(
            {"type": "object", **MORE, "oneOf": [{"required": ["x"]}, {"required": ["y"]}]},
            {"type": "object", **MORE},
            id="what is required, in one way or another",
        ),
        pytest.param(
            {"type": "object", **MORE, "oneOf": [CAT, DOG]},
            {"oneOf": [{"allOf": [CAT, {"type": "object", **MORE}]}, {"allOf": [DOG, {"type": "object", **MORE}]}]},
            id="members beside kinds",
        ),
        pytest.param(
            {"type": "object", "properties": {"kind": TEXT}, "oneOf": [CAT, DOG]},
            {"type": "object", "oneOf": [CAT, DOG]},
            id="members beside kinds that have them",
        ),
        pytest.param(
            {"allOf": [BASE, {"$ref": "#/components/schemas/Kinds"}]},
            {"oneOf": [{"allOf": [BASE, CAT]}, {"allOf": [BASE, DOG]}]},
            id="all of one schema and of one of two",
        ),
        pytest.param({"type": "array"}, {"type": "array", "items": {}}, id="an array of anything"),
        pytest.param({"type": "array", "items": True}, {"type": "array", "items": {}}, id="an array of true"),
        pytest.param(
            {"type": "object", "properties": {"a": True, "b": False}},
            {"type": "object", "properties": {"a": {}}},
            id="members that are true and false",
        ),
        pytest.param({"type": "boolean", "enum": [True]}, {"type": "boolean"}, id="an enum of booleans"),
        pytest.param(
            {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Odd/properties/inner"}}},
            {"type": "object", "properties": {"a": {"type": "object", "properties": {"x": TEXT}}}},
            id="a reference into a schema",
        ),
    ],
)
def test_a_schema_is_said_in_a_form_that_the_generator_reads(schema: Any, expected: Any) -> None:
    assert said(schema) == expected


def test_a_reference_into_a_schema_that_holds_it_is_refused() -> None:
    inner = {"$ref": "#/components/schemas/A/properties/a"}
    document = description(
        {}, schemas={"A": {"type": "object", "properties": {"a": {"type": "array", "items": inner}}}}
    )
    faults: list[str] = []
    say_plainly(document, lambda _, text: faults.append(text))
    assert [fault.partition(",")[0] for fault in faults] == ["the reference leads into a schema that holds it"]


def test_more_kinds_than_anybody_names_are_refused() -> None:
    many = {"oneOf": [{"type": "object", "properties": {f"m{number}": TEXT}} for number in range(6)]}
    document = description({}, schemas={"A": {"allOf": [many, many]}})
    faults: list[str] = []
    say_plainly(document, lambda _, text: faults.append(text))
    assert faults == ["more than 32 schemas come of this one. Name fewer by an overlay."]


def test_members_beside_a_reference_are_arguments_and_attributes(tmp_path: Path) -> None:
    schema = {"allOf": [BASE], "required": ["x"], **MORE}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = Made(description({"/a": {"post": operation(schema, requestBody=body)}}, schemas=KNOWN), tmp_path)
    with made.pod({"b": "1", "x": "2"}) as pod:
        result = pod.things.do(x="3", b="4")
    assert (body_of(made.requests[0]), result.x, result.b) == ({"b": "4", "x": "3"}, "2", "1")


def test_a_member_that_goes_one_way_is_not_required_the_other_way(tmp_path: Path) -> None:
    user = {
        "type": "object",
        "required": ["id", "password", "name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "password": {"type": "string", "writeOnly": True},
            "name": TEXT,
        },
    }
    reference = {"$ref": "#/components/schemas/User"}
    body = {"required": True, "content": {"application/json": {"schema": reference}}}
    made = Made(description({"/a": {"post": operation(reference, requestBody=body)}}, schemas={"User": user}), tmp_path)
    with made.pod({"id": 1, "name": "n"}) as pod:
        result = pod.things.do(password="p", name="n")
    assert (body_of(made.requests[0]), result.id) == ({"password": "p", "name": "n"}, 1)
