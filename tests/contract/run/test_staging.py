"""A run on a pod that others use too: what it sends, how it waits, and what it prints."""

import datetime
import time
from pathlib import Path

import pytest

from contract_tests.emulator.process import emulated_pod
from tests.contract.pods import Reply, Seen, refusing, small_pod, telling_sessions_apart
from tests.contract.runs import run_suite

CALLER = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "a-token-of-the-caller"}
UNKNOWN = {"POD_UNKNOWN_USER_ID": "7078107103807"}
ONE = ("--select", "unknown-user-not-found")


def test_a_dry_run_sends_nothing_and_names_the_target_s_users(tmp_path: Path) -> None:
    def answer(request: Seen) -> Reply:
        # The answers are those of the emulated pod to the preflight's questions.
        return Reply(200, b"[]") if request.path.endswith("/list") else Reply(404)

    with small_pod(telling_sessions_apart(answer)) as (url, seen):
        environment = {"POD_URL": url, **CALLER, **UNKNOWN}
        dry = run_suite(tmp_path / "dry", *ONE, "--dry-run", environment=environment)
        assert (dry.status, seen) == (0, [])
    assert UNKNOWN["POD_UNKNOWN_USER_ID"] in dry.said
    assert not dry.output.exists()


def test_throttling_is_obeyed_and_never_a_verdict(tmp_path: Path) -> None:
    at: list[float] = []

    def answer(request: Seen) -> Reply:
        if UNKNOWN["POD_UNKNOWN_USER_ID"].encode() not in request.body:
            return Reply(404, b'{"code": 404, "message": "No."}')
        at.append(time.monotonic())
        if len(at) == 1:
            return Reply(429, b"slow down", (("Content-Type", "text/plain"), ("Retry-After", "1")))
        return Reply(404, b'{"code": 404, "message": "No."}')

    with small_pod(telling_sessions_apart(answer)) as (url, _):
        run = run_suite(tmp_path / "contract", *ONE, environment={"POD_URL": url, **CALLER, **UNKNOWN})
    assert (run.status, run.verdicts()["unknown-user-not-found"]) == (0, "held")
    assert at[1] - at[0] >= 1.0
    assert run.lines()[-1]["footer"]["throttled"] == 1


def test_requests_are_paced(tmp_path: Path) -> None:
    at: list[float] = []

    def answer(_: Seen) -> Reply:
        at.append(time.monotonic())
        return Reply(404, b'{"code": 404, "message": "No."}')

    with small_pod(telling_sessions_apart(answer)) as (url, _):
        environment = {"POD_URL": url, **CALLER, "POD_RATE": "10"}
        run_suite(tmp_path / "contract", "--select", "impossible-user-not-found", environment=environment)
    assert at[-1] - at[0] >= 0.09 * (len(at) - 1)


def test_a_dropped_connection_is_tried_once_more_and_counted(tmp_path: Path) -> None:
    dropped: list[Seen] = []

    def answer(request: Seen) -> Reply:
        if b"7078107103807" in request.body and not dropped:
            dropped.append(request)
            return Reply(None)
        return Reply(404, b'{"code": 404, "message": "No."}')

    with small_pod(telling_sessions_apart(answer)) as (url, _):
        run = run_suite(tmp_path / "contract", *ONE, environment={"POD_URL": url, **CALLER, **UNKNOWN})
    assert (run.status, run.verdicts()["unknown-user-not-found"]) == (0, "held")
    assert run.lines()[-1]["footer"]["dropped"] == 1


def test_a_pod_that_hangs_costs_its_time_out_and_breaks_its_rule(tmp_path: Path) -> None:
    with emulated_pod("--defect", "accept-hangs") as environment:
        start = time.monotonic()
        run = run_suite(
            tmp_path / "contract",
            "--select",
            "accept-makes-accepted,answer-whole",
            environment={**environment, "POD_TIMEOUT": "1"},
        )
    assert (run.status, run.verdicts()["answer-whole"]) == (1, "broken")
    assert time.monotonic() - start < 20


KNOWN = """
[[known]]
rule = "unknown-user-not-found"
reason = "the gateway says 403"
until = {until}
"""


@pytest.mark.parametrize(
    ("answered", "days", "status", "said"),
    [
        (403, 30, 0, "known until"),
        (403, -1, 1, "and it is still broken"),
        (404, 30, 1, "but it holds"),
    ],
)
def test_a_known_failure_is_reported_and_is_not_forever(
    tmp_path: Path, answered: int, days: int, status: int, said: str
) -> None:
    known = tmp_path / "known.toml"
    until = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=days)
    known.write_text(KNOWN.format(until=until), encoding="utf-8")
    with small_pod(refusing(answered)) as (url, _):
        environment = {"POD_URL": url, **CALLER, **UNKNOWN}
        run = run_suite(tmp_path / "contract", *ONE, "--known", str(known), environment=environment)
    summary = (run.output / "summary.md").read_text(encoding="utf-8")
    assert run.status == status
    assert said in run.said + summary


@pytest.mark.parametrize(("answered", "expected"), [(403, "known"), (404, "held")])
def test_a_known_failure_that_comes_and_goes_fails_no_run(tmp_path: Path, answered: int, expected: str) -> None:
    known = tmp_path / "known.toml"
    known.write_text(KNOWN.format(until="2099-12-31") + "intermittent = true\n", encoding="utf-8")
    with small_pod(refusing(answered)) as (url, _):
        environment = {"POD_URL": url, **CALLER, **UNKNOWN}
        run = run_suite(tmp_path / "contract", *ONE, "--known", str(known), environment=environment)
    assert (run.status, run.said.splitlines()[-2]) == (0, f"contract: 1 {expected}")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("known = 1", "[[known]]"),
        ("[[known]]\nrule = 'x'", "reason is missing"),
        ("[[known]]\nrule = 'x'\nreason = 'y'\nuntil = 2026-12-31", "no such rule"),
        ("[[known]]\nrule = 'answer-json'\nreason = ' '\nuntil = 2026-12-31", "reason"),
        ("[[known]]\nrule = 'answer-json'\nreason = 'y'\nuntil = '2026-12-31'", "until"),
        ("[[known", "not TOML"),
    ],
)
def test_a_wrong_list_of_known_failures_gives_2(tmp_path: Path, text: str, named: str) -> None:
    known = tmp_path / "known.toml"
    known.write_text(text, encoding="utf-8")
    run = run_suite(tmp_path / "contract", "--known", str(known))
    assert run.status == 2
    assert named in run.complained


def test_a_given_session_that_ends_in_mid_run_ends_the_run_with_3_and_says_what_it_takes(tmp_path: Path) -> None:
    seen: list[Seen] = []

    def answer(request: Seen) -> Reply:
        seen.append(request)
        alive = "sessiontoken" in request.headers and sum("sessiontoken" in one.headers for one in seen) <= 20
        return Reply(404 if alive else 401, b'{"code": 1, "message": "No."}')

    with small_pod(telling_sessions_apart(answer)) as (url, _):
        environment = {"POD_URL": url, **CALLER, **UNKNOWN}
        run = run_suite(tmp_path / "contract", "--select", "impossible-*,unknown-*", environment=environment)
    assert (run.status, set(run.verdicts().values())) == (3, {"held", "not verified"})
    assert "the caller's session ended during the run" in run.said
    assert "POD_CALLER_USERNAME" in run.said
