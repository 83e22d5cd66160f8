"""The request body: what is no UserConnectionRequest is refused, and changes nothing."""

import json
from dataclasses import replace

import pytest

from ..contract.description import UNDER_TEST
from ..contract.exchange import JSON, Request, act, user_id_body
from ..contract.lawful import NOBODY, REFUSED, REFUSED_OR_415
from .check import Check
from .refusals import Refusals

NO_EFFECT = "body-refused-no-effect"


def refuse_bodies(check: Check, bodies: list[tuple[bytes | None, str]]) -> None:
    """Expect that both operations refuse every body."""
    refusals = Refusals(check, NO_EFFECT)
    refusals.expect_all(
        [
            (REFUSED, Request(operation_id, "caller", body, JSON, about=about))
            for operation_id in UNDER_TEST
            for body, about in bodies
        ]
    )


def named_user(check: Check) -> int:
    """Whom the bodies name: the requester where connections may be changed, else nobody."""
    return check.user_id("requester") if check.can_arrange() else check.nobody()


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
def test_a_body_that_is_no_json_is_refused(check: Check) -> None:
    user_id = named_user(check)
    right = user_id_body(user_id)
    bodies = [
        (right[:-1], "JSON less its last brace"),
        (b'{"userId":', "JSON cut off before the value"),
        (right + b"}", "a brace too many"),
        (right + right, "two JSON texts"),
        (right + b" x", "bytes after the JSON"),
        (right.replace(b'"', b"'"), "single quotes"),
        (right.replace(b'"', b""), "a name without quotes"),
        (right[:-1] + b",}", "a comma too many"),
        (b"/* */" + right, "a comment"),
        (b"userId=%d" % user_id, "a form"),
        (b"<userId>%d</userId>" % user_id, "XML"),
        (b'{"userId": NaN}', "NaN"),
        (b'{"userId": Infinity}', "Infinity"),
        (right[:-1] + b', "x": NaN}', "NaN as another member"),
        (b'{"userId": 0x0}', "a hexadecimal number"),
        (b'{"userId": -}', "a minus without a number"),
        (b"\x00", "a NUL"),
        (b"\xff\xfe\xff", "bytes that are no UTF-8"),
        (b'{"userId": "\xff"}', "JSON with a byte that is no UTF-8"),
        (right[:-1] + b', "x": "\xff"}', "a byte that is no UTF-8 in another member"),
        (b" ", "a blank"),
    ]
    refuse_bodies(check, [(body, about) for body, about in bodies])


@pytest.mark.rule("body-not-object-refused")
def test_a_body_that_is_no_object_is_refused(check: Check) -> None:
    user_id = named_user(check)
    texts = ["null", "false", "0", '""', '"userId"', "[]", f"[{user_id}]", f'[{{"userId": {user_id}}}]', str(user_id)]
    texts.append(json.dumps(json.dumps({"userId": user_id})))
    bodies = [(text.encode(), text) for text in texts]
    bodies.append((b"[" * 1000 + b"]" * 1000, "an array a thousand deep"))
    refuse_bodies(check, [(body, about) for body, about in bodies])


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
                *((REFUSED, nameless(operation_id, value)) for value in values),
                (REFUSED, replace(nameless(operation_id, {}), query=f"userId={user_id}", about="userId in the query")),
                (
                    REFUSED,
                    replace(
                        nameless(operation_id, {}), headers=(("userId", str(user_id)),), about="userId in a header"
                    ),
                ),
            )
        ]
    )
    if check.can_arrange():
        check.act("rejectConnection", "caller", "requester")
        after_another = [(REFUSED, nameless(operation_id, {})) for operation_id in UNDER_TEST]
        Refusals(check, NO_EFFECT).expect_all(after_another)


def nameless(operation_id: str, value: object) -> Request:
    """A request whose body is a JSON value."""
    return Request(operation_id, "caller", json.dumps(value).encode(), JSON, about=json.dumps(value))


@pytest.mark.rule("body-user-id-type-refused")
def test_a_user_id_that_cannot_be_meant_as_an_integer_is_refused(check: Check) -> None:
    user_id = named_user(check)
    values: list[object] = [
        None,
        False,
        "",
        " ",
        "abc",
        f"{user_id}x",
        0.25,
        -0.25,
        user_id + 0.25 if user_id < 2**50 else 0.25,  # a float has no digit after the point for larger ones
        [],
        [user_id],
        {},
        {"id": user_id},
        {"userId": user_id},
        "null",
    ]
    bodies = [(json.dumps({"userId": value}).encode(), f"userId {json.dumps(value)}") for value in values]
    deep = b'{"userId": ' + b"[" * 1000 + b"]" * 1000 + b"}"
    refuse_bodies(check, [*bodies, (deep, "userId an array a thousand deep")])


@pytest.mark.rule("body-user-id-range-refused")
def test_a_user_id_outside_int64_is_refused(check: Check) -> None:
    user_id = named_user(check)
    literals = [
        str(2**63),
        str(-(2**63) - 1),
        str(2**64),
        str(2**64 + user_id),
        str(-(2**64) + user_id),
        str(2**65 + user_id),
        str(2**100),  # nothing is left of it in 64 bits
        f"{2**100}.0",
        "1e400",
        "9" * 400,
    ]
    bodies = [(f'{{"userId": {literal}}}'.encode(), f"userId {literal[:40]}") for literal in literals]
    refuse_bodies(check, [(body, about) for body, about in bodies])


@pytest.mark.rule("body-user-id-exact")
def test_a_user_id_is_the_number_that_was_sent(check: Check) -> None:
    refusals = Refusals(check, check.rule.id)
    requester = refusals.user_id
    elsewhere = str(requester)
    cases = []
    for operation_id in UNDER_TEST:
        nobody = act(operation_id, "caller", check.nobody())
        cases += [
            act(operation_id, "caller", -requester, about="the requester's id, negated"),
            act(operation_id, "caller", requester - 2**63, about="the requester's id less 2**63"),
            replace(nobody, query=f"userId={elsewhere}", about="nobody in the body, the requester in the query"),
            replace(nobody, headers=(("userId", elsewhere),), about="nobody in the body, the requester in a header"),
        ]
    refusals.expect_all([(NOBODY, request) for request in cases])


@pytest.mark.rule("body-refused-no-effect")
def test_what_is_refused_for_its_body_changes_nothing(check: Check) -> None:
    user_id = named_user(check)
    refuse_bodies(check, [(b"{}", "{}"), (b'{"userId": "x%d"}' % user_id, "a userId that is no number")])
