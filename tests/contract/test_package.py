"""The package of the suite: it works under any name, and its rooms import downwards alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contract_tests import DESCRIPTION_PATH, FOLDER
from contract_tests.contract.rules import rules
from tests.contract.runs import ROOT

OTHER_NAME = "symphony_pod_contract"


def copy_package(folder: Path, name: str) -> Path:
    """Copy the package into a folder under another name."""
    return shutil.copytree(FOLDER, folder / name, ignore=shutil.ignore_patterns("__pycache__"))


def run_copy(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command of the copied package, from a folder that holds nothing else."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("POD_", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-m", OTHER_NAME, *arguments],
        env={**environment, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=elsewhere,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_package_gives_a_whole_verdict_under_another_name(tmp_path: Path) -> None:
    copy_package(tmp_path, OTHER_NAME)
    (tmp_path / "generated").mkdir()
    shutil.copy(DESCRIPTION_PATH, tmp_path / "generated")
    done = run_copy(tmp_path, "run", "--output", "contract", "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "elsewhere" / "contract" / "results.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["rule"]: line["verdict"] for line in lines if "rule" in line} == dict.fromkeys(rules(), "held")


def test_the_description_may_stand_inside_the_package(tmp_path: Path) -> None:
    package = copy_package(tmp_path, OTHER_NAME)
    shutil.copy(DESCRIPTION_PATH, package)
    done = run_copy(tmp_path, "run", "--output", "contract", "--select", "unknown-user-not-found")
    assert done.returncode == 0, done.stdout + done.stderr


def test_messages_name_the_command_by_the_package_s_name(tmp_path: Path) -> None:
    package = copy_package(tmp_path, OTHER_NAME)
    shutil.copy(DESCRIPTION_PATH, package)
    done = run_copy(tmp_path, "run", "--select", "no-such-rule")
    assert done.returncode == 2
    assert f"`python -m {OTHER_NAME} rules`" in done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("contract/oracle.py", "from ..target import target"),
        ("checks/check.py", "from ..run import options"),
        ("checks/check.py", "from ..emulator import process"),
        ("emulator/pod.py", "from ..contract import rules"),
    ],
)
def test_lint_fails_where_an_arrow_points_up(module: str, line: str, tmp_path: Path) -> None:
    assert _lint(tmp_path).returncode == 0
    with (tmp_path / "contract_tests" / module).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    done = _lint(tmp_path)
    assert (done.returncode, "BROKEN" in done.stdout) == (1, True)


def _lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run import-linter on a copy of the package, with the project's settings."""
    if not (folder / "contract_tests").exists():
        copy_package(folder, "contract_tests")
        shutil.copy(ROOT / "pyproject.toml", folder)
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
