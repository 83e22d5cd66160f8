"""How much a run says, and what else the command says of itself."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests import SCRIPT
from contract_tests.__main__ import main
from contract_tests.commands.completion import SHELLS
from contract_tests.contract.rules import rules
from contract_tests.emulator.process import emulated_pod
from contract_tests.run.duration import Duration, usual_requests
from tests.contract.runs import run_suite

RULE = "body-missing-refused"


@pytest.fixture(scope="module")
def emulated() -> Iterator[dict[str, str]]:
    """The environment variables that name an emulated pod, which runs in another process."""
    with emulated_pod() as environment:
        yield environment


def test_quiet_says_the_verdict_and_nothing_else(tmp_path: Path, emulated: dict[str, str]) -> None:
    run = run_suite(tmp_path / "contract", "--select", RULE, "-q", environment=emulated)
    assert run.said.splitlines()[2] == "PASS  Nothing is broken: 1 rule held."
    assert run.said.splitlines()[-2:] == ["contract: 1 held", f"results in {tmp_path}/contract/"]
    assert len(run.said.splitlines()) == 7


def test_verbose_says_every_request_without_secrets(tmp_path: Path, emulated: dict[str, str]) -> None:
    run = run_suite(tmp_path / "contract", "--select", RULE, "-v", environment=emulated)
    requests = re.findall(r"^ +POST /v1/connection/\w+ by the caller.*: 400$", run.said, re.MULTILINE)
    assert len(requests) >= run.requests_of(RULE) / 2
    assert emulated["POD_CALLER_TOKEN"] not in run.said


def test_quiet_and_verbose_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "-q", "-v"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_the_version_is_the_project_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"{SCRIPT} 0.1.0\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_its_completion_script(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here: apt-get install {shell}")
    assert main(["completion", shell]) == 0
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out, encoding="utf-8")
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_bash_completes_an_option_of_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out, encoding="utf-8")
    asked = f"""
        source {script}
        COMP_WORDS=({SCRIPT} run --str); COMP_CWORD=2
        _shtab_{SCRIPT.replace("-", "_")}
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("--strict\n", "")


def test_a_slow_pace_makes_a_run_as_long_as_its_requests_at_that_pace() -> None:
    duration = Duration(rules().values(), [0.01], rate=20.0, max_examples=150)
    assert duration.seconds == pytest.approx(sum(map(usual_requests, rules())) / 20.0)


def test_slow_answers_and_more_examples_make_a_run_longer() -> None:
    usual = Duration(rules().values(), [0.01], None, 150)
    slow = Duration(rules().values(), [0.3], None, 150)
    many = Duration(rules().values(), [0.01], None, 5000)
    assert slow.seconds > 10 * usual.seconds
    assert many.seconds > 3 * usual.seconds
    assert (str(usual)[:6], str(slow)[-4:]) == ("about ", " min")
