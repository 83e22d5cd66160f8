"""What is sent and what is answered: files, bodies, forms and media types."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from tests.openapi.clients import Made, body_of, description, operation, refusal

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


@pytest.mark.parametrize(
    "media",
    [
        pytest.param(
            {"application/vnd.ms-excel": {"schema": {"type": "string", "format": "binary"}}}, id="by its schema"
        ),
        pytest.param(
            {"text/csv": {"schema": {"type": "string", "contentMediaType": "image/png"}}}, id="as 3.1 says it"
        ),
        pytest.param({"application/vnd.ms-excel": {}}, id="nothing is said"),
    ],
)
def test_what_is_no_text_is_bytes_both_ways(media: Any, tmp_path: Path) -> None:
    sheet = operation(
        requestBody={"required": True, "content": media}, responses={"200": {"description": "-", "content": media}}
    )
    made = Made(description({"/a": {"put": sheet}}), tmp_path)
    with made.pod(content=b"\x00\xff") as pod:
        answer = pod.things.do(body=made.module("bodies").File(b"\xff"))
    (request,) = made.requests
    assert (answer.payload, request.content, request.headers["content-type"]) == (
        b"\x00\xff",
        b"\xff",
        next(iter(media)),
    )


def test_binary_within_json_is_text(tmp_path: Path) -> None:
    content = {"application/json": {"schema": {"type": "string", "format": "binary"}}}
    made = Made(description({"/a": {"put": operation(requestBody={"required": True, "content": content})}}), tmp_path)
    with made.pod() as pod:
        pod.things.do(body="text")
    assert made.requests[0].content == b'"text"'


@pytest.mark.parametrize(
    ("schema", "given", "media_type"),
    [
        pytest.param({"type": "array", "items": {"type": "integer"}}, [1], "application/json", id="JSON"),
        pytest.param({"type": "string", "format": "binary"}, b"x", "application/octet-stream", id="bytes"),
    ],
)
def test_a_body_of_any_media_type_is_json_or_bytes(schema: Any, given: Any, media_type: str, tmp_path: Path) -> None:
    body = {"required": True, "content": {"*/*": {"schema": schema}}}
    made = Made(description({"/a": {"post": operation(requestBody=body)}}), tmp_path)
    with made.pod() as pod:
        pod.things.do(body=made.module("bodies").File(given) if isinstance(given, bytes) else given)
    assert made.requests[0].headers["content-type"] == media_type


def test_head_is_answered_without_the_body_that_is_described(tmp_path: Path) -> None:
    made = Made(description({"/a": {"head": operation()}}), tmp_path)
    with made.pod(json=None, content=b"") as pod:
        assert pod.things.do() is None


def test_an_operation_that_describes_no_answer_has_no_result(tmp_path: Path) -> None:
    silent = {name: value for name, value in operation().items() if name != "responses"}
    made = Made(description({"/a": {"post": silent}}), tmp_path)
    with made.pod({"a": 1}) as pod:
        assert pod.things.do() is None


def _open_body(addition: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": addition}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return description({"/a": {"post": operation(requestBody=body)}})


@pytest.mark.parametrize("addition", [True, {}, {"type": "integer"}], ids=["true", "anything", "integers"])
def test_members_whose_names_are_left_open_are_one_argument(addition: Any, tmp_path: Path) -> None:
    made = Made(_open_body(addition), tmp_path)
    with made.pod() as pod:
        pod.things.do(a="x", additional_properties={"b": 2})
    assert body_of(made.requests[0]) == {"a": "x", "b": 2}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"b": "x"}, "additional_properties: b: expected an integer of 64 bits", id="another type"),
        pytest.param({"a": 1}, "additional_properties: a is described. Give it as a.", id="a member that is described"),
        pytest.param({1: 1}, "expected an object whose names are text", id="a name that is no text"),
        pytest.param([1], "additional_properties: expected an object", id="no mapping"),
    ],
)
def test_members_whose_names_are_left_open_are_checked(given: Any, said: str, tmp_path: Path) -> None:
    made = Made(_open_body({"type": "integer"}), tmp_path)
    with made.pod() as pod, pytest.raises(made.package.UsageError, match=re.escape(said)):
        pod.things.do(additional_properties=given)
    assert made.requests == []


@pytest.mark.parametrize("addition", [None, False], ids=["not said", "closed"])
def test_members_of_other_names_are_no_argument_where_the_description_does_not_allow_them(
    addition: Any, tmp_path: Path
) -> None:
    document = _open_body(addition)
    if addition is None:
        del document["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"][
            "additionalProperties"
        ]
    made = Made(document, tmp_path)
    with made.pod() as pod:
        assert [*inspect.signature(pod.things.do).parameters] == ["a", "options"]
