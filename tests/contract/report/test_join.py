"""``report FILE… [--compare FILE]`` makes the reports of one run, or one page of many."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from contract_tests.__main__ import main
from contract_tests.report.join import report_many
from contract_tests.report.output import Output
from contract_tests.report.redact import Redactor
from contract_tests.report.results import Results
from tests.contract.results import BROKEN, results_of

REPORTS = ["badge.json", "junit.xml", "report.html", "results.jsonl", "results.sarif", "summary.md"]


def stored(folder: Path, name: str, results: Results, file: str = "results.jsonl") -> Path:
    path = folder / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(results.text(), encoding="utf-8")
    return path


def at(results: Results, url: str) -> Results:
    return results._replace(header={**results.header, "target": {**results.header["target"], "url": url}})


PASSED, FAILED = results_of({}), results_of({BROKEN: "{}"})


def test_the_reports_of_one_file_are_made_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = stored(tmp_path, "run", FAILED)
    assert main(["report", str(file)]) == 0
    assert sorted(path.name for path in file.parent.iterdir()) == REPORTS
    assert capsys.readouterr().out.splitlines() == [
        "contract: FAIL: 1 of 2 rules is broken. The likeliest cause: 418 for 404.",
        f"reports in {file.parent}/",
    ]


def test_the_reports_of_one_file_are_made_where_output_says_and_the_file_is_left_alone(tmp_path: Path) -> None:
    file = stored(tmp_path, "run", FAILED)
    assert main(["report", str(file), "--output", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == REPORTS
    assert [path.name for path in file.parent.iterdir()] == ["results.jsonl"]


def test_a_report_says_what_changed_since_an_earlier_run(tmp_path: Path) -> None:
    earlier, now = stored(tmp_path, "earlier", PASSED), stored(tmp_path, "now", FAILED)
    assert main(["report", str(now), "--compare", str(earlier)]) == 0
    page = (now.parent / "report.html").read_text(encoding="utf-8")
    assert "Since the run of an unknown time: 1 worse." in page
    assert "What changed" not in (stored_report(tmp_path, FAILED)).read_text(encoding="utf-8")


def stored_report(folder: Path, results: Results) -> Path:
    file = stored(folder, "alone", results)
    assert main(["report", str(file)]) == 0
    return file.parent / "report.html"


def test_many_files_make_one_page_with_a_page_of_each_pod_beneath(tmp_path: Path) -> None:
    files = [stored(tmp_path, "acme", PASSED), stored(tmp_path, "beta", FAILED)]
    out = tmp_path / "all"
    assert main(["report", *map(str, files), "--output", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == sorted(["acme", "beta", *REPORTS[:3], *REPORTS[4:]])
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "1 of 2 pods fails. The cause at most of them: 418 for 404 (at 1 of 2 pods)." in page
    assert 'href="acme/report.html"' in page
    assert (out / "acme" / "report.html").is_file()
    suites = ElementTree.parse(out / "junit.xml").getroot()
    assert [suite.get("name") for suite in suites] == ["acme", "beta"]
    assert json.loads((out / "badge.json").read_text())["message"] == "1 of 2 pods fail"
    assert len(json.loads((out / "results.sarif").read_text())["runs"]) == 2


def test_a_pod_is_compared_with_the_earlier_run_of_its_name_or_else_of_its_address(tmp_path: Path) -> None:
    beta = "https://beta.example.com/pod"
    earlier = [stored(tmp_path / "old", "acme", PASSED), stored(tmp_path / "old", "other", at(PASSED, beta))]
    now = [stored(tmp_path / "new", "acme", FAILED), stored(tmp_path / "new", "beta", at(FAILED, beta))]
    out = tmp_path / "all"
    words = [str(file) for file in now]
    for file in earlier:
        words += ["--compare", str(file)]
    assert main(["report", *words, "--output", str(out)]) == 0
    assert (out / "summary.md").read_text(encoding="utf-8").count("| 1 worse |") == 2


def test_reports_of_runs_in_the_folder_of_the_page_stay_where_they_are(tmp_path: Path) -> None:
    files = [stored(tmp_path, "acme", PASSED), stored(tmp_path, "beta", PASSED)]
    (tmp_path / "acme" / "report.html").write_text("its own", encoding="utf-8")
    ended = report_many(files, Output(tmp_path, Redactor(list)), lost={"gamma": "the run did not start"})
    assert (tmp_path / "acme" / "report.html").read_text(encoding="utf-8") == "its own"
    assert (tmp_path / "beta" / "report.html").is_file()
    assert (ended.outcome, ended.status) == (("INCOMPLETE", "1 of 3 is incomplete."), 4)
    assert "The run did not start" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "the run did not start" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_pods_of_the_same_folder_name_have_different_names(tmp_path: Path) -> None:
    files = [stored(tmp_path / one, "contract", PASSED) for one in ("acme", "beta")]
    assert main(["report", *map(str, files), "--output", str(tmp_path / "all")]) == 0
    names = {path.name for path in (tmp_path / "all").iterdir() if path.is_dir()}
    assert names == {"acme-contract", "beta-contract"}


def test_files_of_one_folder_are_named_by_themselves(tmp_path: Path) -> None:
    files = [stored(tmp_path, "runs", PASSED, f"{one}.jsonl") for one in ("acme", "../../x")]
    assert main(["report", *map(str, files), "--output", str(tmp_path / "all")]) == 0
    assert (tmp_path / "all" / "acme" / "report.html").is_file()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "line 1: expected a header"),
        ("{", "expected JSON Lines"),
        ('{"nonsense": 1}\n{"nonsense": 1}\n', "line 1: expected a header"),
        ("\x80", "expected JSON Lines"),
        (PASSED.text().splitlines(keepends=True)[0], "there is no footer, because the run was cut off"),
        (PASSED.text().replace('"verdict": "held"', '"nonsense": 1'), "line 2: rule"),
    ],
)
def test_a_bad_file_among_good_ones_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, named: str
) -> None:
    good, bad = stored(tmp_path, "good", PASSED), tmp_path / "bad" / "results.jsonl"
    bad.parent.mkdir()
    if text is not None:
        bad.write_text(text, encoding="latin-1")
    out = tmp_path / "all"
    for command in (
        ["report", str(good), str(bad), "--output", str(out)],
        ["report", str(good), "--compare", str(bad), "--output", str(out)],
        ["report", str(bad), "--output", str(out)],
    ):
        assert main(command) == 2
        complaint = capsys.readouterr().err
        assert str(bad) in complaint
        assert named in complaint
        assert not out.exists()


def test_a_file_given_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = stored(tmp_path, "run", PASSED)
    assert main(["report", str(file), str(file), "--output", str(tmp_path / "all")]) == 2
    assert "the file is given twice" in capsys.readouterr().err


def test_one_run_is_compared_with_one_earlier_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(stored(tmp_path, "run", PASSED))
    assert main(["report", file, "--compare", file, "--compare", file]) == 2
    assert "expected one --compare for one FILE" in capsys.readouterr().err


def test_a_folder_for_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert "cannot be read: Is a directory" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_to_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, taken = stored(tmp_path, "run", PASSED), tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    assert main(["report", str(file), "--output", str(taken)]) == 2
    assert f"{taken}: cannot be written to" in capsys.readouterr().err
