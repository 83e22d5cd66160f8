"""The rules about every answer of the run. The ledger has judged the answers; here each rule gets its verdict."""

import pytest

from ..contract.description import COMPANION, UNDER_TEST
from ..contract.exchange import JSON, Request, user_id_body
from ..contract.lawful import INCOMING
from ..contract.rules import Rule, rules
from .check import Check

JUDGING_ANSWERS = [rule for rule in rules().values() if rule.judges == "answers"]


@pytest.mark.parametrize("rule", [pytest.param(r, id=r.id, marks=pytest.mark.rule(r.id)) for r in JUDGING_ANSWERS])
def test_every_answer_keeps_the_rule(check: Check, rule: Rule) -> None:
    if len(check.ledger.records) < len(rules()):
        # Only some rules were selected, so the requests of the others are missing.
        provoke_each_documented_status(check)
    if rule.id == "companion-answer-schema":
        provoke_each_companion_status(check)


def provoke_each_documented_status(check: Check) -> None:
    """Send requests that lead to each documented status, so that there are answers to judge."""
    writes, users = check.target.allow_writes, check.target.users
    for operation_id in UNDER_TEST:
        check.send(Request(operation_id, "caller", b"{}", JSON))
        check.send(Request(operation_id, "caller", b'{"userId":', JSON))
        about_no_user = user_id_body(check.unused_id())
        cut = check.wire.token("caller")[:-1]
        shell = "${POD_CALLER_TOKEN%?}"
        check.send(Request(operation_id, None, about_no_user, JSON, about="no session"))
        check.send(Request(operation_id, None, about_no_user, JSON, token="invalid", token_shell="invalid"))
        check.send(Request(operation_id, None, about_no_user, JSON, token=cut, token_shell=shell))
        check.send(Request(operation_id, "caller", about_no_user, JSON))
        if check.can_arrange():
            for _ in range(2):
                check.arranger.bring(INCOMING)
                check.act(operation_id, "caller", "requester")
            check.act(operation_id, "caller", "requester")
        if writes and "colleague" in users:
            check.act(operation_id, "caller", "colleague")
        if writes and "requester" in users and check.target.has_session("unentitled"):
            check.act(operation_id, "unentitled", "requester")


def provoke_each_companion_status(check: Check) -> None:
    """Send requests to the companion operations that lead to their documented statuses. They name no user."""
    unused_id = str(check.unused_id())
    path = (("userId", unused_id), ("uid", unused_id))
    for operation_id in COMPANION:
        if operation_id in check.wire.absent_at("caller"):
            continue
        body = user_id_body(check.unused_id()) if operation_id == "createConnection" else None
        media_type = JSON if body else None
        sessions = ["caller", "unentitled"] if check.target.has_session("unentitled") else ["caller"]
        for role in sessions:
            check.send(Request(operation_id, role, body, media_type, path_parameters=path))
        check.send(
            Request(operation_id, None, body, media_type, path, token="invalid", token_shell="invalid", about="a word")
        )
    for request in (
        Request("createConnection", "caller", b"{}", JSON, about="{}"),
        Request("getConnection", "caller", path_parameters=(("userId", "nobody"),), about="a name instead of an id"),
        Request("listConnections", "caller", query="status=NO_STATUS", about="a status that does not exist"),
        Request("removeConnection", "caller", path_parameters=(("uid", "nobody"),), about="a name instead of an id"),
    ):
        if request.operation not in check.wire.absent_at("caller"):
            check.send(request)
