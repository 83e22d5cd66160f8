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


def _form(media_type: str, encoding: Any, **members: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": members}
    return {"required": True, "content": {media_type: {"schema": schema, "encoding": encoding}}}


def test_the_media_types_that_encoding_gives_to_parts_are_sent(tmp_path: Path) -> None:
    encoding = {
        "picture": {"contentType": "image/png, image/jpeg"},
        "table": {"contentType": "text/csv"},
        "more": {"contentType": "application/vnd.a+json"},
        "word": {"contentType": "application/json"},
    }
    members: dict[str, Any] = {"picture": {"type": "string", "format": "binary"}, "table": {"type": "string"}}
    members |= {"more": {"type": "object", "properties": {"x": {"type": "string"}}}, "word": {"type": "string"}}
    body = _form("multipart/form-data", encoding, **members)
    made = Made(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    form = made.package.DoThingBody.from_dict({"table": "a,b", "more": {"x": "y"}, "word": "w"})
    form.picture = made.module("bodies").File(b"PNG", "a")
    with made.pod() as pod:
        pod.things.do(body=form)
    parts = [part.split(b"\r\n", 3)[2:] for part in made.requests[0].content.split(b"--")[1:] if b"name=" in part]
    assert sorted(kind for kind, _ in parts) == [
        b"Content-Type: application/json",
        b"Content-Type: application/vnd.a+json",
        b"Content-Type: image/png",
        b"Content-Type: text/csv",
    ]
    assert b'\r\n\r\n"w"\r\n' in made.requests[0].content


@pytest.mark.parametrize(
    ("media_type", "encoding", "said"),
    [
        pytest.param(
            "multipart/form-data",
            {"headers": {"X-A": {"schema": {"type": "string"}}}},
            "multipart~1form-data/encoding/a/headers: the client cannot write headers of a part.",
            id="headers of a part",
        ),
        pytest.param(
            "multipart/form-data", {"style": "form"}, "encoding/a/style: the client writes the parts", id="style"
        ),
        pytest.param(
            "application/x-www-form-urlencoded",
            {"explode": False},
            "encoding/a: the client writes several values of a form under the same name each",
            id="explode",
        ),
        pytest.param(
            "application/x-www-form-urlencoded",
            {"contentType": "application/xml"},
            "encoding/a/contentType: the client cannot write 'application/xml' into this form.",
            id="another media type",
        ),
    ],
)
def test_an_encoding_that_the_client_cannot_write_is_refused(
    media_type: str, encoding: Any, said: str, tmp_path: Path
) -> None:
    body = _form(media_type, {"a": encoding}, a={"type": "array", "items": {"type": "string"}})
    assert said in refusal(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)


def test_a_form_that_is_no_object_is_refused(tmp_path: Path) -> None:
    content = {"multipart/form-data": {"schema": {"type": "array", "items": {"type": "string"}}}}
    body = {"required": True, "content": content}
    found = refusal(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    assert "multipart~1form-data/schema: a form is made of an object, and this is none." in found


def test_of_several_media_types_of_a_body_those_that_can_be_written_are_taken_and_this_is_told(tmp_path: Path) -> None:
    schema = {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}
    body = {"required": True, "content": {"application/xml": schema, "application/json": schema}}
    made = Made(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    with made.pod() as pod:
        pod.things.do(a="b")
    assert (body_of(made.requests[0]), ["'application/xml'" in note for note in made.notes]) == ({"a": "b"}, [True])


def test_media_types_of_an_answer_that_are_left_out_are_told(tmp_path: Path) -> None:
    content = {"application/json": {"schema": {"type": "object"}}, "image/png": {}}
    answer = {"200": {"description": "-", "content": content}}
    made = Made(description({"/a": {"get": operation(responses=answer)}}), tmp_path)
    assert made.notes == (
        "the description, /paths/~1a/get/responses/200/content: the client asks for 'application/json', and leaves "
        "out 'image/png'.",
    )


def test_json_without_a_schema_is_given_as_it_is(tmp_path: Path) -> None:
    answer = {"200": {"description": "-", "content": {"application/json": {}}}}
    made = Made(description({"/a": {"get": operation(responses=answer)}}), tmp_path)
    with made.pod({"a": [1]}) as pod:
        assert pod.things.do() == {"a": [1]}


def test_an_operation_without_a_success_is_an_error_when_it_is_answered_otherwise(tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(responses={"302": {"description": "-"}})}}), tmp_path)
    with made.pod(status_code=302) as pod, pytest.raises(made.package.PodError, match="302"):
        pod.things.do()


def test_a_required_body_is_sent_though_none_of_its_members_is_given(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = Made(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert made.requests[0].content == b"{}"


def test_a_discriminator_knows_who_extends_whom_over_several_steps_and_takes_others_for_the_first(
    tmp_path: Path,
) -> None:
    text = {"type": "string"}
    pet = {"$ref": "#/components/schemas/Pet"}
    known = {
        "Pet": {"type": "object", "properties": {"kind": text}, "discriminator": {"propertyName": "kind"}},
        "Cat": {"title": "A cat", "allOf": [pet, {"properties": {"lives": text}}]},
        "Kitten": {"allOf": [{"$ref": "#/components/schemas/Cat"}, {"properties": {"age": text}}]},
    }
    pets = {"type": "array", "items": pet}
    made = Made(description({"/a": {"get": operation(pets)}}, schemas=known), tmp_path)
    with made.pod([{"kind": "Kitten"}, {"kind": "Cat"}, {"kind": "Bird"}, {}]) as pod:
        found = [type(one).__name__ for one in pod.things.do()]
    assert found == ["Kitten", "ACat", "Pet", "Pet"]


def test_schemas_that_are_told_apart_in_two_ways_are_refused(tmp_path: Path) -> None:
    both = [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]
    members = {name: {"oneOf": both, "discriminator": {"propertyName": name}} for name in ("x", "y")}
    some = {"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "string"}}}
    paths = {"/a": {"get": operation({"type": "object", "properties": members})}}
    found = refusal(description(paths, schemas={"A": some, "B": some}), tmp_path)
    assert "the schemas A, B are told apart in another way elsewhere, by 'x'." in found


def test_a_scheme_by_reference_is_what_it_refers_to(tmp_path: Path) -> None:
    document = description({"/a": {"get": operation(security=[{"a": []}])}})
    schemes = document["components"]["securitySchemes"]
    document["components"]["securitySchemes"] = schemes | {
        "a": {"$ref": "#/components/securitySchemes/b"},
        "b": {"type": "http", "scheme": "bearer"},
    }
    made = Made(document, tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert made.requests[0].headers["Authorization"].startswith("Bearer ")


def test_an_address_with_a_variable_that_has_no_default_is_refused(tmp_path: Path) -> None:
    servers = [{"url": "https://{region}.example.com"}]
    found = refusal(description({"/a": {"get": operation(servers=servers)}}), tmp_path)
    assert "/servers/0/url: a variable of this address has no default. Add one by an overlay." in found


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


def test_members_of_a_body_whose_names_are_left_open_are_said_to_be_left_out(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "additionalProperties": {"type": "integer"},
    }
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = Made(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    assert ["whose names the description leaves open are no arguments" in note for note in made.notes] == [True]
