"""The ledger counts the different faults of a rule, and the evidence names them beside the one that it shows."""

from contract_tests.contract.exchange import JSON, Answer, Exchange, act
from contract_tests.report.evidence import MOST_ALSO
from contract_tests.report.reproduction import Reproduction
from contract_tests.report.results import rule_lines
from contract_tests.verdict.ledger import MOST_FAULTS, Ledger

RULE = "session-unknown-refused"
ONE = Exchange(act("acceptConnection", "caller", 1), Answer(403, (("content-type", JSON),), b"{}", 0.0), None, RULE)


def ledger_with(*faults: str) -> Ledger:
    ledger = Ledger([RULE], list)
    for fault in faults:
        ledger.check(RULE, fault, (ONE,), "401")
    return ledger


def test_what_else_was_found_is_counted_beside_what_is_shown() -> None:
    (line,) = rule_lines(
        ledger_with("status 403", "status 500", "status 403", "status 500", "status 200"), {}, Reproduction()
    )
    assert (line["evidence"]["found"], line["evidence"]["times"]) == ("status 403", 2)
    assert [(one["found"], one["times"]) for one in line["evidence"]["also"]] == [("status 500", 2), ("status 200", 1)]


def test_a_pod_that_fails_in_a_thousand_ways_fills_neither_the_memory_nor_the_report() -> None:
    ledger = ledger_with(*(f"fault {number}" for number in range(1_000)))
    assert len(ledger.records[RULE].faults) == MOST_FAULTS
    (line,) = rule_lines(ledger, {}, Reproduction())
    assert len(line["evidence"]["also"]) == MOST_ALSO


def test_what_is_withdrawn_is_counted_no_more() -> None:
    ledger = ledger_with("status 403")
    ledger.note_arranged(RULE, "requester", "caller")
    ledger.withdraw("somebody else was at work")
    assert ledger.records[RULE].faults == {}
