"""A parameter is written as the description says, or is refused by name."""

from pathlib import Path
from typing import Any

import pytest

from openapi.generate import OPENAPI
from openapi.generator import make_client
from tests.openapi.clients import Made, body_of, description, operation, parameter, refusal

MANY = {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("more", "query"),
    [
        ({}, "p=1&p=2"),
        ({"explode": False}, "p=1,2"),
        ({"style": "spaceDelimited", "explode": False}, "p=1%202"),
        ({"style": "pipeDelimited", "explode": False}, "p=1%7C2"),
    ],
)
def test_several_values_are_written_as_the_style_says(more: Any, query: str, tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(parameters=parameter("query", MANY, **more))}}), tmp_path)
    with made.pod() as pod:
        pod.things.do(p=[1, 2])
    assert made.requests[0].url.query.decode() == query


def test_a_parameter_described_by_content_is_sent_as_json(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    given = [{"name": "filter", "in": "query", "required": True, "content": {"application/json": {"schema": schema}}}]
    made = Made(description({"/a": {"get": operation(parameters=given)}}), tmp_path)
    with made.pod() as pod:
        pod.things.do(filter_=made.package.DoThingFilter(a="b c"))
    assert dict(made.requests[0].url.params) == {"filter": '{"a":"b c"}'}


@pytest.mark.parametrize(
    ("place", "schema", "more", "said"),
    [
        ("query", MANY, {"style": "spaceDelimited", "explode": True}, None),
        ("cookie", MANY, {}, "style form with explode true in the cookie is none that the client can write"),
        ("header", {"type": "object"}, {"explode": True}, "style simple with explode true in the header"),
    ],
)
def test_a_style_that_the_client_cannot_write_is_refused(
    place: str, schema: Any, more: Any, said: str | None, tmp_path: Path
) -> None:
    document = description({"/a": {"get": operation(parameters=parameter(place, schema, **more))}})
    if said is None:
        make_client(document, OPENAPI, tmp_path / "package")
    else:
        assert said in refusal(document, tmp_path)


def test_headers_that_the_client_sets_by_itself_are_no_arguments(tmp_path: Path) -> None:
    text = {"type": "string"}
    given = [{"name": name, "in": "header", "schema": text} for name in ("Host", "Content-Length", "SESSIONTOKEN")]
    made = Made(description({"/a": {"get": operation(parameters=given, security=[])}}), tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert (made.requests[0].headers["sessionToken"], len(made.notes)) == ("t0kentoken", 2)


def test_what_an_argument_is_and_that_it_is_deprecated_stands_in_the_docstring(tmp_path: Path) -> None:
    old = {
        "name": "old",
        "in": "query",
        "description": "The old way.",
        "deprecated": True,
        "schema": {"type": "string"},
    }
    made = Made(description({"/a": {"get": operation(parameters=[old])}}), tmp_path)
    with made.pod() as pod:
        assert "old: Deprecated. The old way." in pod.things.do.__doc__


@pytest.mark.parametrize(
    ("schema", "query"),
    [
        pytest.param({"$ref": "#/components/schemas/Ids"}, "ids=1&ids=2", id="by reference"),
        pytest.param({"type": ["array", "null"], "items": {"type": "integer"}}, "ids=1&ids=2", id="or null"),
        pytest.param({"anyOf": [{"$ref": "#/components/schemas/Ids"}, {"type": "null"}]}, "ids=1&ids=2", id="any of"),
    ],
)
def test_several_values_are_several_however_the_description_says_it(schema: Any, query: str, tmp_path: Path) -> None:
    ids = {"name": "ids", "in": "query", "schema": schema}
    known = {"Ids": {"type": "array", "items": {"type": "integer"}}}
    made = Made(description({"/a": {"get": operation(parameters=[ids])}}, schemas=known), tmp_path)
    with made.pod() as pod:
        pod.things.do(ids=[1, 2])
    assert made.requests[0].url.query.decode() == query


@pytest.mark.parametrize(
    ("schema", "more", "said"),
    [
        pytest.param(
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            {},
            "a value that is array or string in the query",
            id="one or several",
        ),
        pytest.param(
            {"type": "array", "items": {"type": "object"}}, {}, "a list or an object of lists or objects", id="nested"
        ),
        pytest.param(
            {"type": "object", "properties": {"a": {"type": "string"}}},
            {"explode": False},
            "an object of style form with explode false in the query",
            id="an object in one value",
        ),
    ],
)
def test_a_query_that_openapi_has_no_form_for_is_refused(schema: Any, more: Any, said: str, tmp_path: Path) -> None:
    parameter = {"name": "a", "in": "query", "schema": schema, **more}
    assert said in refusal(description({"/a": {"get": operation(parameters=[parameter])}}), tmp_path)


@pytest.mark.parametrize("place", ["header", "cookie"])
def test_a_list_as_json_where_one_line_of_text_is_sent_is_refused(place: str, tmp_path: Path) -> None:
    listed = {"name": "a", "in": place, "content": {"application/json": {"schema": MANY}}}
    said = f"a list or an object as JSON in the {place} is none that the client can write"
    assert said in refusal(description({"/a": {"get": operation(parameters=[listed])}}), tmp_path)


def test_arguments_that_would_meet_get_underscores(tmp_path: Path) -> None:
    names = ["timeout", "timeout_", "body", "body_"]
    body = {"required": True, "content": {"application/json": {"schema": MANY}}}
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]
    made = Made(description({"/a": {"post": operation(parameters=parameters, requestBody=body)}}), tmp_path)
    with made.pod() as pod:
        pod.things.do(timeout_="1", timeout__="2", body=[5], body_="3", body__="4")
    (request,) = made.requests
    assert (dict(request.url.params), body_of(request)) == (dict(zip(names, "1234", strict=True)), [5])
