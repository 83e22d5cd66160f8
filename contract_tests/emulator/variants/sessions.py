"""Variants of sessions and ids: the form of tokens, how long they live, and the form of ids."""

import base64
import secrets

from starlette.types import ASGIApp, Receive, Scope, Send

from ..app import Call, Emulator
from ..changes import Family
from ..records import User

FAMILY = Family()


@FAMILY.variant()
def tokens_of_digits(emulator: Emulator) -> None:
    """A token consists of digits only."""
    emulator.sessions.new_token = lambda: str(10**40 + secrets.randbelow(10**40))


@FAMILY.variant()
def tokens_in_hexadecimal(emulator: Emulator) -> None:
    """A token is a hexadecimal number of 32 digits."""
    emulator.sessions.new_token = lambda: secrets.token_hex(16)


@FAMILY.variant()
def tokens_like_jwt(emulator: Emulator) -> None:
    """A token is long and has three parts separated by dots, like a JWT."""

    def new_token() -> str:
        parts = (secrets.token_bytes(length) for length in (60, 700, 256))
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    emulator.sessions.new_token = new_token


@FAMILY.variant()
def tokens_with_signs(emulator: Emulator) -> None:
    """A token contains signs that have a meaning elsewhere: + / = and :."""
    emulator.sessions.new_token = lambda: f"s:{base64.b64encode(secrets.token_bytes(49)).decode()}"


@FAMILY.variant(needs_keys=True)
def sessions_of_two_seconds(emulator: Emulator) -> None:
    """A session ends two seconds after the login."""
    emulator.sessions.lifetime = 2.0


@FAMILY.variant(needs_keys=True)
def sessions_of_fifty_requests(emulator: Emulator) -> None:
    """A session ends after fifty requests."""
    used: dict[str, int] = {}
    right = emulator.authenticate

    def authenticate(call: Call) -> User:
        user = right(call)
        token = call.headers["sessiontoken"]
        used[token] = used.get(token, 0) + 1
        if used[token] == 50:
            emulator.sessions.end(token)
        return user

    emulator.authenticate = authenticate


@FAMILY.variant(needs_keys=True)
def one_session_a_user(emulator: Emulator) -> None:
    """A login ends the user's previous session."""
    right = emulator.authenticate

    def authenticate(call: Call) -> User:
        token = call.headers.get("sessiontoken", "")
        user_id = emulator.sessions.user_id(token)
        tokens = [other for other, session in emulator.sessions.opened.items() if session.user_id == user_id]
        if tokens and tokens[-1] != token:
            emulator.sessions.end(token)
        return right(call)

    emulator.authenticate = authenticate


@FAMILY.variant()
def ids_past_double_precision(emulator: Emulator) -> None:
    """User ids are larger than 2**53, so that a double cannot hold them exactly."""
    emulator.user_bits = 52


@FAMILY.variant()
def ids_of_twelve_digits(emulator: Emulator) -> None:
    """User ids have twelve digits."""
    emulator.user_bits = 31


@FAMILY.variant()
def long_tokens_and_8_kb_of_headers(emulator: Emulator) -> None:
    """A token has 4,000 characters, and a request with more than 8 KB of headers is answered 431."""
    emulator.sessions.new_token = lambda: secrets.token_hex(2000)

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if sum(len(name) + len(value) for name, value in scope.get("headers", ())) <= 8192:
                await application(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 431, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

        return wrapped

    emulator.wrappers.append(wrapper)
