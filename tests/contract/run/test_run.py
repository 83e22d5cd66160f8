import base64
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from contract_tests.__main__ import main
from contract_tests.commands.parser import command_line
from contract_tests.contract.rules import rules
from contract_tests.emulator.process import emulated_pod
from contract_tests.proof.proof import GENERATED_RULES
from contract_tests.run.duration import usual_requests
from tests.contract.pods import Reply, Seen, refusing, small_pod, telling_sessions_apart
from tests.contract.runs import ROOT, Run, run_command, run_suite

CALLER = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "a-token-of-the-caller"}
# A small selection of rules keeps these runs quick.
FEW = ("--select", "session-missing-refused,unknown-user-not-found,answer-*")


def run_pytest(folder: Path, file: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a file of the suite under pytest alone."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            str(ROOT / "contract_tests" / "checks" / file),
            "-q",
            "-p",
            "no:cacheprovider",
        ],
        env={**inherited, **environment, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A whole run against the emulated pod, as `make contract` makes it."""
    return run_command(tmp_path_factory.mktemp("whole") / "contract", "--seed", "7")


@pytest.fixture(scope="module")
def emulated() -> Iterator[dict[str, str]]:
    """The environment of an emulated pod in another process."""
    with emulated_pod() as environment:
        yield environment


def test_the_emulated_pod_keeps_every_rule(whole: Run) -> None:
    assert whole.verdicts() == dict.fromkeys(rules(), "held")
    assert whole.status == 0


def test_a_thousand_requests_get_past_authentication(whole: Run) -> None:
    footer = whole.lines()[-1]["footer"]
    assert footer["past_authentication"] >= 1000


def test_every_documented_status_but_500_is_reached(whole: Run) -> None:
    unreached = whole.lines()[-1]["footer"]["unreached"]
    under_test = [line for line in unreached if line.startswith(("accept", "reject"))]
    assert [line.partition(":")[0] for line in under_test] == [
        "acceptConnection never answered 500",
        "rejectConnection never answered 500",
    ]


def test_a_rule_s_line_has_the_documented_members(whole: Run) -> None:
    members = ["rule", "level", "verdict", "reason", "evidence", "requests", "seconds"]
    assert all(members == list(line) for line in whole.lines()[1:-1])


def test_the_header_names_target_versions_and_seed(whole: Run) -> None:
    header = whole.lines()[0]["header"]
    assert list(header) == ["target", "versions", "seed", "started", "again"]
    assert header["seed"] == 7


def test_junit_has_one_case_a_rule(whole: Run) -> None:
    root = ElementTree.parse(whole.output / "junit.xml").getroot()
    assert [case.get("name") for case in root.iter("testcase")] == list(rules())


def test_the_summary_names_every_rule(whole: Run) -> None:
    text = (whole.output / "summary.md").read_text(encoding="utf-8")
    assert [rule for rule in rules() if f"`{rule}`" not in text] == []


def test_the_terminal_shows_a_line_a_rule(whole: Run) -> None:
    said = re.findall(r"^ *\d+/\d+ +held +([\w-]+) ", whole.said, re.MULTILINE)
    assert said == list(rules())


def test_the_run_says_at_its_start_about_how_long_it_takes(whole: Run) -> None:
    assert re.match(r"contract: this takes about \d+ s$", whole.said.splitlines()[1])


def test_a_run_sends_about_as_many_requests_as_its_duration_is_reckoned_from(whole: Run) -> None:
    sent = {rule.id: whole.requests_of(rule.id) for rule in rules().values() if rule.judges == "requests"}
    counted = {rule_id: usual_requests(rule_id) for rule_id in sent}
    assert min(counted.values()) > 0
    assert sum(sent.values()) == pytest.approx(sum(counted.values()), rel=0.25)


def test_a_run_leaves_nothing_but_its_results_in_the_folder_it_is_started_from(whole: Run) -> None:
    assert list(whole.output.parent.iterdir()) == [whole.output]


def test_a_pod_in_another_process_gets_the_same_verdict_by_environment_alone(whole: Run, tmp_path: Path) -> None:
    some = "session-*,entitlement-*,accept-*,reject-*,cross-pod-*,sides-agree"
    with emulated_pod("--keys", str(tmp_path / "keys"), federation=True) as environment:
        run = run_suite(tmp_path / "contract", "--select", some, environment=environment)
    verdicts = run.verdicts()
    assert (run.status, verdicts) == (whole.status, {rule: whole.verdicts()[rule] for rule in verdicts})
    assert len(verdicts) > 15


def test_the_reports_are_made_anew_from_the_results(whole: Run) -> None:
    reports = [
        whole.output / name for name in ("junit.xml", "summary.md", "report.html", "badge.json", "results.sarif")
    ]
    before = [path.read_bytes() for path in reports]
    for path in reports:
        path.unlink()
    assert main(["report", "--output", str(whole.output)]) == 0
    assert [path.read_bytes() for path in reports] == before


def test_pytest_alone_runs_the_rules_too(tmp_path: Path, emulated: dict[str, str]) -> None:
    done = run_pytest(tmp_path, "test_sessions.py", emulated)
    assert "1 skipped" in done.stdout  # a session that was given cannot be ended and begun anew
    assert done.returncode == 0


def test_without_permission_nothing_is_sent_that_could_change_a_connection(
    tmp_path: Path, emulated: dict[str, str]
) -> None:
    known = {int(value) for name, value in emulated.items() if name.endswith("_USER_ID")}
    unknown = int(emulated["POD_UNKNOWN_USER_ID"])
    with small_pod(refusing(404)) as (url, seen):
        environment = {**emulated, "POD_URL": url, "POD_ALLOW_WRITES": "0"}
        run_suite(tmp_path / "contract", environment=environment)
    changing = [request for request in seen if not (request.method == "GET" and "/info" in request.path)]
    named = {
        int(digits)
        for request in changing
        for digits in re.findall(r"\d+", f"{request.path} {request.body.decode('latin-1')}")
        if len(digits) < 20
    }
    assert (named & known) - {unknown} == set()
    assert len(changing) > 100


def test_read_only_rules_are_verified_and_the_others_are_not(tmp_path: Path, emulated: dict[str, str]) -> None:
    environment = {**emulated, "POD_ALLOW_WRITES": "0"}
    without_generated = ",".join(rule for rule in rules() if rule not in GENERATED_RULES)
    run = run_suite(tmp_path / "contract", "--select", without_generated, environment=environment)
    verdicts = run.verdicts()
    assert run.status == 0
    assert "held" == verdicts["body-malformed-refused"] == verdicts["unknown-user-not-found"]
    assert verdicts["accept-makes-accepted"] == "not verified"
    writing = {rule.id for rule in rules().values() if rule.writes and rule.id in verdicts}
    assert writing <= {rule for rule, verdict in verdicts.items() if verdict == "not verified"}


def test_every_run_says_which_settings_are_missing_and_for_which_rules(
    tmp_path: Path, emulated: dict[str, str]
) -> None:
    caller = {name: value for name, value in emulated.items() if name.startswith(("POD_URL", "POD_CALLER"))}
    chosen = ("--select", "session-missing-refused,unknown-user-not-found,self-not-found,sides-agree")
    run = run_suite(tmp_path / "contract", *chosen, environment=caller)
    missing = run.lines()[-1]["footer"]["missing"]
    assert [(row["set"], row["rules"]) for row in missing] == [
        (["POD_UNKNOWN_USER_ID"], ["unknown-user-not-found"]),
        (["POD_ALLOW_WRITES=1"], ["self-not-found"]),
        (["POD_ALLOW_WRITES=1", "POD_REQUESTER_USER_ID", "POD_REQUESTER_TOKEN"], ["sides-agree"]),
    ]
    assert "set POD_UNKNOWN_USER_ID → 1 more rule: unknown-user-not-found" in run.said.splitlines()
    summary = (run.output / "summary.md").read_text(encoding="utf-8")
    assert "| `POD_ALLOW_WRITES=1` | 1 more rule: `self-not-found` |" in summary.splitlines()


def test_with_all_settings_nothing_is_missing(whole: Run) -> None:
    assert whole.lines()[-1]["footer"]["missing"] == []


def test_strict_fails_what_is_not_verified(tmp_path: Path, emulated: dict[str, str]) -> None:
    environment = {**emulated, "POD_ALLOW_WRITES": "0"}
    run = run_suite(tmp_path / "contract", "--strict", "--select", "*not-found", environment=environment)
    assert run.status == 1


def test_a_broken_rule_fails_the_run_and_shows_its_evidence(tmp_path: Path) -> None:
    with small_pod(refusing(422)) as (url, _):
        run = run_suite(tmp_path / "contract", *FEW, environment={"POD_URL": url, **CALLER})
    line = next(line for line in run.lines() if line.get("rule") == "session-missing-refused")
    assert run.status == 1
    assert line["verdict"] == "broken"
    assert line["evidence"]["expected"] == "401 or 400"
    assert line["evidence"]["found"] == "status 422"
    assert line["evidence"]["exchanges"][0]["answer"]["status"] == 422
    assert '"$POD_URL"/v1/connection/accept' in line["evidence"]["exchanges"][0]["curl"]
    failures = list(ElementTree.parse(run.output / "junit.xml").iter("failure"))
    assert [failure for failure in failures if "status 422" in (failure.text or "")] != []


TOKEN = CALLER["POD_CALLER_TOKEN"]
WRITTEN = {
    "as it is": TOKEN,
    "cut": TOKEN[:-1],
    "URL-encoded": quote(f"{TOKEN}/", safe=""),
    "in base64": base64.b64encode(TOKEN.encode()).decode(),
    "in base64 with a name before it": base64.b64encode(f"user:{TOKEN}".encode()).decode(),
    "in JSON": json.dumps(TOKEN)[1:-1],
}


@pytest.mark.parametrize("form", WRITTEN)
def test_no_output_shows_a_secret_that_the_pod_repeats(tmp_path: Path, form: str) -> None:
    def leak(_: Seen) -> Reply:
        text = f"no such session: {WRITTEN[form]}"
        return Reply(422, json.dumps({"message": text}).encode(), (("Content-Type", "text/html"), ("X-Token", text)))

    with small_pod(telling_sessions_apart(leak)) as (url, _):
        chosen = ("--select", "session-*,body-missing-refused,answer-*,error-*")
        run = run_suite(tmp_path / "contract", *chosen, environment={"POD_URL": url, **CALLER})
    texts = [run.said, run.complained, *(path.read_text(encoding="utf-8") for path in run.output.iterdir())]
    assert run.verdicts()["answer-no-token"] == "broken"
    assert [text for text in texts if WRITTEN[form].rstrip("=")[2:-2] in text] == []


def test_no_output_shows_a_secret_with_characters_that_every_format_escapes(tmp_path: Path) -> None:
    token = 'Ab/cd+Ef=gh<ij&kl"mn1234567890qrstuv'

    def leak(_: Seen) -> Reply:
        return Reply(418, json.dumps({"code": 404, "message": f"no {token}"}).encode())

    environment = {**CALLER, "POD_CALLER_TOKEN": token}
    with small_pod(telling_sessions_apart(leak)) as (url, _):
        run = run_suite(tmp_path / "contract", *FEW, environment={"POD_URL": url, **environment})
    texts = [run.said, run.complained, *(path.read_text(encoding="utf-8") for path in run.output.iterdir())]
    assert run.verdicts()["answer-no-token"] == "broken"
    assert [text for text in texts if "mn1234567890" in text or "Ab/cd+Ef" in text] == []
    assert main(["report", "--output", str(run.output)]) == 0


def test_no_traceback_of_pytest_shows_a_secret_that_the_pod_repeats(tmp_path: Path) -> None:
    def leak(seen: Seen) -> Reply:
        return Reply(422, json.dumps({"message": seen.headers.get("sessiontoken")}).encode())

    with small_pod(telling_sessions_apart(leak)) as (url, _):
        environment = {"POD_URL": url, **CALLER}
        done = run_pytest(tmp_path, "test_sessions.py", environment)
    assert done.returncode == 1
    assert TOKEN[:-1] not in done.stdout + done.stderr


def test_a_pod_that_is_not_there_gives_3(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/pod"
        run = run_suite(tmp_path / "contract", environment={"POD_URL": url, **CALLER})
    assert run.status == 3
    assert "cannot be reached" in run.said


def test_a_pod_that_refuses_the_caller_gives_3_whatever_the_other_sessions_are_worth(
    tmp_path: Path, emulated: dict[str, str]
) -> None:
    environment = {**emulated, "POD_CALLER_TOKEN": "a-token-that-has-expired"}
    run = run_suite(tmp_path / "contract", environment=environment)
    assert run.status == 3
    assert "the pod does not accept the caller's session (401)" in run.said


def test_a_refused_session_of_another_role_is_no_reason_to_stop(tmp_path: Path, emulated: dict[str, str]) -> None:
    environment = {**emulated, "POD_UNENTITLED_TOKEN": "a-token-that-has-expired"}
    chosen = ("--select", "session-missing-refused,entitlement-missing-forbidden")
    run = run_suite(tmp_path / "contract", *chosen, environment=environment)
    assert (run.status, list(run.verdicts().values())) == (0, ["held", "not verified"])


def test_without_a_session_of_the_caller_the_run_gives_3(tmp_path: Path, emulated: dict[str, str]) -> None:
    environment = {name: value for name, value in emulated.items() if not name.startswith("POD_CALLER")}
    run = run_suite(tmp_path / "contract", environment=environment)
    assert run.status == 3
    assert "POD_CALLER_TOKEN" in run.said


def test_a_pod_without_any_session_gives_3(tmp_path: Path) -> None:
    with small_pod(refusing(401)) as (url, seen):
        run = run_suite(tmp_path / "contract", environment={"POD_URL": url})
    assert (run.status, seen) == (3, [])
    assert "POD_CALLER_TOKEN" in run.said


def test_a_pod_that_drops_every_connection_gives_3(tmp_path: Path) -> None:
    with small_pod(lambda _: Reply(None)) as (url, _):
        run = run_suite(tmp_path / "contract", environment={"POD_URL": url, **CALLER})
    assert run.status == 3


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (("--select", "no-such-rule"), {}, "no-such-rule"),
        (("--target", "missing.toml"), {}, "missing.toml"),
        ((), {"POD_URL": "acme"}, "POD_URL"),
        ((), {"POD_URL": ""}, "POD_URL: it is set, but empty"),
        ((), {"POD_ULR": "https://acme.example.com/pod"}, "Is POD_URL meant"),
        ((), {"POD_ALLOW_WRITES": "1"}, "POD_URL is not"),
        ((), CALLER, "POD_URL"),
        (("--no-such-option",), {}, "--no-such-option"),
        (("--seed", "x"), {}, "--seed: expected a number or random"),
    ],
)
def test_wrong_usage_gives_2(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], named: str
) -> None:
    run = run_suite(tmp_path / "contract", *arguments, environment=environment)
    assert run.status == 2
    assert named in run.complained
    assert not run.output.exists()


def test_a_seed_repeats_a_run(tmp_path: Path) -> None:
    def requests_of(seed: str) -> list[tuple[str, str, bytes]]:
        with small_pod(refusing(404)) as (url, seen):
            chosen = ("--select", "fuzzed-request-lawful", "--seed", seed)
            run_suite(tmp_path / "contract", *chosen, environment={"POD_URL": url, **CALLER})
        # Sorted, because requests that are sent at once arrive in any order.
        return sorted((request.method, request.path, request.body) for request in seen)

    assert requests_of("3") == requests_of("3")


@pytest.mark.parametrize(("arguments", "expected"), [((), {0}), (("--seed", "7"), {7})])
def test_the_seed_is_fixed_unless_another_is_asked_for(
    tmp_path: Path, arguments: tuple[str, ...], expected: set[int]
) -> None:
    with small_pod(refusing(404)) as (url, _):
        environment = {"POD_URL": url, **CALLER}
        runs = [run_suite(tmp_path / str(n), *FEW, *arguments, environment=environment) for n in range(2)]
    assert {run.lines()[0]["header"]["seed"] for run in runs} == expected


def test_a_random_seed_is_another_one_each_time() -> None:
    parsed = [command_line().parse_args(["run", "--seed", "random"]).seed for _ in range(8)]
    assert len(set(parsed)) > 1


def test_another_seed_makes_another_run(emulated: dict[str, str], tmp_path: Path) -> None:
    def statuses(seed: str) -> object:
        run = run_suite(tmp_path / "contract", "--select", "sequence-lawful", "--seed", seed, environment=emulated)
        return run.lines()[-1]["footer"]["statuses"]

    assert statuses("4") != statuses("3")


def test_results_without_their_footer_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.jsonl").write_text('{"header": {}}\n', encoding="utf-8")
    assert main(["report", "--output", str(tmp_path)]) == 2
    assert "no footer" in capsys.readouterr().err


def test_the_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    assert re.findall(r"^(?:MUST|SHOULD) +([\w-]+) ", capsys.readouterr().out, re.MULTILINE) == list(rules())
    assert main(["rules", "accept-makes-accepted"]) == 0
    assert "<tr><td>PENDING_INCOMING</td><td>Accept</td>" in capsys.readouterr().out
    assert main(["rules", "no-such-rule"]) == 2
