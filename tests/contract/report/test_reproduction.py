"""What a report says to paste into a shell works when it is pasted, and shows the finding again."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract.exchange import JSON, Request, act
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.process import emulated_pod
from contract_tests.report.reproduction import Reproduction, comment, reproduction
from contract_tests.target.target import PodAddress, Target
from tests.client.certificates import Authority
from tests.contract.runs import ROOT, run_command, run_suite
from tests.programs import needs_program

ODD = '/it\'s a "folder" with $HOME/`x` \\n \\\\ é !x *'
PYTHON = Path(sys.executable)
STATUS = re.compile(r"^HTTP/1\.1 (\d+)", re.MULTILINE)


def paste(lines: str, environment: Mapping[str, str], shell: str = "sh") -> "subprocess.CompletedProcess[str]":
    """Give lines to a shell as a user who pastes them: one after the other, on its standard input."""
    needs_program(shell)
    needs_program("curl")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
    return subprocess.run(
        [shell],
        input=lines + "\n",
        env={**inherited, **environment, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def findings(folder: Path, environment: Mapping[str, str], defect: str, *options: str) -> list[dict[str, Any]]:
    """The evidence of a run against a pod with a defect."""
    run = run_suite(folder, "--select", ",".join(DEFECTS[defect].breaks), *options, environment=environment)
    found = [line["evidence"] for line in run.lines() if line.get("evidence")]
    assert found != []
    return found


def assert_shows_again(finding: dict[str, Any], environment: Mapping[str, str], shell: str = "sh") -> None:
    """Paste the block of a finding, and hold what the pod answers against what the run was answered."""
    done = paste(finding["reproduce"], environment, shell)
    assert done.stderr == ""
    statuses = [int(status) for status in STATUS.findall(done.stdout) if status != "100"]
    answers = [exchange["answer"] for exchange in finding["exchanges"]]
    assert len(statuses) == len(answers)
    shown = [(status, answer["status"]) for status, answer in zip(statuses, answers, strict=True) if answer]
    assert [status for status, _ in shown] == [expected for _, expected in shown]


@pytest.mark.parametrize(
    "defect", ["string-taken", "put-acts", "token-ends-at-nul", "token-in-the-query", "token-in-base64"]
)
def test_the_block_of_a_finding_shows_it_again(tmp_path: Path, defect: str) -> None:
    with emulated_pod("--defect", defect) as environment:
        for finding in findings(tmp_path / "contract", environment, defect):
            assert_shows_again(finding, environment)


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh"])
def test_the_block_works_in_every_posix_shell(tmp_path: Path, shell: str) -> None:
    needs_program(shell)
    with emulated_pod("--defect", "string-taken") as environment:
        for finding in findings(tmp_path / "contract", environment, "string-taken"):
            assert_shows_again(finding, environment, shell)


def test_users_who_log_in_by_key_need_no_token_for_the_block(tmp_path: Path) -> None:
    with emulated_pod("--defect", "string-taken", "--keys", str(tmp_path)) as environment:
        for finding in findings(tmp_path / "contract", environment, "string-taken"):
            assert f'POD_CALLER_TOKEN="$({PYTHON} -m contract_tests token caller)"' in finding["reproduce"].splitlines()
            assert_shows_again(finding, environment)


def test_a_block_names_the_target_file_and_needs_no_variable(tmp_path: Path) -> None:
    file = tmp_path / "it's a pod.toml"
    with emulated_pod("--defect", "string-taken", "--keys", str(tmp_path)) as environment:
        file.write_text(target_file(environment), encoding="utf-8")
        for finding in findings(tmp_path / "contract", {}, "string-taken", "--target", str(file)):
            assert_shows_again(finding, {})


def target_file(environment: Mapping[str, str]) -> str:
    """The target file that says what an environment says."""
    lines = ["[pod]", f'url = "{environment["POD_URL"]}"', "allow_writes = true"]
    for role in ("caller", "requester"):
        prefix = f"POD_{role.upper()}"
        lines += [f"[{role}]", f"user_id = {environment[f'{prefix}_USER_ID']}"]
        lines += [f'username = "{environment[f"{prefix}_USERNAME"]}"']
        lines += [f'private_key = "file:{environment[f"{prefix}_PRIVATE_KEY"]}"']
    return "\n".join(lines)


def test_a_block_goes_the_way_of_the_run_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.issue("server")
    with emulated_pod("--defect", "string-taken", "--tls-cert", certificate, "--tls-key", key) as emulated:
        environment = {**emulated, "POD_CA_BUNDLE": str(authority.bundle)}
        for finding in findings(tmp_path / "contract", environment, "string-taken"):
            assert_shows_again(finding, environment)


def test_the_command_checks_the_rule_again_and_finds_the_same(tmp_path: Path) -> None:
    output = tmp_path / "it's an output"
    with emulated_pod("--defect", "string-taken") as environment:
        first = run_command(
            output, "--seed", "7", "--strict", "--select", "body-user-id-not-*", environment=environment
        )
        (finding,) = (line["evidence"] for line in first.lines() if line.get("evidence"))
        again = paste(finding["again"], environment)
        assert (first.status, again.returncode) == (1, 1)
        assert "body-user-id-not-coerced" in again.stdout
        assert f"results in {output}/" in again.stdout.splitlines()


def test_the_command_of_a_run_repeats_this_run(tmp_path: Path) -> None:
    known = tmp_path / "known failures.toml"
    known.write_text("[[known]]\nrule = 'answer-json'\nreason = 'x'\nuntil = 2099-01-01\n", encoding="utf-8")
    with emulated_pod() as environment:
        file = tmp_path / "pod.toml"
        file.write_text(f'[pod]\nurl = "{environment["POD_URL"]}"\n', encoding="utf-8")
        token = {name: value for name, value in environment.items() if name.startswith("POD_CALLER_")}
        options = ("--target", str(file), "--known", str(known), "--select", "answer-*", "--strict", "--seed", "7")
        run = run_command(tmp_path / "out", *options, environment=token)
    assert run.lines()[0]["header"]["again"] == (
        f"{PYTHON} -m contract_tests run --target {file} --output {tmp_path}/out --known '{known}' --strict "
        "--seed 7 --select 'answer-*'"
    )


def test_the_command_of_a_run_names_no_option_that_was_not_given() -> None:
    assert Reproduction(seed=7).run_command() == "python -m contract_tests run --seed 7"


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "fish"])
def test_every_shell_reads_the_command_as_it_was_meant(tmp_path: Path, shell: str) -> None:
    needs_program(shell)
    how = Reproduction(seed=7, selected="answer-*", options=("--output", ODD), target_options=("--target", "~/a b"))
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n", encoding="utf-8")
    python.chmod(0o755)
    done = subprocess.run(
        [shell, "-c", how.run_command()],
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\0")[:-1] == [
        *("-m", "contract_tests", "run", "--target", "~/a b", "--output", ODD, "--seed", "7", "--select", "answer-*"),
    ]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder of no project, with a PATH on which this Python is not."""
    monkeypatch.chdir(tmp_path)
    folders = os.environ["PATH"].split(os.pathsep)
    monkeypatch.setenv("PATH", os.pathsep.join(folder for folder in folders if Path(folder) != PYTHON.parent))


def test_the_command_is_short_where_this_python_is_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(PYTHON.parent), prepend=os.pathsep)
    assert reproduction(None, {}, seed=7).run_command() == "python -m contract_tests run --seed 7"


def test_the_command_is_relative_to_the_folder_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PYTHON.parents[1])
    assert reproduction(None, {}, seed=7).run_command() == f"bin/{PYTHON.name} -m contract_tests run --seed 7"


def test_a_block_takes_tokens_from_the_environment_where_they_are_given() -> None:
    target = Target("https://acme.example.com/pod", "", "")
    requests = [act("acceptConnection", "caller", 1), act("createConnection", "requester", 2)]
    how = reproduction(target, {"POD_CALLER_TOKEN": "given-token"}, seed=7, target_options=("--target", "pod.toml"))
    lines = how.block("answer-json", requests).splitlines()
    assert [line for line in lines if line.startswith("POD_")] == [
        "POD_URL=https://acme.example.com/pod",
        f'POD_REQUESTER_TOKEN="$({PYTHON} -m contract_tests token requester --target pod.toml)"',
    ]


def test_a_block_sends_each_user_s_requests_to_that_user_s_pod() -> None:
    other = PodAddress("https://other.example.com/pod", "", "")
    target = Target("https://acme.example.com/pod", "", "", pods={"requester": other, "bystander": other})
    given = {f"POD_{role}_TOKEN": "given-token" for role in ("CALLER", "REQUESTER")}
    requests = [act("acceptConnection", "caller", 1), act("createConnection", "requester", 2)]
    lines = reproduction(target, given, seed=7).block("answer-json", requests).splitlines()
    assert [line for line in lines if line.startswith("POD_")] == [
        "POD_URL=https://acme.example.com/pod",
        "POD_REQUESTER_URL=https://other.example.com/pod",
    ]
    assert re.findall(r'"\$POD_\w+"/v1/connection/\w+', "\n".join(lines)) == [
        '"$POD_URL"/v1/connection/accept',
        '"$POD_REQUESTER_URL"/v1/connection/create',
    ]


def test_a_block_has_the_requests_in_their_order_each_below_a_comment() -> None:
    how = Reproduction(("POD_URL=https://acme.example.com/pod",), given_tokens=frozenset({"caller"}))
    first = Request("acceptConnection", "caller", None, JSON, about='first, by the "requester"; $(id)')
    lines = how.block("answer-json", [first, act("rejectConnection", "caller", 1)]).splitlines()
    assert [re.sub(r"^curl .*/(\w+) .*", r"\1", line) for line in lines] == [
        "# answer-json: 2 requests",
        "POD_URL=https://acme.example.com/pod",
        "# 1. first, by the requester id",
        "accept",
        "# 2.",
        "reject",
    ]


def test_a_comment_has_no_character_that_a_shell_without_comments_would_act_on() -> None:
    assert comment('it\'s $(id) `id` > file; a|b & (c) *?[x] \\ "y" #z\n{1..3}') == "# it s id id file a b c x y z 1..3"


def test_a_run_that_started_its_pod_itself_says_how_to_run_again() -> None:
    how = reproduction(None, {}, seed=7)
    assert how.block("answer-json", [act("acceptConnection", "caller", 1)]) == (
        f"{PYTHON} -m contract_tests run --seed 7 --select answer-json"
    )


@pytest.mark.parametrize(
    ("proxy", "environment", "line"),
    [
        ("http://proxy.example.com:3128", {"POD_PROXY": "http://proxy.example.com:3128"}, None),
        ("http://proxy.example.com:3128", {}, "POD_PROXY=http://proxy.example.com:3128"),
        (
            "http://u:secret@proxy.example.com:3128",
            {},
            "# Set POD_PROXY first: it has credentials, which are not shown.",
        ),
    ],
)
def test_a_block_goes_through_the_proxy_and_shows_no_credentials(
    proxy: str, environment: dict[str, str], line: str | None
) -> None:
    target = Target("https://acme.example.com/pod", "", "", proxy=proxy)
    block = reproduction(target, environment, seed=7).block("answer-json", [act("acceptConnection", "caller", 1)])
    assert [text for text in block.splitlines() if "POD_PROXY" in text and "curl" not in text] == (
        [line] if line else []
    )
    assert '--proxy "$POD_PROXY"' in block
    assert "secret" not in block
