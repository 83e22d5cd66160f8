"""The modules of models are written as ruff formats them: to write a thousand again takes longer than all the rest."""

from pathlib import Path
from typing import Any

import pytest

from openapi import generator
from tests.openapi.clients import Made, description, operation

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
    {"list": {"type": "array", "items": OTHER}, "other": OTHER, "self": {"$ref": "#/components/schemas/Model12"}},
    {"kind": {"type": "string", "enum": ["a", "b"]}, "number": {"type": "integer", "enum": [1, 2]}},
    {LONG: {"type": "string"}},
    {"long" * 21: {"type": "string"}},
    {"time": {"type": "integer", "format": "int64", "x-unix-time": True}, "File": {"type": "string"}},
    {"within": {"type": "object", "properties": {"deep": {"type": "string"}}, "additionalProperties": OTHER}},
]


@pytest.fixture
def written_again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the models' modules that ruff has changed."""
    changed: list[str] = []
    run_ruff = generator._run_ruff

    def watched(package: Path, arguments: tuple[str, ...]) -> None:
        before = {path: path.read_text() for path in package.glob("models/[!_]*.py")}
        run_ruff(package, arguments)
        changed.extend(path.name for path, text in before.items() if path.read_text() != text)

    monkeypatch.setattr(generator, "_run_ruff", watched)
    return changed


def test_ruff_has_nothing_to_change_in_the_module_of_a_model(written_again: list[str], tmp_path: Path) -> None:
    schemas = {f"Model{number}": {"type": "object", "properties": members} for number, members in enumerate(MEMBERS)}
    schemas["Other"] = {"type": "object", "properties": {"name": {"type": "string"}}}
    answers = {
        f"/v1/{name}": {"get": operation({"$ref": f"#/components/schemas/{name}"}, name=f"get{name}")}
        for name in schemas
    }
    Made(description(answers, schemas=schemas), tmp_path)
    assert written_again == []


def test_a_client_without_models_is_strictly_typed(tmp_path: Path) -> None:
    """mypy has to be told what an empty dict holds."""
    made = Made(description({"/a": {"get": operation({"type": "string"})}}), tmp_path)
    assert "_MODULES: dict[str, str] = {}\n" in made.text("models/__init__.py")
