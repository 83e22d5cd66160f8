"""Documents become one: equal parts once, and any disagreement is an error that names both sides and the place."""

import copy
import json
from typing import Any, Literal

import pytest

from openapi.bundle import build, build_description
from openapi.documents import Source, first_difference
from openapi.errors import ContractError
from openapi.join import Joined, join
from tests.openapi.project import ACCEPT, REJECT, Project, page_document, page_with

ERROR = {"type": "object", "properties": {"code": {"type": "integer", "maximum": 1}}, "required": ["code", "message"]}
SHARED = {"openapi": "3.1.1", "info": {"title": "Pod API", "version": "1"}, "servers": [{"url": "http://a/pod"}]}


def document(path: str = "/a", **more: Any) -> dict[str, Any]:
    return copy.deepcopy(
        {**SHARED, "paths": {path: {"get": {"summary": path}}}, "components": {"schemas": {"Error": ERROR}}, **more}
    )


def sources(*documents: dict[str, Any]) -> list[Source]:
    return [Source(f"pages/{number}.md", "page", document) for number, document in enumerate(documents, start=1)]


def joined(*documents: dict[str, Any]) -> Any:
    return join(sources(*documents)).document


def refused(*documents: dict[str, Any]) -> list[str]:
    """The lines of the first message that name the sources, the place and what both say."""
    with pytest.raises(ContractError) as error:
        join(sources(*documents))
    return error.value.messages[0].splitlines()[:3]


def disagreement(first: str, second: str, place: str, ours: str, theirs: str) -> list[str]:
    one, other = f"openapi/pages/{first}.md", f"openapi/pages/{second}.md"
    return [f"{one}, and {other}, disagree at {place}:", f"  {one}: {ours}", f"  {other}: {theirs}"]


def test_paths_of_all_documents_stand_in_one() -> None:
    assert joined(document("/a"), document("/b"))["paths"] == {
        "/a": {"get": {"summary": "/a"}},
        "/b": {"get": {"summary": "/b"}},
    }


def test_equal_components_stand_once() -> None:
    assert joined(document("/a"), document("/b"))["components"] == {"schemas": {"Error": ERROR}}


def test_what_is_shared_stands_once() -> None:
    whole = joined(document("/a"), document("/b"))
    assert {name: whole[name] for name in SHARED} == SHARED


def test_the_order_of_members_makes_no_disagreement() -> None:
    turned = document("/b", components={"schemas": {"Error": dict(reversed(ERROR.items()))}})
    assert joined(document("/a"), turned)["components"] == {"schemas": {"Error": ERROR}}


def test_components_of_either_document_are_kept() -> None:
    other = document("/b", components={"schemas": {"Other": {}}, "responses": {"Gone": {"description": "-"}}})
    assert joined(document("/a"), other)["components"] == {
        "schemas": {"Error": ERROR, "Other": {}},
        "responses": {"Gone": {"description": "-"}},
    }


def test_a_document_without_components_joins() -> None:
    other = document("/b")
    del other["components"]
    assert joined(other, document("/a"))["components"] == {"schemas": {"Error": ERROR}}


def test_methods_of_one_path_may_come_from_two_documents() -> None:
    get = document(paths={"/a": {"get": {"summary": "read"}}})
    post = document(paths={"/a": {"post": {"summary": "write"}}})
    assert joined(get, post)["paths"] == {"/a": {"get": {"summary": "read"}, "post": {"summary": "write"}}}


def test_an_operation_that_two_documents_describe_equally_stands_once() -> None:
    assert joined(document(), document())["paths"] == document()["paths"]


def test_joining_changes_no_document() -> None:
    first, second = document("/a"), document("/b")
    whole = joined(first, second)
    for part in (whole["components"]["schemas"]["Error"], whole["paths"]["/a"]["get"], whole["paths"]["/b"]["get"]):
        part["changed"] = True
    assert (first, second) == (document("/a"), document("/b"))


def _with_maximum(value: Any) -> dict[str, Any]:
    other = document("/b")
    other["components"]["schemas"]["Error"]["properties"]["code"]["maximum"] = value
    return other


@pytest.mark.parametrize(("value", "shown"), [(2, "2"), (1.0, "1.0"), (True, "true"), ("1", '"1"'), (None, "null")])
def test_another_value_is_a_disagreement(value: Any, shown: str) -> None:
    assert refused(document("/a"), _with_maximum(value)) == disagreement(
        "1", "2", "/components/schemas/Error/properties/code/maximum", "1", shown
    )


def test_a_member_that_the_second_lacks_is_a_disagreement() -> None:
    other = document("/b")
    del other["components"]["schemas"]["Error"]["required"]
    assert refused(document("/a"), other) == disagreement(
        "1", "2", "/components/schemas/Error/required", '["code", "message"]', "absent"
    )


def test_a_member_that_the_first_lacks_is_a_disagreement() -> None:
    other = document("/b")
    other["components"]["schemas"]["Error"]["deprecated"] = False
    assert refused(document("/a"), other) == disagreement(
        "1", "2", "/components/schemas/Error/deprecated", "absent", "false"
    )


def test_another_order_of_a_list_is_a_disagreement() -> None:
    other = document("/b")
    other["components"]["schemas"]["Error"]["required"] = ["message", "code"]
    assert refused(document("/a"), other) == disagreement(
        "1", "2", "/components/schemas/Error/required/0", '"code"', '"message"'
    )


def test_another_operation_at_the_same_path_is_a_disagreement_with_an_escaped_pointer() -> None:
    other = document(paths={"/a": {"get": {"summary": "other"}}})
    assert refused(document(), other) == disagreement("1", "2", "/paths/~1a/get/summary", '"/a"', '"other"')


def test_a_tilde_in_a_pointer_is_escaped_too() -> None:
    assert (
        "disagree at /components/schemas/a~0~1b:"
        in refused(
            document("/a", components={"schemas": {"a~/b": True}}),
            document("/b", components={"schemas": {"a~/b": False}}),
        )[0]
    )


def test_every_disagreement_is_told_in_one_run() -> None:
    other = document("/b", components={"schemas": {"Error": {}, "More": {}}})
    third = document("/c", components={"schemas": {"More": {"type": "string"}}})
    with pytest.raises(ContractError) as error:
        join(sources(document("/a"), other, third))
    assert [message.splitlines()[0].rpartition(" ")[2] for message in error.value.messages] == [
        "/components/schemas/Error/type:",
        "/components/schemas/More/type:",
    ]


def test_a_long_value_is_shown_shortened() -> None:
    assert refused(document("/a"), _with_maximum("x" * 1000))[2] == f'  openapi/pages/2.md: "{"x" * 199}…'


def test_a_third_document_is_held_against_the_one_that_brought_the_part() -> None:
    second = document("/b", components={"schemas": {"Error": ERROR, "Second": {"type": "string"}}})
    third = document("/c", components={"schemas": {"Second": {"type": "integer"}}})
    assert refused(document("/a"), second, third) == disagreement(
        "2", "3", "/components/schemas/Second/type", '"string"', '"integer"'
    )


def test_a_third_document_that_disagrees_on_a_method_is_held_against_the_one_that_brought_it() -> None:
    get = document(paths={"/a": {"get": {"summary": "read"}}})
    post = document(paths={"/a": {"post": {"summary": "write"}}})
    third = document(paths={"/a": {"get": {"summary": "read"}, "post": {"summary": "differs"}}})
    assert refused(get, post, third) == disagreement("2", "3", "/paths/~1a/post/summary", '"write"', '"differs"')


def test_security_of_a_document_stays_with_its_operations() -> None:
    whole = joined(document("/a"), document("/b", security=[{"key": []}]))
    assert (whole["paths"]["/a"]["get"].get("security"), whole["paths"]["/b"]["get"]["security"]) == (
        None,
        [{"key": []}],
    )


def test_an_operation_keeps_security_of_its_own() -> None:
    paths: Any = {"/b": {"get": {"security": []}}}
    assert joined(document("/b", security=[{"key": []}], paths=paths))["paths"]["/b"]["get"]["security"] == []


def test_servers_that_differ_stay_with_the_operations_of_their_document() -> None:
    whole = joined(document("/a"), document("/b", servers=[{"url": "http://b/agent"}]))
    assert (whole["servers"], whole["paths"]["/a"]["get"].get("servers"), whole["paths"]["/b"]["get"]["servers"]) == (
        SHARED["servers"],
        None,
        [{"url": "http://b/agent"}],
    )


def test_a_document_may_name_no_servers() -> None:
    other = document("/b")
    del other["servers"]
    assert joined(other, document("/a"))["servers"] == SHARED["servers"]


def test_servers_and_parameters_of_a_path_stay_with_its_operations() -> None:
    q, r = {"name": "q", "in": "query"}, {"name": "r", "in": "query", "required": True}
    paths = {
        "/a": {"parameters": [q, {**r, "required": False}], "servers": [{"url": "x"}], "post": {"parameters": [r]}}
    }
    assert joined(document(), document(paths=paths))["paths"]["/a"] == {
        "get": {"summary": "/a"},
        "post": {"parameters": [r, q], "servers": [{"url": "x"}]},
    }


def test_a_parameter_by_reference_stands_in_its_operation() -> None:
    token = {"name": "sessionToken", "in": "header", "required": True, "schema": {"type": "string"}}
    paths = {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/Token"}]}}}
    whole = joined(document(paths=paths, components={"parameters": {"Token": token}}))
    assert whole["paths"]["/a"]["get"]["parameters"] == [token]


def test_a_path_by_reference_stands_in_its_place() -> None:
    item = {"get": {"summary": "shared"}}
    components = {"pathItems": {"Shared": item}}
    assert joined(document(paths={"/a": {"$ref": "#/components/pathItems/Shared"}}, components=components))[
        "paths"
    ] == {"/a": item}


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("other.yaml#/a", "expected a reference inside the document"),
        ("#/components/pathItems/None", "refers to nothing"),
        ("#/paths/~1a", "leads back to itself"),
    ],
)
def test_a_path_by_a_wrong_reference_is_refused(reference: str, said: str) -> None:
    assert said in refused(document(paths={"/a": {"$ref": reference}}))[0]


def test_tags_of_all_documents_stand_in_one() -> None:
    first, second = (
        document("/a", tags=[{"name": "A"}, {"name": "B"}]),
        document("/b", tags=[{"name": "B"}, {"name": "C"}]),
    )
    assert joined(first, second)["tags"] == [{"name": "A"}, {"name": "B"}, {"name": "C"}]


def test_a_tag_that_two_documents_describe_differently_is_a_disagreement() -> None:
    first = document("/a", tags=[{"name": "A", "description": "one"}])
    second = document("/b", tags=[{"name": "A", "description": "other"}])
    assert refused(first, second) == disagreement("1", "2", "/tags/0/description", '"one"', '"other"')


def test_patch_levels_join_and_the_highest_counts() -> None:
    assert (
        joined(document("/a"), document("/b", openapi="3.1.0"), document("/c", openapi="3.1.2"))["openapi"] == "3.1.2"
    )


def test_members_of_info_that_one_document_leaves_out_are_taken() -> None:
    other = document("/b", info={"title": "Pod API", "version": "1", "contact": {"name": "we"}})
    assert joined(document("/a"), other)["info"]["contact"] == {"name": "we"}


def test_another_api_is_refused_naming_the_pages_of_each() -> None:
    other = document("/b", info={"title": "Agent API", "version": "1"})
    with pytest.raises(ContractError) as error:
        join(sources(document("/a"), other, document("/c")))
    assert str(error.value).splitlines()[:3] == [
        "The documents describe 2 APIs (/info/title), and a client is made of one:",
        "  Pod API 1: openapi/pages/1.md, openapi/pages/3.md",
        "  Agent API 1: openapi/pages/2.md",
    ]


def test_another_version_is_refused_naming_the_pages_of_each() -> None:
    with pytest.raises(ContractError, match=r"2 versions of the API \(/info/version\)"):
        join(sources(document("/a"), document("/b", info={"title": "Pod API", "version": "2"})))


def with_companion(page: dict[str, Any], companion: dict[str, Any]) -> Joined:
    kinds: tuple[tuple[str, Literal["page", "companion"], dict[str, Any]], ...] = (
        ("pages/1.md", "page", page),
        ("companion.yaml", "companion", companion),
    )
    return join([Source(name, kind, content) for name, kind, content in kinds])


def test_a_page_takes_the_place_of_what_the_companion_describes_and_this_is_told() -> None:
    ours = document("/a", paths={"/a": {"get": {"summary": "ours", "operationId": "readA"}}, "/b": {"get": {}}})
    whole = with_companion(document("/a"), ours)
    assert (whole.document["paths"], [note[:70] for note in whole.notes]) == (
        {"/a": {"get": {"summary": "/a", "operationId": "readA"}}, "/b": {"get": {}}},
        ["openapi/pages/1.md describes GET /a, which openapi/companion.yaml desc"],
    )


def test_what_the_companion_needed_for_a_replaced_operation_alone_goes_with_it() -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Done"}}}
    ours = document("/a", paths={"/a": {"get": {"responses": {"200": {"description": "-", "content": content}}}}})
    ours["components"]["schemas"]["Done"] = {"type": "string"}
    page = document("/a")
    page["components"]["schemas"]["Done"] = {"type": "integer"}
    assert with_companion(page, ours).document["components"]["schemas"]["Done"] == {"type": "integer"}


def test_a_schema_that_page_and_companion_describe_in_other_words_is_the_pages_and_this_is_told() -> None:
    ours = document("/b")
    ours["components"]["schemas"]["Error"]["description"] = "ours"
    ours["components"]["schemas"]["Error"]["properties"]["code"]["description"] = "ours"
    ours["paths"]["/b"]["get"]["x"] = {"$ref": "#/components/schemas/Error"}
    whole = with_companion(document("/a"), ours)
    assert (whole.document["components"]["schemas"]["Error"], "in other words" in whole.notes[0]) == (ERROR, True)


def test_two_pages_may_not_describe_a_schema_in_other_words() -> None:
    other = document("/b")
    other["components"]["schemas"]["Error"]["description"] = "other"
    assert "disagree at /components/schemas/Error/description:" in refused(document("/a"), other)[0]


def test_a_third_page_that_repeats_paths_of_the_others_changes_nothing(project: Project) -> None:
    before = build_description(project.openapi)
    both = page_document(project, ACCEPT)
    both["paths"] |= page_document(project, REJECT)["paths"]
    project.write_page("z-both.md", page_with(both))
    assert build_description(project.openapi) == before


def test_a_companion_that_disagrees_with_a_page_is_refused_with_both_lines(project: Project) -> None:
    companion = project.companion()
    companion["components"]["schemas"]["Error"] = {"type": "string"}
    project.write_companion(companion)
    text = (project.openapi / "companion.yaml").read_text()
    line = text[: text.index("    Error:\n      type: string")].count("\n") + 2
    with pytest.raises(ContractError) as error:
        build_description(project.openapi)
    assert str(error.value).splitlines()[:3] == [
        f"openapi/pages/accept-connection.md, line 8, and openapi/companion.yaml, line {line}, disagree at "
        "/components/schemas/Error/type:",
        '  openapi/pages/accept-connection.md: "object"',
        '  openapi/companion.yaml: "string"',
    ]


def test_a_companion_for_another_version_of_the_pages_is_refused(project: Project) -> None:
    for name in (ACCEPT, REJECT):
        project.edit_page(name, '"version":"20.17.1"', '"version":"20.18.0"')
    with pytest.raises(ContractError, match=r"Pod API 20\.17\.1: openapi/companion\.yaml, line"):
        build_description(project.openapi)


def test_pages_that_disagree_are_refused(project: Project) -> None:
    project.edit_page(REJECT, '"message":{"type":"string"}', '"message":{"type":"integer"}')
    with pytest.raises(ContractError) as error:
        build_description(project.openapi)
    assert str(error.value).splitlines()[0] == (
        "openapi/pages/accept-connection.md, line 8, and openapi/pages/reject-connection.md, line 9, disagree at "
        "/components/schemas/Error/properties/message/type:"
    )


def test_documents_of_one_page_are_joined_like_those_of_two(project: Project) -> None:
    info = page_document(project, ACCEPT)["info"]
    parts = [{"openapi": "3.1.1", "info": info, "paths": {path: {"get": ANSWER}}} for path in ("/x", "/y")]
    project.write_page("both.md", b"".join(page_with(part) for part in parts))
    assert {"/x", "/y"} <= build(project.openapi).description["paths"].keys()


ANSWER = {"responses": {"200": {"description": "-"}}}


@pytest.mark.parametrize("value", [None, True, 0, 1.5, "text", [1, [2]], {"a": {"b": [None]}}])
def test_equal_values_have_no_difference(value: Any) -> None:
    assert first_difference(value, json.loads(json.dumps(value))) is None


def test_the_servers_of_the_companion_are_the_clients_wherever_it_stands() -> None:
    page = Source("pages/1.md", "page", document("/a") | {"servers": [{"url": "https://b/agent"}]})
    companion = Source("companion.yaml", "companion", document("/b"))
    made = join([page, companion]).document
    assert (made["servers"], made["paths"]["/a"]["get"]["servers"], "servers" in made["paths"]["/b"]["get"]) == (
        SHARED["servers"],
        [{"url": "https://b/agent"}],
        False,
    )


def test_without_a_companions_the_servers_of_most_pages_are_the_clients() -> None:
    other = document("/a") | {"servers": [{"url": "https://b/agent"}]}
    assert joined(other, document("/b"), document("/c"))["servers"] == SHARED["servers"]


def templated(path: str, method: str = "get", **more: Any) -> dict[str, Any]:
    name = path.partition("{")[2].partition("}")[0]
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]
    return document("/x") | {"paths": {path: {method: {"parameters": parameters, **more}}}}


def test_paths_that_differ_in_the_names_of_parameters_are_one_and_this_is_told() -> None:
    made = join(sources(templated("/u/{uid}"), templated("/u/{id}", "post")))
    names = [one["parameters"][0]["name"] for one in made.document["paths"]["/u/{uid}"].values()]
    assert (list(made.document["paths"]), names, len(made.notes)) == (["/u/{uid}"], ["uid", "uid"], 1)


def test_an_operation_of_such_a_path_that_two_pages_describe_differently_is_a_disagreement() -> None:
    said = disagreement("1", "2", "/paths/~1u~1{uid}/get/summary", '"one"', '"two"')
    assert refused(templated("/u/{uid}", summary="one"), templated("/u/{id}", summary="two")) == said


def test_a_page_takes_the_place_of_what_the_companion_describes_under_other_names() -> None:
    page = Source("pages/1.md", "page", templated("/u/{userId}", summary="page"))
    companion = Source("companion.yaml", "companion", templated("/u/{uid}", summary="ours"))
    paths = join([page, companion]).document["paths"]
    assert (list(paths), paths["/u/{userId}"]["get"]["summary"]) == (["/u/{userId}"], "page")


def test_such_a_path_twice_in_one_document_is_refused() -> None:
    both = templated("/u/{uid}")
    both["paths"] |= templated("/u/{id}", "post")["paths"]
    with pytest.raises(ContractError, match="the path stands a second time, with other names"):
        join(sources(both))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"info": {"title": "Pod API", "version": "1", "description": "ours"}}, id="what the API is"),
        pytest.param({"tags": [{"name": "T", "description": "ours"}]}, id="a tag"),
    ],
)
def test_words_of_the_companion_give_way_to_a_pages_and_this_is_told(more: Any) -> None:
    theirs = json.loads(json.dumps(more).replace("ours", "theirs"))
    made = join(
        [
            Source("pages/1.md", "page", document(**theirs)),
            Source("companion.yaml", "companion", document("/b", **more)),
        ]
    )
    assert ("theirs" in json.dumps(made.document), "ours" in json.dumps(made.document), len(made.notes)) == (
        True,
        False,
        1,
    )
