"""Every way to get a session, tried on the emulated pod."""

import json
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from contract_tests.emulator.process import emulated_pod
from tests.client.certificates import Authority
from tests.contract.pods import Reply, Seen, small_pod, telling_sessions_apart
from tests.contract.proxy import PASSWORD, asking_proxy
from tests.contract.runs import Run, run_suite

FEW = ("--select", "unknown-user-not-found,session-missing-refused")
HELD = {"session-missing-refused": "held", "unknown-user-not-found": "held"}


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An emulated pod whose users log in by RSA key."""
    with emulated_pod("--keys", str(tmp_path_factory.mktemp("keys"))) as environment:
        yield environment


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority of these tests."""
    return Authority(tmp_path_factory.mktemp("tls"), "authority")


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (serialization.PrivateFormat.PKCS8, "text"),
        (serialization.PrivateFormat.PKCS8, "path"),
        (serialization.PrivateFormat.TraditionalOpenSSL, "path"),
        (serialization.PrivateFormat.TraditionalOpenSSL, "one line"),
    ],
)
def test_an_rsa_key_logs_in(
    tmp_path: Path, keyed: dict[str, str], form: serialization.PrivateFormat, written: str
) -> None:
    path = Path(keyed["POD_CALLER_PRIVATE_KEY"])
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    other = tmp_path / "key.pem"
    other.write_text(pem, encoding="utf-8")
    value = {"text": pem, "path": str(other), "one line": pem.replace("\n", "\\n")}[written]
    run = run_suite(tmp_path / "contract", *FEW, environment={**keyed, "POD_CALLER_PRIVATE_KEY": value})
    assert (run.status, run.verdicts()) == (0, HELD)


def test_a_key_that_the_pod_does_not_know_gives_3_and_shows_nothing_of_it(
    tmp_path: Path, keyed: dict[str, str]
) -> None:
    other = Path(keyed["POD_REQUESTER_PRIVATE_KEY"]).read_text(encoding="utf-8")
    only_caller = {
        name: value for name, value in keyed.items() if not name.startswith(("POD_REQ", "POD_BYS", "POD_UNE"))
    }
    run = run_suite(tmp_path / "contract", *FEW, environment={**only_caller, "POD_CALLER_PRIVATE_KEY": other})
    assert run.status == 3
    assert "found 401" in run.said
    assert [line for line in other.splitlines() if line in run.said + run.complained and "KEY" not in line] == []


def certificate_run(folder: Path, authority: Authority, environment: dict[str, str], **more: str) -> Run:
    certificate, key = authority.issue("caller")
    without_token = {
        name: value for name, value in environment.items() if name not in ("POD_CALLER_TOKEN", "POD_CALLER_USERNAME")
    }
    tls = {"POD_CA_BUNDLE": str(authority.bundle), "POD_CLIENT_CERT": certificate, "POD_CLIENT_KEY": key}
    return run_suite(folder / "contract", *FEW, environment={**without_token, **tls, **more})


def test_a_client_certificate_logs_in_over_tls_with_a_private_authority(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.issue("server")
    options = ("--tls-cert", certificate, "--tls-key", key, "--client-ca", str(authority.bundle))
    with emulated_pod(*options) as environment:
        run = certificate_run(tmp_path, authority, environment)
    assert (run.status, run.verdicts()) == (0, HELD)
    assert environment["POD_URL"].startswith("https://")


def test_a_proxy_with_credentials_is_used_and_its_password_is_never_shown(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.issue("server")
    with emulated_pod("--tls-cert", certificate, "--tls-key", key) as environment, asking_proxy() as (proxy, asked):
        tls = {"POD_CA_BUNDLE": str(authority.bundle), "POD_PROXY": proxy}
        run = run_suite(tmp_path / "contract", *FEW, environment={**environment, **tls})
    texts = [run.said, run.complained, *(path.read_text(encoding="utf-8") for path in run.output.iterdir())]
    assert (run.status, run.verdicts()) == (0, HELD)
    assert asked
    assert [text for text in texts if PASSWORD in text] == []


def test_a_wrong_password_of_the_proxy_gives_3_and_is_never_shown(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.issue("server")
    with emulated_pod("--tls-cert", certificate, "--tls-key", key) as environment, asking_proxy() as (proxy, asked):
        wrong = proxy.replace(PASSWORD, "another-password-55")
        tls = {"POD_CA_BUNDLE": str(authority.bundle), "POD_PROXY": wrong}
        run = run_suite(tmp_path / "contract", *FEW, environment={**environment, **tls})
    assert (run.status, asked) == (3, [])
    assert "another-password-55" not in run.said + run.complained


def test_without_the_authority_the_pod_is_not_trusted(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.issue("server")
    with emulated_pod("--tls-cert", certificate, "--tls-key", key) as environment:
        run = run_suite(tmp_path / "contract", *FEW, environment=environment)
    assert run.status == 3
    assert "certificate" in run.said.lower()


@pytest.mark.parametrize(("skew", "direction"), [(240, "behind"), (-240, "ahead of")])
def test_a_clock_skew_is_named(tmp_path: Path, keyed: dict[str, str], skew: int, direction: str) -> None:
    def refuse(_: Seen) -> Reply:
        body = json.dumps({"code": 401, "message": "Authentication failed"}).encode()
        return Reply(401, body, (("Content-Type", "application/json"), ("Date", formatdate(time.time() + skew))))

    with small_pod(refuse) as (url, _):
        beside = url.removesuffix("/pod")
        caller = {name: value for name, value in keyed.items() if name.startswith("POD_CALLER")}
        environment = {**caller, "POD_URL": url, "POD_LOGIN_URL": f"{beside}/login"}
        run = run_suite(tmp_path / "contract", *FEW, environment=environment)
    assert run.status == 3
    assert f"{direction} the pod's: a clock skew" in run.said


def test_an_expired_session_is_renewed_once(tmp_path: Path, keyed: dict[str, str]) -> None:
    sessions: list[str] = []

    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/pubkey/authenticate"):
            sessions.append(f"session-{len(sessions)}")
            return Reply(200, json.dumps({"name": "sessionToken", "token": sessions[-1]}).encode())
        live = seen.headers.get("sessiontoken") == sessions[-1] and not (len(sessions) == 1 and len(used) > 2)
        used.append(seen)
        return Reply(404 if live else 401, b'{"code": 1, "message": "No."}')

    used: list[Seen] = []
    with small_pod(telling_sessions_apart(answer)) as (url, _):
        caller = {name: value for name, value in keyed.items() if name.startswith(("POD_CALLER", "POD_UNKNOWN"))}
        environment = {**caller, "POD_URL": url, "POD_LOGIN_URL": url.removesuffix("/pod") + "/login"}
        run = run_suite(
            tmp_path / "contract", "--select", "unknown-user-not-found,impossible-*", environment=environment
        )
    assert (run.status, run.verdicts()) == (0, {"unknown-user-not-found": "held", "impossible-user-not-found": "held"})
    assert len(sessions) == 2
    assert run.lines()[-1]["footer"]["renewed"] == 1
