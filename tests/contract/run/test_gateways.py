"""A lawful pod behind a bad network or gateway: every rule is verified, and none is broken."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.emulator.process import emulated_pod
from tests.contract.gateways import DROPS_AFTER, DROPS_BEFORE, PASSES, Habit, gateway, now_and_then
from tests.contract.pods import Seen
from tests.contract.runs import Run, run_suite

# At least one rule for each way to send: one request, several at once, races, generated requests, sequences.
RULES = (
    "accept-makes-accepted,own-request-refused,race-consistent,body-malformed-refused,body-refused-no-effect,"
    "removed-connection-not-found,sequence-lawful,answer-whole"
)


def run_behind(folder: Path, habit_of: Callable[[Seen], Habit], rules: str = RULES) -> Run:
    """Check the emulated pod behind a gateway."""
    with emulated_pod() as environment, gateway(environment["POD_URL"], habit_of) as url:
        return run_suite(folder / "contract", "--select", rules, environment={**environment, "POD_URL": url})


@pytest.mark.parametrize(
    ("habit", "chance"),
    [
        pytest.param(DROPS_BEFORE, 0.1, id="one connection in ten drops before the request is read"),
        pytest.param(DROPS_AFTER, 0.1, id="one connection in ten drops after the request is carried out"),
        pytest.param(Habit(status=502), 0.02, id="one answer in fifty is lost, and the gateway says 502"),
        pytest.param(Habit(forwards=False, status=503), 0.02, id="one request in fifty is answered 503"),
    ],
)
def test_what_happens_now_and_then_is_held_against_no_rule(tmp_path: Path, habit: Habit, chance: float) -> None:
    run = run_behind(tmp_path, now_and_then(habit, chance, seed=1))
    assert set(run.verdicts().values()) == {"held"}
    assert run.status == 0
    footer = run.lines()[-1]["footer"]
    assert footer["unavailable" if habit.status else "dropped"] > 0


class RequestLimit:
    """A gateway that limits the requests a second, without a burst. It answers 503 to each request above the limit.

    Args:
        rate: Requests a second.
    """

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._next_at = 0.0
        self._lock = threading.Lock()

    def __call__(self, _: Seen) -> Habit:
        with self._lock:
            now = time.monotonic()
            if now < self._next_at:
                return Habit(forwards=False, status=503)
            self._next_at = now + self._interval
            return PASSES


def test_a_gateway_that_limits_requests_by_503_is_asked_more_slowly(tmp_path: Path) -> None:
    run = run_behind(tmp_path, RequestLimit(rate=40), "accept-makes-accepted,body-malformed-refused")
    assert set(run.verdicts().values()) == {"held"}, run.said
    assert run.status == 0, run.said
