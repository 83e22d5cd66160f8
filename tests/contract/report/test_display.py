"""What a run shows on a terminal, in a log and to GitHub."""

import io
import re
import sys
from pathlib import Path

import pytest

from contract_tests.contract.rules import rules
from contract_tests.report.display import WIDTH, Display
from contract_tests.report.github import annotation
from contract_tests.report.output import Output
from contract_tests.report.redact import Redactor
from contract_tests.report.results import Results
from contract_tests.report.screen import MOST_CAUSES, screen
from contract_tests.report.terminal import MOST_ANNOTATIONS, annotate, say_details
from tests.contract.report.hostile import harm
from tests.contract.results import BROKEN, results_of

RED = "\x1b[31m"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """Standard output that is a terminal."""

    def isatty(self) -> bool:
        return True


Capture = pytest.CaptureFixture[str]


def output_to(tmp_path: Path, **environment: str) -> Output:
    """A writer to standard output, with these variables."""
    output = Output(tmp_path, Redactor(list))
    output.display = Display(environment)
    return output


@pytest.mark.parametrize(
    ("environment", "on_terminal", "in_log"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"GITHUB_ACTIONS": "true"}, True, False),
    ],
)
def test_colours_are_for_a_terminal_unless_a_variable_says_otherwise(
    environment: dict[str, str], on_terminal: bool, in_log: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream, expected in ((Terminal(), on_terminal), (io.StringIO(), in_log)):
        monkeypatch.setattr(sys, "stdout", stream)
        display = Display(environment)
        display.line("broken", "red")
        assert stream.getvalue() == (f"{RED}broken\x1b[0m\n" if expected else "broken\n")


def test_progress_is_a_bar_with_the_time_left_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    display = Display({})
    display.begin_progress(100.0)
    display.progress(50.0, 100.0, "40 of 81 rules")
    assert re.search(r" 50 % .*left  40 of 81 rules", COLOUR.sub("", terminal.getvalue()))
    display.line("a finding")
    display.end_progress()
    assert "a finding\n" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[1A\x1b[2K")  # the bar's line is erased


def test_a_log_has_no_progress(capsys: Capture) -> None:
    display = Display({"FORCE_COLOR": "1"})
    display.begin_progress(100.0)
    display.progress(50.0, 100.0, "40 of 81 rules")
    display.end_progress()
    assert capsys.readouterr().out == ""


def broken_results(count: int) -> Results:
    """Results in which so many rules are broken, each in its own way."""
    ids = [rule.id for rule in rules().values() if rule.judges == "requests"][:count]
    results = results_of({rule: f"{rule} fails" for rule in ids})
    for line in results.rules:
        if line["evidence"]:
            line["evidence"]["found"] = f"the oddity of {line['rule']}"
    return results


def test_the_screen_has_80_columns_and_names_verdict_causes_and_what_is_missing(
    capsys: Capture, tmp_path: Path
) -> None:
    results = broken_results(40)
    results.footer["exit_status"] = 1
    results.footer["missing"] = [{"set": ["POD_UNKNOWN_USER_ID"], "rules": ["unknown-user-not-found"]}]
    output_to(tmp_path).draw(screen(results, Path("build/contract")))
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []
    assert len(lines) < 50
    assert lines[2].startswith("FAIL  36 of 41 rules are broken.")
    assert "   POD_UNKNOWN_USER_ID → 1 more rule" in lines
    assert "1. broken  " in said
    assert f"{MOST_CAUSES + 1}. " not in said


def test_a_line_that_is_wrapped_is_no_command_either(capsys: Capture, tmp_path: Path) -> None:
    texts = {BROKEN: "x" * 39 + " ::error::x" * 40 + "##[error]"}
    output_to(tmp_path, GITHUB_ACTIONS="true").draw(screen(results_of(texts), tmp_path))
    assert harm(capsys.readouterr().out) == []


def test_github_folds_each_finding(capsys: Capture, tmp_path: Path) -> None:
    say_details(output_to(tmp_path, GITHUB_ACTIONS="true"), results_of({BROKEN: "no"}))
    lines = capsys.readouterr().out.splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert commands == [
        f"::group::broken: {BROKEN}",
        "::endgroup::",
        "::group::what was reached",
        "::endgroup::",
    ]


def test_another_log_has_neither_groups_nor_annotations(capsys: Capture, tmp_path: Path) -> None:
    results = results_of({BROKEN: "no"})
    say_details(output_to(tmp_path), results)
    annotate(output_to(tmp_path), results)
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("::")] == []


def test_github_gets_as_many_annotations_as_it_shows(capsys: Capture, tmp_path: Path) -> None:
    annotate(output_to(tmp_path, GITHUB_ACTIONS="true"), broken_results(40))
    lines = capsys.readouterr().out.splitlines()
    errors = [line for line in lines if line.startswith("::error title=")]
    assert (len(errors), len([line for line in lines if line.startswith("::")])) == (MOST_ANNOTATIONS, len(lines))
    assert errors[-1].startswith("::error title=27 more::")


def test_a_pod_cannot_end_an_annotation_or_begin_a_command(capsys: Capture, tmp_path: Path) -> None:
    text = "a%0A::error::forged\n::error::forged\r\n##[error]\x1b[2J"
    annotate(output_to(tmp_path, GITHUB_ACTIONS="true"), results_of({BROKEN: text}))
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"::error title=broken%3A {BROKEN}::expected 404 or 400; found status 418: a%250A")
    assert harm(line.removeprefix("::error ")) == []


def test_an_annotation_keeps_its_lines_and_its_title() -> None:
    expected = "::warning title=a%3A b%2C 100%25::one%0Atwo"
    assert annotation("warning", "a: b, 100%", ["one", "two"]) == expected
