"""Pages are verbatim copies; a page that is not, or that holds no document, is refused by name."""

import hashlib
import json
from collections.abc import Callable

import pytest

from openapi import generate
from openapi.errors import ContractError
from openapi.pages import parse_json, read_pages
from tests.openapi.project import ACCEPT, REJECT, REPOSITORY, Project, page_document, page_with, tree

PUBLISHED = {
    ACCEPT: "9929fc52b95176ad206936ba2a9ce227478473632a8c31493cf4f0675d2492af",
    REJECT: "d3083b5a73b84d2b871e00f6fa161a2e77a5ac6fdfa41fefbf0f39b7c477970e",
}


def test_the_pages_are_byte_for_byte_the_published_ones() -> None:
    pages = (REPOSITORY / "openapi" / "pages").glob("*.md")
    assert PUBLISHED == {page.name: hashlib.sha256(page.read_bytes()).hexdigest() for page in pages}


def test_the_recorded_sums_are_those_of_the_published_pages() -> None:
    lines = (REPOSITORY / "openapi" / "pages" / "SHA256SUMS").read_text().splitlines()
    assert [f"{digest}  {name}" for name, digest in PUBLISHED.items()] == lines


def test_a_page_is_read_with_its_name_its_text_and_its_document(project: Project) -> None:
    accept = read_pages(project.pages)[0]
    assert (ACCEPT, "# Accept Connection", page_document(project, ACCEPT)) == (
        accept.name,
        accept.text.splitlines()[0],
        accept.document,
    )


def test_pages_come_in_the_order_of_their_names_whatever_the_order_of_the_sums(project: Project) -> None:
    sums = project.pages / "SHA256SUMS"
    sums.write_text("".join(reversed(sums.read_text().splitlines(keepends=True))))
    assert [ACCEPT, REJECT] == [page.name for page in read_pages(project.pages)]


def test_a_page_with_windows_line_ends_is_read_if_it_is_recorded_so(project: Project) -> None:
    document = page_document(project, ACCEPT)
    project.write_page(ACCEPT, (project.pages / ACCEPT).read_bytes().replace(b"\n", b"\r\n"))
    assert document == read_pages(project.pages)[0].document


def test_sums_with_windows_line_ends_are_read(project: Project) -> None:
    sums = project.pages / "SHA256SUMS"
    sums.write_bytes(sums.read_bytes().replace(b"\n", b"\r\n"))
    assert [ACCEPT, REJECT] == [page.name for page in read_pages(project.pages)]


def _change_a_byte(project: Project) -> None:
    page = project.pages / ACCEPT
    page.write_bytes(page.read_bytes().replace(b"# Accept", b"# accept", 1))


def _convert_line_ends(project: Project) -> None:
    page = project.pages / REJECT
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))


def _take_a_page_away(project: Project) -> None:
    (project.pages / REJECT).unlink()


def _add_a_page(project: Project) -> None:
    (project.pages / "list-connections.md").write_bytes(b"# List\n")


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
    pytest.param(_add_a_page, "list-connections.md", "sha256sum *.md > SHA256SUMS", id="an unrecorded page"),
    pytest.param(_no_sums, "SHA256SUMS", "git checkout -- ", id="no sums"),
    pytest.param(_sums(b""), "SHA256SUMS", "expected a line for each page", id="empty sums"),
    pytest.param(_sums(b"abc  " + ACCEPT.encode()), "SHA256SUMS, line 1", "sha256sum *.md", id="a short sum"),
    pytest.param(_sums(LINE.upper().encode()), "SHA256SUMS, line 1", "sha256sum *.md", id="a sum in capitals"),
    pytest.param(_sums((LINE * 2).encode()), "SHA256SUMS, line 2", "each page once", id="a page twice"),
    pytest.param(_sums((LINE + "\n").encode()), "SHA256SUMS, line 2", "sha256sum *.md", id="an empty line"),
    pytest.param(
        _sums(LINE.replace(ACCEPT, "../companion.md").encode()), "SHA256SUMS, line 1", "of this folder", id="a path"
    ),
    pytest.param(
        _sums(LINE.replace(ACCEPT, "SHA256SUMS").encode()), "SHA256SUMS, line 1", "a page (*.md)", id="no page"
    ),
    pytest.param(_sums(b"\xff\xfe" + LINE.encode()), "SHA256SUMS, line 1", "sha256sum *.md", id="no text"),
]


@pytest.mark.parametrize(("change", "name", "advice"), REFUSED)
def test_a_wrong_page_fails_generation_by_name_and_says_what_to_do(
    project: Project, capsys: pytest.CaptureFixture[str], change: Callable[[Project], None], name: str, advice: str
) -> None:
    change(project)
    status = generate.main([])
    said = capsys.readouterr().err
    assert (1, True, True) == (status, f"pages/{name}" in said, advice in said), said


@pytest.mark.parametrize(("change", "name", "advice"), REFUSED)
def test_a_wrong_page_changes_nothing(
    project: Project, change: Callable[[Project], None], name: str, advice: str
) -> None:
    change(project)
    before = tree(project.root)
    generate.main([])
    assert before == tree(project.root), (name, advice)


def test_a_changed_page_is_told_with_both_sums(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    _change_a_byte(project)
    found = hashlib.sha256((project.pages / ACCEPT).read_bytes()).hexdigest()
    generate.main([])
    said = capsys.readouterr().err
    assert (True, True) == (f"expected sha256 {PUBLISHED[ACCEPT]}" in said, f"found    sha256 {found}" in said)


FENCE = b"```json\n{}\n```\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"# No fence\n", "expected one fence (```json", id="no fence"),
        pytest.param(b"```json\n{}\n", "found 0", id="a fence that never ends"),
        pytest.param(FENCE * 2, "found 2", id="two fences"),
        pytest.param(FENCE.replace(b"{}", b'{"openapi": '), "not JSON: Expecting value at line 2", id="broken JSON"),
        pytest.param(FENCE.replace(b"{}", b'{"a": 1, "a": 2}'), "the member 'a' stands twice", id="a member twice"),
        pytest.param(FENCE.replace(b"{}", b'{"a": {"b": 1, "b": 1}}'), "the member 'b' stands twice", id="inside"),
        pytest.param(FENCE.replace(b"{}", b'{"a": NaN}'), "NaN is no JSON value", id="NaN"),
        pytest.param(FENCE.replace(b"{}", b'{"a": -Infinity}'), "-Infinity is no JSON value", id="infinity"),
        pytest.param(FENCE.replace(b"{}", b'{"a": 1e999}'), "the number 1e999 is too large", id="too large"),
        pytest.param(FENCE.replace(b"{}", b'{"a": "\\ud800"}'), "surrogates not allowed", id="half a character"),
        pytest.param(FENCE.replace(b"{}", b'{"a": ' + b"9" * 5000 + b"}"), "Exceeds the limit", id="endless integer"),
        pytest.param(FENCE.replace(b"{}", b"[" * 100_000), "recursion depth", id="too deep"),
        pytest.param(FENCE, "of version 3.1, found openapi: None", id="no version"),
        pytest.param(FENCE.replace(b"{}", b"[]"), "of version 3.1, found list", id="no object"),
        pytest.param(page_with({"openapi": "3.0.3"}), "of version 3.1, found openapi: '3.0.3'", id="3.0"),
        pytest.param(page_with({"openapi": "3.2.0"}), "of version 3.1, found openapi: '3.2.0'", id="3.2"),
        pytest.param(page_with({"openapi": 3.1}), "of version 3.1, found openapi: 3.1", id="a number"),
        pytest.param(page_with({"swagger": "2.0"}), "of version 3.1, found openapi: None", id="Swagger"),
        pytest.param(b"\xff\xfe", "expected UTF-8 text", id="not UTF-8"),
    ],
)
def test_a_page_without_one_document_is_refused(project: Project, content: bytes, said: str) -> None:
    project.write_page(ACCEPT, content)
    with pytest.raises(ContractError) as refused:
        read_pages(project.pages)
    assert (True, True) == (ACCEPT in str(refused.value), said in str(refused.value)), refused.value


def test_json_that_can_be_kept_is_parsed_as_it_is() -> None:
    text = '{"b": [1, 1.0, true, null, 9223372036854775807], "a": "\\ud83d\\udcd8"}'
    assert json.loads(text) == parse_json(text, where="here")
