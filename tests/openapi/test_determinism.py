"""The same openapi/ makes the same bytes: whoever runs it, wherever, whenever.

That another Python makes them too is checked by the tests on that Python, against the committed tree:
`test_generate.py`.
"""

from pathlib import Path

import pytest

from tests.openapi.project import Project, tree

HOSTILE = """
line-length = 60
indent-width = 2
target-version = "py37"
fix = true
unsafe-fixes = true
[lint]
select = ["ALL"]
[lint.isort]
force-single-line = true
[format]
quote-style = "single"
"""


@pytest.fixture
def expected(pristine: Project) -> dict[str, bytes]:
    """What is made in a process of pytest's."""
    return tree(pristine.generated)


def made(
    project: Project, environment: dict[str, str] | None = None, *, cwd: Path | None = None, umask: int = 0o022
) -> dict[str, bytes]:
    """What is made in a process of its own."""
    done = project.run(environment, cwd=cwd, umask=umask)
    assert (done.returncode, done.stderr) == (0, "")
    return tree(project.generated)


def test_under_another_hash_seed(project: Project, expected: dict[str, bytes]) -> None:
    assert made(project, {"PYTHONHASHSEED": "0"}) == expected


def test_in_another_working_directory(
    project: Project, expected: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert made(project, cwd=tmp_path_factory.mktemp("elsewhere")) == expected


def test_with_a_umask_that_shuts_others_out(project: Project, expected: dict[str, bytes]) -> None:
    assert made(project, umask=0o077) == expected


def test_in_another_time_zone_and_a_locale_of_ascii(project: Project, expected: dict[str, bytes]) -> None:
    ascii_locale = {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    assert made(project, {"TZ": "Pacific/Kiritimati"} | ascii_locale) == expected


def test_under_a_ruff_toml_of_the_project(project: Project, expected: dict[str, bytes]) -> None:
    (project.root / "ruff.toml").write_text(HOSTILE)
    assert made(project) == expected


def test_under_other_ruff_settings_in_pyproject(project: Project, expected: dict[str, bytes]) -> None:
    project.edit("pyproject.toml", "[tool.ruff.lint]", '[tool.ruff.format]\nquote-style = "single"\n[tool.ruff.lint]')
    assert made(project) == expected


def test_under_a_ruff_toml_of_a_folder_above(pristine: Project, expected: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text(HOSTILE)
    (tmp_path / "below").mkdir()
    project = Project.copied(pristine.root, tmp_path / "below")
    _without_ruff_settings(project)
    assert made(project) == expected


def test_under_ruff_settings_of_the_user(project: Project, expected: dict[str, bytes], tmp_path: Path) -> None:
    _without_ruff_settings(project)
    (tmp_path / "ruff").mkdir()
    (tmp_path / "ruff" / "ruff.toml").write_text(HOSTILE)
    assert made(project, {"XDG_CONFIG_HOME": str(tmp_path)}) == expected


def test_with_another_ruff_on_the_path(project: Project, expected: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ruff").write_text("#!/bin/sh\necho another ruff >&2\nexit 1\n")
    (tmp_path / "bin" / "ruff").chmod(0o755)
    assert made(project, {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}) == expected


def _without_ruff_settings(project: Project) -> None:
    """So that ruff, if it looked for settings, would look further."""
    pyproject = project.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text(encoding="utf-8").replace("[tool.ruff", "[tool.none"), encoding="utf-8")
