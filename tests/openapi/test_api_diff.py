"""What changed in the pages, in the words of the API, and whom it breaks."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openapi import pages_diff
from openapi.api_diff import Change, compare
from openapi.pages import Page, read_page
from openapi.quotes import Quote
from tests.openapi.project import page_with

BODY = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "kind": {"enum": ["a", "b"]}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.1",
    "info": {"title": "A", "version": "1"},
    "paths": {
        "/a": {
            "post": {
                "summary": "Do it",
                "parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}},
                "responses": {
                    "200": {"description": "-", "content": {"application/json": {"schema": copy.deepcopy(BODY)}}},
                    "404": {"description": "Gone"},
                },
            }
        }
    },
}
REQUEST = "requestBody/content/application~1json/schema"
ANSWER = "responses/200/content/application~1json/schema"


def page(document: Any, prose: str = "One.\n\nTwo.\n") -> Page:
    return read_page("a.md", page_with(document) + prose.encode())


def changed(change: Callable[[Any], None], quotes: list[Quote] | None = None) -> list[Change]:
    new = copy.deepcopy(DOCUMENT)
    change(new["paths"]["/a"]["post"])
    return compare([page(DOCUMENT)], [page(new)], quotes or [])


def at(operation: Any, pointer: str) -> Any:
    for part in pointer.split("/"):
        operation = operation[int(part) if isinstance(operation, list) else part.replace("~1", "/")]
    return operation


def within(pointer: str, **more: Any) -> Callable[[Any], None]:
    return lambda operation: at(operation, pointer).update(more)


def without(pointer: str, name: str) -> Callable[[Any], None]:
    return lambda operation: at(operation, pointer).pop(name)


NEW = {"id": {"type": "integer"}, "kind": {"enum": ["a", "b"]}, "more": {"type": "string"}}


@pytest.mark.parametrize(
    ("change", "breaks"),
    [
        pytest.param(within(f"{REQUEST}/properties/kind", enum=["a"]), ("callers",), id="a request takes fewer values"),
        pytest.param(within(f"{REQUEST}/properties/kind", enum=["a", "b", "c"]), ("pods",), id="a request takes more"),
        pytest.param(within(f"{ANSWER}/properties/kind", enum=["a"]), ("pods",), id="an answer has fewer values"),
        pytest.param(within(f"{ANSWER}/properties/kind", enum=["a", "b", "c"]), ("callers",), id="an answer has more"),
        pytest.param(within(REQUEST, required=["id", "kind"]), ("callers",), id="a member must be sent now"),
        pytest.param(within(REQUEST, required=[]), ("pods",), id="a member need not be sent now"),
        pytest.param(within(ANSWER, required=["id", "kind"]), ("pods",), id="a member must come now"),
        pytest.param(within(ANSWER, required=[]), ("callers",), id="a member need not come now"),
        pytest.param(within(REQUEST, properties=NEW), ("pods",), id="a member may be sent now"),
        pytest.param(within(ANSWER, properties=NEW), (), id="a member may come now"),
        pytest.param(without(f"{ANSWER}/properties", "kind"), ("callers",), id="a member comes no more"),
        pytest.param(without("responses", "404"), ("pods",), id="an error is no longer documented"),
        pytest.param(within("responses", **{"409": {"description": "-"}}), (), id="an error is documented now"),
        pytest.param(lambda o: o.update(summary="Other"), (), id="prose"),
        pytest.param(lambda o: o.update(deprecated=True), (), id="deprecated"),
        pytest.param(lambda o: o.update(operationId="x"), ("callers",), id="a name"),
        pytest.param(lambda o: o.update(security=[{"a": []}]), ("callers", "pods"), id="security"),
        pytest.param(lambda o: o.update(parameters=[]), ("callers",), id="a parameter is gone"),
        pytest.param(
            lambda o: o["parameters"][0].update(required=True), ("callers",), id="a parameter is required now"
        ),
        pytest.param(lambda o: o.pop("requestBody"), ("callers",), id="a body is gone"),
        pytest.param(
            lambda o: o["parameters"][0]["schema"].update(maximum=9), ("callers",), id="a parameter has a bound now"
        ),
    ],
)
def test_a_change_says_whom_it_breaks(change: Callable[[Any], None], breaks: tuple[str, ...]) -> None:
    assert [one.breaks for one in changed(change)] == [breaks]


@pytest.mark.parametrize(
    ("pointer", "old", "new", "says", "breaks"),
    [
        pytest.param("info/version", "1", "2", 'page a.md: info: version: "1" is now "2"', (), id="version"),
        pytest.param("tags", [], [{"name": "A"}], 'page a.md: tags: [] is now [{"name": "A"}]', (), id="tags"),
        pytest.param(
            "paths/~1a/servers",
            [{"url": "https://a.example.com"}],
            [],
            'POST /a: servers: [{"url": "https://a.example.com"}] is now []',
            ("callers",),
            id="the servers of a path",
        ),
        pytest.param(
            "paths/~1a/post/parameters/0/x-since",
            "1",
            "2",
            'POST /a: query parameter q: x-since: "1" is now "2"',
            (),
            id="an extension of a parameter",
        ),
        pytest.param(
            "paths/~1a/post/parameters/0/schema",
            {"type": "integer"},
            None,
            'POST /a: query parameter q: schema: {"type": "integer"} is now nothing',
            ("callers", "pods"),
            id="the schema of a parameter",
        ),
        pytest.param(
            "paths/~1a/post/requestBody/content/application~1json/encoding",
            {},
            {"a": {}},
            'POST /a: request body, application/json: encoding: {} is now {"a": {}}',
            ("callers", "pods"),
            id="the encoding of a body",
        ),
        pytest.param(
            "paths/~1a/post/responses/404/links",
            {},
            {"a": {}},
            'POST /a: answer 404: links: {} is now {"a": {}}',
            (),
            id="the links of an answer",
        ),
        pytest.param(
            f"paths/~1a/post/{ANSWER}/required",
            ["id"],
            ["id", "name"],
            "POST /a: answer 200, member name: required now, and not described",
            ("pods",),
            id="a member that is required and not described",
        ),
        pytest.param(
            "components/schemas/Named/properties/a",
            {"$ref": "#/components/schemas/Other"},
            {"$ref": "#/components/schemas/Other", "description": "It."},
            'POST /a: Named (answer), member a: description: nothing is now "It."',
            (),
            id="prose beside a reference",
        ),
        pytest.param(
            "components/schemas/Named/properties/a",
            {"$ref": "#/components/schemas/Other"},
            {"$ref": "#/components/schemas/Renamed"},
            "POST /a: Other (answer): called Renamed now",
            ("callers",),
            id="a schema with another name",
        ),
    ],
)
def test_a_change_anywhere_is_told(pointer: str, old: Any, new: Any, says: str, breaks: tuple[str, ...]) -> None:
    def document(value: Any) -> Any:
        made = copy.deepcopy(DOCUMENT)
        other = {"type": "object", "properties": {"b": {"type": "string"}}}
        named = {"type": "object", "properties": {"a": {"type": "string"}}}
        made["components"] = {"schemas": {"Named": named, "Other": other, "Renamed": copy.deepcopy(other)}}
        more = {"description": "-", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Named"}}}}
        made["paths"]["/a"]["post"]["responses"]["201"] = more
        above, _, name = pointer.rpartition("/")
        holder = at(made, above) if above else made
        if value is not None:
            holder[name] = value
        else:
            del holder[name]
        return made

    (change,) = compare([page(document(old))], [page(document(new))], [])
    assert (f"{change.where}: {change.says}", change.breaks) == (says, breaks)


def test_nothing_changed_is_nothing() -> None:
    assert compare([page(DOCUMENT)], [page(copy.deepcopy(DOCUMENT))], []) == []


def test_an_operation_that_is_new_breaks_pods_and_one_that_is_gone_breaks_callers() -> None:
    new = copy.deepcopy(DOCUMENT)
    new["paths"] = {"/b": new["paths"]["/a"]}
    assert [(one.kind, one.where, one.breaks) for one in compare([page(DOCUMENT)], [page(new)], [])] == [
        ("new", "POST /b", ("pods",)),
        ("gone", "POST /a", ("callers",)),
    ]


def test_a_change_names_the_rules_whose_quotes_it_touches() -> None:
    quotes = [
        Quote("rule gone", "gone", "a.md", '"404": {"description": "Gone"'),
        Quote("rule other", "other", "a.md", '"summary": "Do it"'),
        Quote("rule elsewhere", "elsewhere", "b.md", '"404"'),
    ]
    assert [(one.where, one.rules) for one in changed(without("responses", "404"), quotes)] == [
        ("POST /a: answer 404", ("gone",))
    ]


def test_prose_that_changed_names_the_rules_that_quote_it() -> None:
    quotes = [Quote("rule one", "one", "a.md", "One."), Quote("rule two", "two", "a.md", "Two.")]
    found = compare([page(DOCUMENT)], [page(DOCUMENT, "One.\n\nThree.\n")], quotes)
    assert [(one.kind, one.says, one.breaks, one.rules) for one in found] == [
        ("different", "“Two.” is now “Three.”", (), ("two",))
    ]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A folder of old pages, and the project's folder of pages; the same page in each."""
    old, new = tmp_path / "old", tmp_path / "project" / "openapi" / "pages"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "a.md").write_bytes(page_with(DOCUMENT))
    monkeypatch.setattr(pages_diff, "ROOT", tmp_path / "project")
    return old, new


def test_pages_that_say_the_same_are_status_0(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert (pages_diff.main([str(folders[0])]), capsys.readouterr().out) == (0, "The pages say the same.\n")


def test_a_breaking_change_is_status_1_and_stands_in_the_table(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    text = page_with(DOCUMENT).replace(b'"404": {"description": "Gone"}', b'"409": {"description": "Gone"}')
    (folders[1] / "a.md").write_bytes(text)
    status = pages_diff.main([str(folders[0])])
    assert (status, "| gone | POST /a: answer 404 | no longer documented | pods |  |" in capsys.readouterr().out) == (
        1,
        True,
    )


def test_the_same_comes_as_json(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    (folders[1] / "a.md").write_bytes(page_with(DOCUMENT).replace(b"Do it", b"Do that"))
    status = pages_diff.main([str(folders[0]), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert (status, [one["where"] for one in said["changes"]], said["lost_quotes"]) == (0, ["POST /a: summary"], [])


def test_text_of_a_page_cannot_act_on_the_table(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    (folders[1] / "a.md").write_bytes(page_with(DOCUMENT).replace(b"Do it", b"\\u001b[31m|<b>\\u202e"))
    pages_diff.main([str(folders[0])])
    out = capsys.readouterr().out
    assert ("\x1b" in out, "\u202e" in out, "<b>" in out.replace("\\<b\\>", "")) == (False, False, False)


@pytest.mark.usefixtures("folders")
def test_no_revision_and_no_folder_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    status = pages_diff.main(["no-such-revision"])
    assert (status, "expected a git revision or a folder" in capsys.readouterr().err) == (2, True)


def test_a_page_that_cannot_be_read_is_status_2(folders: tuple[Path, Path]) -> None:
    (folders[1] / "b.md").write_text("nothing")
    assert pages_diff.main([str(folders[0])]) == 2
