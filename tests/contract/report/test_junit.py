"""junit.xml as Jenkins and GitLab read it."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from contract_tests.contract.rules import families
from contract_tests.report.junit import junit, junit_of_many
from contract_tests.report.results import Results
from tests.contract.results import BROKEN, results_from, results_of, results_with

JENKINS = xmlschema.XMLSchema(str(Path(__file__).with_name("jenkins-junit.xsd")))


def every_verdict() -> Results:
    others = results_with({"answer-json": "held", "self-not-found": "not verified", "body-missing-refused": "error"})
    findings = [line for line in results_of({BROKEN: "{}", "media-type-refused": "{}"}).rules if line["evidence"]]
    made = results_from([*others.rules, *findings])
    return made._replace(header={**made.header, "started": "2026-11-26T01:05:36+00:00"})


@pytest.fixture(scope="module")
def suite() -> ElementTree.Element:
    """The test suite of a run with every verdict."""
    found = ElementTree.fromstring(junit(every_verdict())).find("testsuite")
    assert found is not None
    return found


def case(suite: ElementTree.Element, rule: str) -> ElementTree.Element:
    return next(one for one in suite.iter("testcase") if one.get("name") == rule)


@pytest.mark.parametrize(
    "runs", [[], [("acme", every_verdict())], [("acme", results_of({})), ("b eta", every_verdict())]]
)
def test_jenkins_s_schema_takes_it(runs: list[tuple[str, Results]]) -> None:
    JENKINS.validate(junit_of_many(runs))


@pytest.mark.parametrize(
    "change",
    [
        ("<testsuite ", '<testsuite nonsense="1" '),
        ('tests="5"', 'tests="many"'),
        ("<failure ", "<fault "),
        ('classname="contract.answers" ', ""),
    ],
)
def test_the_schema_refuses_what_jenkins_does_not_read(change: tuple[str, str]) -> None:
    text = junit(every_verdict()).replace("</failure>", "</fault>" if "fault" in change[1] else "</failure>")
    assert change[0] in text
    assert not JENKINS.is_valid(text.replace(*change))


def test_the_reason_is_text_too(suite: ElementTree.Element) -> None:
    for rule, tag in (
        (BROKEN, "failure"),
        ("body-missing-refused", "error"),
        ("self-not-found", "skipped"),
        ("media-type-refused", "skipped"),
    ):
        found = case(suite, rule).find(tag)
        assert found is not None
        assert (found.text or "").splitlines()[0] == found.get("message")


def test_a_failure_holds_what_was_expected_and_how_to_see_it_again(suite: ElementTree.Element) -> None:
    text = case(suite, BROKEN).findtext("failure") or ""
    assert "expected: 404 or 400" in text
    assert "This command checks the rule again:" in text


def test_a_warned_rule_is_seen_among_the_skipped_ones(suite: ElementTree.Element) -> None:
    found = case(suite, "media-type-refused").find("skipped")
    assert found is not None
    assert (found.get("message") or "").startswith("warned: expected 404 or 400; found status 418")


def test_the_class_is_the_family_of_the_rule(suite: ElementTree.Element) -> None:
    assert {one.get("classname") for one in suite.iter("testcase")} <= {
        f"contract.{family.id}" for family in families()
    }
    assert case(suite, "answer-json").get("classname") == "contract.answers"


def test_the_numbers_and_the_time_are_those_of_the_run(suite: ElementTree.Element) -> None:
    shown = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped", "timestamp", "time")}
    assert shown == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "2",
        "timestamp": "2026-11-26T01:05:36",
        "time": "0.500",
    }


def test_gitlab_can_tell_every_case_of_many_runs_apart() -> None:
    suites = ElementTree.fromstring(junit_of_many([("acme", every_verdict()), ("beta", every_verdict())]))
    named = [(case.get("classname"), case.get("name")) for case in suites.iter("testcase")]
    assert len(set(named)) == len(named) == 10


def test_a_run_that_came_to_nothing_is_a_suite_without_cases() -> None:
    nothing = results_from([])
    nothing.footer["incomplete"] = "the pod cannot be reached"
    text = junit(nothing)
    JENKINS.validate(text)
    properties = {one.get("name"): one.get("value") for one in ElementTree.fromstring(text).iter("property")}
    assert (properties["verdict"], properties["why"]) == ("INCOMPLETE", "The pod cannot be reached.")
