"""What the emulated pods import before they are ready. `make bench ARGS=emulator` shows how long that takes."""

import os
import re
import subprocess
import sys

import pytest

from contract_tests import FOLDER

HEAVY = {
    "cryptography",
    "httptools",
    "httpx",
    "hypothesis",
    "importlib.metadata",
    "jsonschema",
    "jwt",
    "pytest",
    "rich",
    "schemathesis",
    "uvloop",
}
"""Packages that the pods need later, or never."""


@pytest.mark.parametrize("module", ["contract_tests", "contract_tests.emulator.serve"])
def test_the_pods_import_nothing_heavy_before_they_are_ready(module: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", module, *(["emulate"] if module == "contract_tests" else [])]
    with subprocess.Popen(
        [*command, "--port=0", "--print-env=json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=FOLDER.parent,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        assert "POD_URL" in process.stdout.readline()
        process.kill()
        _, imports = process.communicate(timeout=30)

    imported = set(re.findall(r"\|\s+([\w.]+)$", imports, re.MULTILINE))
    assert {"starlette.routing", "uvicorn.server"} <= imported
    assert imported & HEAVY == set()
