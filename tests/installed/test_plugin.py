"""The plugin of pytest, in tests of an application."""

import contextlib
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

THREE_LINES = """
def test_the_bot_accepts_requests(symphony_pods):
    symphony_pods.set_connection(symphony_pods.requester.id, symphony_pods.caller.id, "PENDING")
    accept_all(symphony_pods.caller.url, symphony_pods.caller.token)
    assert symphony_pods.status(symphony_pods.requester, symphony_pods.caller) == "ACCEPTED"
"""
BOT = """
import httpx

def accept_all(url, token):
    with httpx.Client(base_url=url + "/v1/connection", headers={"sessionToken": token}, trust_env=False) as pod:
        for connection in pod.get("list", params={"status": "PENDING_INCOMING"}).json():
            pod.post("accept", json={"userId": connection["userId"]})
"""
A_HUNDRED = """
import pytest

@pytest.mark.parametrize("number", range(100))
def test_each_test_finds_the_pods_as_they_start(symphony_pods, number):
    assert symphony_pods.status(symphony_pods.requester, symphony_pods.caller) is None
    assert symphony_pods.journal() == [] and symphony_pods.faults() == []
    symphony_pods.set_connection(symphony_pods.requester.id, symphony_pods.caller.id, "ACCEPTED")
    symphony_pods.add_fault("drop")
"""
A_WORLD = """
[[pods]]
name = "north"

[[users]]
name = "bot"
pod = "north"
role = "BOT"
"""


# The plugins that take longest to import where this project's own environment is the one.
WITHOUT_OTHERS = ("-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:cacheprovider")


def application_s_tests(folder: Path, *arguments: str, **files: str) -> str:
    """Run the tests of an application in a folder; return what pytest prints, if all pass."""
    for name, content in files.items():
        (folder / f"{name}.py").write_text(content, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    if "PYTHONPYCACHEPREFIX" not in environment:  # then bytecode would be written into the folder
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *WITHOUT_OTHERS, *arguments],
        cwd=folder,
        env={**environment, "TMPDIR": str(folder / "tmp")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an application."""
    (tmp_path / "tmp").mkdir()
    return tmp_path


def emulators(folder: Path) -> list[int]:
    """The process ids of the emulated pods that run in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes()
            if b".emulator.serve" in line and (process / "cwd").resolve() == folder:
                found.append(int(process.name))
    return found


def test_three_lines_of_a_test(folder: Path) -> None:
    assert "1 passed" in application_s_tests(folder, test_bot=BOT + THREE_LINES)


def test_nothing_is_left_behind(folder: Path) -> None:
    application_s_tests(folder, "-n", "2", test_bot=BOT + THREE_LINES, test_hundred=A_HUNDRED)
    assert emulators(folder) == []
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == [
        "test_bot.py",
        "test_hundred.py",
    ]


def test_a_worker_that_dies_leaves_no_process(folder: Path) -> None:
    application_s_tests(
        folder,
        test_dying="""
import os, subprocess, sys, time
from pathlib import Path

def test_a_pytest_that_is_killed(tmp_path):
    inner = tmp_path / "test_inner.py"
    inner.write_text("import os, signal\\ndef test_it(symphony_pods):\\n    os.kill(os.getpid(), signal.SIGKILL)\\n")
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(inner)], cwd=os.getcwd())
    assert done.returncode == -9
""",
    )
    for process in emulators(folder):  # it looks ten times a second whether its parent is there
        with contextlib.suppress(ProcessLookupError):
            select.select([os.pidfd_open(process)], [], [], 30)
    assert emulators(folder) == []


def test_each_test_finds_the_pods_as_they_start(folder: Path) -> None:
    assert "100 passed" in application_s_tests(folder, test_hundred=A_HUNDRED)


def test_a_conftest_names_the_world(folder: Path) -> None:
    (folder / "world.toml").write_text(A_WORLD, encoding="utf-8")
    application_s_tests(
        folder,
        conftest="""
import pytest

@pytest.fixture(scope="session")
def symphony_pods_arguments():
    return ["--world", "world.toml"]
""",
        test_world="""
def test_the_world_is_ours(symphony_pods):
    assert [user.username for user in symphony_pods.users()] == ["bot"]
    assert symphony_pods.user("BOT").token
""",
    )


def test_a_run_without_the_fixture_starts_nothing_and_imports_nothing(folder: Path) -> None:
    application_s_tests(
        folder,
        test_other="""
import sys

def test_the_plugin_is_light():
    assert [name for name in ("httpx", "starlette", "uvicorn", "cryptography") if name in sys.modules] == []
""",
    )
