"""The description is clean under the recommended rules of Spectral and of Redocly."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.openapi.project import REPOSITORY

DESCRIPTION = REPOSITORY / "generated" / "openapi.json"
FOLDER = REPOSITORY / "build" / "linters"
INSTALL = f"npm install --prefix {FOLDER.relative_to(REPOSITORY)} @stoplight/spectral-cli @redocly/cli"


def linter(name: str) -> str:
    """The path of a linter; a test that needs it is skipped where it is missing, and fails in CI."""
    found = shutil.which(name, path=f"{FOLDER / 'node_modules' / '.bin'}:{os.environ.get('PATH', '')}")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed: {INSTALL}")
    if found is None:
        pytest.skip(f"{name} is not installed: {INSTALL}")
    return found


def test_spectral_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    command = [linter("spectral"), "lint", "--fail-severity", "hint", "--ruleset", str(tmp_path / "rules.yaml")]
    done = subprocess.run([*command, str(DESCRIPTION)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_redocly_finds_nothing() -> None:
    command = [linter("redocly"), "lint", "--extends=recommended", "--format=summary", str(DESCRIPTION)]
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    found = done.stdout + done.stderr
    assert (done.returncode, "warning" in found.lower().replace("deprecation warning", "")) == (0, False), found
