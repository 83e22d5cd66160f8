import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import needs_program

ROOT = Path(__file__).resolve().parents[1]


def make(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    needs_program("make")
    shutil.copy(ROOT / "Makefile", folder)
    for lock in ("requirements.lock", "requirements-contract.lock"):
        (folder / lock).touch()
    # These tests may themselves be run by a make that was given another environment.
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "VENV")}
    return subprocess.run(
        ["make", "--directory", str(folder), *arguments],
        env=inherited,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("target", ["setup", "contract"])
def test_a_folder_that_a_link_points_to_is_not_emptied(tmp_path: Path, target: str) -> None:
    other = tmp_path / "of another project"
    other.mkdir()
    (other / "kept").touch()
    project = tmp_path / "project"
    project.mkdir()
    (project / ".venv").symlink_to(other)
    done = make(project, target)
    assert [path.name for path in other.iterdir()] == ["kept"]
    assert done.returncode == 2
    assert "make: .venv is a symbolic link" in done.stderr


def test_cleaning_removes_a_link_and_not_what_it_points_to(tmp_path: Path) -> None:
    other = tmp_path / "of another project"
    other.mkdir()
    (other / "kept").touch()
    project = tmp_path / "project"
    project.mkdir()
    (project / ".venv").symlink_to(other)
    assert make(project, "clean").returncode == 0
    assert ([path.name for path in other.iterdir()], (project / ".venv").is_symlink()) == (["kept"], False)


@pytest.mark.parametrize("name", ["pages.yml", "pre-commit-config.yaml"])
def test_what_a_maintainer_copies_for_ci_calls_targets_that_there_are(name: str) -> None:
    text = (ROOT / "docs" / "ci" / name).read_text(encoding="utf-8")
    called = set(re.findall(r"make ([a-z-]+)", " ".join(re.findall(r"(?:run|entry): (.*)", text))))
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert (called, called - there) == ({"generate-check", "pages-diff"}, set())
