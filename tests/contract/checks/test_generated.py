"""Generated requests: how many there are, and what a run does with one that breaks a rule."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.__main__ import main
from contract_tests.checks.fuzz import MOST_SMALLER
from contract_tests.checks.generating import rounds, shares
from contract_tests.emulator.process import emulated_pod
from tests.contract.pods import Reply, Seen, small_pod
from tests.contract.recording import recording_pod
from tests.contract.runs import Run, run_suite

CALLER = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "a-token-of-the-caller"}


def run_against(folder: Path, rule: str, defect: str, *options: str) -> Run:
    """A run of one rule against a defective pod."""
    with emulated_pod("--defect", defect) as environment:
        return run_suite(folder / "contract", "--seed", "0", "--select", rule, *options, environment=environment)


def evidence_of(run: Run, rule: str) -> list[dict[str, object]]:
    """The exchanges of a finding that have an answer."""
    (line,) = [line for line in run.lines() if line.get("rule") == rule]
    return [exchange for exchange in line["evidence"]["exchanges"] if exchange["answer"]]


def test_a_generated_request_that_breaks_the_rule_is_made_smaller(tmp_path: Path) -> None:
    run = run_against(tmp_path, "fuzzed-request-lawful", "names-beyond-ascii-crash")
    exchange = evidence_of(run, "fuzzed-request-lawful")[-1]
    body = json.loads(exchange["request"]["body"])  # type: ignore[index] # the results are JSON
    assert (exchange["about"], exchange["answer"]["status"]) == ("generated, and made smaller", 500)  # type: ignore[index]
    assert len(body) == 1
    assert not "".join(body).isascii()


def test_a_sequence_that_breaks_the_rule_is_made_shorter(tmp_path: Path) -> None:
    run = run_against(tmp_path, "sequence-lawful", "own-request-accepted")
    operations = [exchange["request"]["operation"] for exchange in evidence_of(run, "sequence-lawful")]  # type: ignore[index]
    assert operations == ["createConnection", "acceptConnection"]


def test_if_no_request_can_be_made_pending_any_more_the_rule_is_not_verified(tmp_path: Path) -> None:
    created = 0

    def refuse_to_create(request: Seen) -> Reply | None:
        nonlocal created
        created += request.path.endswith("/create")
        is_last = created > 3 and request.path.endswith(("/create", "/remove"))
        return json_refusal(400) if is_last else None

    with emulated_pod() as emulated, recording_pod(emulated, refuse_to_create) as (environment, _):
        run = run_suite(
            tmp_path / "contract", "--select", "fuzzed-request-lawful", "--seed", "0", environment=environment
        )
    assert run.verdicts() == {"fuzzed-request-lawful": "not verified"}
    assert "no more connection requests could be made pending" in run.said


def json_refusal(status: int) -> Reply:
    return Reply(status, json.dumps({"code": status, "message": "No."}).encode())


def pod_that(answers: Callable[[Seen], int]) -> Callable[[Seen], Reply]:
    """A pod that accepts the caller's token and refuses every request with a status."""

    def answer(request: Seen) -> Reply:
        known = request.headers.get("sessiontoken") == CALLER["POD_CALLER_TOKEN"]
        return json_refusal(answers(request)) if known else json_refusal(401)

    return answer


def test_the_search_for_a_smaller_request_has_an_end(tmp_path: Path) -> None:
    with small_pod(pod_that(lambda _: 404)) as (url, lawful):
        run_suite(tmp_path / "1", "--select", "fuzzed*", "--seed", "0", environment={"POD_URL": url, **CALLER})
    with small_pod(pod_that(lambda _: 409)) as (url, broken):
        run_suite(tmp_path / "2", "--select", "fuzzed*", "--seed", "0", environment={"POD_URL": url, **CALLER})
    assert 0 < len(broken) - len(lawful) <= MOST_SMALLER


@pytest.mark.parametrize(("max_examples", "counts"), [(1, [1]), (150, [150]), (151, [150, 1]), (400, [150, 150, 100])])
def test_requests_are_generated_in_rounds_of_different_seeds(max_examples: int, counts: list[int]) -> None:
    found = list(rounds(7, max_examples))
    assert [count for _, count in found] == counts
    assert len({seed for seed, _ in found}) == len(found)
    assert found[0][0] == 7


def test_two_in_five_generated_requests_are_wrong_by_the_description() -> None:
    assert shares(150) == {"positive": 90, "negative": 60}
    assert sum(shares(7).values()) == 7


@pytest.mark.parametrize("max_examples", [15, 300])
def test_max_examples_says_how_many_requests_are_generated(tmp_path: Path, max_examples: int) -> None:
    with small_pod(pod_that(lambda _: 404)) as (url, _):
        run = run_suite(
            tmp_path / "contract",
            *("--select", "fuzzed-request-lawful", "--max-examples", str(max_examples)),
            environment={"POD_URL": url, **CALLER},
        )
    (line,) = [line for line in run.lines() if line.get("rule") == "fuzzed-request-lawful"]
    # A request that could touch a user who is not of the cast is generated and not sent.
    assert 0.9 * 2 * max_examples <= line["requests"] <= 2 * max_examples


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5"])
def test_a_number_of_examples_that_is_none_gives_2(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "--max-examples", given])
    assert ended.value.code == 2
    assert "--max-examples: expected a whole number of at least 1" in capsys.readouterr().err
