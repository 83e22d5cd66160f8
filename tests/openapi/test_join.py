"""Documents become one: equal parts once, and any disagreement is an error that names both sides and the place."""

import copy
import json
from typing import Any

import pytest

from openapi.bundle import Source, build_description, first_difference, join
from openapi.errors import ContractError
from tests.openapi.project import ACCEPT, REJECT, Project, page_document, page_with

ERROR = {"type": "object", "properties": {"code": {"type": "integer", "maximum": 1}}, "required": ["code", "message"]}
SHARED = {"openapi": "3.1.1", "info": {"title": "Pod API", "version": "1"}, "servers": [{"url": "http://a/pod"}]}


def document(path: str = "/a", **more: Any) -> dict[str, Any]:
    return copy.deepcopy(
        {**SHARED, "paths": {path: {"get": {"summary": path}}}, "components": {"schemas": {"Error": ERROR}}, **more}
    )


def sources(*documents: dict[str, Any]) -> list[Source]:
    return [Source(f"pages/{number}.md", "page", document) for number, document in enumerate(documents, start=1)]


def refused(*documents: dict[str, Any]) -> list[str]:
    """The lines that name the sources, the place and what both say."""
    with pytest.raises(ContractError) as error:
        join(sources(*documents))
    return str(error.value).splitlines()[:3]


def test_paths_of_all_documents_stand_in_one() -> None:
    assert {"/a": {"get": {"summary": "/a"}}, "/b": {"get": {"summary": "/b"}}} == join(
        sources(document("/a"), document("/b"))
    )["paths"]


def test_equal_components_stand_once() -> None:
    assert {"schemas": {"Error": ERROR}} == join(sources(document("/a"), document("/b")))["components"]


def test_what_is_shared_stands_once() -> None:
    joined = join(sources(document("/a"), document("/b")))
    assert SHARED == {name: joined[name] for name in SHARED}


def test_the_order_of_members_makes_no_disagreement() -> None:
    turned = document("/b", components={"schemas": {"Error": dict(reversed(ERROR.items()))}})
    assert {"schemas": {"Error": ERROR}} == join(sources(document("/a"), turned))["components"]


def test_components_of_either_document_are_kept() -> None:
    other = document("/b", components={"schemas": {"Other": {}}, "responses": {"Gone": {"description": "-"}}})
    assert {"schemas": {"Error": ERROR, "Other": {}}, "responses": {"Gone": {"description": "-"}}} == join(
        sources(document("/a"), other)
    )["components"]


def test_a_document_without_components_joins() -> None:
    other = document("/b")
    del other["components"]
    assert {"schemas": {"Error": ERROR}} == join(sources(other, document("/a")))["components"]


def test_methods_of_one_path_may_come_from_two_documents() -> None:
    get = document(paths={"/a": {"get": {"summary": "read"}}})
    post = document(paths={"/a": {"post": {"summary": "write"}}})
    assert {"/a": {"get": {"summary": "read"}, "post": {"summary": "write"}}} == join(sources(get, post))["paths"]


def test_an_operation_that_two_documents_describe_equally_stands_once() -> None:
    assert document()["paths"] == join(sources(document(), document()))["paths"]


def test_joining_changes_no_document() -> None:
    first, second = document("/a"), document("/b")
    joined = join(sources(first, second))
    for part in (joined["components"]["schemas"]["Error"], joined["paths"]["/a"]["get"], joined["paths"]["/b"]["get"]):
        part["changed"] = True
    assert (document("/a"), document("/b")) == (first, second)


def _with_maximum(value: Any) -> dict[str, Any]:
    other = document("/b")
    other["components"]["schemas"]["Error"]["properties"]["code"]["maximum"] = value
    return other


@pytest.mark.parametrize(("value", "shown"), [(2, "2"), (1.0, "1.0"), (True, "true"), ("1", '"1"'), (None, "null")])
def test_another_value_is_a_disagreement(value: Any, shown: str) -> None:
    assert [
        "pages/1.md and pages/2.md disagree at /components/schemas/Error/properties/code/maximum:",
        "  pages/1.md: 1",
        f"  pages/2.md: {shown}",
    ] == refused(document("/a"), _with_maximum(value))


def test_a_member_that_the_second_lacks_is_a_disagreement() -> None:
    other = document("/b")
    del other["components"]["schemas"]["Error"]["required"]
    assert [
        "pages/1.md and pages/2.md disagree at /components/schemas/Error/required:",
        '  pages/1.md: ["code", "message"]',
        "  pages/2.md: absent",
    ] == refused(document("/a"), other)


def test_a_member_that_the_first_lacks_is_a_disagreement() -> None:
    other = document("/b")
    other["components"]["schemas"]["Error"]["deprecated"] = False
    assert [
        "pages/1.md and pages/2.md disagree at /components/schemas/Error/deprecated:",
        "  pages/1.md: absent",
        "  pages/2.md: false",
    ] == refused(document("/a"), other)


def test_another_order_of_a_list_is_a_disagreement() -> None:
    other = document("/b")
    other["components"]["schemas"]["Error"]["required"] = ["message", "code"]
    assert [
        "pages/1.md and pages/2.md disagree at /components/schemas/Error/required/0:",
        '  pages/1.md: "code"',
        '  pages/2.md: "message"',
    ] == refused(document("/a"), other)


def test_a_longer_list_is_a_disagreement() -> None:
    other = document("/b")
    other["components"]["schemas"]["Error"]["required"] = ["code", "message", "more"]
    assert [
        "pages/1.md and pages/2.md disagree at /components/schemas/Error/required:",
        '  pages/1.md: ["code", "message"]',
        '  pages/2.md: ["code", "message", "more"]',
    ] == refused(document("/a"), other)


def test_another_operation_at_the_same_path_is_a_disagreement_with_an_escaped_pointer() -> None:
    other = document(paths={"/a": {"get": {"summary": "other"}}})
    assert [
        "pages/1.md and pages/2.md disagree at /paths/~1a/get/summary:",
        '  pages/1.md: "/a"',
        '  pages/2.md: "other"',
    ] == refused(document(), other)


def test_a_tilde_in_a_pointer_is_escaped_too() -> None:
    assert ("/a~0~1b", "1", "2") == first_difference({"a~/b": 1}, {"a~/b": 2})


def test_a_path_that_only_one_document_gives_parameters_is_a_disagreement() -> None:
    get = document(paths={"/a": {"get": {}}})
    post = document(paths={"/a": {"parameters": [{"name": "q", "in": "query"}], "post": {}}})
    assert [
        "pages/1.md and pages/2.md disagree at /paths/~1a/parameters:",
        "  pages/1.md: absent",
        '  pages/2.md: [{"name": "q", "in": "query"}]',
    ] == refused(get, post)


@pytest.mark.parametrize("paths", [None, [], "none"])
def test_paths_of_another_kind_are_a_disagreement(paths: Any) -> None:
    assert "pages/1.md and pages/2.md disagree at /paths:" == refused(document(), document(paths=paths))[0]


@pytest.mark.parametrize(
    ("more", "place", "ours", "theirs"),
    [
        ({"info": {"title": "Pod API", "version": "2"}}, "/info/version", '"1"', '"2"'),
        ({"servers": [{"url": "http://b/pod"}]}, "/servers/0/url", '"http://a/pod"', '"http://b/pod"'),
        ({"openapi": "3.1.0"}, "/openapi", '"3.1.1"', '"3.1.0"'),
        ({"security": [{"key": []}]}, "/security", "absent", '[{"key": []}]'),
    ],
)
def test_what_holds_for_all_operations_must_be_equal(more: dict[str, Any], place: str, ours: str, theirs: str) -> None:
    assert [
        f"pages/1.md and pages/2.md disagree at {place}:",
        f"  pages/1.md: {ours}",
        f"  pages/2.md: {theirs}",
    ] == refused(document("/a"), document("/b", **more))


def test_servers_that_only_the_first_names_are_a_disagreement() -> None:
    other = document("/b")
    del other["servers"]
    assert [
        "pages/1.md and pages/2.md disagree at /servers:",
        '  pages/1.md: [{"url": "http://a/pod"}]',
        "  pages/2.md: absent",
    ] == refused(document("/a"), other)


def test_a_long_value_is_shown_shortened() -> None:
    line = refused(document("/a"), _with_maximum("x" * 1000))[2]
    assert f'  pages/2.md: "{"x" * 199}…' == line


def test_a_third_document_is_held_against_the_one_that_brought_the_part() -> None:
    second = document("/b", components={"schemas": {"Error": ERROR, "Second": {"type": "string"}}})
    third = document("/c", components={"schemas": {"Second": {"type": "integer"}}})
    assert [
        "pages/2.md and pages/3.md disagree at /components/schemas/Second/type:",
        '  pages/2.md: "string"',
        '  pages/3.md: "integer"',
    ] == refused(document("/a"), second, third)


def test_a_third_document_that_disagrees_on_a_method_is_held_against_the_one_that_brought_it() -> None:
    get = document(paths={"/a": {"get": {"summary": "read"}}})
    post = document(paths={"/a": {"post": {"summary": "write"}}})
    third = document(paths={"/a": {"get": {"summary": "read"}, "post": {"summary": "differs"}}})
    assert "pages/2.md and pages/3.md disagree at /paths/~1a/post/summary:" == refused(get, post, third)[0]


def test_a_third_page_that_repeats_paths_of_the_others_changes_nothing(project: Project) -> None:
    before = build_description(project.openapi)
    both = page_document(project, ACCEPT)
    both["paths"] |= page_document(project, REJECT)["paths"]
    project.write_page("z-both.md", page_with(both))
    assert before == build_description(project.openapi)


def test_a_companion_that_disagrees_with_a_page_is_refused(project: Project) -> None:
    companion = project.companion()
    companion["components"]["schemas"]["Error"] = {"type": "string"}
    project.write_companion(companion)
    with pytest.raises(ContractError) as error:
        build_description(project.openapi)
    assert [
        "pages/accept-connection.md and companion.yaml disagree at /components/schemas/Error/type:",
        '  pages/accept-connection.md: "object"',
        '  companion.yaml: "string"',
    ] == str(error.value).splitlines()[:3]


def test_a_companion_for_another_version_of_the_pages_is_refused(project: Project) -> None:
    for name in (ACCEPT, REJECT):
        project.edit_page(name, '"version":"20.17.1"', '"version":"20.18.0"')
    with pytest.raises(ContractError) as error:
        build_description(project.openapi)
    first_line = str(error.value).splitlines()[0]
    assert "pages/accept-connection.md and companion.yaml disagree at /info/version:" == first_line


def test_pages_that_disagree_are_refused(project: Project) -> None:
    project.edit_page(REJECT, '"message":{"type":"string"}', '"message":{"type":"integer"}')
    with pytest.raises(ContractError) as error:
        build_description(project.openapi)
    assert (
        "pages/accept-connection.md and pages/reject-connection.md disagree at "
        "/components/schemas/Error/properties/message/type:"
    ) == str(error.value).splitlines()[0]


@pytest.mark.parametrize("value", [None, True, 0, 1.5, "text", [1, [2]], {"a": {"b": [None]}}])
def test_equal_values_have_no_difference(value: Any) -> None:
    assert first_difference(value, json.loads(json.dumps(value))) is None
