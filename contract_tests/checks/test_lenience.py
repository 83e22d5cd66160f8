"""Other ways to write a request: those that a pod may accept or refuse, and those that it has to accept."""

import gzip
import re
from dataclasses import replace

import pytest

from ..contract.description import UNDER_TEST
from ..contract.exchange import JSON, Request, act, user_id_body
from ..contract.lawful import MADE_BY, REFUSED, REFUSED_OR_415, success
from .answer_and_state import expect_answers_match_state, expect_each_answer_matches_state
from .check import Check
from .refusals import AT_ONCE
from .same_answer import expect_same_answer

OTHER_MEDIA_TYPES = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", None)
ODD_MEDIA_TYPES = ("application/json; charset=x-none", "application/json;;", "garbage")
EITHER = {name: success(MADE_BY[name]) | REFUSED for name in UNDER_TEST}


@pytest.mark.rule("body-lenient-consistent")
def test_if_a_pod_may_accept_or_refuse_answer_and_connection_agree(check: Check) -> None:
    user_id = check.user_id("requester")
    right = user_id_body(user_id)
    more = right[:-1]
    # Most pods carry these out. Together with others they would have to be sent a second time, alone.
    usual = [
        (more + b', "extra": "x"}', "an unknown field"),
        (more + b', "status": "ACCEPTED"}', "a field of the answer"),
        # An integer by JSON Schema, and not by every reader of an int64.
        *((b'{"userId": %s}' % literal, f"userId {literal.decode()}") for literal in whole_numbers(user_id)),
    ]
    odd = [
        (more + b", " + right[1:], "userId twice, the same"),
        (more + b', "userId": %d}' % check.unused_id(), "userId twice, the second of no user"),
        (b'{"userId": %d, ' % check.unused_id() + right[1:], "userId twice, the first of no user"),
        (b'{"userid": %d}' % user_id, "a name in small letters"),
        (b'{"UserId": %d}' % user_id, "a name in other case"),
        (b"\xef\xbb\xbf" + right, "a byte order mark"),
        (right.decode().encode("utf-16"), "UTF-16"),
    ]
    alone, at_once = [], []
    for operation_id in UNDER_TEST:
        plain = act(operation_id, "caller", user_id)
        alone += [replace(plain, body=body, about=about) for body, about in usual]
        alone.append(replace(plain, query="status=REJECTED&x=y", about="query arguments"))
        at_once += [replace(plain, body=body, about=about) for body, about in odd]
    # One operation is enough for these, since both read a request in the same way. After a reject, the next
    # connection request takes fewer steps.
    plain = act("rejectConnection", "caller", user_id)
    encoded = (("Content-Encoding", "gzip"),)
    large = more + b', "data": {"a": []}, "long": "' + "é😀".encode() * 2700 + b'"}'
    alone.append(replace(plain, body=large, about="an object, and 16 KB of text that is not ASCII"))
    at_once += [
        replace(plain, body=zipped(user_id), headers=encoded, about="compressed with gzip"),
        replace(plain, headers=encoded, about="declared as gzip, and not compressed"),
        *(replace(plain, media_type=name, about=f"Content-Type: {name}") for name in ODD_MEDIA_TYPES),
    ]
    expect_each_answer_matches_state(check, [(EITHER[request.operation], request) for request in alone])
    expect_answers_match_state(check, [(EITHER[request.operation], request) for request in at_once])
    expect_odd_bodies_refused(check)


def whole_numbers(user_id: int) -> list[bytes]:
    """The id written with a fraction of zero and with an exponent; none if the nearest float is another number."""
    return [b"%d.0" % user_id, b"%de0" % user_id] if int(float(user_id)) == user_id else []


def zipped(user_id: int) -> bytes:
    """The body of a request in gzip's format. It contains no digits but those of the id."""
    return next(
        data
        for blanks in range(1000)
        if re.findall(rb"\d+", data := stored(user_id_body(user_id) + b" " * blanks)) == [b"%d" % user_id]
    )


def stored(data: bytes) -> bytes:
    """Bytes in gzip's format, stored without compression."""
    return gzip.compress(data, compresslevel=0, mtime=0)


def expect_odd_bodies_refused(check: Check) -> None:
    """Send large and odd bodies that name no user, and expect that they are refused like a plain one."""
    more = user_id_body(check.unused_id())[:-1]
    unknown = (("X-Unknown", "x"),)
    bodies = [
        (more + ', "extra": "é😀"}'.encode(), (), "text that is not ASCII"),
        (more + ', "éx": "x"}'.encode(), (), "a name that is not ASCII"),
        (more + b', "extra": "\\u0000\\ud83d"}', (), "escapes that stand for no text"),
        (more + b', "extra": null}', (), "null in another member"),
        (more + b', "extra": "x"}', unknown, "an unknown field and an unknown header"),
        (more + b', "extra": "' + b"x" * 16_000 + b'"}', (), "16 KB"),
        # A body that is not ASCII goes through printf in the report's curl line. An argument must not be this long.
        (more + ', "extra": "é'.encode() + b"x" * 1_000_000 + b'"}', (), "1 MB"),
    ]
    requests = [
        Request(operation_id, "caller", body, JSON, headers=headers, about=about)
        for operation_id in UNDER_TEST
        for body, headers, about in bodies
    ]
    for start in range(0, len(requests), AT_ONCE):
        for exchange in check.send_together(requests[start : start + AT_ONCE]):
            check.expect(REFUSED, exchange)


@pytest.mark.rule("body-lenient-json-refused")
def test_a_body_that_only_a_lenient_reader_accepts_is_refused(check: Check) -> None:
    right = user_id_body(check.user_id("requester"))
    bodies = [
        (right + b"}", "an extra brace"),
        (right + right, "two JSON texts"),
        (right + b" x", "bytes after the JSON"),
        (right.replace(b'"', b"'"), "single quotes"),
        (right.replace(b'"', b""), "a name without quotes"),
        (right[:-1] + b",}", "an extra comma"),
        (b"/* */" + right, "a comment"),
        (right[:-1] + b', "x": NaN}', "NaN in another member"),
        (right[:-1] + b', "x": "\xff"}', "a byte that is not UTF-8 in another member"),
    ]
    cases = [
        Request(operation_id, "caller", body, JSON, about=about)
        for operation_id in UNDER_TEST
        for body, about in bodies
    ]
    expect_answers_match_state(check, [(REFUSED, request) for request in cases])


@pytest.mark.rule("body-user-id-not-coerced")
def test_a_user_id_of_another_type_is_not_converted(check: Check) -> None:
    user_id = check.user_id("requester")
    literals = [
        f'"{user_id}"',
        f'" {user_id} "',
        f'"+{user_id}"',
        f'"0{user_id}"',
        f'"{user_id}.0"',
        f"[{user_id}]",
        "true",
    ]
    cases = [
        Request(operation_id, "caller", f'{{"userId": {literal}}}'.encode(), JSON, about=f"userId {literal}")
        for operation_id in UNDER_TEST
        for literal in literals
    ]
    expect_answers_match_state(check, [(REFUSED, request) for request in cases])


@pytest.mark.rule("media-type-refused")
def test_a_body_with_another_media_type_is_refused(check: Check) -> None:
    body = user_id_body(check.user_id("requester"))
    cases = [
        Request(operation_id, "caller", body, media_type, about=f"Content-Type: {media_type}")
        for operation_id in UNDER_TEST
        for media_type in OTHER_MEDIA_TYPES
    ]
    expect_answers_match_state(check, [(REFUSED_OR_415, request) for request in cases])


@pytest.mark.rule("media-type-parameters-accepted")
def test_application_json_may_have_parameters_and_any_case(check: Check) -> None:
    media_types = (
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
        "Application/JSON",
    )

    def variations(plain: Request) -> list[Request]:
        return [
            replace(plain, media_type=media_type, about=f"Content-Type: {media_type}") for media_type in media_types
        ]

    expect_same_answer(check, variations)


@pytest.mark.rule("body-equal-accepted")
def test_the_same_json_in_another_form_is_the_same_request(check: Check) -> None:
    def variations(plain: Request) -> list[Request]:
        body = plain.body or b""
        spread = body.replace(b":", b"\t:\r\n ").replace(b"{", b"{ \n").replace(b"}", b" \n}")
        escaped = body.replace(b"userId", b"\\u0075ser\\u0049d")
        in_chunks = (("Transfer-Encoding", "chunked"),)
        after_continue = (("Expect", "100-continue"), ("Content-Length", str(len(body))))
        return [
            replace(plain, body=b" \r\n\t" + body + b"\r\n", about="white space around it"),
            replace(plain, body=spread, about="white space within it"),
            replace(plain, body=escaped, about="escapes in the name"),
            replace(plain, headers=in_chunks, about="in chunks"),
            replace(plain, headers=after_continue, about="after 100 Continue"),
        ]

    expect_same_answer(check, variations)


@pytest.mark.rule("request-extras-ignored")
def test_undocumented_headers_and_query_arguments_change_nothing(check: Check) -> None:
    headers = [
        ("Accept", "*/*"),
        ("Accept", ""),
        ("Accept-Language", "de-CH, fr;q=0.5"),
        ("Cookie", "theme=dark"),
        ("If-None-Match", '"x"'),
        ("traceparent", "00-abcdefabcdefabcdefabcdefabcdefab-abcdefabcdefabcd-00"),
        ("X-Unknown", "x"),
        ("Accept", "text/html"),
        ("Accept", "application/xml"),
        ("Origin", "https://elsewhere.example"),
        ("X-HTTP-Method-Override", "GET"),
        ("X-Long", "x" * 5000),
    ]

    def variations(plain: Request) -> list[Request]:
        with_headers = [with_header(plain, name, value) for name, value in headers]
        return [*with_headers, replace(plain, query="x=y", about="a query argument")]

    expect_same_answer(check, variations)


def with_header(plain: Request, name: str, value: str) -> Request:
    """The same request with a header."""
    return replace(plain, headers=((name, value),), about=f"{name}: {value[:60]}" if value else f"no {name}")
