"""The client's README: its examples run as they stand, against a pod on loopback."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import symphony_pod_client
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from symphony_pod_client import PodClient

from tests.client.faces import TOKEN
from tests.client.pods import Request, ScriptedPod, answer, error_answer

README = (Path(symphony_pod_client.__file__).parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
CALLS = re.findall(r"^\| `(pod\..*?)` \|", README, re.MULTILINE)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 5
    assert len(CALLS) == 7


@pytest.fixture
def folder_with_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that an example reads, in the current folder."""
    key = rsa.generate_private_key(65537, 2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "bot.pem").write_bytes(key.private_bytes(*form))
    monkeypatch.chdir(tmp_path)


def login_or_answer(request: Request) -> bytes:
    return answer(200, json.dumps({"token": TOKEN}).encode()) if "authenticate" in request.target else answer()


@pytest.mark.usefixtures("folder_with_a_key")
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_runs(example: str) -> None:
    assert "https://acme.example.com/pod" in example
    with ScriptedPod(login_or_answer) as pod:
        text = example.replace("https://acme.example.com/pod", pod.url)
        exec(compile(text, "README.md", "exec"), {"token": TOKEN, "__name__": "readme"})
    assert pod.requests
    assert {request.headers.get("sessiontoken", TOKEN) for request in pod.requests} == {TOKEN}


def test_the_example_of_errors_meets_them(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = (example for example in EXAMPLES if "except NotFoundError" in example)
    for status, line in ((404, "nothing there: Error("), (403, "it did not work: accept_connection at 127.0.0.1:")):
        said = error_answer(status, "no")

        def script(_: Request, said: bytes = said) -> bytes:
            return said

        with ScriptedPod(script) as pod:
            exec(example.replace("https://acme.example.com/pod", pod.url), {"token": TOKEN, "__name__": "readme"})
        assert capsys.readouterr().out.startswith(line)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_the_table_is_there(call: str) -> None:
    body = b"[]" if ".list(" in call else b"{}"
    with ScriptedPod(lambda _: answer(200, body)) as server, PodClient(server.url, session_token=TOKEN) as pod:
        eval(call, {"pod": pod})
    assert len(server.requests) == 1


def test_each_operation_says_what_its_page_says_and_what_it_raises() -> None:
    with PodClient("https://acme.example.com/pod", session_token=TOKEN) as pod:
        accept, reject = pod.connections.accept.__doc__ or "", pod.connections.reject.__doc__ or ""
    for text, page, status in (
        (accept, "accept-connection.md", "ACCEPTED"),
        (reject, "reject-connection.md", "REJECTED"),
    ):
        assert f"Source: openapi/pages/{page}, a published page." in text
        assert f"becomes {status}" in text
        for words in ("PENDING_INCOMING", "crossPod", "same private pod", "implicit"):
            assert words in text
        raised = ("BadRequestError: 400", "UnauthorizedError: 401", "ForbiddenError: 403", "NotFoundError: 404")
        assert all(line in text for line in (*raised, "ServerError: 500"))
    created = pod.connections.create.__doc__ or ""
    assert "Source: openapi/companion.yaml, our description" in created


def test_the_readme_is_python_that_type_checks(tmp_path: Path) -> None:
    for number, example in enumerate(EXAMPLES):
        (tmp_path / f"example_{number}.py").write_text(f'token = "t"\n{example}', encoding="utf-8")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    (tmp_path / "symphony_pod_client").symlink_to(Path(symphony_pod_client.__file__).parent)
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
