"""All models stand in one module, in which they may hold each other."""

import typing
from pathlib import Path
from typing import Any

from tests.openapi.clients import Made, description, mypy_errors, operation

OTHER = {"$ref": "#/components/schemas/Other"}
LONG = "aMemberWithANameThatIsLongEnoughForItsDeclarationToTakeMoreThanOneLine"
MEMBERS: list[Any] = [
    {},
    {"id": {"type": "integer", "format": "int64", "description": "The id.\n\nOf two paragraphs."}},
    {"count": {"type": "integer", "format": "int32"}, "share": {"type": "number"}, "on": {"type": "boolean"}},
    {"text": {"type": "string", "default": "a word and File, datetime, UUID"}},
    {"day": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date-time"}},
    {"id": {"type": "string", "format": "uuid"}, "anything": {}},
    {"one": {"const": "one"}, "either": {"type": ["integer", "string", "null"]}},
    {"list": {"type": "array", "items": OTHER}, "other": OTHER, "self": {"$ref": "#/components/schemas/Model7"}},
    {"kind": {"type": "string", "enum": ["a", "b"]}, "number": {"type": "integer", "enum": [1, 2]}},
    {LONG: {"type": "string"}},
    {"long" * 21: {"type": "string"}},
    {"time": {"type": "integer", "format": "int64", "x-unix-time": True}, "File": {"type": "string"}},
    {"within": {"type": "object", "properties": {"deep": {"type": "string"}}, "additionalProperties": OTHER}},
]


def made_of_models(folder: Path) -> Made:
    """A client with a model for each of these lists of members."""
    schemas = {f"Model{number}": {"type": "object", "properties": members} for number, members in enumerate(MEMBERS)}
    schemas["Other"] = {"type": "object", "properties": {"name": {"type": "string"}}}
    answers = {
        f"/v1/{name}": {"get": operation({"$ref": f"#/components/schemas/{name}"}, name=f"get{name}")}
        for name in schemas
    }
    return Made(description(answers, schemas=schemas), folder)


def test_a_model_may_hold_itself_and_others_that_come_after_it(tmp_path: Path) -> None:
    models = made_of_models(tmp_path).module("models")
    held = {"self": {"list": [{"name": "a"}]}, "other": {"name": "b"}}
    model = models.Model7.from_dict(held)
    assert (model.self_.list_, model.other) == ([models.Other(name="a")], models.Other(name="b"))
    assert model.to_dict() == held
    assert typing.get_type_hints(models.Model7)["other"] == models.Other | type(models.UNSET)


def test_models_of_every_kind_are_strictly_typed(tmp_path: Path) -> None:
    assert mypy_errors(made_of_models(tmp_path).folder) == ""


def test_a_client_without_models_is_strictly_typed(tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation({"type": "string"})}}), tmp_path)
    assert "class" not in made.text("models.py")
    assert mypy_errors(made.folder) == ""
