"""The request body: what is no UserConnectionRequest is refused, and changes nothing."""

import json

import pytest

from contract_tests.check import Check
from contract_tests.description import UNDER_TEST
from contract_tests.exchange import JSON, Request, user_id_body
from contract_tests.lawful import INCOMING, MADE_BY, NOBODY, REFUSED, REFUSED_OR_415, Lawful, act_on_state
from contract_tests.refusals import Refusals

NO_EFFECT = "body-refused-no-effect"
OTHER_MEDIA_TYPES = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", None)


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
    for operation_id in UNDER_TEST:
        refusals.expect_all(
            [
                (REFUSED, Request(operation_id, "caller", None, JSON, about="no body")),
                (REFUSED, Request(operation_id, "caller", b"", JSON, about="an empty body")),
                (REFUSED_OR_415, Request(operation_id, "caller", None, None, about="no body, no Content-Type")),
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
        (b'{"userId": 0x10}', "a hexadecimal number"),
        (b'{"userId": -}', "a minus without a number"),
        (b"\x00", "a NUL"),
        (b"\xff\xfe\xff", "bytes that are no UTF-8"),
        (b'{"userId": "\xff"}', "JSON with a byte that is no UTF-8"),
        (b" ", "a blank"),
    ]
    refuse_bodies(check, [(body, about) for body, about in bodies])


@pytest.mark.rule("body-not-object-refused")
def test_a_body_that_is_no_object_is_refused(check: Check) -> None:
    user_id = named_user(check)
    texts = ["null", "true", "0", '""', '"userId"', "[]", f"[{user_id}]", f'[{{"userId": {user_id}}}]', str(user_id)]
    bodies = [(text.encode(), text) for text in texts]
    bodies.append((b"[" * 1000 + b"]" * 1000, "an array a thousand deep"))
    refuse_bodies(check, [(body, about) for body, about in bodies])


@pytest.mark.rule("body-without-user-id-refused")
def test_a_body_without_user_id_is_refused(check: Check) -> None:
    user_id = named_user(check)
    values: list[object] = [
        {},
        {"user_id": user_id},
        {"userid": user_id},
        {"UserId": user_id},
        {"id": user_id},
        {"userIds": [user_id]},
        {"user": {"userId": user_id}},
        {"request": {"userId": user_id}},
        {"": user_id},
    ]
    refuse_bodies(check, [(json.dumps(value).encode(), json.dumps(value)) for value in values])


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
        1.5,
        -0.5,
        user_id + 0.5 if user_id < 2**51 else 0.5,
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
        str(10**30),
        "1e400",
        "1e30",
        "9" * 400,
    ]
    bodies = [(f'{{"userId": {literal}}}'.encode(), f"userId {literal[:40]}") for literal in literals]
    refuse_bodies(check, [(body, about) for body, about in bodies])


@pytest.mark.rule("body-user-id-exact")
def test_a_user_id_is_the_number_that_was_sent(check: Check) -> None:
    refusals = Refusals(check, check.rule.id)
    ids = (
        (-refusals.user_id, "the requester's id, negated"),
        (refusals.user_id - 2**63, "the requester's id less 2**63"),
        (~refusals.user_id, "the requester's id, each bit turned"),
    )
    refusals.expect_all(
        [
            (NOBODY, Request(operation_id, "caller", user_id_body(user_id), JSON, about=about))
            for operation_id in UNDER_TEST
            for user_id, about in ids
        ]
    )


@pytest.mark.rule("body-refused-no-effect")
def test_what_is_refused_for_its_body_changes_nothing(check: Check) -> None:
    user_id = named_user(check)
    refuse_bodies(check, [(b"{}", "{}"), (b'{"userId": "x%d"}' % user_id, "a userId that is no number")])


def expect_consistent(check: Check, request: Request, lawful: Lawful) -> None:
    """Send at a pending request what may be refused or carried out, and see that answer and connection agree."""
    check.arranger.bring(INCOMING)
    exchange = check.send(request)
    check.expect(lawful, exchange)
    either = act_on_state(request.operation, INCOMING) | REFUSED_OR_415
    check.expect(either, exchange, rule="body-lenient-consistent")
    expected = MADE_BY[request.operation] if exchange.status == 200 else INCOMING
    check.expect_state(expected, "caller", "requester", after=exchange, rule="body-lenient-consistent")


@pytest.mark.rule("body-lenient-consistent")
def test_where_the_pages_leave_refusal_open_answer_and_connection_agree(check: Check) -> None:
    right = user_id_body(check.user_id("requester"))
    more = right[:-1]
    bodies = [
        (more + b', "extra": 1}', "an unknown field"),
        (more + b', "status": "ACCEPTED"}', "a field of the answer"),
        (more + b', "userIdentifier": {"a": []}}', "an unknown object"),
        (more + b", " + right[1:], "userId twice, the same"),
        (b"\xef\xbb\xbf" + right, "a byte order mark"),
        (right.decode().encode("utf-16"), "UTF-16"),
        (right.replace(b"userId", b"user\\u0049d"), "an escape in the name"),
        (b" \r\n\t" + right + b"\r\n", "white space around it"),
    ]
    for operation_id in UNDER_TEST:
        either = act_on_state(operation_id, INCOMING) | REFUSED
        for body, about in bodies:
            expect_consistent(check, Request(operation_id, "caller", body, JSON, about=about), either)
        for request in (
            Request(operation_id, "caller", right, JSON, query="status=REJECTED&x=1", about="query arguments"),
            Request(operation_id, "caller", right, JSON, headers=(("X-Unknown", "1"),), about="an unknown header"),
        ):
            expect_consistent(check, request, either)


@pytest.mark.rule("body-user-id-not-coerced")
def test_a_user_id_of_a_type_that_services_coerce_is_refused(check: Check) -> None:
    user_id = check.user_id("requester")
    literals = [
        f'"{user_id}"',
        f'" {user_id} "',
        f'"+{user_id}"',
        f'"0{user_id}"',
        f'"{user_id}.0"',
    ]
    if int(float(user_id)) == user_id:  # past 2**53 the nearest float may be somebody else
        literals += [f"{user_id}.0", f"{user_id}0e-1"]
    for operation_id in UNDER_TEST:
        for literal in literals:
            body = f'{{"userId": {literal}}}'.encode()
            request = Request(operation_id, "caller", body, JSON, about=f"userId {literal}")
            expect_consistent(check, request, REFUSED)


@pytest.mark.rule("media-type-refused")
def test_a_body_that_is_not_declared_as_json_is_refused(check: Check) -> None:
    body = user_id_body(check.user_id("requester"))
    for operation_id in UNDER_TEST:
        for media_type in OTHER_MEDIA_TYPES:
            request = Request(operation_id, "caller", body, media_type, about=f"Content-Type: {media_type}")
            expect_consistent(check, request, REFUSED_OR_415)


@pytest.mark.rule("media-type-parameters-accepted")
def test_json_with_parameters_or_in_other_case_is_json(check: Check) -> None:
    for operation_id in UNDER_TEST:
        for media_type in ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"):
            body = user_id_body(check.nobody())
            request = Request(operation_id, "caller", body, media_type, about=f"Content-Type: {media_type}")
            check.expect(NOBODY, check.send(request))
