"""What a description says is in the client: deprecation, errors, constants, and text of any kind."""

import ast
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.openapi.clients import Made, description, operation, parameter


def test_a_deprecated_operation_says_so_and_warns_where_it_is_called(tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(deprecated=True)}}), tmp_path)
    with made.pod() as pod, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pod.things.do()
    assert ([(one.category, one.filename) for one in caught], "Deprecated" in made.text("api/thing/__init__.py")) == (
        [(DeprecationWarning, __file__)],
        True,
    )


@pytest.mark.parametrize(
    ("schema", "error", "found"),
    [
        (
            {"type": "object", "title": "Own", "required": ["m"], "properties": {"m": {"type": "string"}}},
            {"m": "x"},
            "x",
        ),
        ({"type": "array", "items": {"type": "string"}}, ["x"], ["x"]),
        ({"type": "array", "items": {"type": ["string", "null"]}}, ["x", None], ["x", None]),
        ({"type": "string"}, "x", "x"),
        (
            {
                "oneOf": [
                    {"type": "object", "title": "A", "required": ["m"], "properties": {"m": {"type": "string"}}},
                    {"type": "object", "title": "B", "required": ["n"], "properties": {"n": {"type": "string"}}},
                ]
            },
            {"n": "x"},
            "x",
        ),
    ],
    ids=["an object", "an array", "an array of texts and nulls", "a string", "one of several"],
)
def test_an_error_is_parsed_whatever_its_schema(schema: Any, error: Any, found: Any, tmp_path: Path) -> None:
    answers = operation()["responses"] | {
        "400": {"description": "-", "content": {"application/json": {"schema": schema}}}
    }
    made = Made(description({"/a": {"get": operation(responses=answers)}}), tmp_path)
    with made.pod(error, status_code=400) as pod, pytest.raises(made.package.BadRequestError) as failed:
        pod.things.do()
    parsed: Any = failed.value.error
    assert (
        parsed
        if isinstance(found, list | str) and not hasattr(parsed, "to_dict")
        else next(iter(dict(parsed).values()))
    ) == found


def test_an_error_is_parsed_by_what_its_status_documents(tmp_path: Path) -> None:
    answers = operation()["responses"]
    for status, name in (("400", "Wrong"), ("404", "Gone")):
        schema = {"type": "object", "title": name, "properties": {name.lower(): {"type": "string"}}}
        answers |= {status: {"description": "-", "content": {"application/json": {"schema": schema}}}}
    made = Made(description({"/a": {"get": operation(responses=answers)}}), tmp_path)
    with made.pod({"gone": "x"}, status_code=404) as pod, pytest.raises(made.package.NotFoundError) as failed:
        pod.things.do()
    assert type(failed.value.error).__name__ == "DoThingGone"


TEXTS = [
    'ends in a quote"',
    '"""',
    "a\\",
    "\\",
    "a\r\nb",
    "{x}",
    "\u202eabc",
    "```",
    "\\N{DASH}",
    "'''",
    "a" * 200 + '"',
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_any_kind_can_stand_anywhere(text: str, tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "description": text,
        "properties": {
            "a": {"type": "string", "description": text, "title": text},
            "c": {"const": text.replace("\u202e", "")},
        },
    }
    given = parameter("query", {"type": "string", "description": text}, description=text)
    document = description(
        {
            "/a": {
                "post": operation({"$ref": "#/components/schemas/A"}, summary=text, description=text, parameters=given)
            }
        },
        schemas={"A": schema, "E": {"type": "string", "enum": ["x"], "description": text}},
    )
    document["info"]["title"] = text
    made = Made(document, tmp_path)
    for module in made.folder.rglob("*.py"):
        ast.parse(module.read_text(encoding="utf-8"))
    assert "\u202e" not in "".join(module.read_text(encoding="utf-8") for module in made.folder.rglob("*.py"))


def test_a_constant_is_what_the_description_says(tmp_path: Path) -> None:
    values = {"q": 'a"b', "s": "a\\b", "i": 7, "b": True}
    schema = {"type": "object", "properties": {name: {"const": value} for name, value in values.items()}}
    made = Made(description({"/a": {"get": operation(schema)}}), tmp_path)
    with made.pod(values) as pod:
        assert pod.things.do().to_dict() == values


def test_a_title_of_several_lines_is_one_line_of_the_readme_and_of_the_docstring(tmp_path: Path) -> None:
    document = description({"/a": {"get": operation()}})
    document["info"]["title"] = "The\n# *API*"
    made = Made(document, tmp_path)
    assert (r"client for the The # \*API\* of a Symphony pod," in made.text("README.md"), made.package.__doc__) == (
        True,
        "A client for the The # *API* of a Symphony pod; everything is imported when it is first used.",
    )
