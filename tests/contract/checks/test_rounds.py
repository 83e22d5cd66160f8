"""How often a rule tries what arranging for other rules shows too."""

import pytest

from contract_tests.checks.check import Check
from contract_tests.checks.generating import Generating
from contract_tests.contract.rules import rules
from contract_tests.target.target import Target
from contract_tests.target.wire import Wire
from contract_tests.verdict.ledger import Ledger

RULE = "decision-reaches-other-pod"


@pytest.mark.parametrize(("shown", "rounds"), [(0, 2), (14, 2), (15, 1)])
def test_what_has_shown_often_is_tried_once_more(shown: int, rounds: int) -> None:
    wire, ledger = Wire(Target("http://localhost/pod", "", ""), lambda _: None), Ledger([RULE], list)
    for _ in range(shown):
        ledger.check(RULE, None, ())
    check = Check(rules()[RULE], wire, ledger, seed=0, max_examples=1, generating=Generating())
    try:
        assert check.rounds() == rounds
    finally:
        wire.close()
