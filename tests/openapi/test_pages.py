"""Pages are verbatim copies. One that is not, or that holds no OpenAPI document, is refused with its place."""

import hashlib
import json
from collections.abc import Callable
from html import escape
from typing import Any

import pytest

from openapi import generate
from openapi.documents import Text, parse, parse_json
from openapi.errors import ContractError
from openapi.pages import read_page, read_pages
from tests.openapi.project import ACCEPT, REJECT, REPOSITORY, Project, page_document, page_with, tree

PUBLISHED = {
    ACCEPT: "9929fc52b95176ad206936ba2a9ce227478473632a8c31493cf4f0675d2492af",
    REJECT: "d3083b5a73b84d2b871e00f6fa161a2e77a5ac6fdfa41fefbf0f39b7c477970e",
}


def test_the_two_pages_are_byte_for_byte_the_published_ones() -> None:
    pages = [REPOSITORY / "openapi" / "pages" / name for name in PUBLISHED]
    assert {page.name: hashlib.sha256(page.read_bytes()).hexdigest() for page in pages} == PUBLISHED


def test_a_page_is_read_with_its_name_its_text_and_its_document(project: Project) -> None:
    accept = read_pages(project.pages)[0]
    assert (accept.name, accept.text.splitlines()[0], [source.document for source in accept.sources]) == (
        ACCEPT,
        "# Accept Connection",
        [page_document(project, ACCEPT)],
    )


def test_pages_come_in_the_order_of_their_names_whatever_the_order_of_the_sums(project: Project) -> None:
    sums = project.pages / "SHA256SUMS"
    sums.write_text("".join(reversed(sums.read_text().splitlines(keepends=True))))
    assert [page.name for page in read_pages(project.pages)] == [ACCEPT, REJECT]


def test_a_page_with_windows_line_ends_is_read_if_it_is_recorded_so(project: Project) -> None:
    document = page_document(project, ACCEPT)
    project.write_page(ACCEPT, (project.pages / ACCEPT).read_bytes().replace(b"\n", b"\r\n"))
    assert read_pages(project.pages)[0].sources[0].document == document


def test_sums_with_windows_line_ends_are_read(project: Project) -> None:
    sums = project.pages / "SHA256SUMS"
    sums.write_bytes(sums.read_bytes().replace(b"\n", b"\r\n"))
    assert [page.name for page in read_pages(project.pages)] == [ACCEPT, REJECT]


@pytest.mark.parametrize("name", ["more/list.md", "list.mdx", "list.markdown", "a/b/list.md"])
def test_pages_of_every_suffix_and_in_folders_are_read(project: Project, name: str) -> None:
    project.write_page(name, page_with(minimal()))
    assert name in [page.name for page in read_pages(project.pages)]


def _change_a_byte(project: Project) -> None:
    page = project.pages / ACCEPT
    page.write_bytes(page.read_bytes().replace(b"# Accept", b"# accept", 1))


def _convert_line_ends(project: Project) -> None:
    page = project.pages / REJECT
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))


def _take_a_page_away(project: Project) -> None:
    (project.pages / REJECT).unlink()


def _add_a_page(name: str) -> Callable[[Project], None]:
    def write(project: Project) -> None:
        (project.pages / name).parent.mkdir(exist_ok=True)
        (project.pages / name).write_bytes(b"# List\n")

    return write


def _sums(content: bytes) -> Callable[[Project], None]:
    def write(project: Project) -> None:
        (project.pages / "SHA256SUMS").write_bytes(content)

    return write


def _no_sums(project: Project) -> None:
    (project.pages / "SHA256SUMS").unlink()


LINE = f"{PUBLISHED[ACCEPT]}  {ACCEPT}\n"
REFUSED = [
    pytest.param(_change_a_byte, ACCEPT, "git checkout -- ", id="a changed byte"),
    pytest.param(_convert_line_ends, REJECT, "git checkout -- ", id="converted line ends"),
    pytest.param(_take_a_page_away, REJECT, "git checkout -- ", id="a missing page"),
    pytest.param(_add_a_page("list-connections.md"), "list-connections.md", "make pages-add", id="an unrecorded page"),
    pytest.param(_add_a_page("more/list.md"), "more/list.md", "make pages-add", id="an unrecorded page in a folder"),
    pytest.param(_add_a_page("list.mdx"), "list.mdx", "make pages-add", id="an unrecorded page of another suffix"),
    pytest.param(_add_a_page("list.html"), "list.html", "expected a page (.md", id="a file that is no page"),
    pytest.param(_no_sums, "SHA256SUMS", "git checkout -- ", id="no sums"),
    pytest.param(_sums(b""), "SHA256SUMS", "expected a line for each page", id="empty sums"),
    pytest.param(_sums(b"abc  " + ACCEPT.encode()), "SHA256SUMS, line 1", "sha256sum $(find", id="a short sum"),
    pytest.param(_sums(LINE.upper().encode()), "SHA256SUMS, line 1", "sha256sum $(find", id="a sum in capitals"),
    pytest.param(_sums((LINE * 2).encode()), "SHA256SUMS, line 2", "each page once", id="a page twice"),
    pytest.param(_sums((LINE + "\n").encode()), "SHA256SUMS, line 2", "sha256sum $(find", id="an empty line"),
    pytest.param(
        _sums(LINE.replace(ACCEPT, "../companion.md").encode()), "SHA256SUMS, line 1", "of this folder", id="a path"
    ),
    pytest.param(_sums(LINE.replace(ACCEPT, "SHA256SUMS").encode()), "SHA256SUMS, line 1", "a page", id="no page"),
    pytest.param(_sums(b"\xff\xfe" + LINE.encode()), "SHA256SUMS, line 1", "sha256sum $(find", id="no text"),
]


@pytest.mark.parametrize(("change", "name", "advice"), REFUSED)
def test_a_wrong_page_fails_generation_by_name_and_says_what_to_do(
    project: Project, capsys: pytest.CaptureFixture[str], change: Callable[[Project], None], name: str, advice: str
) -> None:
    change(project)
    status = generate.main([])
    said = capsys.readouterr().err
    assert (status, f"pages/{name}" in said, advice in said) == (1, True, True), said


@pytest.mark.parametrize(("change", "name", "advice"), REFUSED)
def test_a_wrong_page_changes_nothing(
    project: Project, change: Callable[[Project], None], name: str, advice: str
) -> None:
    change(project)
    before = tree(project.root)
    generate.main([])
    assert tree(project.root) == before, (name, advice)


def test_a_changed_page_is_told_with_both_sums(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    _change_a_byte(project)
    found = hashlib.sha256((project.pages / ACCEPT).read_bytes()).hexdigest()
    generate.main([])
    said = capsys.readouterr().err
    assert (f"expected sha256 {PUBLISHED[ACCEPT]}" in said, f"found    sha256 {found}" in said) == (True, True)


def test_every_wrong_page_is_told_in_one_run(project: Project) -> None:
    project.write_page("a.md", b"# No fence\n")
    project.write_page("b.md", page_with({"swagger": "2.0"}))
    project.write_page("c.md", b"\xff")
    with pytest.raises(ContractError) as refused:
        read_pages(project.pages)
    assert [message.split(":")[0].split(",")[0] for message in refused.value.messages] == [
        "openapi/pages/a.md",
        "openapi/pages/b.md",
        "openapi/pages/c.md",
    ]


def minimal(path: str = "/a", **more: Any) -> dict[str, Any]:
    answer = {"responses": {"200": {"description": "-"}}}
    return {"openapi": "3.1.1", "info": {"title": "A", "version": "1"}, "paths": {path: {"get": answer}}, **more}


JSON = json.dumps(minimal())
YAML = """openapi: 3.1.1
info: {title: A, version: "1"}
paths:
  /a:
    get:
      responses:
        200: {description: "-"}
"""


def paths_of(text: str, name: str = "page.md") -> list[str]:
    """The paths of every document that a page holds."""
    return [path for source in read_page(name, text.encode()).sources for path in source.document["paths"]]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"```json\n{JSON}\n```\n", id="backticks"),
        pytest.param(f"~~~json\n{JSON}\n~~~\n", id="tildes"),
        pytest.param(f"`````json\n{JSON}\n`````\n", id="a long fence"),
        pytest.param(f"```\n{JSON}\n```\n", id="no info string"),
        pytest.param(f'```json title="openapi.json" lines\n{JSON}\n```\n', id="an info string of several words"),
        pytest.param(f"``` JSON\n{JSON}\n```\n", id="an info string in capitals"),
        pytest.param(f"   ```json\n   {JSON}\n   ```\n", id="indented"),
        pytest.param(f"1. Call it:\n\n   ```json\n   {JSON}\n   ```\n", id="in a list"),
        pytest.param(f"> ```json\n> {JSON}\n> ```\n", id="in a quotation"),
        pytest.param(f"- a\n  - b\n\n    ~~~\n    {JSON}\n    ~~~\n", id="in a list in a list"),
        pytest.param(f"```json\n{JSON}\n", id="a fence that the end of the page closes"),
        pytest.param(f"```yaml\n{YAML}```\n", id="YAML"),
        pytest.param(f"```\n# comment\n---\n{YAML}```\n", id="YAML after a comment"),
        pytest.param(f"```json\n{json.dumps(minimal(), indent=2)}\n```\n", id="several lines"),
        pytest.param(f"```json\n{json.dumps(dict(reversed(minimal().items())))}\n```\n", id="the version at the end"),
        pytest.param(f"    {JSON}\n", id="indented code"),
        pytest.param(f'```json\n{{"x": 1}}\n```\n\n```json\n{JSON}\n```\n', id="after a sample"),
        pytest.param(f"```json\n{JSON}\n```\n\n```json\nno JSON\n```\n", id="before a sample that is no JSON"),
        pytest.param(f"```json\n{JSON}\n```\n\n```bash\ncurl -d '{{\"openapi\": 1}}'\n```\n", id="before a command"),
        pytest.param(f"```json\n{JSON}\n```\n\n```yaml\nopenapi_url: /x\n```\n", id="before YAML"),
        pytest.param(f"```json\n{JSON}\n```\n\n````md\n```json\n{JSON}\n```\n````\n", id="before a longer fence"),
        pytest.param(f"<!-- old\n```json\n{JSON}\n```\n-->\n\n```json\n{JSON}\n```\n", id="after a comment"),
        pytest.param(f"Text <!-- old\n\n```json\n{JSON}\n```\n\n--> more\n\n~~~\n{JSON}\n~~~\n", id="after a late one"),
        pytest.param(f"Write `<!--` here.\n\n```json\n{JSON}\n```\n\nand `-->` there.\n", id="between inline code"),
        pytest.param("\ufeff" + f"```json\n{JSON}\n```\n", id="after a byte order mark"),
    ],
)
def test_a_document_is_found_as_markdown_has_it(text: str) -> None:
    assert paths_of(text) == ["/a"]


def test_every_document_of_a_page_is_taken() -> None:
    other = json.dumps(minimal("/b"))
    assert paths_of(f"```json\n{JSON}\n```\n\n## B\n\n~~~yaml\n{other}\n~~~\n") == ["/a", "/b"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"<Tabs>\n  <Tab>\n    ```json\n    {JSON}\n    ```\n  </Tab>\n</Tabs>\n", id="in an element"),
        pytest.param(f"<Tab>\n\n      ```json\n      {JSON}\n      ```\n\n</Tab>\n", id="indented, after a blank line"),
        pytest.param(f"1. one\n\n   ```json\n   {JSON}\n   ```\n", id="in a list"),
    ],
)
def test_elements_of_mdx_hold_markdown(text: str) -> None:
    assert [source.text.line(()) for source in read_page("page.mdx", text.encode()).sources if source.text] == [
        text.count("\n", 0, text.index(JSON)) + 1
    ]


@pytest.mark.parametrize(
    "sample",
    ["openapi: ./openapi.yaml\noutput: a", '{"openapi": true}', '{"specs": [{"openapi": "3.1.0", "paths": {}}]}'],
)
def test_a_sample_that_says_no_version_of_openapi_is_skipped(sample: str) -> None:
    page = read_page("page.md", f"```\n{sample}\n```\n\n```json\n{JSON}\n```\n".encode())
    assert len(page.sources) == 1


@pytest.mark.parametrize("version", ["3.1", '"3.1"', "3.0", '"3.0"'])
def test_a_version_of_two_numbers_is_read_and_this_is_told(version: str) -> None:
    text = f"```yaml\nopenapi: {version}\ninfo: {{title: A, version: '1'}}\npaths: {{}}\n```\n"
    source = read_page("page.md", text.encode()).sources[0]
    assert source.changed[0].endswith(f"{version.strip(chr(34))} is read as 3.1.1")


def test_the_comments_of_mdx_are_comments_in_mdx_alone() -> None:
    text = f"{{/*\n\n```json\n{JSON}\n```\n\n*/}}\n\n```json\n{json.dumps(minimal('/b'))}\n```\n"
    assert (paths_of(text, "page.mdx"), paths_of(text, "page.md")) == (["/b"], ["/a", "/b"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("# No fence\n", "expected a fence", id="no fence"),
        pytest.param('```json\n{"a": 1}\n```\n', "(line 2: a sample)", id="a sample alone"),
        pytest.param(f"<!--\n```json\n{JSON}\n```\n-->\n", "(line 1: in a comment)", id="in a comment"),
        pytest.param(f"````\n```json\n{JSON}\n```\n````\n", "(line 2: a sample)", id="in a longer fence"),
        pytest.param(
            f"<details>\n```json\n{JSON}\n```\n</details>\n", "line 1: an OpenAPI document stands in HTML", id="html"
        ),
        pytest.param(
            f"<pre><code>{escape(JSON)}</code></pre>\n\n```json\n{JSON}\n```\n",
            "line 1: an OpenAPI document stands in HTML",
            id="escaped in HTML, beside a fence",
        ),
        pytest.param(
            '{% openapi src="https://a/b.json" path="/a" method="get" %}\n',
            "line 1: the page only points",
            id="GitBook",
        ),
        pytest.param("---\ntitle: A\nopenapi: get /a\n---\n", "line 3: the page only points", id="front matter"),
        pytest.param("# A\n\n<OpenAPI src='a.yaml' />\n", "line 3: the page only points", id="a component"),
        pytest.param("See [the file](https://a/openapi.yaml).\n", "the page only points to an OpenAPI", id="a link"),
        pytest.param('```json\n{"openapi": \n```\n', "line 3, column 1: not JSON: Expecting value", id="broken JSON"),
        pytest.param('```json\n{"info": {}, "openapi": "3.1.1", \n```\n', "not JSON", id="broken after a while"),
        pytest.param("```yaml\nopenapi: 3.1.1\na: [\n```\n", "page.md, line 4: not YAML", id="broken YAML"),
        pytest.param('```json\n{"openapi": "3.1.1", "a": 1, "a": 2}\n```\n', "the member 'a' stands twice", id="twice"),
        pytest.param("```yaml\nopenapi: 3.1.1\na: 1\na: 2\n```\n", "line 4: not YAML: the key 'a'", id="a key twice"),
        pytest.param('```json\n{"openapi": "3.1.1", "a": NaN}\n```\n', "NaN is no JSON value", id="NaN"),
        pytest.param('```json\n{"openapi": "3.1.1", "a": 1e999}\n```\n', "1e999 is too large", id="too large"),
        pytest.param('```json\n{"openapi": "3.1.1", "a": "\\ud800"}\n```\n', "surrogates not allowed", id="half"),
        pytest.param('```json\n{"openapi": ' + "[" * 100_000 + "\n```\n", "recursion depth", id="too deep"),
        pytest.param(f"```json\n{JSON.replace('3.1.1', '3.2.0')}\n```\n", "found '3.2.0'. What 3.2 adds", id="3.2"),
        pytest.param('```json\n{"swagger": "2.0"}\n```\n', "found Swagger 2.0. Ask the publisher", id="Swagger"),
        pytest.param(f"```json\n{JSON.replace('3.1.1', '4.0.0')}\n```\n", "found '4.0.0'", id="4.0"),
        pytest.param("```yaml\nopenapi: 3.2\ninfo: {}\n```\n", "such as 3.1.1, found '3.2'", id="a number"),
        pytest.param(f"```jsonc\n// of today\n{JSON}\n```\n", "line 2, column 1: not JSON", id="JSON with a comment"),
        pytest.param(
            "```yaml\ninfo: {}\nopenapi: 3.1.1\npaths: [\n```\n", "not YAML", id="broken YAML with info first"
        ),
        pytest.param(
            "```yaml\nopenapi: 3.1.1\na: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(
                f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
                for old, new in zip("abcdefgh", "bcdefghi", strict=True)
            )
            + "```\n",
            "more than 1000000 values",
            id="YAML that grows without end",
        ),
        pytest.param("import a from './openapi.json'\n", "line 1: the page only points", id="an import of MDX"),
        pytest.param("---\ntitle: A\napi:\n  file: a.json\n---\n", "line 3: the page only points", id="ReadMe"),
    ],
)
def test_a_page_without_a_document_that_can_be_read_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(ContractError) as refused:
        read_page("page.md", text.encode())
    assert (str(refused.value).startswith("openapi/pages/page.md"), said in str(refused.value)) == (True, True), refused


def test_a_page_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ContractError, match=r"openapi/pages/page\.md: expected UTF-8 text"):
        read_page("page.md", b"\xff\xfe")


@pytest.mark.parametrize(
    ("place", "line"),
    [((), 3), (("info", "title"), 6), (("paths", "/a", "get", "responses", "200"), 13), (("paths", "/none"), 9)],
)
def test_a_place_in_json_has_its_line_in_the_page(place: tuple[str, ...], line: int) -> None:
    text = f"#\n```json\n{json.dumps(minimal(), indent=1)}\n```\n"
    found = read_page("page.md", text.encode()).sources[0].text
    assert found is not None
    assert found.line(place) == line


def test_a_place_in_yaml_has_its_line_in_the_page() -> None:
    found = read_page("page.md", f"#\n```yaml\n{YAML}```\n".encode()).sources[0].text
    assert found is not None
    assert found.line(("paths", "/a", "get", "responses", "200")) == 9


def test_yaml_is_read_by_the_rules_of_json() -> None:
    text = "openapi: 3.1.1\non: yes\ndate: 2026-01-01\noctal: 010\ntime: 12:30\nnull: ~\n200: 1.5\n"
    assert parse(Text("page.md", text, kind="yaml")) == {
        "openapi": "3.1.1",
        "on": "yes",
        "date": "2026-01-01",
        "octal": "010",
        "time": "12:30",
        "null": None,
        "200": 1.5,
    }


def test_json_that_can_be_kept_is_parsed_as_it_is() -> None:
    text = '{"b": [1, 1.0, true, null, 9223372036854775807], "a": "\\ud83d\\udcd8"}'
    assert parse_json(Text("here", text)) == json.loads(text)
