from pathlib import Path

import pytest

from contract_tests.arranging.needs import missing_by_settings, missing_settings, why_not_verifiable
from contract_tests.contract.rules import rules
from contract_tests.target.target import Certificate, Target, User

CALLER = User("caller", 1, token="a-token-of-the-caller")
REQUESTER = User("requester", 2, token="a-token-of-the-requester")
BYSTANDER = User("bystander", 3, username="bot", private_key="key")


def target(*users: User, allow_writes: bool = False, certificate: Certificate | None = None) -> Target:
    """A target with these users."""
    by_role = {user.role: user for user in users}
    return Target("", "", "", certificate=certificate, allow_writes=allow_writes, users=by_role)


@pytest.mark.parametrize(
    ("rule", "with_target", "expected"),
    [
        ("session-missing-refused", target(CALLER), []),
        ("self-not-found", target(CALLER), ["POD_ALLOW_WRITES=1"]),
        ("unknown-user-not-found", target(CALLER), ["POD_UNKNOWN_USER_ID"]),
        ("session-ended-refused", target(CALLER), ["POD_CALLER_USERNAME", "POD_CALLER_PRIVATE_KEY"]),
        (
            "bystander-left-alone",
            target(CALLER),
            [
                "POD_ALLOW_WRITES=1",
                "POD_REQUESTER_USER_ID",
                "POD_REQUESTER_TOKEN",
                "POD_BYSTANDER_USER_ID",
                "POD_BYSTANDER_TOKEN",
            ],
        ),
        ("bystander-left-alone", target(CALLER, REQUESTER, BYSTANDER), ["POD_ALLOW_WRITES=1"]),
        ("bystander-left-alone", target(CALLER, REQUESTER, BYSTANDER, allow_writes=True), []),
        ("sides-agree", target(CALLER, User("requester", 2), allow_writes=True), ["POD_REQUESTER_TOKEN"]),
    ],
)
def test_the_whole_of_what_is_missing_is_named(rule: str, with_target: Target, expected: list[str]) -> None:
    assert missing_settings(rules()[rule], with_target) == expected


@pytest.mark.parametrize(
    ("requester", "expected"),
    [
        (REQUESTER, "POD_REQUESTER_TOKEN"),
        (User("requester", 2, username="bot", private_key="key"), "POD_REQUESTER_PRIVATE_KEY"),
        (User("requester", 2, certificate=Certificate(Path("own.pem"))), "POD_REQUESTER_CLIENT_CERT"),
    ],
)
def test_where_a_session_is_refused_the_setting_behind_it_is_missing(requester: User, expected: str) -> None:
    users = target(CALLER, requester, allow_writes=True)
    assert missing_settings(rules()["sides-agree"], users, {"requester"}) == [expected]


def test_settings_are_listed_with_the_rules_that_they_make_verifiable() -> None:
    some = [rules()[rule] for rule in ("sides-agree", "session-missing-refused", "self-not-found", "race-consistent")]
    assert missing_by_settings(some, target(CALLER), {}, ()) == [
        {"set": ["POD_ALLOW_WRITES=1"], "rules": ["self-not-found"]},
        {
            "set": ["POD_ALLOW_WRITES=1", "POD_REQUESTER_USER_ID", "POD_REQUESTER_TOKEN"],
            "rules": ["sides-agree", "race-consistent"],
        },
    ]


def test_with_all_settings_nothing_is_missing_exactly_where_the_rule_can_be_verified() -> None:
    """What the table names makes a rule verifiable: the two functions agree on every rule."""
    targets = [target(CALLER), target(CALLER, REQUESTER), target(CALLER, REQUESTER, BYSTANDER, allow_writes=True)]
    for with_target in targets:
        listed = {rule for row in missing_by_settings(rules().values(), with_target, {}, ()) for rule in row["rules"]}
        unverifiable = {rule.id for rule in rules().values() if why_not_verifiable(rule, with_target, {}, ())}
        assert listed == unverifiable


def test_a_rule_that_no_setting_makes_verifiable_is_left_out() -> None:
    absent = {"createConnection"}
    assert missing_by_settings([rules()["sides-agree"]], target(CALLER), {}, absent) == []


def test_a_refused_session_is_the_reason_where_nothing_is_missing() -> None:
    users = target(CALLER, REQUESTER, allow_writes=True)
    refused = {"requester": "the pod does not accept the requester's session (401)"}
    assert why_not_verifiable(rules()["sides-agree"], users, refused, ()) == refused["requester"]
    assert why_not_verifiable(rules()["sides-agree"], users, {}, ()) is None
