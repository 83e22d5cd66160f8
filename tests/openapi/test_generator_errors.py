"""What the generator cannot make is told in our words, with the place and the way out."""

from pathlib import Path
from typing import Any

import pytest

from openapi.errors import ContractError
from openapi.generate import OPENAPI
from openapi.generator import make_client
from tests.openapi.clients import description, operation

TEXT = {"type": "string"}
LIST = {"$ref": "#/components/schemas/A"}
OPERATION = "the description, /paths/~1a/get: "
SCHEMA = "the description, /components/schemas/A: "


def messages(folder: Path, path: str = "/a", *, schema: Any = None, of: Any = None, **more: Any) -> tuple[str, ...]:
    paths = {path: {"get": operation(of or schema, **more)}}
    with pytest.raises(ContractError) as refused:
        make_client(description(paths, schemas={"A": schema or TEXT}), OPENAPI, folder / "package")
    return refused.value.messages


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        pytest.param({"type": "array", "items": LIST}, SCHEMA + "a list of which each item is such a list", id="list"),
        pytest.param({"allOf": [LIST, {"properties": {"a": TEXT}}]}, SCHEMA + "the schema is put together", id="allOf"),
        pytest.param(
            {"oneOf": [TEXT, {"type": "array", "items": LIST}]},
            SCHEMA + "one of the schemas that it may be",
            id="oneOf",
        ),
    ],
)
def test_a_schema_of_itself_is_told_once(schema: Any, said: str, tmp_path: Path) -> None:
    found = messages(tmp_path, schema=schema, of=LIST)
    assert (len(found), found[0].startswith(said), "openapi-python-client" in found[0]) == (1, True, False), found


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        pytest.param(
            {"allOf": [{"properties": {"a": TEXT}}, {"properties": {"a": {"type": "integer"}}}]},
            "allOf gives one member two types, str and int. Leave one of them by an overlay.",
            id="two types",
        ),
        pytest.param(
            {"type": "object", "properties": {"#": TEXT, "[]": TEXT}},
            "'#' and '[]': two members of one schema would have the same name in the client",
            id="names of no letters",
        ),
    ],
)
def test_an_answer_that_cannot_be_made_is_told(schema: Any, said: str, tmp_path: Path) -> None:
    found = messages(tmp_path, of=schema)
    assert (len(found), found[0].startswith(OPERATION + said)) == (1, True), found


def test_a_default_that_is_no_value_is_told(tmp_path: Path) -> None:
    day = {"name": "day", "in": "query", "schema": {"type": "string", "format": "date", "default": "soon"}}
    assert messages(tmp_path, parameters=[day]) == (
        OPERATION + "a default is no value of its schema. Correct it by an overlay.",
    )


def test_parameters_that_nothing_tells_apart_are_told(tmp_path: Path) -> None:
    both = [{"name": name, "in": "query", "schema": TEXT} for name in ("user.id", "user id")]
    assert messages(tmp_path, parameters=both) == (
        f"{OPERATION}'user.id' and 'user id': two of its parameters would both be called userid in the client. Leave "
        "one out by an overlay.",
    )
