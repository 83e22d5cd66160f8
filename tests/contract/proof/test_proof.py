from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from contract_tests.emulator.changes import Change
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.variants import VARIANTS
from contract_tests.proof import proof
from contract_tests.proof.proof import Outcome, prove, prove_defect, prove_variant

DEFECT = DEFECTS["accept-202"]
VARIANT = VARIANTS["chunked"]


@pytest.fixture
def replaced_runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """The seed and the selection of each run of a proof. The runs are replaced; each seed has a fixed outcome."""
    outcomes = {
        0: Outcome(0, {"a-rule": "held", "another-rule": "not verified"}, {}, ""),
        1: Outcome(1, {"a-rule": "broken"}, {"a-rule": "expected 200, found 500"}, ""),
        2: Outcome(4, {"a-rule": "held"}, {"a-rule": ""}, "contract: not put back"),
    }
    runs: list[tuple[int, str]] = []

    def run_against(_: Mapping[str, str], *, seed: int, select: str) -> Outcome:
        runs.append((seed, select))
        return outcomes[seed]

    @contextmanager
    def serving(_: str, __: Change) -> Iterator[dict[str, str]]:
        yield {}

    monkeypatch.setattr(proof, "run_against", run_against)
    monkeypatch.setattr(proof, "_serving", serving)
    return runs


def test_a_defect_that_breaks_its_rules_is_proved() -> None:
    row = prove_defect(DEFECT)
    assert (row.proved, row.found) == (True, "")


def test_a_defect_that_keeps_one_of_its_rules_is_not_proved() -> None:
    row = prove_defect(replace(DEFECT, breaks=("session-missing-refused", *DEFECT.breaks)))
    assert (row.proved, row.found) == (False, "session-missing-refused: held ")


@pytest.mark.usefixtures("replaced_runs")
@pytest.mark.parametrize(
    ("seed", "proved", "found"),
    [(0, True, ""), (1, False, "a-rule: expected 200, found 500"), (2, False, "exit 4: contract: not put back")],
)
def test_a_variant_is_proved_if_nothing_is_broken_and_the_run_ends_with_0(seed: int, proved: bool, found: str) -> None:
    (row,) = prove_variant(VARIANT, [seed])
    assert (row.proved, row.found) == (proved, found)


def test_the_first_run_checks_every_rule_and_the_others_the_generated_ones(
    replaced_runs: list[tuple[int, str]],
) -> None:
    list(prove_variant(VARIANT, [1, 0, 2]))
    generated = "fuzzed-request-lawful,sequence-lawful"
    assert replaced_runs == [(1, "*"), (0, generated), (2, generated)]


@pytest.mark.usefixtures("replaced_runs")
@pytest.mark.parametrize(("seeds", "status", "count"), [([0, 0], 0, "2 of 2"), ([0, 1], 1, "1 of 2")])
def test_a_row_that_is_not_proved_fails_the_proof(
    seeds: list[int], status: int, count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prove([VARIANT], lambda variant: prove_variant(variant, seeds), 1) == status
    assert f"\n{count} proved, in " in capsys.readouterr().out


def test_a_pod_that_does_not_start_is_not_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert prove([replace(DEFECT, name="no-such-defect")], lambda defect: [prove_defect(defect)], 1) == 1
    assert "| no-such-defect | the run ends | NO | The emulated pod ended with status 2" in capsys.readouterr().out
