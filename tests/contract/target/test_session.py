import asyncio
import contextlib
import threading
from http.server import BaseHTTPRequestHandler

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from contract_tests.target.session import SessionError, Sessions
from contract_tests.target.target import Target, User
from tests.contract.pods import Reply, serving, small_pod
from tests.contract.target.test_wire import in_turn

TOKEN = Reply(200, b'{"token": "a-token-of-the-caller"}')


@pytest.fixture(scope="module")
def key() -> str:
    """An RSA key as PEM."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def log_in(url: str, key: str, *, timeout: float = 5.0) -> str:
    """Log in by RSA key, and return the session token."""

    async def session() -> str:
        users = {"caller": User("caller", 7078106103809, username="caller", private_key=key)}
        async with httpx.AsyncClient(trust_env=False) as client:
            return await Sessions(Target("", url, "", timeout=timeout, users=users), lambda _: client).token("caller")

    return asyncio.run(session())


def test_a_login_that_is_throttled_is_sent_again(key: str) -> None:
    throttled = Reply(429, b"", (("Retry-After", "0"),))
    with small_pod(in_turn(throttled, throttled, TOKEN)) as (url, seen):
        assert log_in(url, key) == "a-token-of-the-caller"
        assert len(seen) == 3


def test_a_login_that_is_throttled_without_end_says_so(key: str) -> None:
    with (
        small_pod(in_turn(Reply(429, b"", (("Retry-After", "0"),)))) as (url, _),
        pytest.raises(SessionError, match="throttles it"),
    ):
        log_in(url, key)


def test_a_login_whose_connection_drops_is_sent_once_more(key: str) -> None:
    with small_pod(in_turn(Reply(None), TOKEN)) as (url, _):
        assert log_in(url, key) == "a-token-of-the-caller"
    with (
        small_pod(in_turn(Reply(None), Reply(None), TOKEN)) as (url, _),
        pytest.raises(SessionError, match="no answer"),
    ):
        log_in(url, key)


@pytest.mark.parametrize("date", ["yesterday", "", "Sun, 99 Nov 2026 25:00:00 GMT"])
def test_a_refused_login_with_an_odd_date_says_what_it_can(key: str, date: str) -> None:
    with small_pod(in_turn(Reply(401, b"{}", (("Date", date),)))) as (url, _):
        with pytest.raises(SessionError) as refused:
            log_in(url, key)
        assert "found 401. Check the username" in str(refused.value)


def test_a_login_that_drips_costs_its_time_out(key: str) -> None:
    ended = threading.Event()

    class Drip(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            with contextlib.suppress(OSError):
                while not ended.wait(0.1):
                    self.wfile.write(b" ")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Drip) as port:
        with pytest.raises(SessionError, match=r"no whole answer within 0\.5 s"):
            log_in(f"http://127.0.0.1:{port}", key, timeout=0.5)
        ended.set()
