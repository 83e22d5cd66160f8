import datetime
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from contract_tests.report.badge import badge
from contract_tests.report.junit import junit
from contract_tests.report.page import page
from contract_tests.report.results import Results
from contract_tests.report.summary import summary, verdict_line
from contract_tests.report.terminal import verdict_lines
from contract_tests.target.target import TargetError
from contract_tests.verdict.known import Known, load_known
from tests.contract.results import BROKEN, results_of

TODAY = datetime.datetime.now(datetime.UTC).date()
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


def test_a_known_failure_is_counted_separately() -> None:
    results = run_with(30, OTHER_RULE)
    assert verdict_line(results) == "1 held, 1 known, 1 broken"
    assert f"## known: {BROKEN}" in summary(results)
    assert f"── known: {BROKEN} ──" in list(verdict_lines(results))
    assert '<span class="verdict known">known</span>' in page(results)


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


def test_a_misspelled_table_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    entry = f"\nrule = '{BROKEN}'\nreason = 'r'\nuntil = 2030-01-01\n"
    file.write_text(f"[[known]]{entry}[[knwon]]{entry}", encoding="utf-8")
    with pytest.raises(TargetError, match="nothing else"):
        load_known(file)
