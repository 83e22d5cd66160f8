"""How the emulated pods start and end, and what they import before they are ready.

`make bench ARGS=emulator` shows how long that takes.
"""

import os
import re
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from contract_tests import FOLDER
from contract_tests.emulator.process import emulated_pod
from contract_tests.emulator.server import SHUTDOWN_SECONDS

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


def test_what_is_to_be_done_meanwhile_is_done_once_before_the_pods_are_used() -> None:
    done: list[str] = []
    with emulated_pod(federation=True, meanwhile=lambda: done.append("meanwhile")) as environment:
        assert (done, "POD_URL" in environment) == (["meanwhile"], True)


def test_pods_without_a_file_end_with_their_context_though_a_request_is_under_way() -> None:
    with emulated_pod("--latency", "60000") as environment:
        url = urlsplit(environment["POD_URL"])
        connection = HTTPConnection(url.hostname or "", url.port, timeout=10)
        connection.request("GET", f"{url.path}/v2/sessioninfo")
        start = time.perf_counter()
    assert time.perf_counter() - start < SHUTDOWN_SECONDS
    with closing(connection), pytest.raises(ConnectionError):
        connection.getresponse()
