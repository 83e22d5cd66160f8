"""The action and the files for CI systems: their scripts are run as the runner of each would run them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.emulator.process import emulated_pod
from tests.contract.runs import ROOT

CI = ROOT / "docs" / "ci"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in ACTION["runs"]["steps"] if "id" in step}
RULE = "implicit-accept-accepted"
SOME = f"--select {RULE}"


@pytest.fixture(scope="module")
def emulated() -> Iterator[dict[str, str]]:
    """The environment variables that name an emulated pod, which runs in another process."""
    with emulated_pod() as environment:
        yield environment


class Runner:
    """A runner of GitHub, without a network: it runs the scripts of the action.

    Args:
        folder: Where its files are.
    """

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        self._outputs, self._summary = folder / "outputs", folder / "summary"
        self._script = folder / "script.sh"

    def step(self, name: str, inputs: Mapping[str, str], pod: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Run a step.

        Args:
            name: Its id.
            inputs: What the expressions of its ``env`` stand for, by the variable.
            pod: The environment of the job.
        """
        step = STEPS[name]
        assert inputs.keys() == step.get("env", {}).keys()
        self._script.write_text(step["run"], encoding="utf-8")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("POD_", "PYTHON"))}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(self._script)],
            env={
                **inherited,
                "GITHUB_ACTIONS": "true",
                "GITHUB_OUTPUT": str(self._outputs),
                "GITHUB_STEP_SUMMARY": str(self._summary),
                **pod,
                **inputs,
            },
            cwd=self.workspace,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def run(
        self, pod: Mapping[str, str], arguments: str = SOME, targets: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Run the step that checks the pod."""
        inputs = {"CONTRACT_ARGUMENTS": arguments, "CONTRACT_TARGETS": targets}
        return self.step("run", {**inputs, "CONTRACT_FOLDER": str(ROOT), "CONTRACT_VENV": sys.prefix}, pod)

    def outputs(self) -> dict[str, str]:
        """The outputs of the steps."""
        lines = self._outputs.read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def summary(self) -> str:
        """What the page of the workflow run shows."""
        return self._summary.read_text(encoding="utf-8") if self._summary.exists() else ""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner of GitHub."""
    return Runner(tmp_path)


def test_no_script_has_an_expression_in_it() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    for path in CI.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        jobs = yaml.safe_load(text).get("jobs", {}).values()
        scripts += [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    assert len(scripts) > 8
    assert [script for script in scripts if "${{" in script] == []


def test_a_run_that_passes_has_status_counts_and_summary(runner: Runner, emulated: dict[str, str]) -> None:
    done = runner.run(emulated)
    assert done.returncode == 0, done.stdout + done.stderr
    assert runner.outputs() == {
        "status": "0",
        "folder": "build/contract",
        "held": "1",
        **dict.fromkeys(("broken", "warned", "known", "not-verified", "error"), "0"),
    }
    assert runner.summary().startswith("# Contract: PASS")


def test_the_summary_is_of_this_run_wherever_its_folder_is(runner: Runner, emulated: dict[str, str]) -> None:
    older = runner.workspace / "build" / "contract"
    older.mkdir(parents=True)
    (older / "summary.md").write_text("of last week", encoding="utf-8")
    done = runner.run(emulated, f"{SOME} --outp elsewhere/contract")
    assert (done.returncode, runner.outputs()["folder"]) == (0, "elsewhere/contract")
    assert runner.summary().startswith("# Contract: PASS")


def test_a_broken_rule_keeps_status_1_and_is_annotated(runner: Runner) -> None:
    with emulated_pod("--defect", "success-201") as pod:
        done = runner.run(pod)
    assert (done.returncode, runner.outputs()["status"], runner.outputs()["broken"]) == (1, "1", "1")
    assert f"::error title=broken%3A {RULE}::expected 200" in done.stdout
    assert runner.summary().startswith("# Contract: FAIL")


@pytest.mark.parametrize("pod", [{}, {"POD_URL": ""}])
def test_a_job_without_a_pod_fails(runner: Runner, pod: dict[str, str]) -> None:
    done = runner.run(pod)
    assert (done.returncode, runner.outputs()["status"]) == (2, "2")
    assert done.stdout.startswith("::error title=POD_URL is empty::")
    runner.step("summary", {"CONTRACT_RESULTS": "", "CONTRACT_STATUS": "2"}, {})
    assert "# Contract: no results (status 2)" in runner.summary()


HARMFUL = """; touch harm
$(touch harm) `touch harm` $(shell touch harm) ${{ touch harm }} | touch harm && touch harm & touch harm
 > harm --output $(touch${IFS}harm) "; touch harm; " '; touch harm; ' <(touch harm)
"""


@pytest.mark.parametrize("place", ["arguments", "targets"])
def test_nothing_in_an_input_is_run(place: str, runner: Runner) -> None:
    pod = {"POD_URL": "http://127.0.0.1:1/pod"} if place == "arguments" else {}
    done = runner.run(pod, **{place: HARMFUL})
    assert done.returncode in (2, 3)
    assert [path for path in runner.workspace.rglob("*") if path.name == "harm"] == []


def test_a_star_in_an_input_is_no_pattern_of_the_shell(runner: Runner, emulated: dict[str, str]) -> None:
    (runner.workspace / "implicit-a").touch()
    assert runner.run(emulated, "--select implicit-a*").returncode == 0


def test_target_files_take_the_place_of_an_empty_address(runner: Runner) -> None:
    file = runner.workspace / "gone.toml"
    file.write_text('[pod]\nurl = "http://127.0.0.1:1/pod"\n[caller]\nuser_id = 7\ntoken = "env:SOME_TOKEN"\n')
    done = runner.run({"POD_URL": "", "SOME_TOKEN": "a-token-of-somebody"}, targets="gone.toml")
    assert (done.returncode, runner.outputs()["pods"]) == (3, "1"), done.stdout + done.stderr
    assert "INCOMPLETE" in runner.summary()


def stub(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.parametrize("cached", [True, False])
def test_packages_are_installed_with_hashes_where_the_cache_has_none(
    cached: bool, runner: Runner, tmp_path: Path
) -> None:
    venv, said = tmp_path / "venv", tmp_path / "said"
    inside = f'if [ "$1" = -c ]; then exit {0 if cached else 1}; fi; echo "pip $*" >> {said}'
    stub(venv / "bin" / "python", inside)
    stub(tmp_path / "python", f'echo "$*" >> {said}')
    inputs = {"CONTRACT_FOLDER": "/suite", "CONTRACT_PYTHON": str(tmp_path / "python"), "CONTRACT_VENV": str(venv)}
    assert runner.step("setup", inputs, {}).returncode == 0
    lines = said.read_text(encoding="utf-8").splitlines() if said.exists() else []
    assert len(lines) == (0 if cached else 2)
    assert [line for line in lines if "pip" in line and "--require-hashes" not in line and "venv" not in line] == []


def test_the_key_of_the_cache_is_of_the_lock(runner: Runner) -> None:
    assert runner.step("key", {"CONTRACT_FOLDER": str(ROOT)}, {}).returncode == 0
    assert re.fullmatch(r"[0-9a-f]{16}", runner.outputs()["lock"])


@pytest.fixture
def on_a_runner(tmp_path: Path) -> dict[str, str]:
    """The environment of another CI system's runner: its python sets up no packages, and git clones this project."""
    real = f'exec {sys.executable} "$@"'
    venv = f'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp {tmp_path}/bin/in-venv "$3/bin/python"; exit; fi; {real}'
    stub(tmp_path / "bin" / "in-venv", f'if [ "$2" = pip ]; then exit 0; fi; {real}')
    for name in ("python", "python3"):
        stub(tmp_path / "bin" / name, venv)
    stub(tmp_path / "bin" / "git", f'for last; do :; done; ln -s {ROOT} "$last"')
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("POD_", "PYTHON"))}
    return {**inherited, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", "CONTRACT_VERSION": "v1"}


def gitlab_script() -> list[str]:
    """The command by which a runner of GitLab runs the job."""
    job = yaml.safe_load((CI / "gitlab-ci.yml").read_text(encoding="utf-8"))["contract"]
    return ["bash", "-c", "set -eo pipefail\n" + "\n".join([*job["before_script"], *job["script"]])]


def jenkins_script() -> list[str]:
    """The commands by which Jenkins runs the steps."""
    steps = re.findall(r"sh '''(.*?)'''", (CI / "Jenkinsfile").read_text(encoding="utf-8"), re.DOTALL)
    files = " && ".join(f"sh -xe -c {quoted(step)}" for step in steps)
    return ["sh", "-c", files]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


@pytest.mark.parametrize("script", [gitlab_script, jenkins_script])
@pytest.mark.parametrize(("defect", "status"), [((), 0), (("--defect", "success-201"), 1)])
def test_another_system_keeps_the_status_and_finds_the_reports(
    script: Any, defect: tuple[str, ...], status: int, on_a_runner: dict[str, str], tmp_path: Path
) -> None:
    command = [part.replace("run --output contract", f"run --output contract {SOME}") for part in script()]
    with emulated_pod(*defect) as pod:
        done = subprocess.run(
            command, env={**on_a_runner, **pod}, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == status, done.stdout + done.stderr
    assert (tmp_path / "contract" / "junit.xml").is_file()


@pytest.mark.parametrize("script", [gitlab_script, jenkins_script])
def test_another_system_fails_without_a_pod(script: Any, on_a_runner: dict[str, str], tmp_path: Path) -> None:
    environment = {**on_a_runner, "POD_URL": "", "CONTRACT_REPOSITORY": "x"}
    done = subprocess.run(script(), env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "POD_URL is empty" in done.stdout) == (2, True)


def test_the_scripts_of_the_fleet_s_workflow_spread_and_join(on_a_runner: dict[str, str], tmp_path: Path) -> None:
    jobs = yaml.safe_load((CI / "fleet.yml").read_text(encoding="utf-8"))["jobs"]
    (tmp_path / "suite").symlink_to(ROOT)
    pods = tmp_path / "pods"
    pods.mkdir()
    for name in ("alpha", "beta"):
        text = f'[pod]\nurl = "http://127.0.0.1:1/{name}"\n[caller]\nuser_id = 7\ntoken = "env:SOME_TOKEN"\n'
        (pods / f"{name}.toml").write_text(text)
    stub(tmp_path / "bin" / "pip", "exit 0")
    variables = {
        **on_a_runner,
        "SOME_TOKEN": "a-token-of-somebody",
        "PYTHONPATH": str(ROOT),
        "GITHUB_OUTPUT": str(tmp_path / "out"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "page"),
    }

    def run(script: str) -> None:
        subprocess.run(["bash", "-e", "-c", script], env=variables, cwd=tmp_path, check=True, capture_output=True)

    for step in jobs["matrix"]["steps"]:
        run(step.get("run", "true"))
    assert (
        (tmp_path / "out").read_text().startswith('jobs={"include": [{"name": "pods-1", "targets": "pods/alpha.toml"}')
    )
    for name in ("alpha", "beta"):
        run(f"python -m contract_tests run --targets pods/{name}.toml --output results/{name} || true")
    for step in jobs["report"]["steps"]:
        run(step.get("run", "true"))
    assert "2 of 2 are incomplete" in (tmp_path / "page").read_text()
