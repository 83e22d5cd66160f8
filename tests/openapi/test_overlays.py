"""Overlays change what the pages say, openly: each action finds its target, changes it and says why."""

import copy
from typing import Any

import pytest

from openapi.bundle import METHODS, build_description, operations, overlaid
from openapi.errors import ContractError
from tests.openapi.project import ACCEPT, REJECT, Project

DESCRIPTION = {
    "info": {"title": "Pod API"},
    "paths": {"/a": {"get": {"tags": ["A"]}}, "/b": {"get": {"tags": ["B"]}}},
    "list": [{"name": "x"}, {"name": "y"}, {"name": "x"}, {"name": "z"}, {"name": "z"}],
}


def action(target: Any, **change: Any) -> dict[str, Any]:
    return {"target": target, "description": "why", **change}


def apply(*actions: Any) -> dict[str, Any]:
    return overlaid(DESCRIPTION, {"overlay": "1.0.0", "actions": list(actions)}, name="overlays/10-test.yaml")


def refusal(overlay: dict[str, Any]) -> str:
    with pytest.raises(ContractError) as refused:
        overlaid(DESCRIPTION, overlay, name="overlays/10-test.yaml")
    return str(refused.value)


def test_update_adds_a_member_and_keeps_the_others() -> None:
    assert {"title": "Pod API", "version": "1"} == apply(action("$.info", update={"version": "1"}))["info"]


def test_update_replaces_a_value() -> None:
    assert {"title": "Other"} == apply(action("$.info", update={"title": "Other"}))["info"]


def test_update_appends_to_a_list() -> None:
    assert ["A", "C"] == apply(action("$.paths['/a'].get.tags", update=["C"]))["paths"]["/a"]["get"]["tags"]


def test_update_changes_every_match() -> None:
    changed = apply(action("$.paths.*.get", update={"deprecated": True}))
    assert [True, True] == [item["get"]["deprecated"] for item in changed["paths"].values()]


def test_places_that_got_the_same_update_do_not_share_it_with_a_later_action() -> None:
    changed = apply(
        action("$.paths.*.get", update={"security": [{"one": []}]}),
        action("$.paths['/a'].get.security", update=[{"two": []}]),
    )
    assert [[{"one": []}, {"two": []}], [{"one": []}]] == [
        item["get"]["security"] for item in changed["paths"].values()
    ]


def test_remove_takes_a_member_out() -> None:
    assert {} == apply(action("$.info.title", remove=True))["info"]


def test_remove_takes_every_match_out_of_a_list_and_no_other() -> None:
    assert ["y", "z", "z"] == [item["name"] for item in apply(action("$.list[?(@.name == 'x')]", remove=True))["list"]]


def test_remove_of_a_slice_takes_it_once() -> None:
    assert ["x", "z", "z"] == [item["name"] for item in apply(action("$.list[0:2]", remove=True))["list"]]


def test_actions_are_applied_one_after_the_other() -> None:
    changed = apply(action("$.info", update={"contact": {}}), action("$.info.contact", update={"name": "us"}))
    assert {"name": "us"} == changed["info"]["contact"]


def test_the_description_given_and_the_overlay_are_not_changed() -> None:
    before = copy.deepcopy(DESCRIPTION)
    update: dict[str, Any] = {"contact": {}}
    apply(action("$.info", update=update), action("$.info.contact", update={"name": "us"}))
    assert (before, {"contact": {}}) == (DESCRIPTION, update)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param(action("$.nothing", update={"a": 1}), "$.nothing finds nothing", id="no match"),
        pytest.param(action("$.nothing", remove=True), "$.nothing finds nothing", id="no match to remove"),
        pytest.param(action("$.list[?(@.name == 'q')]", remove=True), "finds nothing", id="no match of a filter"),
        pytest.param(action("$.info", update={"title": "Pod API"}), "changes nothing at $.info", id="no change"),
        pytest.param(action("$", remove=True), "changes nothing at $", id="remove everything"),
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
    assert (True, True) == (message.startswith("openapi/overlays/10-test.yaml, action 2: "), said in message), message


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
    assert (
        "openapi/overlays/10-test.yaml: expected an Overlay document with `overlay: 1.0.0` "
        "and at least one of `actions`."
    ) == refusal(overlay)


def test_overlays_are_applied_in_the_order_of_their_names(project: Project) -> None:
    overlay = "overlay: 1.0.0\nactions: [{{target: $.info, description: why, update: {{title: {}}}}}]\n"
    (project.openapi / "overlays" / "91-second.yaml").write_text(overlay.format("second"))
    (project.openapi / "overlays" / "90-first.yaml").write_text(overlay.format("first"))
    assert "second" == build_description(project.openapi)["info"]["title"]


def test_a_page_that_says_by_itself_what_an_overlay_adds_is_noticed(project: Project) -> None:
    project.edit_page(ACCEPT, '"tags":["Connection"]', '"operationId":"acceptConnection","tags":["Connection"]')
    with pytest.raises(ContractError, match=r"overlays/10-operation-ids.yaml, action 1: changes nothing"):
        build_description(project.openapi)


def test_a_page_without_what_an_overlay_changes_is_noticed(project: Project) -> None:
    project.edit_page(REJECT, "/v1/connection/reject", "/v2/connection/reject")
    with pytest.raises(ContractError, match=r"overlays/10-operation-ids.yaml, action 2: .* finds nothing"):
        build_description(project.openapi)


def test_the_session_header_becomes_a_security_scheme(project: Project) -> None:
    assert {
        "sessionToken": {
            "type": "apiKey",
            "in": "header",
            "name": "sessionToken",
            "description": "Session authentication token.",
        }
    } == build_description(project.openapi)["components"]["securitySchemes"]


def test_every_operation_takes_the_session(project: Project) -> None:
    taken = [operation.get("security") for _, _, operation in operations(build_description(project.openapi))]
    assert [[{"sessionToken": []}]] * 7 == taken


def test_the_session_is_no_parameter_anywhere(project: Project) -> None:
    description = build_description(project.openapi)
    items = [*description["paths"].values(), *(operation for _, _, operation in operations(description))]
    names = [parameter["name"] for item in items for parameter in item.get("parameters", [])]
    assert ["status", "uid", "userId", "userIds"] == sorted(names)


def test_a_request_must_hold_the_user_id_as_the_prose_of_the_pages_says(project: Project) -> None:
    schemas = build_description(project.openapi)["components"]["schemas"]
    assert ["userId"] == schemas["UserConnectionRequest"]["required"]


def test_operations_are_found_in_every_method() -> None:
    item: dict[str, Any] = {"parameters": [], "summary": "-"} | {method: {"operationId": method} for method in METHODS}
    found = operations({"paths": {"/a": item}})
    assert [("/a", method, {"operationId": method}) for method in METHODS] == found
