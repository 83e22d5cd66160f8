"""The catalogues: every change has a sentence, and every variant differs from the default pod."""

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from contract_tests import FOLDER
from contract_tests.emulator.app import Emulator
from contract_tests.emulator.cast import populate
from contract_tests.emulator.changes import Change, Family
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.federation import at_one_address
from contract_tests.emulator.memory_store import MemoryStore
from contract_tests.emulator.process import EmulatorError, emulated_pod
from contract_tests.emulator.variants import VARIANTS
from tests.emulator.probe import PARTS, Seen, Tour
from tests.emulator.users import Users

RULES = {rule["id"] for rule in tomllib.loads((FOLDER / "contract" / "rules.toml").read_text("utf-8"))["rule"]}
CHANGES = [*DEFECTS.values(), *VARIANTS.values()]


def name_of(change: Change) -> str:
    """The name of a change, for the ids of tests."""
    return change.name


ONLY_TIME_TELLS = {"latency-with-jitter", "latency-of-200-ms-now-and-then", "answers-out-of-order"}


MOST_LIKELY = {"gateways": "media_types_and_methods", "requests": "media_types_and_methods", "sessions": "sessions"}
"""The part of the tour that comes first, by the module of the change; for speed."""


@contextmanager
def touring(serve: Callable[[Emulator], Users], *changes: Change) -> Iterator[Tour]:
    """Serve an emulator with changes and give its tour."""
    store = MemoryStore()
    emulator = Emulator(store)
    for change in changes:
        change.install(at_one_address(emulator))
    populate(store, 1_470_018_073_000, emulator.user_bits)
    try:
        yield Tour(emulator, serve(emulator))
    finally:
        store.close()


@pytest.fixture(scope="module")
def seen_of_the_right_pod() -> dict[str, list[Seen]]:
    """What a tour of the default pod sees; the fixture ``right`` fills it."""
    return {}


@pytest.fixture
def right(seen_of_the_right_pod: dict[str, list[Seen]], serve: Callable[[Emulator], Users]) -> dict[str, list[Seen]]:
    """What each part of a tour of the default pod sees."""
    if not seen_of_the_right_pod:
        with touring(serve) as tour:
            seen_of_the_right_pod |= {part: list(tour.part(part)) for part in PARTS}
    return seen_of_the_right_pod


def test_two_tours_of_the_default_pod_are_equal(
    right: dict[str, list[Seen]], serve: Callable[[Emulator], Users]
) -> None:
    with touring(serve) as tour:
        assert {part: list(tour.part(part)) for part in reversed(PARTS[:-1])} | {
            "many": list(tour.part("many"))
        } == right


# `make defects` tests the defects: each breaks its rules.
VISIBLE = [change for change in VARIANTS.values() if change.name not in ONLY_TIME_TELLS and not change.needs_federation]


@pytest.mark.parametrize("change", VISIBLE, ids=name_of)
def test_a_variant_differs_from_the_default_pod(
    right: dict[str, list[Seen]], serve: Callable[[Emulator], Users], change: Change
) -> None:
    first = MOST_LIKELY.get(change.install.__module__.rpartition(".")[2], PARTS[0])

    with touring(serve, change) as tour:
        assert any(
            expected != actual
            for part in sorted(PARTS, key=lambda part: part != first)
            for expected, actual in zip(right[part], tour.part(part), strict=True)
        )


def test_there_are_as_many_as_promised() -> None:
    assert len(DEFECTS) >= 100
    assert len(VARIANTS) >= 40


@pytest.mark.parametrize("change", CHANGES, ids=name_of)
def test_a_change_has_a_name_and_a_sentence(change: Change) -> None:
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", change.name)
    assert re.fullmatch(r"[A-Z0-9].*\.", change.sentence)


def test_every_defect_breaks_existing_rules() -> None:
    assert {name: set(defect.breaks) - RULES for name, defect in DEFECTS.items() if set(defect.breaks) - RULES} == {}


def test_every_rule_has_a_defect() -> None:
    assert RULES - {rule for defect in DEFECTS.values() for rule in defect.breaks} == set()


def test_a_defect_without_a_rule_is_refused() -> None:
    with pytest.raises(TypeError, match="A defect breaks at least one rule"):
        Family().defect()


def test_the_command_serves_defects_and_variants_together() -> None:
    with emulated_pod("--defect", "success-201", "--defect", "type-absent", "--variant", "without-counter") as pod:
        assert "POD_URL" in pod


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--defect", "succes-201"), "--defect succes-201: there is no such defect .*success-201"),
        (("--variant", "success-201"), "--variant success-201: there is no such variant"),
        (("--variant", "one-session-a-user"), "one-session-a-user can be seen only by users who log in. Add --keys"),
    ],
)
def test_an_unknown_change_is_an_error(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(EmulatorError, match=message), emulated_pod(*arguments):
        pass
