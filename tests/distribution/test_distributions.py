"""The distribution symphony-pod-contract: what is in it, what it needs, and that it is the same twice."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from contract_tests import FOLDER
from openapi.wheel import CONTRACT, build, lowest_versions

ROOT = FOLDER.parent
PACKAGE = "symphony_pod_contract"


def project(folder: Path) -> dict[str, Any]:
    """The pyproject.toml of a folder."""
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements: list[str | dict[str, str]]) -> set[str]:
    """The names of required distributions."""
    return {re.split(r"[^\w-]", text)[0] for text in requirements if isinstance(text, str)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built twice to the same bytes."""
    built = build(tmp_path_factory.mktemp("dist"), CONTRACT)
    assert [path.name for path in built] == [f"{PACKAGE}-0.1.0-py3-none-any.whl", f"{PACKAGE}-0.1.0.tar.gz"]
    return built[0]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, which works on PYTHONPATH as if it were installed."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_it_is_the_package_with_description_pages_and_licence(installed: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z", "."], cwd=FOLDER, capture_output=True, text=True, check=True)
    package = {path for path in tracked.stdout.split("\0") if path} - {
        "LICENSE",
        "README.md",
        "distribution.py",
        "pyproject.toml",
    }
    pages = {path.name: path for path in (ROOT / "openapi" / "pages").iterdir()}
    inside = {path.relative_to(installed / PACKAGE).as_posix(): path for path in (installed / PACKAGE).rglob("*.*")}
    inside |= {"pages/SHA256SUMS": installed / PACKAGE / "pages" / "SHA256SUMS"}
    assert set(inside) == package | {"openapi.json"} | {f"pages/{name}" for name in pages}
    assert inside["openapi.json"].read_bytes() == (ROOT / "generated" / "openapi.json").read_bytes()
    assert [inside[f"pages/{name}"].read_bytes() for name in pages] == [path.read_bytes() for path in pages.values()]
    assert next(installed.glob("*.dist-info/licenses/LICENSE")).read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_a_wheel_of_the_source_distribution_is_the_same(wheel: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "xzf", wheel.parent / f"{PACKAGE}-0.1.0.tar.gz", "-C", tmp_path], check=True)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=tmp_path / f"{PACKAGE}-0.1.0", capture_output=True, check=True)
    with zipfile.ZipFile(wheel) as ours, zipfile.ZipFile(tmp_path / wheel.name) as theirs:
        assert {name: theirs.read(name) for name in theirs.namelist() if not name.endswith("/RECORD")} == {
            name: ours.read(name) for name in ours.namelist() if not name.endswith("/RECORD")
        }


def test_it_needs_what_this_project_installs_for_it() -> None:
    ours, theirs = project(FOLDER)["project"], project(ROOT)
    extras = ours["optional-dependencies"]
    groups = theirs["dependency-groups"]
    base, emulator, run = (names(part) for part in (ours["dependencies"], extras["emulator"], extras["run"]))
    assert base | emulator | run == names(groups["contract"]) | names(groups["emulator"]) | {
        "httpx",
        "symphony-pod-contract",
    }
    assert ours["version"] == theirs["project"]["version"]


def test_an_application_s_test_gets_no_schemathesis_with_the_emulator() -> None:
    ours = project(FOLDER)["project"]
    assert names([*ours["dependencies"], *ours["optional-dependencies"]["emulator"]]) == {
        "Jinja2",
        "PyJWT",
        "cryptography",
        "httpx",
        "jsonschema",
        "rich",
        "shtab",
        "starlette",
        "uvicorn",
    }


def test_the_lowest_versions_are_those_declared() -> None:
    assert {"starlette==0.40", "jsonschema==4.18"} <= set(lowest_versions(CONTRACT, "emulator"))
