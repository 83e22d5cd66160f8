"""Connections are put back as the run found them, however it ends. What cannot be put back is reported."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from contract_tests.__main__ import main
from contract_tests.arranging.record import NAME, Found, Record
from contract_tests.emulator.process import emulated_pod
from tests.contract.gateways import PASSES, gateway
from tests.contract.pods import Reply, Seen, refusing, small_pod
from tests.contract.runs import ROOT, run_suite

HARMLESS = ("--select", "unknown-user-not-found")
# Rules that take long enough to be interrupted, and that change the bystander's connection early.
LONG = ("--select", "bystander-left-alone,fuzzed-request-lawful,sequence-lawful")
ANOTHER_POD = Found("https://another.example.com/pod", "caller", 7078106103809, "bystander", 9, "NONE")


@pytest.fixture
def emulated() -> Iterator[dict[str, str]]:
    """The environment variables that name an emulated pod, which runs in another process."""
    with emulated_pod() as environment:
        yield environment


def state(environment: dict[str, str], viewer: str, other: str) -> str:
    """The state of a connection as the viewer reads it."""
    other_id = environment[f"POD_{other}_USER_ID"]
    url = f"{environment['POD_URL']}/v1/connection/user/{other_id}/info"
    answer = httpx.get(url, headers={"sessionToken": environment[f"POD_{viewer}_TOKEN"]}, trust_env=False)
    return "NONE" if answer.status_code == 404 else str(answer.json()["status"])


def act(environment: dict[str, str], operation: str, actor: str, other: str) -> None:
    """Send a well-formed accept, reject or create to the pod."""
    httpx.post(
        f"{environment['POD_URL']}/v1/connection/{operation}",
        headers={"sessionToken": environment[f"POD_{actor}_TOKEN"]},
        json={"userId": int(environment[f"POD_{other}_USER_ID"])},
        trust_env=False,
    ).raise_for_status()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], "NONE"),
        ([("create", "REQUESTER", "CALLER")], "PENDING_INCOMING"),
        ([("create", "CALLER", "REQUESTER")], "PENDING_OUTGOING"),
        ([("create", "REQUESTER", "CALLER"), ("accept", "CALLER", "REQUESTER")], "ACCEPTED"),
        ([("create", "REQUESTER", "CALLER"), ("reject", "CALLER", "REQUESTER")], "REJECTED"),
    ],
)
def test_connections_are_put_back_as_they_were_found(
    tmp_path: Path, emulated: dict[str, str], steps: list[tuple[str, str, str]], expected: str
) -> None:
    for step in steps:
        act(emulated, *step)
    run = run_suite(tmp_path / "contract", "--select", "sides-agree,bystander-*,own-*", environment=emulated)
    assert run.status == 0
    assert (state(emulated, "CALLER", "REQUESTER"), state(emulated, "CALLER", "BYSTANDER")) == (expected, "NONE")
    assert not (run.output / "connections-as-found.json").exists()


def found(environment: dict[str, str], viewer: str, other: str, state: str) -> Found:
    """An entry of the record."""
    ids = [int(environment[f"POD_{role}_USER_ID"]) for role in (viewer, other)]
    return Found(environment["POD_URL"], viewer.lower(), ids[0], other.lower(), ids[1], state)


def clean(
    folder: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Run the command ``clean``. Returns its exit status and its output."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    status = main(["clean", "--output", str(folder)])
    said = capsys.readouterr()
    return status, said.out + said.err


def start_run(
    output: Path, environment: dict[str, str], *, before: Sequence[str] = (), selected: Sequence[str] = LONG
) -> "subprocess.Popen[str]":
    """Start a run and wait until it has changed the bystander's connection."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POD_")}
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "contract_tests", "run", "--output", str(output), *selected],
        env={**inherited, **environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in process.stdout or ():
        if "bystander-left-alone" in line:
            break
    return process


# ── caches, and lists of more than one page ───────────────────────────────────────────────────────


class StaleReadings:
    """A cache in front of a pod: it answers a reading with what it read first, for a number of times.

    Args:
        times: How many times.
    """

    def __init__(self, times: int) -> None:
        self._times = times
        self._kept: dict[tuple[str, str | None], tuple[int, Reply]] = {}

    def __call__(self, request: Seen, answer: Reply) -> Reply:
        if request.method != "GET" or "/info" not in request.path:
            return answer
        key = request.path, request.headers.get("sessiontoken")
        times, kept = self._kept.get(key, (0, answer))
        self._kept[key] = (times + 1, kept)
        if times <= self._times:
            return kept
        del self._kept[key]
        return answer


@pytest.mark.parametrize("times", [1, 4])
def test_behind_a_cache_connections_are_put_back_or_named(tmp_path: Path, emulated: dict[str, str], times: int) -> None:
    with gateway(emulated["POD_URL"], lambda _: PASSES, StaleReadings(times)) as url:
        run = run_suite(
            tmp_path / "contract", "--select", "accept-makes-accepted", environment={**emulated, "POD_URL": url}
        )
    is_back = state(emulated, "CALLER", "REQUESTER") == "NONE"
    assert is_back != ("left changed" in run.said)
    assert is_back != Record(run.output).path.exists()


def test_a_connection_that_a_list_does_not_show_is_named(tmp_path: Path, emulated: dict[str, str]) -> None:
    def first_page(request: Seen, answer: Reply) -> Reply:
        if "/info" in request.path:
            return Reply(404)
        if request.path.endswith("/remove"):
            return Reply(500)
        return Reply(200, b"[]") if "/list" in request.path else answer

    with gateway(emulated["POD_URL"], lambda _: PASSES, first_page) as url:
        run = run_suite(
            tmp_path / "contract", "--select", "accept-makes-accepted", environment={**emulated, "POD_URL": url}
        )
    assert state(emulated, "CALLER", "REQUESTER") != "NONE"
    assert "left changed: the caller's connection to the requester" in run.said
    assert Record(run.output).path.exists()


def test_what_an_earlier_run_left_is_told_from_what_was_there(tmp_path: Path, emulated: dict[str, str]) -> None:
    act(emulated, "create", "REQUESTER", "CALLER")
    Record(tmp_path).keep([found(emulated, "CALLER", "REQUESTER", "NONE")])
    run = run_suite(tmp_path, *HARMLESS, environment=emulated)
    said = "an earlier run left the caller's connection to the requester: it had found NONE, and the caller reads PEND"
    assert said in run.said
    assert state(emulated, "CALLER", "REQUESTER") == "NONE"


# ── interrupted ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def hang_up_not_ignored() -> Iterator[None]:
    """Runs react to SIGHUP, even if the tests themselves run under nohup, which ignores it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hang_up_not_ignored")
@pytest.mark.parametrize(
    ("before", "number"),
    [
        ((), signal.SIGINT),
        ((), signal.SIGHUP),
        # A shell ignores SIGINT for programs in the background.
        (("sh", "-c", "trap '' INT; exec \"$@\"", "sh"), signal.SIGTERM),
    ],
)
def test_an_interrupted_run_puts_connections_back_and_ends_with_4(
    tmp_path: Path, emulated: dict[str, str], before: Sequence[str], number: signal.Signals
) -> None:
    process = start_run(tmp_path / "contract", emulated, before=before)
    assert state(emulated, "CALLER", "BYSTANDER") != "NONE"
    process.send_signal(number)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 4, said
    assert "contract: interrupted" in said
    assert (state(emulated, "CALLER", "REQUESTER"), state(emulated, "CALLER", "BYSTANDER")) == ("NONE", "NONE")
    footer = json.loads((tmp_path / "contract" / "results.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert footer["footer"]["incomplete"] == "the run was interrupted"
    assert "incomplete" in (tmp_path / "contract" / "summary.md").read_text(encoding="utf-8")


def test_a_second_ctrl_c_does_not_stop_the_putting_back(tmp_path: Path, emulated: dict[str, str]) -> None:
    process = start_run(tmp_path / "contract", emulated)
    process.send_signal(signal.SIGINT)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "Traceback" not in said
    assert (state(emulated, "CALLER", "REQUESTER"), state(emulated, "CALLER", "BYSTANDER")) == ("NONE", "NONE")


def test_a_run_whose_reader_leaves_comes_to_its_end_and_puts_connections_back(
    tmp_path: Path, emulated: dict[str, str]
) -> None:
    process = start_run(tmp_path / "contract", emulated, selected=("--select", "bystander-left-alone,sequence-lawful"))
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert (state(emulated, "CALLER", "REQUESTER"), state(emulated, "CALLER", "BYSTANDER")) == ("NONE", "NONE")


# ── after a run was killed ────────────────────────────────────────────────────────────────────────


def test_a_killed_run_writes_no_footer_and_clean_puts_connections_back(
    tmp_path: Path, emulated: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "contract"
    process = start_run(output, emulated)
    process.kill()
    process.communicate(timeout=30)
    assert "footer" not in (output / "results.jsonl").read_text(encoding="utf-8")
    status, said = clean(output, emulated, monkeypatch, capsys)
    assert status == 0
    assert "caller and bystander is NONE again" in said
    assert state(emulated, "CALLER", "BYSTANDER") == "NONE"
    assert clean(output, emulated, monkeypatch, capsys) == (0, "contract: there is nothing to put back\n")


def test_clean_keeps_the_entries_of_a_user_that_is_not_set(
    tmp_path: Path, emulated: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    act(emulated, "create", "REQUESTER", "CALLER")
    act(emulated, "create", "BYSTANDER", "CALLER")
    record = Record(tmp_path)
    record.keep([found(emulated, "CALLER", other, "NONE") for other in ("REQUESTER", "BYSTANDER")])
    without = {name: value for name, value in emulated.items() if not name.startswith("POD_BYSTANDER")}
    status, said = clean(tmp_path, without, monkeypatch, capsys)
    assert status == 2
    assert "POD_BYSTANDER_USER_ID" in said
    assert record.read() == [found(emulated, "CALLER", "BYSTANDER", "NONE")]
    assert state(emulated, "CALLER", "REQUESTER") == "NONE"
    assert clean(tmp_path, emulated, monkeypatch, capsys)[0] == 0
    assert state(emulated, "CALLER", "BYSTANDER") == "NONE"


def test_clean_with_another_address_keeps_all_entries(
    tmp_path: Path, emulated: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = [found(emulated, "CALLER", "REQUESTER", "ACCEPTED")]
    Record(tmp_path).keep(written)
    url = emulated["POD_URL"].replace("127.0.0.1", "localhost")
    status, said = clean(tmp_path, {**emulated, "POD_URL": url}, monkeypatch, capsys)
    assert status == 2
    assert emulated["POD_URL"] in said
    assert Record(tmp_path).read() == written


def test_clean_reports_what_it_could_not_put_back_and_ends_with_4(
    tmp_path: Path, emulated: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = [found(emulated, "CALLER", "ISOLATED", "ACCEPTED")]
    Record(tmp_path).keep(written)
    status, said = clean(tmp_path, emulated, monkeypatch, capsys)
    assert status == 4
    assert "the caller's connection to the isolated: found ACCEPTED, is PENDING_INCOMING" in said
    assert Record(tmp_path).read() == written


def test_a_run_keeps_the_entries_of_another_pod(tmp_path: Path, emulated: dict[str, str]) -> None:
    Record(tmp_path / "contract").path.parent.mkdir()
    Record(tmp_path / "contract").keep([ANOTHER_POD])
    run = run_suite(tmp_path / "contract", "--select", "accept-makes-accepted", environment=emulated)
    assert run.status == 0
    before_the_rules = run.said.partition("1/1 ")[0]
    assert f"records 1 readings that this run leaves alone: they belong to {ANOTHER_POD.url}" in before_the_rules
    assert Record(run.output).read() == [ANOTHER_POD]


def test_a_run_puts_back_what_an_earlier_run_recorded(tmp_path: Path, emulated: dict[str, str]) -> None:
    act(emulated, "create", "BYSTANDER", "CALLER")
    Record(tmp_path / "contract").path.parent.mkdir()
    Record(tmp_path / "contract").keep([found(emulated, "CALLER", "BYSTANDER", "NONE")])
    run = run_suite(tmp_path / "contract", *HARMLESS, environment=emulated)
    assert run.status == 0
    assert state(emulated, "CALLER", "BYSTANDER") == "NONE"
    assert not (run.output / NAME).exists()


@pytest.mark.parametrize("text", ["", "{}", '{"connections": [{}]}', json.dumps({"connections": [1]})])
def test_a_file_that_no_run_has_written_is_kept_and_the_run_ends_with_2(tmp_path: Path, text: str) -> None:
    path = tmp_path / "contract" / NAME
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with small_pod(refusing(404)) as (url, seen):
        caller = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "a-token-of-the-caller"}
        run = run_suite(path.parent, *HARMLESS, environment={"POD_URL": url, **caller})
    assert (run.status, seen) == (2, [])
    assert NAME in run.complained
    assert path.read_text(encoding="utf-8") == text


# ── changes that only a defective pod makes ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("defect", "selected", "said"),
    [
        ("stranger-accepted", "no-connection-*", "the connection of caller and stranger is NONE again"),
        ("entitlement-ignored", "entitlement-*", "is PENDING_OUTGOING again"),
        ("cross-pod-ignored", "cross-pod-*", "the isolated: found PENDING_INCOMING, is ACCEPTED"),
        ("cross-pod-off-drops-the-request", "cross-pod-*", "the isolated: found PENDING_INCOMING, is NONE"),
        ("implicit-reject-disconnects", "implicit-*", "the colleague: found ACCEPTED, is NONE"),
    ],
)
def test_a_change_by_a_defective_pod_is_put_back_or_reported(
    tmp_path: Path, defect: str, selected: str, said: str
) -> None:
    with emulated_pod("--defect", defect) as environment:
        run = run_suite(tmp_path / "contract", "--select", selected, environment=environment)
    assert run.status == 1
    assert said in run.said
    assert (run.output / NAME).exists() == ("left changed" in run.said)


def test_a_run_that_leaves_a_connection_changed_ends_with_4(tmp_path: Path, emulated: dict[str, str]) -> None:
    Record(tmp_path / "contract").path.parent.mkdir()
    Record(tmp_path / "contract").keep([found(emulated, "CALLER", "ISOLATED", "ACCEPTED")])
    run = run_suite(tmp_path / "contract", *HARMLESS, environment=emulated)
    assert run.status == 4
    assert "left changed: the caller's connection to the isolated" in run.said
    assert run.lines()[-1]["footer"]["left_changed"] != []
