"""The files with which people run the emulated pods in containers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from contract_tests.emulator.control.client import ControlRefused, EmulatedPods
from contract_tests.emulator.process import emulated_pod
from contract_tests.emulator.running import RunningPods
from tests.container.steps import ROOT, Container, StepFailed, instructions

DOCS = ROOT / "docs"


def steps() -> list[tuple[str, str]]:
    return list(instructions((ROOT / "Containerfile").read_text(encoding="utf-8")))


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def in_container(arguments: list[str]) -> list[str]:
    """The arguments of ``emulate`` in the container, on a free port."""
    words = json.loads(dict(steps())["ENTRYPOINT"])
    return [*("0" if word == "8080" else word for word in words[words.index("emulate") + 1 :]), *arguments]


def test_the_image_is_built_from_the_lock_by_hash() -> None:
    installs = [rest for word, rest in steps() if word == "RUN" and " install " in rest]
    assert [("--require-hashes" in rest, rest.split()[-2:]) for rest in installs] == [
        (True, ["-r", "requirements-emulator.lock"])
    ]


def test_the_image_runs_as_a_user_who_is_not_root(tmp_path: Path) -> None:
    container = Container(tmp_path, sys.executable)
    for word, rest in steps():
        if word not in ("RUN", "COPY"):  # `make container` carries these out too
            container.carry_out(word, rest)
    assert container.user == (10001, 10001)
    assert container.command[-1] == "--expose-control"


def test_an_instruction_that_the_steps_do_not_know_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="ADD: this instruction is not known"):
        Container(tmp_path, sys.executable).carry_out("ADD", "x y")


def test_what_it_copies_is_let_through_by_the_ignore_file() -> None:
    let_through = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert {rest.split()[0] for word, rest in steps() if word == "COPY"} == let_through
    assert [path for path in let_through if not (ROOT / path).exists()] == []


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of the pods as the container serves them, under the name localhost."""
    with emulated_pod(*in_container(["--expose-control"]), federation=True) as environment:
        yield environment["POD_URL"].replace("0.0.0.0", "localhost").removesuffix("/acme/pod")


def test_the_pods_of_a_container_are_held_under_the_name_that_is_asked(url: str) -> None:
    with RunningPods.at(url) as pods:
        assert (pods.caller.url, pods.requester.url) == (f"{url}/acme/pod", f"{url}/beta/pod")
        session = httpx.get(f"{pods.caller.url}/v2/sessioninfo", headers={"sessionToken": pods.caller.token})
        assert session.json()["id"] == pods.caller.id


def test_without_the_control_interface_health_is_all_that_is_answered() -> None:
    with (
        emulated_pod(*in_container([]), federation=True) as environment,
        EmulatedPods(environment["POD_URL"].replace("0.0.0.0", "127.0.0.1")) as pods,
    ):
        assert pods.health() == ["acme", "beta", "delta", "gamma"]
        for call in (pods.reset, pods.variables):
            with pytest.raises(ControlRefused, match="404"):
                call()


def test_the_compose_example_works_without_an_engine() -> None:
    services = loaded(DOCS / "compose" / "compose.yaml")["services"]
    world = str(DOCS / "compose" / "world.toml")
    arguments = [word.replace("/world.toml", world) for word in services["pods"]["command"]]
    application = services["application"]
    with emulated_pod(*in_container(arguments), federation=True) as environment:
        here = environment["POD_URL"].removesuffix("/north/pod").replace("0.0.0.0", "127.0.0.1")
        variables = {
            name: value.replace("http://pods:8080", here) for name, value in application["environment"].items()
        }
        command = [
            word.replace("/application.py", str(DOCS / "compose" / "application.py")) for word in application["command"]
        ]
        done = subprocess.run(
            [sys.executable, *command[1:]], env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
        with EmulatedPods(here) as pods:
            (anna,) = pods.users("south")
    assert (done.stdout, done.stderr) == (f"ACCEPTED {anna.id}\n", "")


def test_the_compose_example_waits_for_the_health_check_and_publishes_nothing() -> None:
    services = loaded(DOCS / "compose" / "compose.yaml")["services"]
    assert services["application"]["depends_on"] == {"pods": {"condition": "service_healthy"}}
    assert [name for name, service in services.items() if "ports" in service] == []


def test_the_step_of_the_workflow_gives_the_environment_of_the_pods(url: str) -> None:
    job = loaded(DOCS / "ci" / "pods-service.yml")["jobs"]["tests"]
    assert job["services"]["pods"]["ports"] == ["127.0.0.1:8080:8080"]
    (script,) = [step["run"] for step in job["steps"] if "curl" in step.get("run", "")]
    assert "http://127.0.0.1:8080/emulator/environment" in script
    answer = httpx.get(f"{url}/emulator/environment").json()
    assert (answer["POD_URL"], set(answer) >= {"POD_CALLER_TOKEN", "POD_CALLER_USER_ID"}) == (f"{url}/acme/pod", True)
    assert [name for name, value in answer.items() if not isinstance(value, str) or "\n" in value] == []
