"""The request body: a body that is no UserConnectionRequest is refused and changes nothing."""

import json
from dataclasses import replace

import pytest

from ..contract.description import UNDER_TEST
from ..contract.exchange import JSON, Request, act, user_id_body
from ..contract.lawful import NOBODY, REFUSED, REFUSED_OR_415, REJECTED
from .check import Check
from .refusals import Refusals

NO_EFFECT = "body-refused-no-effect"


def expect_bodies_refused(check: Check, bodies: list[tuple[bytes | None, str]], *, judge_answers: bool = True) -> None:
    """Expect that accept and reject refuse every body; or, without judging the answers, only that nothing changes."""
    refusals = Refusals(check, NO_EFFECT, judge_answers=judge_answers)
    refusals.expect_all(
        [
            (REFUSED, Request(operation_id, "caller", body, JSON, about=about))
            for operation_id in UNDER_TEST
            for body, about in bodies
        ]
    )


def id_to_name(check: Check) -> int:
    """The id for the bodies: the requester's if the suite may change connections, else one of no user."""
    return check.user_id("requester") if check.can_arrange() else check.unused_id()


@pytest.mark.rule("body-missing-refused")
def test_a_request_without_a_body_is_refused(check: Check) -> None:
    refusals = Refusals(check, NO_EFFECT)
    refusals.expect_all(
        [
            case
            for operation_id in UNDER_TEST
            for case in (
                (REFUSED, Request(operation_id, "caller", None, JSON, about="no body")),
                (REFUSED, Request(operation_id, "caller", b"", JSON, about="an empty body")),
                (REFUSED_OR_415, Request(operation_id, "caller", None, None, about="no body, no Content-Type")),
            )
        ]
    )


@pytest.mark.rule("body-malformed-refused")
def test_a_body_that_is_not_json_is_refused(check: Check) -> None:
    user_id = id_to_name(check)
    right = user_id_body(user_id)
    bodies = [
        (right[:-1], "JSON without its last brace"),
        (b'{"userId":', "JSON cut off before the value"),
        (b"userId=%d" % user_id, "a form"),
        (b"<userId>%d</userId>" % user_id, "XML"),
        (b'{"userId": NaN}', "NaN"),
        (b'{"userId": Infinity}', "Infinity"),
        (b'{"userId": 0x0}', "a hexadecimal number"),
        (b'{"userId": -}', "a minus without a number"),
        (b"\x00", "a NUL"),
        (b"\xff\xfe\xff", "bytes that are not UTF-8"),
        (b'{"userId": "\xff"}', "JSON with a byte that is not UTF-8"),
        (b" ", "a blank"),
    ]
    expect_bodies_refused(check, [(body, about) for body, about in bodies])


@pytest.mark.rule("body-not-object-refused")
def test_a_body_that_is_not_an_object_is_refused(check: Check) -> None:
    user_id = id_to_name(check)
    texts = ["null", "false", "0", '""', '"userId"', "[]", f"[{user_id}]", f'[{{"userId": {user_id}}}]', str(user_id)]
    texts.append(json.dumps(json.dumps({"userId": user_id})))
    bodies = [(text.encode(), text) for text in texts]
    bodies.append((b"[" * 1000 + b"]" * 1000, "an array nested 1,000 levels deep"))
    expect_bodies_refused(check, [(body, about) for body, about in bodies])


@pytest.mark.rule("body-without-user-id-refused")
def test_a_body_without_user_id_is_refused(check: Check) -> None:
    refusals = Refusals(check, NO_EFFECT)
    user_id = refusals.user_id
    values: list[object] = [
        {},
        {"user_id": user_id},
        {" userId ": user_id},
        {"id": user_id},
        {"userIds": [user_id]},
        {"user": {"userId": user_id}},
        {"request": {"userId": user_id}},
        {"": user_id},
    ]
    refusals.expect_all(
        [
            case
            for operation_id in UNDER_TEST
            for case in (
                *((REFUSED, with_json(operation_id, value)) for value in values),
                (REFUSED, replace(with_json(operation_id, {}), query=f"userId={user_id}", about="userId in the query")),
                (
                    REFUSED,
                    replace(
                        with_json(operation_id, {}), headers=(("userId", str(user_id)),), about="userId in a header"
                    ),
                ),
            )
        ]
    )
    if check.can_arrange():
        rejection = check.act("rejectConnection", "caller", "requester")
        check.state_after(rejection, "caller", "requester", REJECTED)
        after_another = [(REFUSED, with_json(operation_id, {})) for operation_id in UNDER_TEST]
        Refusals(check, NO_EFFECT).expect_all(after_another)


def with_json(operation_id: str, value: object) -> Request:
    """A request by the caller with a JSON value as its body."""
    return Request(operation_id, "caller", json.dumps(value).encode(), JSON, about=json.dumps(value))


@pytest.mark.rule("body-user-id-type-refused")
def test_a_user_id_that_cannot_stand_for_an_integer_is_refused(check: Check) -> None:
    user_id = id_to_name(check)
    values: list[object] = [
        None,
        False,
        "",
        " ",
        "abc",
        f"{user_id}x",
        0.25,
        -0.25,
        user_id + 0.25 if user_id < 2**50 else 0.25,  # a larger float has no digits after the point
        [],
        {},
        {"id": user_id},
        {"userId": user_id},
        "null",
    ]
    bodies = [(json.dumps({"userId": value}).encode(), f"userId {json.dumps(value)}") for value in values]
    deep = b'{"userId": ' + b"[" * 1000 + b"]" * 1000 + b"}"
    expect_bodies_refused(check, [*bodies, (deep, "userId: an array nested 1,000 levels deep")])


@pytest.mark.rule("body-user-id-range-refused")
def test_a_user_id_outside_int64_is_refused(check: Check) -> None:
    user_id = id_to_name(check)
    literals = [
        str(2**63),
        str(-(2**63) - 1),
        str(2**64),
        str(2**64 + user_id),
        str(-(2**64) + user_id),
        str(2**65 + user_id),
        str(2**100),  # its lowest 64 bits are zero
        f"{2**100}.0",
        "1e400",
        "9" * 400,
    ]
    bodies = [(f'{{"userId": {literal}}}'.encode(), f"userId {literal[:40]}") for literal in literals]
    expect_bodies_refused(check, [(body, about) for body, about in bodies])


@pytest.mark.rule("body-user-id-exact")
def test_a_user_id_is_the_number_that_was_sent(check: Check) -> None:
    refusals = Refusals(check, check.rule.id)
    requester = refusals.user_id
    requester_text = str(requester)
    cases = []
    for operation_id in UNDER_TEST:
        plain = act(operation_id, "caller", check.unused_id())
        cases += [
            act(operation_id, "caller", -requester, about="the requester's id, negated"),
            act(operation_id, "caller", requester - 2**63, about="the requester's id minus 2**63"),
            replace(
                plain, query=f"userId={requester_text}", about="the requester's id in the query, no user's in the body"
            ),
            replace(
                plain,
                headers=(("userId", requester_text),),
                about="the requester's id in a header, no user's in the body",
            ),
        ]
    refusals.expect_all([(NOBODY, request) for request in cases])


@pytest.mark.rule("body-refused-no-effect")
def test_a_request_refused_for_its_body_changes_nothing(check: Check) -> None:
    user_id = id_to_name(check)
    bodies: list[tuple[bytes | None, str]] = [
        (b"{}", "{}"),
        (b'{"userId": "x%d"}' % user_id, "a userId that is not a number"),
    ]
    expect_bodies_refused(check, bodies, judge_answers=False)
