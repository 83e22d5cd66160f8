"""One verdict and one page for many pods."""

import random
import re

import pytest

from contract_tests.contract.rules import rules
from contract_tests.report.fleet import Member, ended, fleet_page, fleet_summary
from contract_tests.report.page import MOST_BYTES
from contract_tests.report.results import Results
from tests.contract.results import BROKEN, results_of, results_with

PASSED, FAILED = results_of({}), results_of({BROKEN: "{}"})
TOO_LITTLE = results_with({"answer-json": "not verified"}, exit_status=3, too_little="nothing was measured")
SUITE_FAILED = results_with({"answer-json": "error"}, exit_status=4)


def members(*runs: Results | None) -> list[Member]:
    return [Member(f"pod-{number}", results, "no run") for number, results in enumerate(runs, start=1)]


@pytest.mark.parametrize(
    ("runs", "word", "why", "status"),
    [
        ([PASSED], "PASS", "Nothing is broken at any of 1 pod.", 0),
        ([PASSED, PASSED], "PASS", "Nothing is broken at any of 2 pods.", 0),
        (
            [PASSED, FAILED, FAILED, TOO_LITTLE],
            "FAIL",
            "2 of 4 pods fail and 1 of 4 is incomplete. The cause at most of them: 418 for 404 (at 2 of 4 pods).",
            1,
        ),
        ([PASSED, TOO_LITTLE], "INCOMPLETE", "1 of 2 is incomplete.", 3),
        ([TOO_LITTLE, SUITE_FAILED], "INCOMPLETE", "2 of 2 are incomplete.", 4),
        ([PASSED, None], "INCOMPLETE", "1 of 2 is incomplete.", 4),
        ([], "INCOMPLETE", "There is no pod.", 3),
    ],
)
def test_one_verdict_for_all_pods(runs: list[Results | None], word: str, why: str, status: int) -> None:
    assert ended(members(*runs)) == ((word, why), status)


def test_the_worst_pods_come_first_and_a_pod_without_results_is_there() -> None:
    rows = [line for line in fleet_summary(members(PASSED, FAILED, None)).splitlines() if line.startswith("| `pod-")]
    assert [row.split(" | ")[:2] for row in rows] == [
        ["| `pod-2`", "FAIL"],
        ["| `pod-3`", "INCOMPLETE"],
        ["| `pod-1`", "PASS"],
    ]


def test_pods_with_the_same_verdicts_share_a_row_and_rules_that_are_the_same_everywhere_have_no_column() -> None:
    one = results_with({"answer-json": "held", "self-not-found": "held"})
    other = results_with({"answer-json": "held", "self-not-found": "broken"})
    page = fleet_page(members(one, one, other))
    matrix = page[page.index('class="matrix"') : page.index("</table>", page.index('class="matrix"'))]
    assert re.findall(r'class="turned"[^>]*><span>(.*?)</span>', matrix) == ["self-not-found"]
    assert matrix.count("<tr>") == 1 + 2
    assert "2 pods, such as pod-1" in matrix


def test_a_page_of_two_hundred_pods_that_all_differ_is_smaller_than_a_megabyte() -> None:
    chance = random.Random(1)

    def any_results() -> Results:
        verdicts = {
            rule.id: chance.choice(("held", "broken" if rule.level == "MUST" else "warned", "not verified"))
            for rule in rules().values()
        }
        return results_with(verdicts)

    pods = [
        Member(f"pod-{number}", any_results(), earlier=PASSED, page=f"pod-{number}/report.html")
        for number in range(200)
    ]
    assert len(fleet_page(pods).encode()) < MOST_BYTES
