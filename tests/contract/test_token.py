"""``token ROLE`` prints a session token to standard output, and nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contract_tests.__main__ import main
from contract_tests.emulator.process import emulated_pod
from tests.contract.pods import Reply, small_pod


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An emulated pod whose users log in by RSA key."""
    with emulated_pod("--keys", str(tmp_path_factory.mktemp("keys"))) as environment:
        yield environment


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the surroundings say about a pod."""
    for name in [name for name in os.environ if name.startswith("POD_")]:
        monkeypatch.delenv(name)


def set_all(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_a_given_token_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"POD_URL": "http://127.0.0.1:1/pod", "POD_CALLER_USER_ID": "1", "POD_CALLER_TOKEN": "the-given-token"}
    set_all(monkeypatch, given)
    assert main(["token", "caller"]) == 0
    assert tuple(capsys.readouterr()) == ("the-given-token\n", "")


@pytest.mark.parametrize("role", ["caller", "requester", "bystander", "unentitled"])
def test_a_user_with_a_key_is_logged_in(
    role: str, keyed: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_all(monkeypatch, keyed)
    assert main(["token", role]) == 0
    token, complaint = capsys.readouterr()
    info = httpx.get(f"{keyed['POD_URL']}/v2/sessioninfo", headers={"sessionToken": token.removesuffix("\n")})
    assert (info.json()["id"], complaint) == (int(keyed[f"POD_{role.upper()}_USER_ID"]), "")


def test_the_target_may_be_in_a_file(tmp_path: Path, keyed: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pod.toml"
    file.write_text(
        f'[pod]\nurl = "{keyed["POD_URL"]}"\n[caller]\nuser_id = {keyed["POD_CALLER_USER_ID"]}\n'
        f'username = "{keyed["POD_CALLER_USERNAME"]}"\nprivate_key = "file:{keyed["POD_CALLER_PRIVATE_KEY"]}"\n',
        encoding="utf-8",
    )
    assert main(["token", "caller", "--target", str(file)]) == 0
    assert len(capsys.readouterr().out.split()) == 1


@pytest.mark.parametrize(
    ("environment", "role", "said"),
    [
        ({}, "caller", "POD_URL is not set"),
        ({"POD_URL": "http://127.0.0.1:1/pod"}, "caller", "the caller has no way to a session. Set POD_CALLER_USER_ID"),
        ({}, "callr", "no such role: callr. Is caller meant?"),
        ({}, "stranger", "the stranger has no session. The roles that have one are caller, requester"),
        ({"POD_URL": "http://127.0.0.1:1/pod", "POD_CALLER_TOKEN": "x" * 9}, "caller", "POD_CALLER_USER_ID"),
    ],
)
def test_a_mistake_gives_2_and_nothing_on_standard_output(
    environment: dict[str, str],
    role: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_all(monkeypatch, environment)
    assert main(["token", role]) == 2
    printed, complaint = capsys.readouterr()
    assert (printed, said in complaint) == ("", True)


@pytest.mark.parametrize(
    ("status", "answered", "said"),
    [(401, "{}", "found 401"), (200, "{}", "there is none"), (200, '{"token": "a\\u001b[2J-token"}', "no header")],
)
def test_a_login_that_fails_gives_3_and_nothing_on_standard_output(
    status: int,
    answered: str,
    said: str,
    keyed: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with small_pod(lambda _: Reply(status, answered.encode())) as (url, _):
        set_all(monkeypatch, {**keyed, "POD_URL": url, "POD_LOGIN_URL": url})
        assert main(["token", "caller"]) == 3
    printed, complaint = capsys.readouterr()
    assert (printed, said in complaint, "\x1b" in complaint) == ("", True, False)
