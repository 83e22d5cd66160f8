"""Ids in generated requests: a number that a pod could read as a user id becomes an id of the cast or of no user."""

from typing import Any

import pytest

from contract_tests.checks.fuzzed_ids import IMPOSSIBLE, with_known_id
from contract_tests.contract.description import MAX_INT64

ID = 13056700579841


@pytest.mark.parametrize(
    ("generated", "sent"),
    [
        ({"userId": 1}, {"userId": ID}),
        ({"userId": 0}, {"userId": ID}),
        ({"userId": -2617018844221076}, {"userId": ID}),
        ({"userId": -2617018844221076.0}, {"userId": ID}),
        ({"userId": 421.0}, {"userId": ID}),
        ({"userId": 421.5}, {"userId": ID + 0.5}),
        ({"userId": "122"}, {"userId": str(ID)}),
        ({"userId": "a1b-2"}, {"userId": f"a{ID}b-{ID}"}),
        ({"userId": [[56]], "more": {"id": 3}}, {"userId": [[ID]], "more": {"id": ID}}),
        ([7], [ID]),
        (7, ID),
        ("7", str(ID)),
        ({"userId": 2**63}, {"userId": 2**63}),
        ({"userId": True, "a": None}, {"userId": True, "a": None}),
    ],
)
def test_a_number_that_could_be_a_user_id_becomes_a_known_id(generated: Any, sent: Any) -> None:
    assert with_known_id(generated, ID) == sent


@pytest.mark.parametrize(
    ("user_id", "generated", "sent"),
    [
        (-1, "7", "0"),
        (2**53 + 1, 5.5, 0.5),
        (MAX_INT64, 5.25, 0.25),
    ],
)
def test_if_the_known_id_does_not_fit_the_number_is_less_than_one(user_id: int, generated: Any, sent: Any) -> None:
    assert with_known_id(generated, user_id) == sent


def test_no_impossible_id_is_a_small_positive_one() -> None:
    assert {0, -1, -(2**63), MAX_INT64} == set(IMPOSSIBLE)
