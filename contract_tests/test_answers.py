"""Every answer of the run: what came before is judged here, rule by rule."""

import pytest

from contract_tests.check import Check
from contract_tests.description import UNDER_TEST
from contract_tests.exchange import JSON, Request, user_id_body
from contract_tests.lawful import INCOMING
from contract_tests.rules import Rule, rules

JUDGING_ANSWERS = [rule for rule in rules().values() if rule.judges == "answers"]


@pytest.mark.parametrize("rule", [pytest.param(r, id=r.id, marks=pytest.mark.rule(r.id)) for r in JUDGING_ANSWERS])
def test_every_answer_keeps_the_rule(check: Check, rule: Rule) -> None:
    if not check.ledger.records[rule.id].checked:
        each_documented_status_once(check)


def each_documented_status_once(check: Check) -> None:
    """Send what leads to each of the documented statuses, so that there are answers to judge."""
    writes, users = check.target.allow_writes, check.target.users
    for operation_id in UNDER_TEST:
        check.send(Request(operation_id, "caller", b"{}", JSON))
        check.send(
            Request(operation_id, None, user_id_body(check.nobody()), JSON, token="invalid", token_shell="invalid")
        )
        check.send(Request(operation_id, "caller", user_id_body(check.nobody()), JSON))
        if writes and "requester" in users and check.target.has_session("requester"):
            check.arranger.bring(INCOMING)
            check.act(operation_id, "caller", "requester")
        if writes and "colleague" in users:
            check.act(operation_id, "caller", "colleague")
        if writes and "requester" in users and check.target.has_session("unentitled"):
            check.act(operation_id, "unentitled", "requester")
