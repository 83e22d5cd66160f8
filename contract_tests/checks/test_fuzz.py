"""Generated requests: each answer has to be one that the request and the state of the connection allow."""

import pytest

from ..contract.description import UNDER_TEST
from .check import Check
from .fuzz import Fuzz, rounds, shares
from .fuzz_new_pages import fuzz_new_pages


@pytest.mark.rule("fuzzed-request-lawful")
def test_a_generated_request_is_answered_lawfully(check: Check) -> None:
    fuzz = Fuzz(check)
    for seed_of_round, count in rounds(check.seed, check.max_examples):
        for operation_id in UNDER_TEST:
            for mode, share in shares(count).items():
                fuzz.run(operation_id, mode, share, seed_of_round)
        fuzz_new_pages(check, seed_of_round, count)
