from pathlib import Path

import pytest

from contract_tests.target import DEFAULT_RATE, TargetError, load_target

URL = {"POD_URL": "https://acme.example.com/pod"}
CALLER = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "caller-token"}


def test_without_a_pod_there_is_no_target() -> None:
    assert load_target({"PATH": "/bin", "POD_NAMESPACE": "kubernetes"}) is None


def test_login_and_sessionauth_are_beside_the_pod_unless_given() -> None:
    target = load_target(URL)
    assert target is not None
    assert "https://acme.example.com/login" == target.login_url
    assert "https://acme.example.com/sessionauth" == target.sessionauth_url


def test_the_cast_is_read_from_the_environment() -> None:
    target = load_target(URL | CALLER | {"POD_STRANGER_USER_ID": "9007199254740993"})
    assert target is not None
    assert {"caller": 7078106103809, "stranger": 9007199254740993} == {
        role: user.user_id for role, user in target.users.items()
    }
    assert target.has_session("caller")
    assert not target.has_session("stranger")
    assert not target.allow_writes


def test_requests_are_paced_away_from_loopback() -> None:
    away, near = load_target(URL), load_target({"POD_URL": "http://127.0.0.1:8080/pod"})
    assert away is not None
    assert near is not None
    assert (DEFAULT_RATE, None) == (away.rate, near.rate)


def test_a_token_is_in_no_representation() -> None:
    target = load_target(URL | CALLER)
    assert "caller-token" not in repr(target)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (CALLER, "POD_CALLER_TOKEN"),
        ({"POD_URL": "acme.example.com/pod"}, "POD_URL"),
        ({"POD_URL": "ftp://acme.example.com/pod"}, "POD_URL"),
        ({"POD_URL": "http://acme.example.com/pod"}, "plain http"),
        ({"POD_URL": "https://user:secret@acme.example.com/pod"}, "POD_URL"),
        ({"POD_URL": "https://acme.example.com:99999/pod"}, "POD_URL"),
        (URL | {"POD_LOGIN_URL": "http://other.example.com/login"}, "POD_LOGIN_URL"),
        (URL | {"POD_CALLER_USER_ID": "abc"}, "POD_CALLER_USER_ID"),
        (URL | {"POD_CALLER_USER_ID": "9223372036854775808"}, "POD_CALLER_USER_ID"),
        (URL | {"POD_CALLER_USER_ID": "0"}, "POD_CALLER_USER_ID"),
        (URL | {"POD_CALLER_TOKEN": "t"}, "POD_CALLER_USER_ID"),
        (URL | CALLER | {"POD_STRANGER_USER_ID": "7078106103809"}, "POD_STRANGER_USER_ID"),
        (URL | {"POD_CALLER_USER_ID": "1", "POD_CALLER_TOKEN": "two words"}, "POD_CALLER_TOKEN"),
        (URL | {"POD_CALLER_TOKENS": "t"}, "POD_CALLER_TOKENS"),
        (URL | {"POD_COLLEAGUE_TOKEN": "t"}, "POD_COLLEAGUE_TOKEN"),
        (URL | {"POD_CALLER_USER_ID": "1", "POD_CALLER_PRIVATE_KEY": "nothing"}, "POD_CALLER_USERNAME"),
        (
            URL | {"POD_CALLER_USER_ID": "1", "POD_CALLER_USERNAME": "bot", "POD_CALLER_PRIVATE_KEY": "nothing"},
            "POD_CALLER_PRIVATE_KEY",
        ),
        (URL | {"POD_ALLOW_WRITES": "maybe"}, "POD_ALLOW_WRITES"),
        (URL | {"POD_TIMEOUT": "soon"}, "POD_TIMEOUT"),
        (URL | {"POD_RATE": "-1"}, "POD_RATE"),
        (URL | {"POD_CA_BUNDLE": "no-such-file.pem"}, "POD_CA_BUNDLE"),
        (URL | {"POD_PROXY": "proxy"}, "POD_PROXY"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], named: str) -> None:
    with pytest.raises(TargetError, match=named):
        load_target(settings)


def test_no_error_shows_a_secret() -> None:
    with pytest.raises(TargetError) as raised:
        load_target(URL | {"POD_CALLER_USER_ID": "1", "POD_CALLER_TOKEN": "sec ret"})
    assert "sec ret" not in str(raised.value)


def write(folder: Path, text: str) -> Path:
    path = folder / "target.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_holds_the_same_and_the_environment_wins(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
        [pod]
        url = "https://file.example.com/pod"
        allow_writes = true
        timeout = 5
        [caller]
        user_id = 1001
        token = "env:SECRET"
        [requester]
        user_id = 1002
        token = "file:token.txt"
        """,
    )
    (tmp_path / "token.txt").write_text("from-a-file\n", encoding="utf-8")
    target = load_target({"POD_URL": "https://environment.example.com/pod", "SECRET": "from-a-variable"}, file)
    assert target is not None
    assert "https://environment.example.com/pod" == target.url
    assert target.allow_writes
    assert 5.0 == target.timeout
    assert ["from-a-variable", "from-a-file"] == [target.users[role].token for role in ("caller", "requester")]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[caller]\nuser_id = 1\ntoken = "plain"', "a secret does not stand in a file"),
        ('[pod]\nproxy = "http://user:secret@proxy.example.com:3128"', "a secret does not stand in a file"),
        ("[pod]\nurls = 1", "urls"),
        ("[callers]\nuser_id = 1", "callers"),
        ('[caller]\nuser_id = 1\ntoken = "env:NOT_SET"', "NOT_SET"),
        ('[caller]\nuser_id = 1\ntoken = "file:missing.txt"', "missing.txt"),
        ("url = 1\n", "url"),
        ("[pod", "not TOML"),
        ("[pod]\nallow_writes = true", "url"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(TargetError, match=named):
        load_target({}, write(tmp_path, text))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(TargetError, match="missing.toml"):
        load_target({}, Path("missing.toml"))
