"""Logins by RSA key."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from contract_tests.emulator.app import Emulator
from contract_tests.emulator.request_body import LARGEST_BODY
from tests.emulator.users import Users

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def pod(emulator: Emulator, serve: Callable[[Emulator], Users]) -> Users:
    """The default pod; the caller and the requester have keys."""
    return serve(Emulator(emulator.pod.store, {"caller": KEY.public_key(), "requester": OTHER_KEY.public_key()}))


def signed(key: Any = KEY, algorithm: str = "RS512", **claims: Any) -> str:
    return jwt.encode({"sub": "caller", "exp": int(time.time()) + 290, **claims}, key, algorithm)


def log_in(pod: Users, token: object, path: str = "/login/pubkey/authenticate") -> httpx.Response:
    return pod.http.post(path, json={"token": token})


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_opens_a_session(pod: Users, form: PrivateFormat) -> None:
    answer = log_in(pod, signed(KEY.private_bytes(Encoding.PEM, form, NoEncryption())))

    assert (answer.status_code, answer.json()["name"]) == (200, "sessionToken")
    assert answer.json()["authorizationToken"].startswith("Bearer ")
    pod.tokens["CALLER"] = answer.json()["token"]
    assert pod.accept("CALLER", "COLLEAGUE").status_code == 200


def test_every_login_opens_another_session(pod: Users) -> None:
    one, other = (log_in(pod, signed()).json()["token"] for _ in range(2))

    assert other != one


def test_a_key_manager_token_is_no_session(pod: Users) -> None:
    answer = log_in(pod, signed(), "/relay/pubkey/authenticate").json()

    assert answer["name"] == "keyManagerToken"
    pod.tokens["CALLER"] = answer["token"]
    assert pod.accept("CALLER", "COLLEAGUE").status_code == 401


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(lambda: signed(OTHER_KEY), id="another user's key"),
        pytest.param(lambda: signed(algorithm="RS256"), id="RS256"),
        pytest.param(lambda: jwt.encode({"sub": "caller", "exp": int(time.time()) + 60}, "", "none"), id="unsigned"),
        pytest.param(lambda: signed(ec.generate_private_key(ec.SECP521R1()), "ES512"), id="no RSA"),
        pytest.param(lambda: hmac_signed_with_the_public_key(), id="HS512 with the public key"),
        pytest.param(lambda: signed(exp=int(time.time()) - 1), id="expired"),
        pytest.param(lambda: signed(exp=int(time.time()) + 310), id="more than five minutes ahead"),
        pytest.param(lambda: jwt.encode({"sub": "caller"}, KEY, "RS512"), id="without exp"),
        pytest.param(lambda: jwt.encode({"exp": time.time() + 60}, KEY, "RS512"), id="without sub"),
        pytest.param(lambda: signed(sub="nobody"), id="nobody"),
        pytest.param(lambda: signed(sub="bystander"), id="a user without a key"),
        pytest.param(lambda: signed()[:-8], id="cut"),
        pytest.param(lambda: "text", id="no JWT"),
        pytest.param(lambda: "a.ü.c", id="no ASCII"),
        pytest.param(lambda: None, id="null"),
        pytest.param(lambda: 7, id="a number"),
    ],
)
@pytest.mark.parametrize("path", ["/login/pubkey/authenticate", "/relay/pubkey/authenticate"])
def test_any_other_token_is_unauthorized(pod: Users, path: str, token: Callable[[], object]) -> None:
    answer = log_in(pod, token(), path)

    assert (answer.status_code, answer.json()["code"]) == (401, 401)


def hmac_signed_with_the_public_key() -> str:
    """Made by hand, because PyJWT refuses to make such a token."""
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = ({"alg": "HS512", "typ": "JWT"}, {"sub": "caller", "exp": int(time.time()) + 60})
    signing_input = b".".join(_base64(json.dumps(part).encode()) for part in parts)
    return b".".join((signing_input, _base64(hmac.digest(public, signing_input, "sha512")))).decode()


def _base64(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_malformed_login_is_unauthorized(pod: Users, content: bytes) -> None:
    assert pod.http.post("/login/pubkey/authenticate", content=content).status_code == 401


@pytest.mark.parametrize("path", ["/login/pubkey/authenticate", "/relay/pubkey/authenticate"])
def test_a_login_above_the_limit_is_refused(pod: Users, path: str) -> None:
    answer = pod.http.post(path, content=b" " * (LARGEST_BODY + 1))

    assert (answer.status_code, answer.json()["message"]) == (400, "The body is larger than 1048576 bytes.")


def test_a_login_without_a_certificate_is_unauthorized(pod: Users) -> None:
    answer = pod.http.post("/sessionauth/v1/authenticate")

    assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": "A client certificate is needed."})
