"""Defects in sessions: invalid tokens are accepted, valid ones refused, or a token counts as another user's."""

import asyncio
import base64
import binascii
import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from ..app import Answer, Call, Emulator, Proceed
from ..changes import BOTH, Family, before, carry_out, instead, refusals
from ..records import User
from ..refusal import Refusal

FAMILY = Family()
HEADER = "sessiontoken"

Find = Callable[[Call, str], str | None]


def live(emulator: Emulator) -> Iterator[str]:
    """The tokens of all open sessions, the oldest first."""
    return (token for token in emulator.sessions.opened if emulator.sessions.user_id(token) is not None)


def first_user(emulator: Emulator) -> User:
    """The user of the session that was opened first."""
    user = emulator.pod.store.user(next(iter(emulator.sessions.opened.values())).user_id)
    if user is None:
        raise LookupError("The first session belongs to nobody.")
    return user


def also_takes(emulator: Emulator, find: Find) -> None:
    """If a token opens no session, use the token that a function finds instead."""

    def act(call: Call) -> None:
        token = call.headers.get(HEADER, "")
        if emulator.sessions.user_id(token) is None:
            found = find(call, token)
            if found is not None:
                call.headers[HEADER] = found

    before(emulator, act)


def also_takes_where(emulator: Emulator, is_same: Callable[[str, str], bool]) -> None:
    """Accept a token if a function says that it is the same as the token of an open session."""
    also_takes(
        emulator,
        lambda _, token: next((other for other in live(emulator) if token and is_same(other, token)), None),
    )


def also_takes_written(emulator: Emulator, read: Callable[[str], str]) -> None:
    """Accept a token in another notation, which a function reads."""
    also_takes(emulator, lambda _, token: read(token))


@FAMILY.defect("session-missing-refused")
def missing_token_taken(emulator: Emulator) -> None:
    """A request without a token gets the session that was opened first."""
    also_takes(emulator, lambda call, _: next(live(emulator)) if HEADER not in call.headers else None)


@FAMILY.defect("session-empty-refused")
def empty_token_taken(emulator: Emulator) -> None:
    """A request with an empty token gets the session that was opened first."""
    also_takes(emulator, lambda call, _: next(live(emulator)) if call.headers.get(HEADER) == "" else None)


@FAMILY.defect("session-unknown-refused", "session-truncated-refused", "session-case-refused")
def any_token_taken(emulator: Emulator) -> None:
    """A request with any token gets the session that was opened first."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if token else None)


@FAMILY.defect("session-truncated-refused")
def first_half_taken(emulator: Emulator) -> None:
    """Only the first half of a token is compared."""
    also_takes_where(
        emulator, lambda right, token: len(token) >= len(right) // 2 and right.startswith(token[: len(right) // 2])
    )


@FAMILY.defect("session-truncated-refused")
def last_character_not_compared(emulator: Emulator) -> None:
    """The last character of a token is not compared and may be missing."""
    also_takes_where(emulator, lambda right, token: len(token) <= len(right) and right[:-1] == token[: len(right) - 1])


@FAMILY.defect("session-extended-refused")
def token_cut_to_its_length(emulator: Emulator) -> None:
    """Characters after a token are cut off, as a database column of fixed width does."""
    also_takes_where(emulator, lambda right, token: token.startswith(right))


@FAMILY.defect("session-extended-refused")
def token_found_anywhere(emulator: Emulator) -> None:
    """A token is accepted anywhere in the header's value."""
    also_takes_where(emulator, lambda right, token: right in token)


@FAMILY.defect("session-extended-refused")
def token_after_bearer(emulator: Emulator) -> None:
    """A token is accepted with the word Bearer before it."""
    also_takes_written(emulator, lambda token: token.removeprefix("Bearer "))


@FAMILY.defect("session-extended-refused")
def token_in_quotation_marks(emulator: Emulator) -> None:
    """A token is accepted in quotation marks."""
    also_takes_written(emulator, lambda token: token.strip('"'))


@FAMILY.defect("session-extended-refused")
def first_of_a_list_taken(emulator: Emulator) -> None:
    """The header is read as a list, and the first entry is accepted."""
    also_takes_written(emulator, lambda token: re.split("[,;]", token)[0].strip())


@FAMILY.defect("session-extended-refused")
def token_ends_at_nul(emulator: Emulator) -> None:
    """A token is decoded like a URL and ends at a NUL character, as in C."""
    also_takes_written(emulator, lambda token: unquote(token).split("\0")[0])


@FAMILY.defect("session-extended-refused")
def token_in_base64(emulator: Emulator) -> None:
    """A token is accepted in base64."""

    def decode(_: Call, token: str) -> str | None:
        with contextlib.suppress(binascii.Error, UnicodeDecodeError, ValueError):
            return base64.b64decode(token, validate=True).decode("ascii")
        return None

    also_takes(emulator, decode)


@FAMILY.defect("session-case-refused")
def token_in_any_case(emulator: Emulator) -> None:
    """Tokens are compared without regard to case, as many databases do."""
    also_takes_where(emulator, lambda right, token: right.lower() == token.lower())


@FAMILY.defect("session-case-refused")
def token_in_upper_case(emulator: Emulator) -> None:
    """A token is accepted in upper case."""
    also_takes_where(emulator, lambda right, token: right.upper() == token)


@FAMILY.defect("session-unknown-refused")
def user_id_as_token(emulator: Emulator) -> None:
    """A user's id is accepted as the token of the user's session."""
    also_takes_where(emulator, lambda right, token: token == str(emulator.sessions.user_id(right)))


@FAMILY.defect("session-unknown-refused")
def null_as_token(emulator: Emulator) -> None:
    """The tokens null and undefined, which clients send by mistake, get the session that was opened first."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if token in ("null", "undefined") else None)


OF_EVERY_OBJECT = ("constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "isPrototypeOf")


@FAMILY.defect("session-unknown-refused")
def sessions_in_a_javascript_object(emulator: Emulator) -> None:
    """Sessions are kept in a JavaScript object: names such as constructor and __proto__ are found in it too."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if token in OF_EVERY_OBJECT else None)


@FAMILY.defect("session-unknown-refused")
def constructor_as_token(emulator: Emulator) -> None:
    """Sessions are kept in a JavaScript object without a prototype's accessors, and constructor is found in it."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if token == "constructor" else None)


@FAMILY.defect("session-unknown-refused")
def token_in_sql(emulator: Emulator) -> None:
    """A token is put into an SQL query without escaping, so that ' OR '1'='1 finds a session."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if "' OR '1'='1" in token else None)


@FAMILY.defect("session-unknown-refused")
def asterisk_as_token(emulator: Emulator) -> None:
    """A token is used as a pattern, so that * and % match every session."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if token in ("*", "%") else None)


@FAMILY.defect("session-unknown-refused")
def token_of_the_right_length(emulator: Emulator) -> None:
    """Only the length of a token is compared."""
    also_takes_where(emulator, lambda right, token: len(right) == len(token))


@FAMILY.defect("session-only-in-header")
def token_in_the_query(emulator: Emulator) -> None:
    """A token in the query is accepted."""
    also_takes(emulator, lambda call, _: call.query.get("sessionToken"))


@FAMILY.defect("session-only-in-header")
def token_in_a_cookie(emulator: Emulator) -> None:
    """A token in a cookie is accepted."""
    also_takes(emulator, lambda call, _: call.headers.get("cookie", "").partition("=")[2] or None)


@FAMILY.defect("session-only-in-header")
def token_as_bearer(emulator: Emulator) -> None:
    """A token in the Authorization header is accepted."""
    also_takes(emulator, lambda call, _: call.headers.get("authorization", "").removeprefix("Bearer ") or None)


@FAMILY.defect("session-only-in-header")
def token_in_another_header(emulator: Emulator) -> None:
    """A token in the header X-Session-Token is accepted."""
    also_takes(emulator, lambda call, _: call.headers.get("x-session-token"))


@FAMILY.defect("session-only-in-header")
def token_in_the_body(emulator: Emulator) -> None:
    """A token in the body is accepted."""

    def find(call: Call, _: str) -> str | None:
        match = re.search(rb'"sessionToken"\s*:\s*"([^"]+)"', call.body)
        return match[1].decode("latin-1") if match else None

    also_takes(emulator, find)


@FAMILY.defect("session-header-name-any-case")
def header_name_in_one_case(emulator: Emulator) -> None:
    """The header is accepted only if its name is spelt sessionToken; HTTP ignores the case."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if b"\r\nsessionToken:" not in scope["state"].get("received", b"\r\nsessionToken:"):
                kept = [(name, value) for name, value in scope["headers"] if name != HEADER.encode()]
                scope = {**scope, "headers": kept}
            await application(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


def crashes(emulator: Emulator, on: Callable[[str], bool]) -> None:
    """Answer certain tokens with 500."""
    right = emulator.authenticate

    def authenticate(call: Call) -> User:
        if on(call.headers.get(HEADER, "")):
            raise Refusal(500, "Internal server error.")
        return right(call)

    emulator.authenticate = authenticate


@FAMILY.defect("session-missing-refused", "session-empty-refused", "answer-no-server-error")
def no_token_crashes(emulator: Emulator) -> None:
    """A request without a token, or with an empty one, is answered 500."""
    crashes(emulator, lambda token: not token)


@FAMILY.defect("session-unknown-refused", "answer-no-server-error")
def odd_token_crashes(emulator: Emulator) -> None:
    """A token with a character that tokens do not have is answered 500."""
    crashes(emulator, lambda token: bool(re.search(r"[^\w\-]", token, re.ASCII)))


@FAMILY.defect("session-unknown-refused", "answer-no-server-error")
def long_token_crashes(emulator: Emulator) -> None:
    """A token that is longer than its database column is answered 500."""
    crashes(emulator, lambda token: len(token) > 255)


@FAMILY.defect("session-truncated-refused", "answer-no-server-error")
def cut_token_crashes(emulator: Emulator) -> None:
    """A token that is cut off cannot be decoded and is answered 500."""
    crashes(
        emulator, lambda token: any(right != token and right.startswith(token) for right in live(emulator) if token)
    )


@FAMILY.defect("session-refused-no-effect")
def acts_without_a_session(emulator: Emulator) -> None:
    """A request without a session is refused, and carried out for the user of the first session."""
    refusals(emulator, lambda call, _: carry_out(emulator, call, first_user(emulator)), 401)


@FAMILY.defect("session-refused-no-effect")
def acts_before_it_compares_the_token(emulator: Emulator) -> None:
    """A request with a cut token is carried out for the token's user and refused afterwards."""

    def act(call: Call, _: Answer) -> None:
        token = call.headers.get(HEADER, "")
        right = next((other for other in live(emulator) if len(token) > 7 and other.startswith(token)), None)
        user_id = emulator.sessions.user_id(right) if right else None
        user = emulator.pod.store.user(user_id) if user_id else None
        if user:
            carry_out(emulator, call, user)

    refusals(emulator, act, 401)


@FAMILY.defect("session-ended-refused", needs_keys=True)
def logout_without_effect(emulator: Emulator) -> None:
    """A session stays open after logout."""
    right = emulator.authenticate

    def authenticate(call: Call) -> User:
        session = emulator.sessions.opened.get(call.headers.get(HEADER, ""))
        user = emulator.pod.store.user(session.user_id) if session else None
        return user or right(call)

    emulator.authenticate = authenticate


@FAMILY.defect("session-ended-refused", "answer-no-server-error", needs_keys=True)
def ended_session_crashes(emulator: Emulator) -> None:
    """A session that was ended has no user any more, and its token is answered 500."""
    crashes(emulator, lambda token: token in emulator.sessions.opened and emulator.sessions.user_id(token) is None)


@FAMILY.defect("session-decides-the-user")
def users_mixed_up_under_load(emulator: Emulator) -> None:
    """All requests share one variable for the caller: of two requests at once, both act as the later caller."""
    in_flight: list[Call] = []

    async def shared(call: Call, proceed: Proceed) -> Answer:
        in_flight.append(call)
        try:
            await asyncio.sleep(0.003)
            call.headers[HEADER] = in_flight[-1].headers.get(HEADER, "")
            return await proceed(call)
        finally:
            in_flight.remove(call)

    emulator.around.append(shared)


@FAMILY.defect("session-unknown-refused", "session-truncated-refused")
def session_of_the_connection(emulator: Emulator) -> None:
    """A TCP connection that carried one valid token accepts any token afterwards."""
    let_in: dict[object, bytes] = {}

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            headers = dict(scope["headers"])
            token = headers.get(HEADER.encode(), b"")
            if emulator.sessions.user_id(token.decode("latin-1")) is not None:
                let_in[scope["client"]] = token
            elif token and scope["client"] in let_in:
                headers[HEADER.encode()] = let_in[scope["client"]]
                scope = {**scope, "headers": list(headers.items())}
            await application(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


def prefers(emulator: Emulator, find: Callable[[Call], str | None]) -> None:
    """Prefer the token that a function finds to the token in the header, if it opens a session."""

    def act(call: Call) -> None:
        token = find(call)
        if token is not None and call.headers.get(HEADER) and emulator.sessions.user_id(token) is not None:
            call.headers[HEADER] = token

    before(emulator, act)


@FAMILY.defect("session-decides-the-user")
def token_of_the_query_preferred(emulator: Emulator) -> None:
    """A token in the query is preferred to the token in the header."""
    prefers(emulator, lambda call: call.query.get("sessionToken"))


@FAMILY.defect("session-decides-the-user")
def token_of_the_cookie_preferred(emulator: Emulator) -> None:
    """A token in the browser's cookie is preferred to the token in the header."""
    prefers(emulator, lambda call: call.headers.get("cookie", "").partition("skey=")[2] or None)


@FAMILY.defect("session-decides-the-user")
def bearer_token_preferred(emulator: Emulator) -> None:
    """A token in the Authorization header is preferred to the token in the sessionToken header."""
    prefers(emulator, lambda call: call.headers.get("authorization", "").removeprefix("Bearer ") or None)


@FAMILY.defect("session-decides-the-user")
def caller_kept_for_all(emulator: Emulator) -> None:
    """All accepts and rejects share one variable for the caller: of two at once, both act as the later caller."""
    last: list[User] = []
    right = emulator.perform

    async def pausing(call: Call, proceed: Proceed) -> Answer:
        user_id = emulator.sessions.user_id(call.headers.get(HEADER, ""))
        user = emulator.pod.store.user(user_id) if user_id else None
        if user:
            last[:] = [user]
        await asyncio.sleep(0.004)
        return await proceed(call)

    def perform(call: Call) -> Any:
        if call.operation.id in BOTH:
            call.caller = last[0]
        return right(call)

    emulator.perform = perform
    instead(emulator, pausing)


@FAMILY.defect("session-unknown-refused")
def last_characters_not_compared(emulator: Emulator) -> None:
    """The last four characters of a token are not compared."""
    also_takes_where(emulator, lambda right, token: len(right) == len(token) and right[:-4] == token[:-4])


@FAMILY.defect("session-unknown-refused")
def first_character_not_compared(emulator: Emulator) -> None:
    """The first character of a token is not compared."""
    also_takes_where(emulator, lambda right, token: len(right) == len(token) and right[1:] == token[1:])


@FAMILY.defect("session-extended-refused")
def token_decoded_like_a_url(emulator: Emulator) -> None:
    """A token is accepted with percent-encoding."""
    also_takes_written(emulator, unquote)
