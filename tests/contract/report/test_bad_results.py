"""Whatever a results file holds, it is reported or refused with a reason; it never makes the command fail."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract_tests.__main__ import main
from tests.contract.results import BROKEN, results_of

TIMES = {"answers": 3, "median": 0.01, "p95": 0.02, "longest": 0.03}
ACCEPTED = {"before": "PENDING_INCOMING", "operation": "acceptConnection", "status": 200, "times": 2}
SETTLED = {"acted_at": "https://a/pod", "read_at": "https://b/pod", "times": 1, "missed": 0, "median": 1, "longest": 1}
ODD: tuple[Any, ...] = (
    None,
    -1,
    10**30,
    1e308,
    float("nan"),
    "x",
    "",
    [],
    {},
    True,
    "\ud800",
    "\u202e::error::",
    [1],
    {"a": 1},
    0.5,
    "999",
)
FILES = 80


def whole_lines() -> list[Any]:
    """The lines of results that have every member."""
    results = results_of({BROKEN: "{}", "media-type-refused": "{}"})
    results.header["started"] = "2026-11-26T01:05:36+00:00"
    results.footer.update(
        response_times={"acceptConnection": TIMES},
        transitions=[{**ACCEPTED, "after": "ACCEPTED", "other_side": None}],
        settling=[SETTLED],
        exit_status=1,
        left_changed=[],
        missing=[{"set": ["POD_UNKNOWN_USER_ID"], "rules": ["unknown-user-not-found"]}],
    )
    return [json.loads(line) for line in results.text().splitlines()]


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every member and entry of a JSON value."""
    if way:
        yield way
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from places(entry, (*way, key))


def damaged(chance: random.Random) -> str:
    """Results in which one thing is replaced, missing, renamed or there twice."""
    lines = copy.deepcopy(whole_lines())
    *way, last = chance.choice(list(places(lines)))
    place: Any = lines
    for key in way:
        place = place[key]
    kind = chance.random()
    if kind < 0.7:
        place[last] = chance.choice(ODD)
    elif kind < 0.85:
        del place[last]
    elif isinstance(place, dict):
        place[chance.choice(("x", "999", "::", "\ud800"))] = place.pop(last)
    else:
        place.insert(0, copy.deepcopy(place[last]))
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_results_that_have_every_member_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in whole_lines()), encoding="utf-8")
    assert main(["report", str(file)]) == 0


def test_damaged_results_are_reported_or_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance, file = random.Random(1), tmp_path / "results.jsonl"
    statuses = set()
    for _ in range(FILES):
        text = damaged(chance)
        file.write_text(text, encoding="utf-8")
        status = main(["report", str(file), "--output", str(tmp_path / "out")])
        statuses.add(status)
        assert status in (0, 2), text
        assert (str(file) in capsys.readouterr().err) == (status == 2)
    assert statuses == {0, 2}


@pytest.mark.parametrize(
    ("text", "named"),
    [("[" * 100_000, "expected JSON Lines: maximum recursion depth"), ('{"header": NaN}', "NaN is not a JSON value")],
)
def test_what_no_reader_of_json_takes_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, named: str
) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text(text, encoding="utf-8")
    assert main(["report", str(file)]) == 2
    assert named in capsys.readouterr().err


@pytest.mark.parametrize("started", ["yesterday", "2026-99-99T00:00:00+00:00", "2026-11-26T01:05:36"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], started: str) -> None:
    lines, file = whole_lines(), tmp_path / "results.jsonl"
    lines[0]["header"]["started"] = started
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert main(["report", str(file)]) == 2
    assert "header: started: expected a time" in capsys.readouterr().err
