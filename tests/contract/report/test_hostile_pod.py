"""Whatever a pod answers, nothing of it acts on whoever reads the results."""

import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from contract_tests.__main__ import main
from contract_tests.contract.rules import rules
from contract_tests.report.fleet import Member, write_fleet
from contract_tests.report.output import Output
from contract_tests.report.redact import Redactor
from contract_tests.report.screen import screen
from contract_tests.report.terminal import say_details
from contract_tests.report.write import write_reports
from tests.contract.report.hostile import harm, hostile_strings
from tests.contract.report.hostile_results import BROKEN, EXCHANGES, FAILED, GATEWAY, NOT_VERIFIED, hostile_results

STRINGS = 107_000


def verdict(rule: str) -> str:
    return "broken" if rules()[rule].level == "MUST" else "warned"


@dataclass
class Outputs:
    """What a run leaves: the files by name, and what it said."""

    files: dict[str, str]
    said: str


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Outputs]:
    """The outputs of runs against a hostile pod, more than 100,000 strings in all."""
    texts = hostile_strings(STRINGS, seed=10)
    used = len(BROKEN) * (2 + EXCHANGES * 9) + 2 + GATEWAY * 4
    found = []
    for number in range(STRINGS // used):
        folder = tmp_path_factory.mktemp(f"hostile-{number}")
        output = Output(folder, Redactor(list))
        results = hostile_results(texts)
        write_reports(output, results)
        with redirect_stdout(StringIO()) as said:
            say_details(output, results)
            output.draw(screen(results, folder))
        found.append(Outputs({path.name: path.read_text("utf-8") for path in folder.iterdir()}, said.getvalue()))
    assert len(found) * used > 100_000
    return found


def test_no_output_holds_what_acts_on_a_terminal_a_log_or_a_reader(outputs: list[Outputs]) -> None:
    for one in outputs:
        texts = {**one.files, "terminal": one.said}
        assert {name: lines for name, text in texts.items() if (lines := harm(text))} == {}


def test_no_page_of_many_pods_holds_it_either(tmp_path: Path) -> None:
    texts = hostile_strings(STRINGS, seed=11)
    members = [Member(name, hostile_results(texts)) for name in ("acme", "beta")]
    lost = Member("gamma", None, next(texts))
    write_fleet(Output(tmp_path, Redactor(list)), [members[0], members[1]._replace(earlier=members[0].results), lost])
    written = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert len(written) == 5
    assert {name: lines for name, text in written.items() if (lines := harm(text))} == {}
    assert elements_of(written["report.html"]).count("script") == 1
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(written["summary.md"])
    assert {child.type for token in tokens for child in token.children or []} <= {"text", "code_inline", "softbreak"}


def test_the_page_has_no_element_that_a_harmless_pod_would_not_give_it(outputs: list[Outputs]) -> None:
    elements = [elements_of(one.files["report.html"]) for one in outputs]
    assert set(elements[0]) <= {
        *("html", "head", "meta", "title", "style", "script", "body", "header", "main", "footer", "section", "div"),
        *(
            "h1",
            "h2",
            "h3",
            "h4",
            "p",
            "pre",
            "details",
            "summary",
            "span",
            "code",
            "blockquote",
            "a",
            "dl",
            "dt",
            "dd",
        ),
        *(
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "ul",
            "ol",
            "li",
            "button",
            "input",
            "label",
            "select",
            "option",
        ),
        *("figure", "figcaption", "svg", "defs", "marker", "polygon", "path", "rect", "text"),
    }
    assert [one.count("script") for one in elements] == [1] * len(outputs)
    assert [one.count("details") for one in elements] == [len(BROKEN) + 2 + 2 + 1] * len(outputs)
    assert elements == [elements[0]] * len(outputs)


def elements_of(page: str) -> list[str]:
    """The elements of a page, in their order."""
    found: list[str] = []

    class Elements(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 # as HTMLParser has it
            found.append(tag)

    Elements().feed(page)
    return found


def test_the_summary_has_no_heading_link_image_or_html_of_the_pod(outputs: list[Outputs]) -> None:
    expected = [
        "Causes, the likeliest first",
        *(f"{verdict(rule)}: {rule}" for rule in BROKEN),
        "Reached",
        "Rules",
        "Where the rules come from",
    ]
    for one in outputs:
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(one.files["summary.md"])
        headings = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
        inline = {child.type for token in tokens for child in token.children or []}
        assert headings[1:] == expected
        assert inline <= {"text", "code_inline", "softbreak"}
        assert "html_block" not in {token.type for token in tokens}


def test_junit_is_well_formed_and_has_one_case_for_each_rule(outputs: list[Outputs]) -> None:
    for one in outputs:
        cases = ElementTree.fromstring(one.files["junit.xml"]).iter("testcase")
        assert [case.get("name") for case in cases] == [*BROKEN, NOT_VERIFIED, FAILED]


def test_nothing_that_a_pod_answers_passes_for_a_line_of_the_suite(outputs: list[Outputs]) -> None:
    for one in outputs:
        lines = one.said.splitlines()
        assert [line for line in lines if line.startswith("contract:")] == []
        assert [line for line in lines if line.startswith("── ")] == [
            f"── {verdict(rule)}: {rule} ──" for rule in BROKEN
        ]


def test_nothing_that_a_pod_answers_is_in_what_a_user_pastes(outputs: list[Outputs]) -> None:
    for one in outputs:
        lines = [json.loads(line) for line in one.files["results.jsonl"].splitlines()]
        blocks = [line["evidence"]["reproduce"] for line in lines if line.get("evidence")]
        commands = ("# ", "curl ", "printf ", "{ printf ", "POD_")
        assert [text for block in blocks for text in block.splitlines() if not text.startswith(commands)] == []


def test_reports_made_again_are_as_harmless(
    tmp_path: Path, outputs: list[Outputs], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.jsonl").write_text(outputs[0].files["results.jsonl"], encoding="utf-8")
    assert main(["report", "--output", str(tmp_path)]) == 0
    assert harm(capsys.readouterr().out) == []
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == outputs[0].files
