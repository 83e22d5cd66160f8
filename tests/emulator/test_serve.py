"""The command ``emulate``: its output, its end, and its errors."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from contract_tests import FOLDER
from contract_tests.emulator import serve
from contract_tests.emulator.process import EmulatorError, emulated_pod

Certify = Callable[[str], tuple[Path, Path]]


def start_and_stop(*arguments: str) -> None:
    with emulated_pod(*arguments):
        pass


def refused(message: str) -> AbstractContextManager[pytest.ExceptionInfo[EmulatorError]]:
    """Expect that the command ends with status 2 and a message."""
    return pytest.raises(EmulatorError, match=f"(?s)status 2 .*{re.escape(message)}")


def accept(pod: dict[str, str], role: str, other: str, **client: ssl.SSLContext) -> httpx.Response:
    with httpx.Client(trust_env=False, **client) as http:  # type: ignore[arg-type] # only verify= comes here
        return http.post(
            f"{pod['POD_URL']}/v1/connection/accept",
            headers={"sessionToken": pod[f"POD_{role}_TOKEN"]},
            json={"userId": int(pod[f"POD_{other}_USER_ID"])},
        )


@pytest.fixture
def certify(tmp_path: Path) -> Certify:
    """A function that writes a self-signed certificate for a common name, and its key."""

    def certify(name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(minutes=10))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        paths = tmp_path / f"{name}.crt", tmp_path / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return paths

    return certify


def test_it_prints_the_environment_of_the_whole_cast() -> None:
    with emulated_pod() as pod:
        address = pod["POD_URL"].removesuffix("/pod")
        assert (
            pod["POD_LOGIN_URL"],
            pod["POD_SESSIONAUTH_URL"],
            pod["POD_ALLOW_WRITES"],
        ) == (f"{address}/login", f"{address}/sessionauth", "1")
        with_session = {"CALLER", "REQUESTER", "BYSTANDER", "UNENTITLED"}
        everybody = with_session | {"COLLEAGUE", "STRANGER", "ISOLATED", "UNKNOWN"}
        assert set(pod) == {f"POD_{role}_USER_ID" for role in everybody} | {
            f"POD_{role}_TOKEN" for role in with_session
        } | {
            "POD_URL",
            "POD_LOGIN_URL",
            "POD_SESSIONAUTH_URL",
            "POD_ALLOW_WRITES",
        }
        ids = [value for name, value in pod.items() if name.endswith("_USER_ID")]
        assert len(set(ids)) == len(ids)
        assert {12 <= len(user_id) <= 16 for user_id in ids} == {True}
        assert accept(pod, "CALLER", "COLLEAGUE").status_code == 200


def test_tokens_are_new_at_every_start() -> None:
    with emulated_pod() as one, emulated_pod() as other:
        assert other["POD_CALLER_TOKEN"] != one["POD_CALLER_TOKEN"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_status_0_and_it_has_written_nothing_else(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "contract_tests.emulator.serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=FOLDER.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line == "# ready\n":
                break
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)

    assert {line.split()[0] for line in lines[:-1]} == {"export"}
    assert (process.returncode, rest, errors) == (0, "", "")


def test_what_it_logs_holds_no_token() -> None:
    command = [sys.executable, "-m", "contract_tests.emulator.serve", "--port", "0"]
    command += ["--defect", "content-length-too-long"]  # uvicorn logs it with a traceback
    with subprocess.Popen(
        command, cwd=FOLDER.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        pod = {}
        for line in process.stdout:
            if line == "# ready\n":
                break
            name, _, value = line.removeprefix("export ").rstrip("\n").partition("=")
            pod[name] = value
        token = pod["POD_CALLER_TOKEN"]
        with pytest.raises(httpx.RemoteProtocolError):
            accept(pod, "CALLER", "COLLEAGUE")
        port = int(pod["POD_URL"].split(":")[2].split("/")[0])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(f"no HTTP, and {token}\r\n\r\n".encode())
            connection.recv(1000)
        process.terminate()
        _, errors = process.communicate(timeout=20)

    assert "Invalid HTTP request received." in errors
    assert "Too little data for declared Content-Length" in errors
    assert token not in errors


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with refused(f"127.0.0.1 port {port} cannot be served: Address already in use. Name another --port"):
            start_and_stop("--port", str(port))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "can be reached by other machines"),
        (["--host", "no such host"], "is not an address to serve on"),
        (["--port", "70000"], "--port 70000 is not a port"),
        (["--port", "http"], "invalid int value: 'http'"),
        (["--tls-cert", "cert.pem"], "--tls-cert and --tls-key belong together"),
        (["--client-ca", "ca.pem"], "--client-ca needs --tls-cert"),
        (["--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem"], "The TLS files cannot be used"),
        (["--state", "/nowhere/state.db"], "cannot be opened as a state file"),
        (["--state", __file__], "cannot be used as a state file"),
        (["--keys", __file__], "File exists"),
    ],
)
def test_an_unusable_argument_is_an_error(arguments: list[str], message: str) -> None:
    with refused(message):
        start_and_stop(*arguments)


def test_the_state_outlives_a_restart(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    with emulated_pod("--state", state) as pod, httpx.Client(trust_env=False) as http:
        http.post(
            f"{pod['POD_URL']}/v1/connection/create",
            headers={"sessionToken": pod["POD_REQUESTER_TOKEN"]},
            json={"userId": int(pod["POD_CALLER_USER_ID"])},
        )

    with emulated_pod("--state", state) as pod:
        assert accept(pod, "CALLER", "REQUESTER").json()["status"] == "ACCEPTED"
    with emulated_pod("--state", state) as pod:
        assert accept(pod, "CALLER", "REQUESTER").status_code == 400


def test_with_keys_it_prints_keys_and_no_tokens(tmp_path: Path) -> None:
    with emulated_pod("--keys", str(tmp_path)) as pod, httpx.Client(trust_env=False) as http:
        assert not [name for name in pod if name.endswith("_TOKEN")]
        key = Path(pod["POD_CALLER_PRIVATE_KEY"])
        assert key.stat().st_mode & 0o777 == 0o600
        claims = {"sub": pod["POD_CALLER_USERNAME"], "exp": datetime.now(UTC) + timedelta(minutes=4)}
        token = jwt.encode(claims, key.read_bytes(), "RS512")
        answer = http.post(f"{pod['POD_LOGIN_URL']}/pubkey/authenticate", json={"token": token})
        assert accept({**pod, "POD_CALLER_TOKEN": answer.json()["token"]}, "CALLER", "COLLEAGUE").status_code == 200
    before = key.read_bytes()
    with emulated_pod("--keys", str(tmp_path)):
        assert key.read_bytes() == before


def test_a_client_certificate_opens_a_session_over_tls(certify: Certify, tmp_path: Path) -> None:
    server, caller, nobody = certify("server"), certify("caller"), certify("nobody")
    authority = tmp_path / "ca.pem"
    authority.write_bytes(caller[0].read_bytes() + nobody[0].read_bytes())
    arguments = ("--tls-cert", str(server[0]), "--tls-key", str(server[1]), "--client-ca", str(authority))

    def log_in(pod: dict[str, str], certificate: tuple[Path, Path] | None) -> httpx.Response:
        context = ssl.create_default_context(cafile=pod["POD_CA_BUNDLE"])
        if certificate:
            context.load_cert_chain(*certificate)
        with httpx.Client(verify=context, trust_env=False) as http:
            return http.post(f"{pod['POD_SESSIONAUTH_URL']}/v1/authenticate")

    with emulated_pod(*arguments) as pod:
        assert pod["POD_URL"].startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=pod["POD_CA_BUNDLE"])
        token = log_in(pod, caller).json()["token"]
        pod_of_session = {**pod, "POD_CALLER_TOKEN": token}
        assert accept(pod_of_session, "CALLER", "COLLEAGUE", verify=trusting).status_code == 200
        assert [log_in(pod, nobody).status_code, log_in(pod, None).status_code] == [401, 401]


@pytest.mark.parametrize(
    ("cast", "message"),
    [
        ('{"CALLER": {"id": "17"}}', 'CALLER.id: expected a positive integer of int64, not "17"'),
        ('{"CALLER": {"id": 1.0}}', "CALLER.id: expected a positive integer of int64, not 1.0"),
        ('{"CALLER": {"id": true}}', "CALLER.id: expected a positive integer of int64, not true"),
        ('{"CALLER": {"id": 9223372036854775808}}', "CALLER.id: expected a positive integer of int64"),
        ('{"CALLER": {"id": -1}}', "CALLER.id: expected a positive integer of int64, not -1"),
        ('{"CALLER": {"id": 7}, "REQUESTER": {"id": 7}}', "CALLER and REQUESTER have the same id, 7."),
        ('{"CALLER": {"id": 13056700579841}}', "CALLER and REQUESTER have the same id, 13056700579841."),
        ('{"CALLER": {"username": "bot"}, "REQUESTER": {"username": "bot"}}', "have the same username"),
        ('{"CALLER": {"username": "requester"}}', "CALLER and REQUESTER have the same username"),
        ('{"CALLER": {"username": 7}}', "CALLER.username: expected a printable string, not 7"),
        ('{"CALLER": {"token": "t"}, "REQUESTER": {"token": "t"}}', "CALLER and REQUESTER have the same token"),
        ('{"CALLER": {"token": 17}}', "CALLER.token: expected a string of printable ASCII, not a number"),
        ('{"CALLER": {"token": ""}}', "CALLER.token: expected a string of printable ASCII, not another string"),
        ('{"CALLER": {"name": "bot"}}', "CALLER.name: there is no such member. Use id, username and token."),
        ('{"CALLER": [1]}', "CALLER: expected an object, not a list"),
        ('{"BOSS": {}}', "'BOSS' is not a role. The roles are CALLER, REQUESTER"),
        ("[]", "expected an object, not a list"),
        ("{", "is not JSON in UTF-8"),
    ],
)
def test_an_unusable_cast_is_an_error(tmp_path: Path, cast: str, message: str) -> None:
    file = tmp_path / "cast.json"
    file.write_text(cast, encoding="utf-8")

    with refused(message) as error:
        start_and_stop("--cast", str(file))

    assert "Traceback" not in str(error.value)


def test_a_cast_may_have_the_largest_id(tmp_path: Path) -> None:
    file = tmp_path / "cast.json"
    file.write_text(f'{{"CALLER": {{"id": {2**63 - 1}, "token": "a b"}}}}', encoding="utf-8")

    with emulated_pod("--cast", str(file)) as pod:
        assert accept(pod, "CALLER", "COLLEAGUE").status_code == 200
        assert accept(pod, "CALLER", "UNKNOWN").status_code == 404


def test_latency_delays_every_answer() -> None:
    with emulated_pod("--latency", "80") as pod:
        assert accept(pod, "CALLER", "COLLEAGUE").elapsed >= timedelta(milliseconds=80)


def test_fast_without_its_packages_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)

    assert serve.main(["--fast", "--port", "0"]) == 2
    assert "pip install 'symphony-pod-contract[emulator,fast]'" in capsys.readouterr().err


def test_fast_pods_answer_as_others_do() -> None:
    with emulated_pod("--fast", "--defect", "token-in-the-reason-phrase") as pod:
        headers = {"sessionToken": pod["POD_CALLER_TOKEN"]}
        answers = [
            httpx.post(f"{pod['POD_URL']}/v1/connection/accept", headers=headers, json={"userId": int(pod[name])})
            for name in ("POD_COLLEAGUE_USER_ID", "POD_STRANGER_USER_ID")
        ]

    assert [answer.status_code for answer in answers] == [200, 404]
    assert pod["POD_CALLER_TOKEN"] in answers[1].reason_phrase
