"""Logging in by RSA key and by certificate, and logging out, at an emulated pod."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import symphony_pod_client
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from symphony_pod_client import (
    AsyncPodClient,
    ConnectError,
    DecodeError,
    NotFoundError,
    PodClient,
    PodError,
    UnauthorizedError,
    UsageError,
    certificate_login,
    rsa_login,
)

from tests.client.certificates import Authority
from tests.client.faces import Face, accept
from tests.client.pods import Request, ScriptedPod, answer, emulated_pod, error_answer

TOKEN = "a.token/of+the=caller"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def emulated(keys: Path) -> Iterator[dict[str, str]]:
    """The environment of an emulated pod that takes RSA keys."""
    with emulated_pod("--keys", str(keys)) as environment:
        yield environment


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: Any, style: str = "PKCS8", password: bytes | None = None) -> str:
    """A private key as PEM."""
    hidden: Any = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8 if style == "PKCS8" else serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, hidden).decode()  # type: ignore[no-any-return]


def colleagues(pod: Any, emulated: dict[str, str]) -> Any:
    return pod.connections.get(int(emulated["POD_COLLEAGUE_USER_ID"]))


def test_a_key_in_a_file_logs_in_at_an_emulated_pod(emulated: dict[str, str], face: Face) -> None:
    login = rsa_login(emulated["POD_CALLER_USERNAME"], Path(emulated["POD_CALLER_PRIVATE_KEY"]))
    assert (
        face.call(emulated["POD_URL"], lambda pod: colleagues(pod, emulated), session_token=login).status == "ACCEPTED"
    )


def test_logging_out_ends_the_session_and_the_next_call_logs_in_anew(emulated: dict[str, str], face: Face) -> None:
    login = rsa_login(emulated["POD_CALLER_USERNAME"], emulated["POD_CALLER_PRIVATE_KEY"])
    seen: list[Any] = []

    def note(pod: Any) -> Any:
        seen.append(pod._session.token)
        return pod.logout()

    uses = [lambda pod: colleagues(pod, emulated), note, lambda pod: colleagues(pod, emulated), note]
    results = face.calls(emulated["POD_URL"], uses, session_token=login)
    assert results[0] == results[2]
    assert seen[0].text != seen[1].text
    with pytest.raises(UnauthorizedError):
        face.call(emulated["POD_URL"], lambda pod: colleagues(pod, emulated), session_token=seen[0].text)


def test_a_session_that_ended_is_renewed(emulated: dict[str, str], face: Face) -> None:
    login = rsa_login(emulated["POD_CALLER_USERNAME"], emulated["POD_CALLER_PRIVATE_KEY"])

    def end(pod: Any) -> Any:
        return pod.with_session_token(pod._session.token.text).logout()

    uses = [lambda pod: colleagues(pod, emulated), end, lambda pod: colleagues(pod, emulated)]
    assert face.calls(emulated["POD_URL"], uses, session_token=login)[2].status == "ACCEPTED"


def test_another_key_is_a_clear_error(emulated: dict[str, str], face: Face, key: rsa.RSAPrivateKey) -> None:
    login = rsa_login(emulated["POD_CALLER_USERNAME"], pem(key))
    with pytest.raises(UnauthorizedError, match="rsa_login at 127.0.0.1:.*another public key for the user") as caught:
        face.call(emulated["POD_URL"], session_token=login)
    assert "clock" not in str(caught.value)


def script(request: Request) -> bytes:
    """A pod that gives a token to everybody, and takes it."""
    if "authenticate" in request.target:
        return answer(200, json.dumps({"name": "sessionToken", "token": TOKEN}).encode())
    return answer() if request.headers.get("sessiontoken") == TOKEN else error_answer(401)


@pytest.mark.parametrize("style", ["PKCS8", "PKCS1"])
def test_what_is_signed(style: str, face: Face, key: rsa.RSAPrivateKey) -> None:
    with ScriptedPod(script) as pod:
        face.calls(pod.url, [accept, accept], session_token=rsa_login("bot", pem(key, style)))
    login, *calls = pod.requests
    assert (login.method, login.target) == ("POST", "/login/pubkey/authenticate")
    assert "sessiontoken" not in login.headers
    claims = jwt.decode(json.loads(login.body)["token"], key.public_key(), algorithms=["RS512"])
    assert claims["sub"] == "bot"
    assert 60 < claims["exp"] - time.time() < 300
    assert len(calls) == 2


def test_a_key_with_a_password(key: rsa.RSAPrivateKey, face: Face) -> None:
    secret = pem(key, password=b"secret")
    with ScriptedPod(script) as pod:
        face.call(pod.url, session_token=rsa_login("bot", secret, password="secret"))
    for password in (None, "wrong"):
        with pytest.raises(
            UsageError, match="private_key: expected a private RSA key in PEM, and its password"
        ) as caught:
            rsa_login("bot", secret, password=password)
        assert secret[:80] not in str(caught.value)


def test_what_is_no_rsa_key_is_refused_when_the_login_is_made(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    curve = pem(ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "empty.pem").touch()
    for wrong in (public, curve, b"", "no such file", "-----BEGIN nonsense", tmp_path, tmp_path / "empty.pem", None, 7):
        with pytest.raises(UsageError, match="private_key: expected "):
            rsa_login("bot", wrong)  # type: ignore[arg-type]  # what is refused
    with pytest.raises(UsageError, match="username: expected a name"):
        rsa_login("", pem(key))


def test_a_skewed_clock_is_named(face: Face, key: rsa.RSAPrivateKey) -> None:
    said = error_answer(401, "no", f"Date: {formatdate(time.time() - 3600, usegmt=True)}")
    with ScriptedPod(lambda _: said) as pod, pytest.raises(UnauthorizedError, match=r"36\d\d s ahead of the pod's"):
        face.call(pod.url, session_token=rsa_login("bot", pem(key)))


@pytest.mark.parametrize(
    "said", [error_answer(404), answer(404, b"<html>"), answer(200, b"<html>"), answer(200, b"{}")]
)
def test_another_host_is_named(said: bytes, face: Face, key: rsa.RSAPrivateKey) -> None:
    with ScriptedPod(lambda _: said) as pod, pytest.raises((NotFoundError, DecodeError)) as caught:
        face.call(pod.url, session_token=rsa_login("bot", pem(key)))
    assert "Is the login at another host? Name its address." in str(caught.value)


def test_a_login_that_gives_no_proper_token_shows_none(face: Face, key: rsa.RSAPrivateKey) -> None:
    said = answer(200, json.dumps({"token": [TOKEN]}).encode())
    with ScriptedPod(lambda _: said) as pod, pytest.raises(DecodeError) as caught:
        face.call(pod.url, session_token=rsa_login("bot", pem(key)))
    error = caught.value
    assert (error.body, error.request and error.request.content) == (b"", b"")
    assert TOKEN not in repr(error) + str(vars(error))


def test_the_login_can_be_at_another_address(face: Face, key: rsa.RSAPrivateKey) -> None:
    with ScriptedPod(script) as other, ScriptedPod(script) as pod:
        login = rsa_login("bot", pem(key), login_url=f"http://127.0.0.1:{other.port}/elsewhere")
        face.call(pod.url, session_token=login)
    assert [request.target for request in other.requests] == ["/elsewhere/pubkey/authenticate"]
    assert len(pod.requests) == 1


def test_a_login_goes_over_plain_http_to_loopback_only(face: Face, key: rsa.RSAPrivateKey) -> None:
    login = rsa_login("bot", pem(key), login_url="http://login.example.com/login")
    with pytest.raises(UsageError, match="login_url: the session token would go to login.example.com over plain http"):
        face.call("https://acme.example.com/pod", session_token=login)


def test_nobody_at_the_address_of_the_login(face: Face, key: rsa.RSAPrivateKey) -> None:
    login = rsa_login("bot", pem(key), login_url="https://no-such-host.invalid/login")
    with pytest.raises(ConnectError, match="rsa_login at no-such-host.invalid:443"):
        face.call("https://acme.example.com/pod", session_token=login, retries=0)


def test_a_certificate_logs_in_at_an_emulated_pod(tmp_path: Path, own_face: Face) -> None:
    authority = Authority(tmp_path, "authority")
    server, key = authority.issue("server")
    arguments = ("--tls-cert", server, "--tls-key", key, "--client-ca", str(authority.bundle))
    with emulated_pod(*arguments) as emulated:
        connection = own_face.call(
            emulated["POD_URL"], lambda pod: colleagues(pod, emulated), session_token=certificate_login(),
            ca_bundle=authority.bundle, cert=authority.issue("caller"),
        )  # fmt: skip
        assert connection.status == "ACCEPTED"
        with pytest.raises(
            UnauthorizedError, match="certificate_login at 127.0.0.1:.*The pod did not accept the certificate"
        ):
            own_face.call(
                emulated["POD_URL"], lambda pod: colleagues(pod, emulated), session_token=certificate_login(),
                ca_bundle=authority.bundle, cert=authority.issue("nobody"),
            )  # fmt: skip


@pytest.mark.parametrize(
    ("pod", "address"),
    [
        ("https://acme.symphony.com/pod", "https://acme-api.symphony.com/sessionauth"),
        ("https://acme-api.symphony.com/pod", "https://acme-api.symphony.com/sessionauth"),
        ("https://pod.example.com:8443/pod", "https://pod.example.com:8443/sessionauth"),
        ("https://a.b.symphony.com/pod", "https://a.b.symphony.com/sessionauth"),
    ],
)
def test_where_a_certificate_logs_in(pod: str, address: str) -> None:
    assert certificate_login().address(httpx.URL(pod)) == address
    assert certificate_login(sessionauth_url="https://x/y").address(httpx.URL(pod)) == "https://x/y"


def test_a_login_can_be_called_with_a_client(key: rsa.RSAPrivateKey) -> None:
    login = rsa_login("bot", pem(key))

    async def run(url: str) -> str:
        async with AsyncPodClient(url, session_token=login) as pod:
            return await login(pod)

    with ScriptedPod(script) as pod:
        with PodClient(pod.url, session_token=login) as client:
            assert login(client) == TOKEN
        assert asyncio.run(run(pod.url)) == TOKEN


def test_a_callable_that_calls_the_client_it_logs_in_for_is_told_so(face: Face) -> None:
    held: list[Any] = []

    def use(pod: Any) -> Any:
        held.append(pod)
        return accept(pod)

    def login() -> Any:
        return accept(held[0])

    with ScriptedPod(script) as pod, pytest.raises(UsageError, match="its callable needs the token. Nothing was sent."):
        face.call(pod.url, use, session_token=login)
    assert pod.requests == []


def test_a_callable_may_use_the_client_for_another_caller(face: Face) -> None:
    held: list[Any] = []

    def use(pod: Any) -> Any:
        held.append(pod)
        return accept(pod)

    def login() -> Any:
        first = held[0].with_session_token(TOKEN)
        return _token(accept(first)) if face.is_async else (accept(first), TOKEN)[1]

    with ScriptedPod(script) as pod:
        face.call(pod.url, use, session_token=login)
    assert len(pod.requests) == 2


async def _token(call: Any) -> str:
    await call
    return TOKEN


def test_a_login_that_failed_is_not_remembered(face: Face) -> None:
    said = iter([error_answer(500), answer(200, json.dumps({"token": TOKEN}).encode())])
    with ScriptedPod(lambda request: next(said) if "authenticate" in request.target else script(request)) as pod:

        def failing(client: Any) -> Any:
            if face.is_async:
                return _fails(accept(client))
            with pytest.raises(PodError):
                accept(client)
            assert client._session._attempts == {}
            return None

        private = rsa.generate_private_key(65537, 2048)
        face.calls(pod.url, [failing, accept], session_token=rsa_login("bot", pem(private)))


async def _fails(call: Any) -> None:
    with pytest.raises(PodError):
        await call


def test_without_its_packages_the_extra_is_named() -> None:
    folder = str(Path(symphony_pod_client.__file__).parent.parent)
    code = f"import sys; sys.modules['jwt'] = None; sys.path.insert(0, {folder!r})"
    code += "\nfrom symphony_pod_client import rsa_login\nrsa_login('bot', 'x')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "UsageError: rsa_login: it needs the extra `login`, which is PyJWT and cryptography." in done.stderr
