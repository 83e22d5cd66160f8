"""How long the suite waits for a change, and how long it waits before it reads what has to stay."""

import time
from collections.abc import Iterator

import pytest

from contract_tests.target import settling
from contract_tests.target.settling import Settling
from contract_tests.target.target import PodAddress, Target

HERE = "https://acme.example.com/pod"
THERE = PodAddress("https://beta.example.com/pod", "", "")


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the code under test waited. The clock is set forward instead of waiting."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(waited))
    return waited


def two_pods(settle: float) -> Settling:
    """Settling between the caller's pod and the requester's."""
    return Settling(Target(HERE, "", "", pods={"requester": THERE}, settle=settle))


def read_by_requester(two: Settling, readings: Iterator[str]) -> str:
    """Let the caller do something, then read until the requester reads ACCEPTED."""
    return two.read_until(lambda: next(readings), lambda found: found == "ACCEPTED", "caller", "requester")


def never() -> Iterator[str]:
    while True:
        yield "PENDING_OUTGOING"


def test_a_change_is_read_again_at_growing_distances_until_it_shows(waits: list[float]) -> None:
    readings = iter(["PENDING_OUTGOING"] * 4 + ["ACCEPTED"])
    two = two_pods(10)
    assert read_by_requester(two, readings) == "ACCEPTED"
    assert waits == sorted(set(waits))
    (settled,) = two.summary()
    assert (settled.acted_at, settled.read_at, settled.times) == (HERE, THERE.url, 1)
    assert settled.longest == pytest.approx(sum(waits), abs=0.001)


def test_what_never_arrives_is_waited_for_in_full_only_twice(waits: list[float]) -> None:
    two = two_pods(10)
    for _ in range(2):
        read_by_requester(two, never())
    assert sum(waits) == pytest.approx(20)
    assert not two.arrives("caller", "requester")
    read_by_requester(two, never())
    assert sum(waits) == pytest.approx(20 + settling.SHORTENED)


def test_without_a_time_to_settle_a_connection_is_read_once(waits: list[float]) -> None:
    assert read_by_requester(two_pods(0), iter(["PENDING_OUTGOING"])) == "PENDING_OUTGOING"
    assert waits == []


def test_the_next_change_is_read_again_when_the_last_one_was_about_to_show(waits: list[float]) -> None:
    two = two_pods(10)
    read_by_requester(two, iter(["PENDING_OUTGOING"] * 6 + ["ACCEPTED"]))
    *before, _ = waits
    read_by_requester(two, iter(["PENDING_OUTGOING", "ACCEPTED"]))
    assert waits[-1] == pytest.approx(sum(before))


def test_a_change_that_shows_in_the_first_re_reading_is_looked_for_sooner_the_next_time(waits: list[float]) -> None:
    two = two_pods(10)
    read_by_requester(two, iter(["PENDING_OUTGOING"] * 6 + ["ACCEPTED"]))
    for _ in range(2):
        read_by_requester(two, iter(["PENDING_OUTGOING", "ACCEPTED"]))
    assert waits[-1] == pytest.approx(0.9 * waits[-2])


def test_what_has_to_stay_is_read_after_twice_the_longest_change(waits: list[float]) -> None:
    two = two_pods(10)
    read_by_requester(two, iter(["PENDING_OUTGOING", "ACCEPTED"]))
    took = sum(waits)
    two.wait(["caller"], ["requester"])
    assert waits[-1] == pytest.approx(2 * took)


@pytest.mark.parametrize(
    ("actor", "viewer", "margin"),
    [("caller", "requester", 1.5), ("requester", "caller", 2)],
    ids=["this direction", "a direction without changes"],
)
def test_after_many_changes_the_longest_of_the_latest_counts(
    actor: str, viewer: str, margin: float, waits: list[float]
) -> None:
    two = two_pods(10)
    read_by_requester(two, iter(["PENDING_OUTGOING"] * 50 + ["ACCEPTED"]))
    for _ in range(settling.MANY):
        read_by_requester(two, iter(["PENDING_OUTGOING", "ACCEPTED"]))
    longest = max(waits[-settling.MANY :])
    two.wait([actor], [viewer])
    assert waits[-1] == pytest.approx(margin * longest)


def test_what_several_users_read_is_waited_for_once(waits: list[float]) -> None:
    two = two_pods(10)
    read_by_requester(two, iter(["PENDING_OUTGOING", "ACCEPTED"]))
    took = sum(waits)
    two.read_until(lambda: "ACCEPTED", bool, "caller", "caller")
    two.wait(["caller", "requester"], ["caller", "requester"])
    assert sum(waits) - took == pytest.approx(2 * took)


def test_how_long_a_change_takes_to_another_pod_says_nothing_about_the_own_one(waits: list[float]) -> None:
    two = two_pods(10)
    two.read_until(lambda: "ACCEPTED", bool, "requester", "requester")
    read_by_requester(two, iter(["PENDING_OUTGOING", "ACCEPTED"]))
    two.wait(["caller"], ["caller"])
    assert waits[-1] == 0.0


def change_at_own_pod(two: Settling, *readings: str) -> None:
    """Let the caller do something, and read until it shows at the caller's own pod."""
    found = iter(readings)
    two.read_until(lambda: next(found), lambda status: status == "ACCEPTED", "caller", "caller")


def test_a_change_at_the_own_pod_is_waited_for_before_the_pod_is_asked_where_things_stand(waits: list[float]) -> None:
    two = two_pods(10)
    for _ in range(settling.MANY):
        start = sum(waits)
        two.read_until(lambda start=start: sum(waits) - start, lambda passed: passed >= 0.1, "caller", "caller")  # type: ignore[misc] # mypy infers no type of a lambda with a default
    two.note_change("caller")
    two.wait_for_own_changes(["requester", "caller"])
    assert waits[-1] == pytest.approx(0.15, rel=0.1)


@pytest.mark.parametrize("readings", [["ACCEPTED"], ["PENDING_INCOMING", "ACCEPTED"]])
def test_a_few_changes_at_the_own_pod_do_not_show_how_long_one_may_take(
    waits: list[float], readings: list[str]
) -> None:
    two = two_pods(10)
    change_at_own_pod(two, *readings)
    two.note_change("caller")
    two.wait_for_own_changes(["requester", "caller"])
    assert waits[-1] == pytest.approx(settling.LEAST_AFTER_FEW)


def test_a_pod_whose_own_readings_never_lag_is_not_waited_for(waits: list[float]) -> None:
    two = two_pods(10)
    for _ in range(settling.FEW):
        change_at_own_pod(two, "ACCEPTED")
    two.note_change("caller")
    two.wait_for_own_changes(["requester", "caller"])
    assert waits[-1] == 0.0


def test_a_change_that_was_read_at_the_own_pod_is_not_waited_for_again(waits: list[float]) -> None:
    two = two_pods(10)
    two.note_change("caller")
    lagging = iter(["PENDING_INCOMING", "ACCEPTED"])
    two.read_until(lambda: next(lagging), lambda found: found == "ACCEPTED", "caller", "caller")
    two.wait_for_own_changes(["requester", "caller"])
    assert waits[-1] == 0.0


def test_before_any_change_was_seen_the_whole_time_is_waited(waits: list[float]) -> None:
    two_pods(10).wait(["caller"], ["requester"])
    assert waits == [10]
