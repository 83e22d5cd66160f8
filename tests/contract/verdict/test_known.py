import datetime
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from contract_tests.report.badge import badge
from contract_tests.report.junit import junit
from contract_tests.report.output import Output
from contract_tests.report.page import page
from contract_tests.report.redact import Redactor
from contract_tests.report.results import Results
from contract_tests.report.summary import summary, verdict_line
from contract_tests.report.terminal import say_details
from contract_tests.target.target import TargetError
from contract_tests.verdict.known import Known, load_known
from tests.contract.results import BROKEN, results_of

TODAY = datetime.datetime.now(datetime.UTC).date()
DAY = datetime.timedelta(1)
OTHER_RULE = "self-not-found"


def run_with(days: int, *more: str) -> Results:
    """A run with a known failure that is excused for some more days, and with broken rules that are not known."""
    known = Known(BROKEN, "POD-7: fixed in 25.3", TODAY + datetime.timedelta(days))
    return results_of(dict.fromkeys((BROKEN, *more), "{}"), {BROKEN: known})


def test_junit_skips_a_known_failure_and_shows_its_date() -> None:
    root = ElementTree.fromstring(junit(run_with(30)))
    suite, skipped = root.find("testsuite"), root.find(f".//testcase[@name='{BROKEN}']/skipped")
    assert suite is not None
    assert skipped is not None
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    assert f"known until {TODAY + datetime.timedelta(30)} (POD-7: fixed in 25.3): expected 404 or 400" in str(
        skipped.get("message")
    )
    assert "status 418" in (skipped.text or "")


def test_a_known_failure_is_counted_separately(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = run_with(30, OTHER_RULE)
    assert verdict_line(results) == "1 held, 1 known, 1 broken"
    assert f"## known: {BROKEN}" in summary(results)
    say_details(Output(tmp_path, Redactor(list)), results)
    assert f"── known: {BROKEN} ──" in capsys.readouterr().out.splitlines()
    assert '<span class="tag known">known</span>' in page(results)


def test_the_badge_is_not_red_for_a_known_failure() -> None:
    shown = json.loads(badge(run_with(30)))
    assert (shown["color"], shown["message"]) == ("yellow", "1 of 2 held, 1 known")


def test_the_results_still_say_broken() -> None:
    line = run_with(30).rules[0]
    assert (line["rule"], line["verdict"]) == (BROKEN, "broken")
    assert list(line) == ["rule", "level", "verdict", "reason", "evidence", "requests", "seconds"]


def test_a_failure_is_excused_on_its_last_day_and_not_on_the_next() -> None:
    assert verdict_line(run_with(0)) == "1 held, 1 known"
    late = run_with(-1)
    assert verdict_line(late) == "1 held, 1 broken"
    assert json.loads(badge(late))["color"] == "red"
    assert "<failure" in junit(late)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("rule = ['x']", "no such rule"),
        ("rule = 1", "no such rule"),
        ("rule = {}", "no such rule"),
    ],
)
def test_an_unknown_rule_is_an_error(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "known.toml"
    file.write_text(f"[[known]]\n{text}\nreason = 'r'\nuntil = 2030-01-01\n", encoding="utf-8")
    with pytest.raises(TargetError, match=named):
        load_known(file)


@pytest.mark.parametrize(
    ("intermittent", "verdict", "days", "expected"),
    [
        (False, "held", 1, f"{BROKEN} is listed as a known failure (r), but it holds: remove it from the list"),
        (True, "held", 1, None),
        (True, "held", 0, None),
        (True, "broken", 1, None),
        (True, "not verified", 1, None),
        (True, "held", -1, f"{BROKEN} is listed as a known failure (r), but it holds: remove it from the list"),
        (True, "broken", -1, f"{BROKEN} was a known failure until {TODAY - DAY} (r), and it is still broken"),
    ],
)
def test_a_failure_that_comes_and_goes_may_hold_until_its_date(
    intermittent: bool, verdict: str, days: int, expected: str | None
) -> None:
    known = Known(BROKEN, "r", TODAY + days * DAY, intermittent)
    assert known.complaint(verdict, TODAY) == expected


def test_an_entry_says_that_a_failure_is_intermittent(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    file.write_text(f"[[known]]\nrule = '{BROKEN}'\nreason = 'r'\nuntil = 2030-01-01\nintermittent = true\n", "utf-8")
    assert load_known(file) == {BROKEN: Known(BROKEN, "r", datetime.date(2030, 1, 1), intermittent=True)}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("reason = 'r'\nuntil = 2030-01-01", "rule is missing"),
        (f"rule = '{BROKEN}'\nuntil = 2030-01-01", "reason is missing"),
        (f"rule = '{BROKEN}'\nreason = 'r'", "until is missing"),
        (f"rule = '{BROKEN}'\nreason = ''\nuntil = 2030-01-01", "reason: expected a reason in words"),
        (f"rule = '{BROKEN}'\nreason = 'r'\nuntil = '2030-01-01'", "until: expected a date such as"),
        (f"rule = '{BROKEN}'\nreason = 'r'\nuntil = 2030-01-01\nintermitent = true", "intermitent: no such key"),
        (f"rule = '{BROKEN}'\nreason = 'r'\nuntil = 2030-01-01\nintermittent = 1", "intermittent: expected true or"),
        (f"rule = '{BROKEN}s'\nreason = 'r'\nuntil = 2030-01-01", f"rule: no such rule: {BROKEN}s. Is {BROKEN} meant?"),
    ],
)
def test_a_fault_in_an_entry_is_named_with_file_table_and_key(tmp_path: Path, entry: str, said: str) -> None:
    file = tmp_path / "known.toml"
    good = "[[known]]\nrule = 'answer-json'\nreason = 'r'\nuntil = 2030-01-01\n"
    file.write_text(f"{good}[[known]]\n{entry}\n", encoding="utf-8")
    with pytest.raises(TargetError) as refused:
        load_known(file)
    assert str(refused.value).startswith(f"{file}: [[known]] 2: {said}")


def test_a_misspelled_table_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    entry = f"\nrule = '{BROKEN}'\nreason = 'r'\nuntil = 2030-01-01\n"
    file.write_text(f"[[known]]{entry}[[knwon]]{entry}", encoding="utf-8")
    with pytest.raises(TargetError, match="nothing else"):
        load_known(file)
