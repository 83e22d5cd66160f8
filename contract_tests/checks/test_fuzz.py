"""Generated requests: each answer has to be one that the request and the state of the connection allow."""

import pytest

from ..contract.new_pages import new_operations
from .check import Check
from .fuzz import Fuzz, wanted_in_round
from .generating import rounds


@pytest.mark.rule("fuzzed-request-lawful")
def test_a_generated_request_is_answered_lawfully(check: Check) -> None:
    fuzz = Fuzz(check)
    for seed_of_round, count in rounds(check.seed, check.max_examples):
        for wanted in wanted_in_round(check, seed_of_round, count):
            fuzz.run(wanted)
        if new_operations():
            # Imported here: it imports schemathesis, which a thread of its own does where there are no such pages.
            from .fuzz_new_pages import fuzz_new_pages

            fuzz_new_pages(check, seed_of_round, count)
