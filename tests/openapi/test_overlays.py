"""Overlays change what the pages say, openly: each action finds its target, changes it and says why."""

import copy
from typing import Any

import pytest

from openapi.bundle import build, build_description
from openapi.documents import METHODS, Text, operations
from openapi.errors import ContractError
from openapi.overlays import apply, overlay_of, read_overlays
from tests.openapi.project import ACCEPT, REJECT, Project, page_document, page_with

DESCRIPTION = {
    "info": {"title": "Pod API"},
    "paths": {"/a": {"get": {"tags": ["A"]}}, "/b": {"get": {"tags": ["B"]}}},
    "list": [{"name": "x"}, {"name": "y"}, {"name": "x"}, {"name": "z"}, {"name": "z"}],
}


def action(target: Any, **change: Any) -> dict[str, Any]:
    return {"target": target, "description": "why", **change}


NAME = "overlays/10-test.yaml"


def applied(*actions: Any, notes: list[str] | None = None) -> dict[str, Any]:
    changed = copy.deepcopy(DESCRIPTION)
    apply([changed], overlay_of({"overlay": "1.0.0", "actions": list(actions)}, NAME), [] if notes is None else notes)
    return changed


def refusals(overlay: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ContractError) as refused:
        apply([copy.deepcopy(DESCRIPTION)], overlay_of(overlay, NAME), [])
    return refused.value.messages


def refusal(overlay: dict[str, Any]) -> str:
    return refusals(overlay)[0]


def test_update_adds_a_member_and_keeps_the_others() -> None:
    assert applied(action("$.info", update={"version": "1"}))["info"] == {"title": "Pod API", "version": "1"}


def test_update_replaces_a_value() -> None:
    assert applied(action("$.info", update={"title": "Other"}))["info"] == {"title": "Other"}


def test_update_appends_to_a_list() -> None:
    assert applied(action("$.paths['/a'].get.tags", update=["C"]))["paths"]["/a"]["get"]["tags"] == ["A", "C"]


def test_update_changes_every_match() -> None:
    changed = applied(action("$.paths.*.get", update={"deprecated": True}))
    assert [item["get"]["deprecated"] for item in changed["paths"].values()] == [True, True]


def test_places_that_got_the_same_update_do_not_share_it_with_a_later_action() -> None:
    changed = applied(
        action("$.paths.*.get", update={"security": [{"one": []}]}),
        action("$.paths['/a'].get.security", update=[{"two": []}]),
    )
    assert [item["get"]["security"] for item in changed["paths"].values()] == [
        [{"one": []}, {"two": []}],
        [{"one": []}],
    ]


def test_remove_takes_a_member_out() -> None:
    assert applied(action("$.info.title", remove=True))["info"] == {}


def test_remove_takes_every_match_out_of_a_list_and_no_other() -> None:
    assert [item["name"] for item in applied(action("$.list[?(@.name == 'x')]", remove=True))["list"]] == [
        "y",
        "z",
        "z",
    ]


def test_remove_of_a_slice_takes_it_once() -> None:
    assert [item["name"] for item in applied(action("$.list[0:2]", remove=True))["list"]] == ["x", "z", "z"]


def test_actions_are_applied_one_after_the_other() -> None:
    changed = applied(action("$.info", update={"contact": {}}), action("$.info.contact", update={"name": "us"}))
    assert changed["info"]["contact"] == {"name": "us"}


def test_the_overlay_is_not_changed() -> None:
    update: dict[str, Any] = {"contact": {}}
    applied(action("$.info", update=update), action("$.info.contact", update={"name": "us"}))
    assert update == {"contact": {}}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param(action("$.nothing", update={"a": 1}), "$.nothing finds nothing", id="no match"),
        pytest.param(action("$.nothing", remove=True), "$.nothing finds nothing", id="no match to remove"),
        pytest.param(action("$.list[?(@.name == 'q')]", remove=True), "finds nothing", id="no match of a filter"),
        pytest.param(action("$.info", update={"title": "Pod API"}), "changes nothing at $.info", id="no change"),
        pytest.param(action("$", remove=True), "cannot be removed", id="remove everything"),
        pytest.param(action("$", update="text"), "cannot update $", id="a text for the document"),
        pytest.param(
            action("$.info", update={"a": 1}, copy="$.list"), "`update` or `remove: true`", id="unknown member"
        ),
        pytest.param({"target": "$.info", "update": {"a": 1}}, "`description` that says why", id="no description"),
        pytest.param({"description": "why", "update": {"a": 1}}, "expected `target`", id="no target"),
        pytest.param(action("$.info", update={"a": 1}, remove=True), "`update` or `remove: true`", id="both"),
        pytest.param(action("$.info"), "`update` or `remove: true`", id="neither"),
        pytest.param(action("$.info", remove=False), "`update` or `remove: true`", id="remove: false"),
        pytest.param(action("$.info", remove="true"), "`update` or `remove: true`", id="remove as text"),
        pytest.param(action("$.info", remove=1), "`update` or `remove: true`", id="remove as a number"),
        pytest.param(action("$.info[", update={}), "$.info[ is no JSONPath", id="broken JSONPath"),
        pytest.param(action(5, update={}), "5 is no JSONPath", id="a number for a JSONPath"),
        pytest.param("$.info", "expected `target`", id="no mapping"),
    ],
)
def test_a_wrong_action_is_refused_with_its_place(wrong: Any, said: str) -> None:
    message = refusal({"overlay": "1.0.0", "actions": [action("$.info", update={"b": 2}), wrong]})
    assert (message.startswith("openapi/overlays/10-test.yaml, action 2: "), said in message) == (True, True), message


@pytest.mark.parametrize(
    "overlay",
    [
        pytest.param({"actions": [action("$.info", remove=True)]}, id="no version"),
        pytest.param({"overlay": "1.1.0", "actions": [action("$.info", remove=True)]}, id="another version"),
        pytest.param({"overlay": 1.0, "actions": [action("$.info", remove=True)]}, id="a number for a version"),
        pytest.param({"overlay": "1.0.0"}, id="no actions"),
        pytest.param({"overlay": "1.0.0", "actions": []}, id="empty actions"),
        pytest.param({"overlay": "1.0.0", "actions": action("$.info", remove=True)}, id="actions as a mapping"),
    ],
)
def test_a_document_that_is_no_overlay_is_refused(overlay: dict[str, Any]) -> None:
    assert refusal(overlay) == (
        "openapi/overlays/10-test.yaml: expected an Overlay document with `overlay: 1.0.0` "
        "and at least one of `actions`."
    )


def test_overlays_are_applied_in_the_order_of_their_names(project: Project) -> None:
    overlay = "overlay: 1.0.0\nactions: [{{target: $.info, description: why, update: {{title: {}}}}}]\n"
    (project.openapi / "overlays" / "91-second.yaml").write_text(overlay.format("second"))
    (project.openapi / "overlays" / "90-first.yaml").write_text(overlay.format("first"))
    assert build_description(project.openapi)["info"]["title"] == "second"


def test_every_action_that_does_not_fit_is_told_in_one_run() -> None:
    wrong = [action("$.nothing", remove=True), action("$.info", update={"a": 1}), action("$.list[9]", remove=True)]
    assert [message.split(":")[0] for message in refusals({"overlay": "1.0.0", "actions": wrong})] == [
        "openapi/overlays/10-test.yaml, action 1",
        "openapi/overlays/10-test.yaml, action 3",
    ]


def test_an_action_of_a_file_is_named_with_its_line() -> None:
    overlay = {"overlay": "1.0.0", "actions": [action("$.nothing", remove=True)]}
    text = Text(f"openapi/{NAME}", "overlay: 1.0.0\nactions:\n  - target: $.nothing\n", kind="yaml")
    with pytest.raises(ContractError, match=r"openapi/overlays/10-test\.yaml, line 3, action 1: "):
        apply([{}], overlay_of(overlay, NAME, text), [])


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("$.info", {"title": "Pod API"}, id="a member that is there"),
        pytest.param("$.info", {"version": None}, id="a member that is absent"),
        pytest.param("$.info", {"contact": {"name": None}}, id="a member of what is absent"),
        pytest.param("$.info", {}, id="nothing in particular"),
        pytest.param("$.info.title", "Pod API", id="a value"),
        pytest.param("$.paths['/a'].get.tags", ["A"], id="a list"),
        pytest.param("$.paths", {"/a": {"get": {"tags": ["A"]}}}, id="a member within"),
    ],
)
def test_an_action_that_finds_what_it_expects_is_applied(target: str, expected: Any) -> None:
    assert applied(action(target, remove=True, **{"x-expects": expected})) != DESCRIPTION


@pytest.mark.parametrize(
    ("target", "expected", "place", "said"),
    [
        pytest.param("$.info", {"title": "Other"}, "/info/title", ('"Other"', '"Pod API"'), id="another value"),
        pytest.param("$.info", {"title": None}, "/info/title", ("absent", '"Pod API"'), id="a member too many"),
        pytest.param("$.info", {"version": "1"}, "/info/version", ('"1"', "absent"), id="a member too few"),
        pytest.param("$.info.title", "Other", "/info/title", ('"Other"', '"Pod API"'), id="a value"),
        pytest.param("$.paths.*.get.tags", ["A"], "/paths/~1b/get/tags/0", ('"A"', '"B"'), id="one of two matches"),
        pytest.param("$.paths['/a'].get", {"tags": []}, "/paths/~1a/get/tags", ("[]", '["A"]'), id="a longer list"),
    ],
)
def test_an_action_that_finds_something_else_is_refused_with_both(
    target: str, expected: Any, place: str, said: tuple[str, str]
) -> None:
    wrong = action(target, remove=True, **{"x-expects": expected})
    assert refusal({"overlay": "1.0.0", "actions": [wrong]}).splitlines()[:3] == [
        "openapi/overlays/10-test.yaml, action 1: the page has changed in the place that this action overlays, "
        f"{place}:",
        f"  expected: {said[0]}",
        f"  found:    {said[1]}",
    ]


@pytest.mark.parametrize(
    ("change", "count"),
    [
        pytest.param(action("$.info", update={"title": "Other"}), 1, id="without x-expects"),
        pytest.param(action("$.info.title", update="Other"), 1, id="a value, without x-expects"),
        pytest.param(action("$.info", update={"title": "Other"}, **{"x-expects": {"title": "Pod API"}}), 0, id="with"),
        pytest.param(action("$.info", update={"version": "1"}), 0, id="nothing is replaced"),
    ],
)
def test_what_is_replaced_without_being_expected_is_told(change: Any, count: int) -> None:
    notes: list[str] = []
    applied(change, notes=notes)
    assert [note.startswith("openapi/overlays/10-test.yaml, action 1: replaces") for note in notes] == [True] * count


@pytest.mark.parametrize("name", ["05-more.yml", "05-more.json", "notes.txt"])
def test_a_file_in_the_folder_that_is_no_overlay_is_refused(name: str, project: Project) -> None:
    (project.openapi / "overlays" / name).write_text("overlay: 1.0.0\nactions: []\n")
    with pytest.raises(ContractError, match=f"openapi/overlays/{name}: expected an Overlay document, with a name"):
        build(project.openapi)


def test_an_overlay_can_correct_a_fault_of_a_page(project: Project) -> None:
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "default": "5"}}
    answer = {"200": {"description": "-"}}
    page = page_document(project, ACCEPT) | {
        "paths": {"/v1/a": {"get": {"operationId": "a", "parameters": [limit], "responses": answer}}}
    }
    project.write_page("a.md", page_with(page))
    (project.openapi / "overlays" / "05-a.yaml").write_text(
        "overlay: 1.0.0\nextends: ../pages/a.md\nactions:\n"
        "  - {target: \"$.paths['/v1/a'].get.parameters[0].schema.default\", description: why, update: 5}\n"
    )
    parameters = build(project.openapi).description["paths"]["/v1/a"]["get"]["parameters"]
    assert parameters[0]["schema"]["default"] == 5


def test_every_action_of_the_project_says_what_it_expects(project: Project) -> None:
    actions = [action for overlay in read_overlays(project.openapi / "overlays") for action in overlay.actions]
    assert [action["target"] for action in actions if "x-expects" not in action] == []


OWN_OVERLAY = """overlay: 1.0.0
extends: ../pages/{page}
actions:
  - target: $.paths.*.post
    description: why
    update: {{x-early: true}}
"""


def test_an_overlay_can_act_on_a_page_before_the_join(project: Project) -> None:
    project.edit_page(REJECT, '"message":{"type":"string"}', '"message":{"type":"integer"}')
    (project.openapi / "overlays" / "05-page.yaml").write_text(
        f"overlay: 1.0.0\nextends: ../pages/{REJECT}\nactions:\n"
        "  - target: $.components.schemas.Error.properties.message\n"
        "    description: The other page is right.\n    x-expects: {type: integer}\n    update: {type: string}\n"
    )
    schema = build_description(project.openapi)["components"]["schemas"]["Error"]
    assert schema["properties"]["message"] == {"type": "string"}


def test_an_overlay_that_extends_a_page_acts_on_that_page_alone(project: Project) -> None:
    (project.openapi / "overlays" / "05-page.yaml").write_text(OWN_OVERLAY.format(page=REJECT))
    description = build_description(project.openapi)
    early = [path for path, _, operation in operations(description) if "x-early" in operation]
    assert early == ["/v1/connection/reject"]


@pytest.mark.parametrize(
    ("page", "said"),
    [("none.md", "extends pages/none.md, and there is no such page"), ("../companion.yaml", "there is no such page")],
)
def test_an_overlay_that_extends_no_page_is_refused(project: Project, page: str, said: str) -> None:
    (project.openapi / "overlays" / "05-page.yaml").write_text(OWN_OVERLAY.format(page=page))
    with pytest.raises(ContractError, match=said):
        build_description(project.openapi)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        pytest.param(
            ACCEPT,
            '"tags":["Connection"]',
            '"operationId":"v1Accept","tags":["Connection"]',
            r"10-operation-ids\.yaml, line 6, action 1: .*connection~1accept/post/operationId:\n  expected: absent",
            id="an operationId of its own",
        ),
        pytest.param(
            ACCEPT,
            '"post":{"summary":"Accept the connection request for the requesting user"',
            '"post":{"summary":"Accept it"',
            r'40-prose\.yaml, line 6, action 1: (.|\n)*  found:    "Accept it"',
            id="a summary",
        ),
        pytest.param(
            REJECT,
            '"tags":["Connection"]',
            '"security":[{"sessionToken":[]}],"tags":["Connection"]',
            r"connection~1reject/post/security",
            id="a security requirement",
        ),
        pytest.param(
            REJECT, "/v1/connection/reject", "/v2/connection/reject", r"action 2: .* finds nothing", id="a path"
        ),
    ],
)
def test_a_change_by_the_publisher_in_a_place_that_is_overlaid_is_an_error(
    project: Project, name: str, old: str, new: str, said: str
) -> None:
    project.edit_page(name, old, new)
    with pytest.raises(ContractError, match=said):
        build(project.openapi)


def test_a_request_schema_that_requires_something_by_itself_is_noticed(project: Project) -> None:
    for name in (ACCEPT, REJECT):
        old = '"UserConnectionRequest":{"type":"object",'
        project.edit_page(name, old, f'{old}"required":["userId"],')
    with pytest.raises(ContractError, match=r"30-request\.yaml, line 6, action 1: .*/required:\n  expected: absent"):
        build(project.openapi)


def test_the_session_header_becomes_a_security_scheme(project: Project) -> None:
    assert build_description(project.openapi)["components"]["securitySchemes"] == {
        "sessionToken": {
            "type": "apiKey",
            "in": "header",
            "name": "sessionToken",
            "description": "Session authentication token.",
        }
    }


def test_every_operation_takes_the_session(project: Project) -> None:
    taken = [operation.get("security") for _, _, operation in operations(build_description(project.openapi))]
    assert taken == [[{"sessionToken": []}]] * 7


def test_the_session_is_no_parameter_anywhere(project: Project) -> None:
    description = build_description(project.openapi)
    items = [*description["paths"].values(), *(operation for _, _, operation in operations(description))]
    names = [parameter["name"] for item in items for parameter in item.get("parameters", [])]
    assert sorted(names) == ["status", "uid", "userId", "userIds"]


def test_a_request_must_hold_the_user_id_as_the_prose_of_the_pages_says(project: Project) -> None:
    schemas = build_description(project.openapi)["components"]["schemas"]
    assert schemas["UserConnectionRequest"]["required"] == ["userId"]


def test_operations_are_found_in_every_method() -> None:
    item: dict[str, Any] = {"parameters": [], "summary": "-"} | {method: {"operationId": method} for method in METHODS}
    found = operations({"paths": {"/a": item}})
    assert found == [("/a", method, {"operationId": method}) for method in METHODS]
