import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.__main__ import main
from tests.contract.results import BROKEN, results_of

Lines = list[Any]


def header(value: object) -> Callable[[Lines], Lines]:
    return lambda lines: [{"header": value}, *lines[1:]]


def footer(value: object) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:-1], {"footer": value}]


def without(part: int, *path: str) -> Callable[[Lines], Lines]:
    """The lines less a member of one of them."""

    def changed(lines: Lines) -> Lines:
        *way, last = path
        place = lines[part]
        for name in way:
            place = place[name]
        del place[last]
        return lines

    return changed


def with_member(part: int, name: str, value: object) -> Callable[[Lines], Lines]:
    def changed(lines: Lines) -> Lines:
        lines[part][name] = value
        return lines

    return changed


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (header(None), "line 1: header: as a whole: None is not of type 'object'"),
        (header({}), "line 1: header: as a whole: 'target' is a required property"),
        (footer(None), "line 4: footer: as a whole: None is not of type 'object'"),
        (footer({}), "line 4: footer"),
        (without(-1, "footer", "counts", "warned"), "'warned' is a required property"),
        (without(-1, "footer", "statuses"), "'statuses' is a required property"),
        (without(1, "reason"), "line 2: rule: as a whole: 'reason' is a required property"),
        (without(1, "evidence", "expected"), "line 2: rule: evidence: 'expected' is a required property"),
        (with_member(1, "rule", "no-such-rule"), "line 2: no such rule: no-such-rule"),
        (with_member(1, "verdict", "passed"), "line 2: rule: verdict"),
        (with_member(1, "evidence", None), "line 2: rule: evidence"),
        (lambda lines: [lines[0], [1], *lines[2:]], "line 2: rule: as a whole"),
        (lambda lines: [lines[0], *lines[2:]], "the footer counts 1 broken, but the file has 0"),
        (lambda lines: [*lines[:2], *lines[1:]], f"the rule {BROKEN} is there 2 times"),
    ],
)
def test_results_that_are_not_whole_are_refused_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Lines], Lines], named: str
) -> None:
    lines = [json.loads(line) for line in results_of({BROKEN: "{}"}).text().splitlines()]
    text = "".join(json.dumps(line) + "\n" for line in change(lines))
    (tmp_path / "results.jsonl").write_text(text, encoding="utf-8")
    assert main(["report", "--output", str(tmp_path)]) == 2
    assert named in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["results.jsonl"]


def test_whole_results_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.jsonl").write_text(results_of({BROKEN: "{}"}).text(), encoding="utf-8")
    assert main(["report", "--output", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "contract: FAIL: 1 of 2 rules is broken. The likeliest cause: 418 for 404."
    )


def test_results_of_an_older_suite_that_say_less_are_reported(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in results_of({BROKEN: "{}"}).text().splitlines()]
    evidence = lines[1]["evidence"]
    for member in ("also", "times", "left_out"):
        del evidence[member]
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert main(["report", "--output", str(tmp_path)]) == 0
