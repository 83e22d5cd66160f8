"""A fleet: a run for each target file, one verdict and one page for all."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.__main__ import main
from contract_tests.run.fleet import groups_by_address, matrix
from tests.benchmarks.emulated_fleet import READY
from tests.contract.runs import ROOT, run_command

RULES = ("--select", "session-missing-refused,accept-makes-accepted")


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with target files of ten emulated pods, of which the tenth has a defect; three are left."""
    folder = tmp_path_factory.mktemp("targets")
    command = [sys.executable, "-m", "tests.benchmarks.emulated_fleet", "10", str(folder)]
    path = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}
    ) as pods:
        assert pods.stdout is not None
        assert pods.stdout.readline().strip() == READY
        (folder / "pod-003.toml").rename(folder / "pod-003.spare")
        for file in sorted(folder.glob("*.toml"))[2:-1]:
            file.unlink()
        yield folder
        pods.terminate()


def test_each_pod_has_a_verdict_and_all_have_one_page(targets: Path, tmp_path: Path) -> None:
    output = tmp_path / "contract"
    run = run_command(output, "--targets", str(targets), *RULES)
    assert run.status == 1
    assert sorted(path.parent.name for path in output.glob("*/results.jsonl")) == ["pod-001", "pod-002", "pod-010"]
    assert "FAIL  1 of 3 pods fails. The cause at most of them: 201 for 200 (at 1 of 3 pods)." in run.said
    page = (output / "report.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("pod-001", "pod-002", "pod-010"))
    # What changed since: the tenth pod is mended.
    mended = (targets / "pod-003.spare").read_text(encoding="utf-8")
    other = tmp_path / "mended"
    other.mkdir()
    (other / "pod-010.toml").write_text(mended, encoding="utf-8")
    again = run_command(output, "--targets", str(other), *RULES)
    assert again.status == 0, again.said
    assert "What changed" in (output / "report.html").read_text(encoding="utf-8")


def test_a_pod_that_is_not_there_spoils_no_other_verdict(targets: Path, tmp_path: Path) -> None:
    files = tmp_path / "targets"
    files.mkdir()
    there = (targets / "pod-001.toml").read_text(encoding="utf-8")
    (files / "here.toml").write_text(there, encoding="utf-8")
    (files / "gone.toml").write_text(
        '[pod]\nurl = "http://127.0.0.1:1/pod"\n[caller]\nuser_id = 7\ntoken = "env:SOME_TOKEN"\n', encoding="utf-8"
    )
    run = run_command(
        tmp_path / "contract", "--targets", str(files), *RULES, environment={"SOME_TOKEN": "a-token-of-somebody"}
    )
    assert run.status == 3
    assert "PASS        here: " in run.said
    assert "INCOMPLETE  gone: " in run.said


def test_faults_of_all_target_files_are_said_before_anything_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text('[pod]\nurl = "ftp://x"\n', encoding="utf-8")
    assert main(["run", "--targets", str(tmp_path), "--output", str(tmp_path / "contract")]) == 2
    said = capsys.readouterr().err
    assert ("one.toml" in said, "two.toml" in said) == (True, True)
    assert not (tmp_path / "contract").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--target", "x.toml"], "expected no --target with it"),
        (["--dry-run"], "expected no --dry-run with it"),
        (["--select", "no-such-rule"], "no such rule: no-such-rule"),
    ],
)
def test_what_does_not_fit_a_fleet_is_refused(
    more: list[str], said: str, targets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--targets", str(targets), *more]) == 2
    assert said in capsys.readouterr().err


def test_a_variable_that_names_a_pod_is_refused(
    targets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POD_URL", "http://127.0.0.1:1/pod")
    assert main(["run", "--targets", str(targets)]) == 2
    assert "POD_URL: set, but the files of --targets name the pods. Unset it." in capsys.readouterr().err


def test_a_folder_without_target_files_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--targets", str(tmp_path)]) == 2
    assert "expected target files, *.toml, found none" in capsys.readouterr().err


def target_file(folder: Path, name: str, *urls: str) -> Path:
    tables = ("pod", "requester")
    text = "\n".join(f'[{table}]\nurl = "{url}"' for table, url in zip(tables, urls, strict=False))
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_files_that_share_an_address_are_one_group(tmp_path: Path) -> None:
    one = target_file(tmp_path, "one", "https://a.example.com/pod", "https://b.example.com/pod")
    two = target_file(tmp_path, "two", "https://c.example.com/pod")
    three = target_file(tmp_path, "three", "https://d.example.com/pod", "https://B.example.com/pod/")
    four = target_file(tmp_path, "four", "https://c.example.com/pod", "https://a.example.com/pod")
    assert groups_by_address([one, two]) == [[one], [two]]
    assert groups_by_address([one, two, three]) == [[two], [one, three]]
    assert [sorted(group) for group in groups_by_address([one, two, three, four])] == [sorted([one, two, three, four])]


def test_the_matrix_has_every_file_once_on_as_many_jobs_as_there_are(tmp_path: Path) -> None:
    files = [target_file(tmp_path, f"p{number}", f"https://{number}.example.com/pod") for number in range(1000)]
    jobs = matrix(groups_by_address(files), 256)
    assert len(jobs) == 256
    assert sorted(path for job in jobs for path in job["targets"].split()) == sorted(map(str, files))
    assert {len(job["targets"].split()) for job in jobs} == {3, 4}
    assert (jobs[0]["name"], jobs[-1]["name"]) == ("pods-001", "pods-256")


def test_the_matrix_is_json_and_takes_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = target_file(tmp_path, "one", "https://a.example.com/pod")
    file.write_text(file.read_text() + '\n[caller]\nuser_id = 7\ntoken = "env:NOT_SET_HERE"\n')
    assert main(["matrix", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == {"include": [{"name": "pods-1", "targets": str(file)}]}


def test_a_signal_ends_every_run_and_the_page_says_so(targets: Path, tmp_path: Path) -> None:
    output = tmp_path / "contract"
    command = [sys.executable, "-m", "contract_tests", "run", "--targets", str(targets), "--output", str(output)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
    with subprocess.Popen(command, env={**inherited, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 4
    assert (output / "report.html").is_file()
