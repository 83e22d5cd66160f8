"""What a description says is in the client, or is refused by name."""

import ast
import warnings
from pathlib import Path
from typing import Any

import pytest

from openapi.errors import ContractError
from openapi.generate import OPENAPI
from openapi.generator import make_client
from tests.openapi.clients import Made, body_of, description, operation


def refusal(document: dict[str, Any], folder: Path) -> str:
    with pytest.raises(ContractError) as refused:
        make_client(document, OPENAPI, folder / "package")
    return str(refused.value)


BINARY = [
    {"type": "string", "contentMediaType": "application/octet-stream"},
    {"type": "string", "contentMediaType": "image/png"},
    {"type": "string", "format": "binary"},
]


@pytest.mark.parametrize("schema", BINARY, ids=["octets", "an image", "as 3.0 has it"])
def test_a_part_of_a_form_that_is_binary_is_a_file(schema: Any, tmp_path: Path) -> None:
    form = {"type": "object", "properties": {"picture": schema, "note": {"type": "string"}}}
    body = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    made = Made(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    file = made.module("bodies").File(b"\x89PNG\xff", "a.png", "image/png")
    with made.pod() as pod:
        pod.things.do(body=made.package.DoThingBody(picture=file, note="n"))
    content = made.requests[0].content
    assert (
        b'filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\xff\r\n' in content,
        b"\r\n\r\nn\r\n" in content,
    ) == (
        True,
        True,
    )


def test_bytes_that_come_are_a_file(tmp_path: Path) -> None:
    answer = {"200": {"description": "-", "content": {"image/png": {}}}}
    made = Made(description({"/a": {"get": operation(responses=answer)}}), tmp_path)
    with made.pod(json=None, content=b"\x89PNG\xff") as pod:
        result = pod.things.do()
    assert (result.payload, made.requests[0].headers["Accept"]) == (b"\x89PNG\xff", "image/png")


def test_bytes_that_go_keep_their_media_type(tmp_path: Path) -> None:
    body = {"required": True, "content": {"application/pdf": {}}}
    made = Made(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    with made.pod() as pod:
        pod.things.do(body=made.module("bodies").File(b"%PDF"))
    assert (made.requests[0].content, made.requests[0].headers["Content-Type"]) == (b"%PDF", "application/pdf")


def test_a_string_of_another_media_type_within_json_is_a_string(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "contentMediaType": "image/png"}}}
    made = Made(description({"/a": {"get": operation(schema)}}), tmp_path)
    with made.pod({"a": "text"}) as pod:
        assert pod.things.do().a == "text"


CAT = {"type": "object", "properties": {"kind": {"type": "string"}, "meow": {"type": "string"}}}
DOG = {"type": "object", "properties": {"kind": {"type": "string"}, "bark": {"type": "string"}}}
PET = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}


@pytest.mark.parametrize(
    ("discriminator", "kind"),
    [
        (
            {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog", "cat": "#/components/schemas/Cat"}},
            "dog",
        ),
        ({"propertyName": "kind"}, "Dog"),
        ({"propertyName": "kind", "mapping": {"woof": "#/components/schemas/Dog"}}, "woof"),
    ],
)
def test_a_discriminator_tells_the_class(discriminator: Any, kind: str, tmp_path: Path) -> None:
    schemas = {"Cat": CAT, "Dog": DOG, "Pet": {**PET, "discriminator": discriminator}}
    answer = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    made = Made(description({"/a": {"get": operation(answer)}}, schemas=schemas), tmp_path)
    with made.pod([{"kind": kind, "bark": "w"}]) as pod:
        assert pod.things.do() == [made.package.Dog(kind=kind, bark="w")]


def test_a_discriminator_of_a_schema_that_others_extend_tells_the_class(tmp_path: Path) -> None:
    base = {**CAT, "discriminator": {"propertyName": "kind"}}
    dog = {
        "allOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object", "properties": {"bark": {"type": "string"}}}]
    }
    made = Made(
        description(
            {"/a": {"get": operation({"$ref": "#/components/schemas/Pet"})}}, schemas={"Pet": base, "Dog": dog}
        ),
        tmp_path,
    )
    with made.pod({"kind": "Dog", "bark": "w"}) as pod:
        assert pod.things.do() == made.package.Dog(kind="Dog", bark="w")


def test_a_value_that_no_discriminator_knows_is_refused(tmp_path: Path) -> None:
    schemas = {"Cat": CAT, "Dog": DOG, "Pet": {**PET, "discriminator": {"propertyName": "kind"}}}
    made = Made(
        description({"/a": {"get": operation({"$ref": "#/components/schemas/Pet"})}}, schemas=schemas), tmp_path
    )
    with made.pod({"kind": "Fish"}) as pod, pytest.raises(made.package.DecodeError, match="kind is one of Cat, Dog"):
        pod.things.do()


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
    ("server", "address"),
    [
        ("https://other.example.com/v2", "https://other.example.com/v2/a"),
        ("/agent", "https://acme.example.com/agent/a"),
    ],
)
def test_an_operation_is_sent_to_its_own_server(server: str, address: str, tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(servers=[{"url": server}])}}), tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert (str(made.requests[0].url), made.requests[0].headers["Host"], len(made.notes)) == (
        address,
        address.split("/")[2],
        1,
    )


def test_an_own_server_without_tls_is_refused(tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(servers=[{"url": "http://other.example.com"}])}}), tmp_path)
    with made.pod() as pod, pytest.raises(made.package.UsageError, match="over plain http"):
        pod.things.do()


@pytest.mark.parametrize(
    ("scheme", "header", "value"),
    [
        ({"type": "http", "scheme": "bearer"}, "Authorization", "Bearer t0kentoken"),
        ({"type": "oauth2", "flows": {}}, "Authorization", "Bearer t0kentoken"),
        ({"type": "apiKey", "in": "header", "name": "X-API-KEY"}, "X-API-KEY", "t0kentoken"),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, "Cookie", "sid=t0kentoken"),
    ],
)
def test_the_token_is_sent_as_the_operation_says(scheme: Any, header: str, value: str, tmp_path: Path) -> None:
    document = description({"/a": {"get": operation(security=[{"other": []}])}})
    document["components"]["securitySchemes"]["other"] = scheme
    made = Made(document, tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert (made.requests[0].headers[header], "sessionToken" in made.requests[0].headers) == (value, False)


def test_an_operation_without_security_gets_no_token(tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(security=[])}}), tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert "t0kentoken" not in str(made.requests[0].headers.raw)


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        ({"type": "http", "scheme": "basic"}, "other (http basic) is none that the client can send"),
        ({"type": "apiKey", "in": "query", "name": "key"}, "other (apiKey in query) is none that the client can send"),
    ],
)
def test_security_that_the_client_cannot_send_is_refused(scheme: Any, said: str, tmp_path: Path) -> None:
    document = description({"/a": {"get": operation(security=[{"other": []}])}})
    document["components"]["securitySchemes"]["other"] = scheme
    message = refusal(document, tmp_path)
    assert (message.startswith("the description, /paths/~1a/get/security: "), said in message) == (True, True)


def parameter(place: str, schema: Any, **more: Any) -> Any:
    return [{"name": "p", "in": place, "required": True, "schema": schema, **more}]


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


@pytest.mark.parametrize(
    ("schema", "error", "found"),
    [
        (
            {"type": "object", "title": "Own", "required": ["m"], "properties": {"m": {"type": "string"}}},
            {"m": "x"},
            "x",
        ),
        ({"type": "array", "items": {"type": "string"}}, ["x"], ["x"]),
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
    ids=["an object", "an array", "a string", "one of several"],
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


@pytest.mark.parametrize(
    ("media_type", "said"),
    [("application/xml", "a body of 'application/xml'"), ("text/csv", "a body of 'text/csv'")],
)
def test_a_body_that_the_client_cannot_write_is_refused(media_type: str, said: str, tmp_path: Path) -> None:
    body = {"content": {media_type: {"schema": {"type": "object"}}}}
    assert said in refusal(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)


def test_json_is_taken_where_an_answer_has_several_media_types(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    content = {"application/xml": {"schema": schema}, "application/problem+json": {"schema": schema}}
    made = Made(
        description({"/a": {"get": operation(responses={"200": {"description": "-", "content": content}})}}), tmp_path
    )
    with made.pod({"a": "b"}) as pod:
        assert (pod.things.do().a, made.requests[0].headers["Accept"]) == ("b", "application/problem+json")


def test_the_body_of_a_required_array_stands_in_the_readme(tmp_path: Path) -> None:
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}},
    }
    made = Made(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    with made.pod() as pod:
        pod.things.do(body=[1, 2])
    assert ("pod.things.do(body=...)" in made.text("README.md"), body_of(made.requests[0])) == (True, [1, 2])
