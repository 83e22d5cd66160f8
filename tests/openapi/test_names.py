"""Names that would meet in the client are told apart by a stated rule, or are an error that names both sides."""

import ast
from pathlib import Path
from typing import Any

import attrs
import pytest

from openapi.errors import ContractError
from openapi.generate import OPENAPI
from openapi.generator import make_client
from openapi.generator_input import member_names
from openapi.names import RESERVED_CLASSES
from tests.openapi.clients import Made, description, mypy_errors, operation


def schema(*members: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in members}}


def made_of_schemas(folder: Path, **schemas: Any) -> Made:
    """A client of one operation, which answers with an object that holds each of the schemas."""
    held = {name: {"$ref": f"#/components/schemas/{name}"} for name in schemas}
    answer = {"type": "object", "title": "Held", "properties": held}
    return Made(description({"/a": {"get": operation(answer)}}, schemas=schemas), folder)


def refusals(document: dict[str, Any], folder: Path) -> tuple[str, ...]:
    with pytest.raises(ContractError) as refused:
        make_client(document, OPENAPI, folder / "package")
    return refused.value.messages


def test_tags_of_the_same_plural_are_one_group_and_this_is_told(tmp_path: Path) -> None:
    paths = {
        "/a": {"get": operation(name="getUser", tag="User")},
        "/b": {"get": operation(name="listAll", tag="Users")},
    }
    made = Made(description(paths), tmp_path)
    with made.pod() as pod:
        pod.users.get()
        pod.users.list_all()
    assert ([request.url.path for request in made.requests], made.notes) == (
        ["/pod/a", "/pod/b"],
        ("The tags User and Users are one group of operations, pod.users.",),
    )


@pytest.mark.parametrize(
    "tag", ["Time", "JSON", "Quote", "Responses", "Model", "Client", "import", "1st", "Call", "close"]
)
def test_a_tag_of_any_name_can_be_called(tag: str, tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(tag=tag)}}), tmp_path)
    group = next(name for name in vars(made.package.PodClient) if not name.startswith("_"))
    with made.pod() as pod:
        getattr(pod, group).do_thing()
    assert made.requests[0].url.path == "/pod/a"


@pytest.mark.parametrize(
    "name", ["cast", "array", "string", "reference", "list", "class", "datetime", "builtins", "field"]
)
def test_an_operation_of_any_name_can_be_called(name: str, tmp_path: Path) -> None:
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}},
    }
    made = Made(description({"/a": {"post": operation(name=name, tag="Vote", requestBody=body)}}), tmp_path)
    with made.pod() as pod:
        method = next(
            method for method in dir(pod.votes) if not method.startswith("_") and method != "with_raw_response"
        )
        getattr(pod.votes, method)(body=["x"])
    assert made.requests[0].content == b'["x"]'


def test_schemas_called_like_classes_of_the_client_are_called_models(tmp_path: Path) -> None:
    made = made_of_schemas(tmp_path, **{name: schema("x") for name in RESERVED_CLASSES})
    with made.pod({name: {"x": "y"} for name in RESERVED_CLASSES}) as pod:
        found = vars_of(pod.things.do())
    assert (sorted(found), len(made.notes)) == (
        sorted("SchemaClassVar" if name == "ClassVar" else f"{name}Model" for name in RESERVED_CLASSES),
        len(RESERVED_CLASSES),
    )


def vars_of(model: Any) -> set[str]:
    """The names of the classes of a model's members."""
    return {type(getattr(model, one.name)).__name__ for one in attrs.fields(type(model)) if one.metadata}


def test_no_other_class_is_imported_into_generated_modules(tmp_path: Path) -> None:
    made = made_of_schemas(tmp_path, A=schema("x"))
    names = set()
    for module in [made.folder / "models.py", *made.folder.glob("api/**/*.py")]:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module != "models":
                names |= {alias.asname or alias.name for alias in node.names}
    upper = {name for name in names if name[0].isupper() and not name.isupper()}
    assert upper - RESERVED_CLASSES == set()


def test_schemas_whose_names_differ_by_case_are_two_classes(tmp_path: Path) -> None:
    made = made_of_schemas(tmp_path, UserID=schema("a"), UserId=schema("b"))
    with made.pod({"UserID": {"a": "1"}, "UserId": {"b": "2"}}) as pod:
        result = pod.things.do()
    assert (vars_of(result), made.notes) == ({"UserID", "UserId"}, ())


def test_a_schema_called_like_a_group_keeps_its_name(tmp_path: Path) -> None:
    answer = {"$ref": "#/components/schemas/Users"}
    made = Made(description({"/a": {"get": operation(answer, tag="User")}}, schemas={"Users": schema("a")}), tmp_path)
    with made.pod({"a": "b"}) as pod:
        assert (type(pod.users.do_thing()).__name__, type(pod.users).__name__) == ("Users", "UsersResource")


HOSTILE = [
    "number",
    "reference",
    "type",
    "class",
    "string",
    "array",
    "datetime",
    "items",
    "to_dict",
    "from_dict",
    "self",
]


def test_members_of_any_name_are_read_and_written(tmp_path: Path) -> None:
    names = [*HOSTILE, "additional_properties", "a-b", "$ref", "1st", "é", "to_json", "int64", "constant"]
    made = made_of_schemas(tmp_path, A=schema(*names))
    value = {"A": dict.fromkeys(names, "v")}
    with made.pod(value) as pod:
        assert pod.things.do().to_dict() == value


def test_arguments_of_any_name_are_sent(tmp_path: Path) -> None:
    names = [*HOSTILE, "client", "options", "timeout", "headers", "retries", "body", "url", "json_body"]
    given = [{"name": name, "in": "query", "required": True, "schema": {"type": "string"}} for name in names]
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}},
    }
    made = Made(description({"/a": {"post": operation(parameters=given, requestBody=body)}}), tmp_path)
    parameters = [one for one in made.module("api.thing")._call_do_thing.parameters if one.place == "query"]
    with made.pod() as pod:
        pod.things.do(body=["x"], **{parameter.argument: parameter.name for parameter in parameters})
    assert (dict(made.requests[0].url.params), made.requests[0].content) == ({name: name for name in names}, b'["x"]')


def test_the_client_of_all_these_is_strictly_typed(tmp_path: Path) -> None:
    given = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in HOSTILE]
    tags = ("Time", "JSON", "Any", "Users", "User")
    paths = {
        f"/{tag}": {
            "get": operation({"$ref": "#/components/schemas/Any"}, name=f"{tag}Cast", tag=tag, parameters=given)
        }
        for tag in tags
    }
    schemas = {"Any": schema(*HOSTILE), "UserId": schema("a"), "UserID": schema("b"), "Times": schema("c")}
    make_client(description(paths, schemas=schemas), OPENAPI, tmp_path / "symphony_pod_client")
    assert mypy_errors(tmp_path / "symphony_pod_client") == ""


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["txt", "TXT"], ["TXT", "TXT_2"]),
        (["a-b", "a b", "a_b"], ["A_B", "A_B_2", "A_B_3"]),
        (["a", "a_2", "A"], ["A", "A_2", "A_3"]),
        (["", "+", "1"], ["VALUE_0", "VALUE_1", "VALUE_2"]),
        (["+", "value_0"], ["VALUE_0", "VALUE_0_2"]),
    ],
)
def test_members_of_an_enum_that_would_meet_are_told_apart_by_a_number(values: list[str], names: list[str]) -> None:
    assert member_names(values) == names


def test_an_enum_keeps_every_value(tmp_path: Path) -> None:
    values = ["txt", "TXT", "a-b", "a b", "", "+", 'q"', "txt"]
    made = made_of_schemas(tmp_path, E={"type": "string", "enum": values})
    assert {member.value for member in made.package.E} == set(values)


@pytest.mark.parametrize("name", ["do_thing", "DoThing", "do-thing", "do thing"])
def test_two_operations_of_one_module_are_refused_naming_both(name: str, tmp_path: Path) -> None:
    paths = {"/a": {"get": operation()}, "/b": {"post": operation(name=name)}}
    assert refusals(description(paths), tmp_path)[0] == (
        "the description, /paths/~1a/get, and the description, /paths/~1b/post: GET /a and POST /b would both become "
        "the module api/thing/do_thing.py. Give one of them another operationId by an overlay, as "
        "openapi/overlays/10-operation-ids.yaml does."
    )


def test_one_operation_id_under_two_tags_makes_two_modules(tmp_path: Path) -> None:
    text = {"type": "string"}
    paths = {"/a": {"get": operation(text, tag="Cat")}, "/b": {"get": operation(text, name="do_thing", tag="Dog")}}
    made = Made(description(paths), tmp_path)
    with made.pod("x") as pod:
        pod.cats.do_thing()
        pod.dogs.do_thing()
    assert [request.url.path for request in made.requests] == ["/pod/a", "/pod/b"]


def test_members_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    paths = {"/a": {"get": operation({"$ref": "#/components/schemas/A"})}}
    messages = refusals(description(paths, schemas={"A": schema("user-id", "userid", "user id")}), tmp_path)
    assert "/components/schemas/A" in "".join(messages)


def test_schemas_whose_classes_would_meet_are_told_apart_by_a_number_and_this_is_told(tmp_path: Path) -> None:
    made = made_of_schemas(tmp_path, UserId=schema("a"), userId={"type": "string", "enum": ["A"]})
    assert [made.package.UserId.__name__, made.package.UserId2.__name__] == ["UserId", "UserId2"]
    assert made.notes[0] == (
        "the description, /components/schemas/userId: the class of this schema is UserId2; UserId is that of the "
        "description, /components/schemas/UserId."
    )


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param([schema("a"), schema("b")], id="objects"),
        pytest.param([{"type": "string", "enum": ["A"]}, {"type": "string", "enum": ["B"]}], id="enums"),
        pytest.param([{"type": ["object", "null"], "properties": {"a": {}}}, schema("b")], id="of several types"),
        pytest.param([{"type": "array", "items": schema("a") | {"title": "Inner"}}, schema("b")], id="in an array"),
    ],
)
def test_schemas_within_others_that_share_a_title_are_told_apart(inner: list[Any], tmp_path: Path) -> None:
    members = {name: {"title": "Inner", **one} for name, one in zip("xy", inner, strict=True)}
    made = Made(description({"/a": {"get": operation({"type": "object", "properties": members})}}), tmp_path)
    assert len({name for name in made.package.__all__ if "Inner" in name}) == 2


def test_a_schema_called_like_an_answer_is_another_class(tmp_path: Path) -> None:
    paths = {"/a": {"get": operation(schema("a"))}}
    made = Made(description(paths, schemas={"DoThingResponse200": schema("b")}), tmp_path)
    with made.pod({"a": "1"}) as pod:
        assert pod.things.do().a == "1"


@pytest.mark.parametrize(
    ("given", "names"),
    [
        pytest.param(["ONE", "TWO"], ["ONE", "TWO"], id="as they are"),
        pytest.param(["ONE", "ONE"], ["ONE", "ONE_2"], id="the same twice"),
        pytest.param(["A = 1; import os #", "class"], ["A_1_IMPORT_OS", "CLASS"], id="no names"),
        pytest.param(["ONE"], ["X", "Y"], id="too few"),
    ],
)
def test_the_names_that_a_page_gives_to_the_members_of_an_enum(
    given: list[str], names: list[str], tmp_path: Path
) -> None:
    made = made_of_schemas(tmp_path, E={"type": "string", "enum": ["x", "y"], "x-enum-varnames": given})
    assert sorted(member.name for member in made.package.E) == sorted(names)


def test_an_operation_called_like_what_every_group_has_gets_an_underscore(tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(name="with_raw_response")}}), tmp_path)
    with made.pod() as pod:
        pod.things.with_raw_response_()
    assert made.requests[0].url.path == "/pod/a"


def test_a_name_that_no_file_can_have_is_refused_with_its_place(tmp_path: Path) -> None:
    inner: dict[str, Any] = {"type": "string"}
    for number in range(20):
        inner = {"type": "object", "properties": {f"aLongMember{number}": inner}}
    found = refusals(description({"/a": {"get": operation(inner)}}), tmp_path)
    assert (len(found), "longer than 190 characters, and a file is named after it" in found[0]) == (1, True), found
    long = refusals(description({"/a": {"get": operation(name="a" * 300)}}), tmp_path)
    assert (len(long), long[0].startswith("the description, /paths/~1a/get: the operationId aaa")) == (1, True), long


def test_an_entry_of_the_configuration_that_renames_nothing_is_told(tmp_path: Path) -> None:
    notes = make_client(description({"/a": {"get": operation()}}), OPENAPI, tmp_path / "package")
    assert notes == (
        "openapi/generator.yaml, class_overrides: no schema makes the class ListConnectionsConnectionStatusFilter, so "
        "that none is called ConnectionStatusFilter. Name the class that it should be, or take the entry out.",
    )
