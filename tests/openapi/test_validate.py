"""A document that is not right is refused with every fault, each with its place and in our words."""

import json
from typing import Any

import pytest

from openapi.documents import Place
from openapi.errors import ContractError, Problems
from openapi.validate import check_document, check_whole
from tests.openapi.project import REPOSITORY


@pytest.fixture
def description() -> Any:
    """The description of the project, to change."""
    return json.loads((REPOSITORY / "generated" / "openapi.json").read_text(encoding="utf-8"))


ACCEPT = "/v1/connection/accept"
ACCEPT_POINTER = "/paths/~1v1~1connection~1accept/post"


def here(_: Place) -> str:
    return "here"


def refusals(document: Any) -> list[str]:
    problems = Problems()
    try:
        check_document(document, here, problems)
        problems.raise_if_any()
        check_whole(document, here, problems)
        problems.raise_if_any()
    except ContractError as error:
        return list(error.messages)
    return []


def test_the_description_of_the_project_is_right(description: Any) -> None:
    assert refusals(description) == []


def test_every_fault_is_told(description: Any) -> None:
    description["components"]["schemas"]["Error"]["properties"]["code"]["minimum"] = "1"
    del description["paths"][ACCEPT]["post"]["responses"]["200"]["description"]
    assert refusals(description) == [
        'here, /components/schemas/Error/properties/code/minimum: expected number, found "1".',
        f"here, {ACCEPT_POINTER}/responses/200: expected a member 'description', found none.",
    ]


@pytest.mark.parametrize(
    ("path", "item", "said"),
    [
        pytest.param("/a", None, "here, /paths/~1a: expected object, found null.", id="no path item"),
        pytest.param("/a", {"get": None}, "here, /paths/~1a/get: expected object, found null.", id="no operation"),
        pytest.param("a", {}, "here, /paths: expected paths that begin with /, found 'a'.", id="path"),
        pytest.param(
            "/a\nb",
            {"get": {"responses": {"200": {"description": "-"}}}},
            r"here, /paths/~1a\nb/get: the path '/a\nb' holds a blank or a character that cannot be seen. Correct it "
            "by an overlay.",
            id="a path with a line end",
        ),
        pytest.param(
            "/a",
            {"get": {"responses": {}}},
            "here, /paths/~1a/get/responses: expected at least one member, found {}.",
            id="no answers",
        ),
        pytest.param(
            "/a/{b}",
            {"get": {"responses": {"200": {"description": "-"}}}},
            "here, /paths/~1a~1{b}/get: no parameter describes {b} of the path. Add it by an overlay.",
            id="a path parameter that nobody describes",
        ),
        pytest.param(
            "/a",
            {
                "parameters": [{"name": "b", "in": "path", "required": True, "schema": {}}],
                "get": {"responses": {"200": {"description": "-"}}},
            },
            "here, /paths/~1a/parameters/0: the path /a has no place for the path parameter 'b'. Correct it by an "
            "overlay.",
            id="a path parameter without a place",
        ),
        pytest.param(
            "/a#b",
            {"get": {"responses": {"200": {"description": "-"}}}},
            "here, /paths/~1a#b/get: the path holds '#', and a request's path ends there: the operation has no address "
            "of its own. Ask the publisher for the address. Take the page out until then.",
            id="a fragment",
        ),
        pytest.param(
            "/a",
            {"get": {"operationId": "acceptConnection", "responses": {"200": {"description": "-"}}}},
            f'here, {ACCEPT_POINTER}/operationId: the operationId "acceptConnection" is also that of GET /a, at here. '
            "Give one of them another operationId by an overlay.",
            id="an operationId twice",
        ),
        pytest.param(
            "/a",
            {"get": {"security": [{"bearer": []}], "responses": {"200": {"description": "-"}}}},
            "here, /paths/~1a/get/security: no security scheme is called 'bearer'. Add it to "
            "components/securitySchemes in openapi/companion.yaml, or take the requirement out by an overlay that "
            "extends the page.",
            id="a security scheme that nobody describes",
        ),
    ],
)
def test_what_is_not_right_is_refused_in_one_sentence(description: Any, path: str, item: Any, said: str) -> None:
    description["paths"] = {path: item} | description["paths"]
    assert refusals(description)[0] == said


def parameters(*given: Any) -> Any:
    return {"get": {"parameters": list(given), "responses": {"200": {"description": "-"}}}}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"name": "a", "in": "query"}, {"name": "a", "in": "query"}, id="the same name"),
        pytest.param({"name": "A-B", "in": "header"}, {"name": "a-b", "in": "header"}, id="headers in another case"),
    ],
)
def test_a_parameter_may_stand_once_only(description: Any, first: Any, second: Any) -> None:
    description["paths"]["/a"] = parameters({**first, "schema": {}}, {**second, "schema": {}})
    assert refusals(description) == [
        f"here, /paths/~1a/get/parameters/1: the {second['in']} parameter {second['name']!r} stands here a second "
        "time; the first is number 0. Take one of them out by an overlay."
    ]


def test_a_parameter_of_the_same_name_may_stand_in_another_place(description: Any) -> None:
    description["paths"]["/a"] = parameters(
        {"name": "a", "in": "query", "schema": {}}, {"name": "a", "in": "header", "schema": {}}
    )
    assert refusals(description) == []


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        pytest.param({"type": "integer", "default": "50"}, 'expected integer, as the type says, found "50"', id="text"),
        pytest.param({"type": "integer", "default": True}, "expected integer, as the type says, found true", id="bool"),
        pytest.param({"type": "string", "enum": ["a"], "default": "b"}, "expected a value of the enum", id="enum"),
        pytest.param({"type": ["string", "null"], "default": 1}, "expected string or null", id="several types"),
    ],
)
def test_a_default_that_its_schema_does_not_allow_is_refused(description: Any, schema: Any, said: str) -> None:
    description["components"]["schemas"]["Error"]["properties"]["code"] = schema
    message = refusals(description)[0]
    assert (message.split(": ")[0], said in message) == (
        "here, /components/schemas/Error/properties/code/default",
        True,
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "default": 1},
        {"type": "number", "default": 1},
        {"type": ["string", "null"], "default": None},
        {"default": "anything"},
        {"type": "object", "properties": {"default": {"type": "integer"}}},
        {"type": "string", "examples": [{"type": "integer", "default": "no schema"}]},
    ],
)
def test_a_default_that_its_schema_allows_is_right(description: Any, schema: Any) -> None:
    description["components"]["schemas"]["Error"]["properties"]["code"] = schema
    assert refusals(description) == []


@pytest.mark.parametrize("reference", ["other.yaml#/components/schemas/Error", "https://example.com/error", "Error"])
def test_a_reference_out_of_the_document_is_refused_with_its_place(description: Any, reference: str) -> None:
    description["components"]["schemas"]["Error"]["properties"]["code"] = {"$ref": reference}
    assert refusals(description) == [
        f"here, /components/schemas/Error/properties/code: expected a reference inside the document, found "
        f"{reference!r}. Nothing is fetched from elsewhere. Store the page with the whole document, or add what it "
        "names to openapi/companion.yaml."
    ]


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        pytest.param("schemas", ("requestBody", "content", "application/json", "schema"), id="a schema"),
        pytest.param("responses", ("responses", "200"), id="a response"),
        pytest.param("parameters", ("parameters", 0), id="a parameter"),
    ],
)
def test_a_reference_to_nothing_is_refused_with_its_place(
    description: Any, kind: str, place: tuple[str | int, ...]
) -> None:
    operation = description["paths"][ACCEPT]["post"]
    operation["parameters"] = [{"name": "a", "in": "query", "schema": {}}]
    *above, last = place
    for part in above:
        operation = operation[part]
    operation[last] = {"$ref": f"#/components/{kind}/None"}
    pointer = "/".join(str(part).replace("/", "~1") for part in place)
    assert [message for message in refusals(description) if "refers" in message] == [
        f"here, {ACCEPT_POINTER}/{pointer}: '#/components/{kind}/None' refers to nothing in the description. Correct "
        "the reference, or add what it names to openapi/companion.yaml."
    ]


def test_a_reference_that_leads_back_to_itself_is_refused(description: Any) -> None:
    description["components"]["schemas"]["A"] = {"$ref": "#/components/schemas/B"}
    description["components"]["schemas"]["B"] = {"$ref": "#/components/schemas/A"}
    assert [message.split(": ")[0] for message in refusals(description) if "leads back to itself" in message] == [
        "here, /components/schemas/A",
        "here, /components/schemas/B",
    ]


def test_a_schema_may_hold_itself(description: Any) -> None:
    description["components"]["schemas"]["Error"]["properties"]["cause"] = {"$ref": "#/components/schemas/Error"}
    assert refusals(description) == []


def test_an_operation_may_have_no_tags(description: Any) -> None:
    description["paths"][ACCEPT]["post"]["tags"] = []
    assert refusals(description) == []
