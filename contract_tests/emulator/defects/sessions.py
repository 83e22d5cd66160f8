"""Sessions: tokens taken that are none, refused that are one, or taken for another user's."""

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
from ..refusal import Refusal
from ..store import User

FAMILY = Family()
HEADER = "sessiontoken"

Find = Callable[[Call, str], str | None]


def live(emulator: Emulator) -> Iterator[str]:
    """The tokens of all sessions that are open, the oldest first."""
    return (token for token in emulator.sessions.opened if emulator.sessions.user_id(token) is not None)


def somebody(emulator: Emulator) -> User:
    """The user whose session was opened first."""
    user = emulator.pod.store.user(next(iter(emulator.sessions.opened.values())).user_id)
    if user is None:
        raise LookupError("The first session belongs to nobody.")
    return user


def also_takes(emulator: Emulator, find: Find) -> None:
    """Take a token that opens no session for the one that a function finds."""

    def act(call: Call) -> None:
        token = call.headers.get(HEADER, "")
        if emulator.sessions.user_id(token) is None:
            found = find(call, token)
            if found is not None:
                call.headers[HEADER] = found

    before(emulator, act)


def also_takes_where(emulator: Emulator, is_same: Callable[[str, str], bool]) -> None:
    """Take a token for one that opens a session, where the two compare as the same."""
    also_takes(
        emulator,
        lambda _, token: next((other for other in live(emulator) if token and is_same(other, token)), None),
    )


def also_takes_written(emulator: Emulator, read: Callable[[str], str]) -> None:
    """Take a token that is written in another way."""
    also_takes(emulator, lambda _, token: read(token))


@FAMILY.defect("session-missing-refused")
def missing_token_taken(emulator: Emulator) -> None:
    """A request without a token is that of the user who logged in first."""
    also_takes(emulator, lambda call, _: next(live(emulator)) if HEADER not in call.headers else None)


@FAMILY.defect("session-empty-refused")
def empty_token_taken(emulator: Emulator) -> None:
    """An empty token is that of the user who logged in first."""
    also_takes(emulator, lambda call, _: next(live(emulator)) if call.headers.get(HEADER) == "" else None)


@FAMILY.defect("session-unknown-refused", "session-truncated-refused", "session-case-refused")
def any_token_taken(emulator: Emulator) -> None:
    """Any token is that of the user who logged in first."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if token else None)


@FAMILY.defect("session-truncated-refused")
def first_half_taken(emulator: Emulator) -> None:
    """A token is compared by its first half, and what comes after may be missing."""
    also_takes_where(
        emulator, lambda right, token: len(token) >= len(right) // 2 and right.startswith(token[: len(right) // 2])
    )


@FAMILY.defect("session-truncated-refused")
def last_character_not_compared(emulator: Emulator) -> None:
    """The last character of a token is not compared, nor missed."""
    also_takes_where(emulator, lambda right, token: len(token) <= len(right) and right[:-1] == token[: len(right) - 1])


@FAMILY.defect("session-extended-refused")
def token_cut_to_its_length(emulator: Emulator) -> None:
    """What comes after a token is cut off, as by a column of that width."""
    also_takes_where(emulator, lambda right, token: token.startswith(right))


@FAMILY.defect("session-extended-refused")
def token_found_anywhere(emulator: Emulator) -> None:
    """A token is found wherever it stands in the header."""
    also_takes_where(emulator, lambda right, token: right in token)


@FAMILY.defect("session-extended-refused")
def token_after_bearer(emulator: Emulator) -> None:
    """The word Bearer before a token is taken away."""
    also_takes_written(emulator, lambda token: token.removeprefix("Bearer "))


@FAMILY.defect("session-extended-refused")
def token_in_quotation_marks(emulator: Emulator) -> None:
    """Quotation marks around a token are taken away."""
    also_takes_written(emulator, lambda token: token.strip('"'))


@FAMILY.defect("session-extended-refused")
def first_of_a_list_taken(emulator: Emulator) -> None:
    """The header is a list, and its first entry counts."""
    also_takes_written(emulator, lambda token: re.split("[,;]", token)[0].strip())


@FAMILY.defect("session-extended-refused")
def token_ends_at_nul(emulator: Emulator) -> None:
    """A token is decoded like a URL and ends at a NUL, as in C."""
    also_takes_written(emulator, lambda token: unquote(token).split("\0")[0])


@FAMILY.defect("session-extended-refused")
def token_in_base64(emulator: Emulator) -> None:
    """A token in base64 is decoded."""

    def decode(_: Call, token: str) -> str | None:
        with contextlib.suppress(binascii.Error, UnicodeDecodeError, ValueError):
            return base64.b64decode(token, validate=True).decode("ascii")
        return None

    also_takes(emulator, decode)


@FAMILY.defect("session-case-refused")
def token_in_any_case(emulator: Emulator) -> None:
    """Tokens are compared without regard to case, as by many databases."""
    also_takes_where(emulator, lambda right, token: right.lower() == token.lower())


@FAMILY.defect("session-case-refused")
def token_in_upper_case(emulator: Emulator) -> None:
    """A token in upper case is the same."""
    also_takes_where(emulator, lambda right, token: right.upper() == token)


@FAMILY.defect("session-unknown-refused")
def user_id_as_token(emulator: Emulator) -> None:
    """A user's id opens the user's session."""
    also_takes_where(emulator, lambda right, token: token == str(emulator.sessions.user_id(right)))


@FAMILY.defect("session-unknown-refused")
def null_as_token(emulator: Emulator) -> None:
    """The words null and undefined, which clients send by mistake, are the user who logged in first."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if token in ("null", "undefined") else None)


@FAMILY.defect("session-unknown-refused")
def token_in_sql(emulator: Emulator) -> None:
    """A token is put into a query as it is, so that ' OR '1'='1 finds a session."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if "' OR '1'='1" in token else None)


@FAMILY.defect("session-unknown-refused")
def asterisk_as_token(emulator: Emulator) -> None:
    """A token is a pattern, and * or % fits every session."""
    also_takes(emulator, lambda _, token: next(live(emulator)) if token in ("*", "%") else None)


@FAMILY.defect("session-unknown-refused")
def token_of_the_right_length(emulator: Emulator) -> None:
    """A token is checked for its length alone."""
    also_takes_where(emulator, lambda right, token: len(right) == len(token))


@FAMILY.defect("session-only-in-header")
def token_in_the_query(emulator: Emulator) -> None:
    """A token is taken from the query."""
    also_takes(emulator, lambda call, _: call.query.get("sessionToken"))


@FAMILY.defect("session-only-in-header")
def token_in_a_cookie(emulator: Emulator) -> None:
    """A token is taken from a cookie."""
    also_takes(emulator, lambda call, _: call.headers.get("cookie", "").partition("=")[2] or None)


@FAMILY.defect("session-only-in-header")
def token_as_bearer(emulator: Emulator) -> None:
    """A token is taken from the Authorization header."""
    also_takes(emulator, lambda call, _: call.headers.get("authorization", "").removeprefix("Bearer ") or None)


@FAMILY.defect("session-only-in-header")
def token_in_another_header(emulator: Emulator) -> None:
    """A token is taken from X-Session-Token."""
    also_takes(emulator, lambda call, _: call.headers.get("x-session-token"))


@FAMILY.defect("session-only-in-header")
def token_in_the_body(emulator: Emulator) -> None:
    """A token is taken from the body."""

    def find(call: Call, _: str) -> str | None:
        match = re.search(rb'"sessionToken"\s*:\s*"([^"]+)"', call.body)
        return match[1].decode("latin-1") if match else None

    also_takes(emulator, find)


@FAMILY.defect("session-header-name-any-case")
def header_name_in_one_case(emulator: Emulator) -> None:
    """The header counts only if its name is spelt sessionToken, which HTTP does not ask for."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if b"\r\nsessionToken:" not in scope["state"].get("received", b"\r\nsessionToken:"):
                kept = [(name, value) for name, value in scope["headers"] if name != HEADER.encode()]
                scope = {**scope, "headers": kept}
            await application(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)


def crashes(emulator: Emulator, on: Callable[[str], bool]) -> None:
    """Answer certain tokens with a 500."""
    right = emulator.authenticate

    def authenticate(call: Call) -> User:
        if on(call.headers.get(HEADER, "")):
            raise Refusal(500, "Internal server error.")
        return right(call)

    emulator.authenticate = authenticate


@FAMILY.defect("session-missing-refused", "session-empty-refused", "answer-no-server-error")
def no_token_crashes(emulator: Emulator) -> None:
    """A request without a token, or with an empty one, is a 500."""
    crashes(emulator, lambda token: not token)


@FAMILY.defect("session-unknown-refused", "answer-no-server-error")
def odd_token_crashes(emulator: Emulator) -> None:
    """A token with a character that no token has is a 500."""
    crashes(emulator, lambda token: bool(re.search(r"[^\w\-]", token, re.ASCII)))


@FAMILY.defect("session-unknown-refused", "answer-no-server-error")
def long_token_crashes(emulator: Emulator) -> None:
    """A token longer than its column is a 500."""
    crashes(emulator, lambda token: len(token) > 255)


@FAMILY.defect("session-truncated-refused", "answer-no-server-error")
def cut_token_crashes(emulator: Emulator) -> None:
    """A token that cannot be decoded because it is cut is a 500."""
    crashes(
        emulator, lambda token: any(right != token and right.startswith(token) for right in live(emulator) if token)
    )


@FAMILY.defect("session-refused-no-effect")
def acts_without_a_session(emulator: Emulator) -> None:
    """A request without a session is refused, and carried out for the user who logged in first."""
    refusals(emulator, lambda call, _: carry_out(emulator, call, somebody(emulator)), 401)


@FAMILY.defect("session-refused-no-effect")
def acts_before_it_compares_the_token(emulator: Emulator) -> None:
    """A request with a cut token is refused, after it was carried out for the token's user."""

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
    """A session that was ended goes on."""
    right = emulator.authenticate

    def authenticate(call: Call) -> User:
        session = emulator.sessions.opened.get(call.headers.get(HEADER, ""))
        user = emulator.pod.store.user(session.user_id) if session else None
        return user or right(call)

    emulator.authenticate = authenticate


@FAMILY.defect("session-ended-refused", "answer-no-server-error", needs_keys=True)
def ended_session_crashes(emulator: Emulator) -> None:
    """A session that was ended is found without a user, and that is a 500."""
    crashes(emulator, lambda token: token in emulator.sessions.opened and emulator.sessions.user_id(token) is None)


@FAMILY.defect("session-decides-the-user")
def users_mixed_up_under_load(emulator: Emulator) -> None:
    """The caller is kept where all requests share it: of two at once, both are the later one's."""
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
    """Whoever was once let in on a connection is let in on it with any token."""
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
    """Take the token that a function finds, where it opens a session, for that of the header."""

    def act(call: Call) -> None:
        token = find(call)
        if token is not None and call.headers.get(HEADER) and emulator.sessions.user_id(token) is not None:
            call.headers[HEADER] = token

    before(emulator, act)


@FAMILY.defect("session-decides-the-user")
def token_of_the_query_preferred(emulator: Emulator) -> None:
    """Of two tokens, the one in the query counts, and not the header's."""
    prefers(emulator, lambda call: call.query.get("sessionToken"))


@FAMILY.defect("session-decides-the-user")
def token_of_the_cookie_preferred(emulator: Emulator) -> None:
    """Of two tokens, the one in the cookie of browsers counts, and not the header's."""
    prefers(emulator, lambda call: call.headers.get("cookie", "").partition("skey=")[2] or None)


@FAMILY.defect("session-decides-the-user")
def bearer_token_preferred(emulator: Emulator) -> None:
    """Of two tokens, the one in the Authorization header counts, and not the header's."""
    prefers(emulator, lambda call: call.headers.get("authorization", "").removeprefix("Bearer ") or None)


@FAMILY.defect("session-decides-the-user")
def caller_kept_for_all(emulator: Emulator) -> None:
    """The caller is kept where all accepts and rejects share it: of two at once, both are the later one's."""
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
    """The last four characters of a token may be any."""
    also_takes_where(emulator, lambda right, token: len(right) == len(token) and right[:-4] == token[:-4])


@FAMILY.defect("session-unknown-refused")
def first_character_not_compared(emulator: Emulator) -> None:
    """The first character of a token may be any."""
    also_takes_where(emulator, lambda right, token: len(right) == len(token) and right[1:] == token[1:])


@FAMILY.defect("session-extended-refused")
def token_decoded_like_a_url(emulator: Emulator) -> None:
    """A token is decoded like a URL."""
    also_takes_written(emulator, unquote)
