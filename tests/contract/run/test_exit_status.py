"""The exit status, the message and the files of a run that could not do its work."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.__main__ import main
from contract_tests.commands import run as run_file
from contract_tests.run.exit_status import EXIT_STATUSES
from contract_tests.run.options import Options
from contract_tests.run.output_folder import REPORTS, locked
from contract_tests.run.run_status import exit_status_of, why_too_little
from contract_tests.verdict.known import load_known
from contract_tests.verdict.ledger import Ledger
from tests.contract.pods import refusing, small_pod
from tests.contract.runs import run_suite

CALLER = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "a-token-of-the-caller"}
ONE = ("--select", "session-missing-refused")


@pytest.fixture
def refusing_pod() -> Iterator[dict[str, str]]:
    """The environment of a pod that refuses every session."""
    with small_pod(refusing(404)) as (url, _):
        yield {"POD_URL": url, **CALLER}


# ── the output folder ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("beneath", ["", "contract", "contract/here"])
def test_an_output_that_is_no_folder_gives_2(tmp_path: Path, refusing_pod: dict[str, str], beneath: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    run = run_suite(tmp_path / "contract", *ONE, "--output", str(tmp_path / "file" / beneath), environment=refusing_pod)
    assert (run.status, len(run.complained.splitlines())) == (2, 1)
    assert "--output" in run.complained


@pytest.mark.parametrize("arguments", [("run", *ONE), ("clean",)])
def test_a_second_run_in_the_same_folder_gives_2(
    tmp_path: Path,
    refusing_pod: dict[str, str],
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {**refusing_pod, "POD_ALLOW_WRITES": "1"}.items():
        monkeypatch.setenv(name, value)
    with locked(tmp_path):
        assert main([*arguments, "--output", str(tmp_path)]) == 2
    assert "another run" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_gives_4(tmp_path: Path, refusing_pod: dict[str, str]) -> None:
    (tmp_path / "contract" / "report.html").mkdir(parents=True)
    run = run_suite(tmp_path / "contract", *ONE, environment=refusing_pod)
    assert (run.status, run.complained) == (4, "")
    assert "cannot be written to" in run.said
    assert "Traceback" not in run.said


def test_no_report_of_an_earlier_run_stays_beside_one_that_came_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "contract").mkdir()
    for name in REPORTS:
        (tmp_path / "contract" / name).write_text("64 held", encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/pod"
        run = run_suite(tmp_path / "contract", environment={"POD_URL": url, **CALLER})
    assert run.status == 3
    texts = [(run.output / name).read_text(encoding="utf-8") for name in REPORTS]
    assert [text for text in texts if "64 held" in text or "incomplete" not in text] == []


# ── usage, and unexpected errors ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("selected", ["", " , "])
def test_a_selection_of_nothing_gives_2(tmp_path: Path, selected: str) -> None:
    run = run_suite(tmp_path / "contract", "--select", selected)
    assert run.status == 2
    assert "--select" in run.complained


def test_what_nobody_foresaw_gives_4_and_one_line_without_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Path) -> None:
        raise RuntimeError("a-token-of-the-caller")

    monkeypatch.setattr(run_file, "load_known", fail)
    assert main(["run", "--known", "known.toml"]) == 4
    said = capsys.readouterr()
    assert [line.rpartition(":")[0] for line in (said.out + said.err).splitlines()] == [
        "contract: the command failed: RuntimeError (run.py"
    ]


# ── the verdict ───────────────────────────────────────────────────────────────────────────────────


def known_file(folder: Path) -> Path:
    """A list of known failures."""
    path = folder / "known.toml"
    path.write_text('[[known]]\nrule = "answer-json"\nreason = "a gateway"\nuntil = 2999-12-31\n', encoding="utf-8")
    return path


def status_of(ledger: Ledger, options: Options, *, ended_early: bool = False, left_changed: bool = False) -> int:
    """The exit status of a run whose verdicts are those of the ledger."""
    return exit_status_of(ledger, options, complaints=[], ended_early=ended_early, left_changed=left_changed)


def ledger_of(options: Options, *held: str) -> Ledger:
    """The ledger of a run in which these rules were verified. The other selected rules were not."""
    ledger = Ledger(options.selected, list)
    ledger.past_authentication = 1
    for rule in held:
        ledger.check(rule, None, ())
    return ledger


def test_a_failure_of_the_suite_over_a_known_rule_gives_4(tmp_path: Path) -> None:
    options = Options(selected=("answer-json", "answer-whole"), known=load_known(known_file(tmp_path)))
    ledger = ledger_of(options, "answer-whole")
    assert status_of(ledger, options) == 0
    ledger.error("answer-json", "KeyError: 'x'")
    assert status_of(ledger, options) == 4


def test_a_rule_that_says_nothing_about_the_pod_does_not_make_a_run_too_small() -> None:
    options = Options(selected=("session-case-refused", "answer-json"))
    ledger = ledger_of(options, "answer-json")
    ledger.not_verified("session-case-refused", "the caller's token has no letters")
    assert status_of(ledger, options) == 3
    ledger.records["session-case-refused"].applies = False
    assert status_of(ledger, options) == 0


def test_a_run_that_could_verify_nothing_gives_3(tmp_path: Path, refusing_pod: dict[str, str]) -> None:
    run = run_suite(tmp_path / "contract", "--select", "accept-makes-accepted", environment=refusing_pod)
    assert run.status == 3
    assert "nothing was measured" in run.said


def test_a_rule_that_needs_only_the_caller_and_was_not_verified_gives_3() -> None:
    options = Options(selected=("session-missing-refused", "body-missing-refused"))
    ledger = ledger_of(options, "session-missing-refused")
    assert status_of(ledger, options) == 3
    assert (why_too_little(ledger) or "").endswith("all they need: body-missing-refused")


@pytest.mark.parametrize(
    "rule",
    [
        "unknown-user-not-found",  # needs the id of another user
        "self-not-found",  # writes
        "answer-json",  # judges answers to the requests of other rules
        "session-ended-refused",  # needs a caller who can log in
    ],
)
def test_another_rule_that_was_not_verified_gives_0(rule: str) -> None:
    options = Options(selected=("session-missing-refused", rule))
    assert status_of(ledger_of(options, "session-missing-refused"), options) == 0


def test_a_broken_rule_gives_1_whatever_was_not_verified_or_left_changed() -> None:
    options = Options(selected=("session-missing-refused", "body-missing-refused"))
    ledger = ledger_of(options)
    ledger.check("session-missing-refused", "status 200", ())
    assert status_of(ledger, options, ended_early=True, left_changed=True) == 1


def test_a_connection_that_was_left_changed_gives_4_whatever_was_not_verified() -> None:
    options = Options(selected=("session-missing-refused", "body-missing-refused"), strict=True)
    assert status_of(ledger_of(options), options, left_changed=True) == 4


def test_a_run_that_ended_early_gives_3() -> None:
    options = Options(selected=("session-missing-refused",))
    assert status_of(ledger_of(options, "session-missing-refused"), options, ended_early=True) == 3


def test_the_help_says_what_each_status_means(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert EXIT_STATUSES in capsys.readouterr().out
