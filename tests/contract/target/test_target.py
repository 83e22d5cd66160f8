from pathlib import Path

import pytest

from contract_tests.target.target import DEFAULT_RATE, TargetError, load_target

URL = {"POD_URL": "https://acme.example.com/pod"}
CALLER = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "caller-token"}


def test_without_a_pod_there_is_no_target() -> None:
    assert load_target({"PATH": "/bin", "POD_NAMESPACE": "kubernetes"}) is None


def test_login_and_sessionauth_are_beside_the_pod_unless_given() -> None:
    target = load_target(URL)
    assert target is not None
    assert target.login_url == "https://acme.example.com/login"
    assert target.sessionauth_url == "https://acme.example.com/sessionauth"


def test_the_cast_is_read_from_the_environment() -> None:
    target = load_target(URL | CALLER | {"POD_STRANGER_USER_ID": "9007199254740993"})
    assert target is not None
    assert {role: user.user_id for role, user in target.users.items()} == {
        "caller": 7078106103809,
        "stranger": 9007199254740993,
    }
    assert target.has_session("caller")
    assert not target.has_session("stranger")
    assert not target.allow_writes


def test_requests_are_paced_away_from_loopback() -> None:
    away, near = load_target(URL), load_target({"POD_URL": "http://127.0.0.1:8080/pod"})
    assert away is not None
    assert near is not None
    assert (away.rate, near.rate) == (DEFAULT_RATE, None)


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
        (URL | {"POD_CALLER_USER_ID": "1", "POD_CALLER_TOKEN": "seven77"}, "expected 8 characters at least, found 7"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], named: str) -> None:
    with pytest.raises(TargetError, match=named):
        load_target(settings)


KEY = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
USER = {"POD_CALLER_USER_ID": "1"}


@pytest.mark.parametrize(
    ("settings", "secret"),
    [
        (USER | {"POD_CALLER_TOKEN": "sec ret1"}, "sec ret1"),
        (USER | {"POD_CALLER_TOKEN": "seven77"}, "seven77"),
        (USER | {"POD_CALLER_USERNAME": "bot", "POD_CALLER_PRIVATE_KEY": "c2VjcmV0"}, "c2VjcmV0"),
        ({"POD_CLIENT_CERT": KEY}, "c2VjcmV0"),
        ({"POD_CLIENT_CERT": __file__, "POD_CLIENT_KEY": KEY}, "c2VjcmV0"),
        ({"POD_CLIENT_CERT": KEY.replace("\n", "\\n")}, "c2VjcmV0"),
        ({"POD_CLIENT_CERT": "c2VjcmV0" * 40}, "c2VjcmV0"),
        ({"POD_CLIENT_CERT": "c2VjcmV0\nc2VjcmV0"}, "c2VjcmV0"),
        ({"POD_CLIENT_CERT": "c2VjcmV0\0"}, "c2VjcmV0"),
        ({"POD_CA_BUNDLE": KEY * 100}, "c2VjcmV0"),
        ({"POD_URL": "https://user:s3cret@acme.example.com/pod"}, "s3cret"),
        ({"POD_URL": "https://:s3cret@acme.example.com/pod"}, "s3cret"),
        ({"POD_URL": "http://:s3cret@127.0.0.1/pod"}, "s3cret"),
        ({"POD_LOGIN_URL": "https://:s3cret@acme.example.com/login"}, "s3cret"),
        ({"POD_PROXY": "http://user:s3cret@proxy.example.com:notaport"}, "s3cret"),
        ({"POD_PROXY": "http://user:s3cret@[::1:3128"}, "s3cret"),
        ({"POD_PROXY": "http://user:s3cret@proxy.example.com:99999"}, "s3cret"),
        ({"POD_PROXY": "http://user:s3cret@127.999.1.1:3128"}, "s3cret"),
        ({"POD_PROXY": "http://user:s3c@proxy.example.com:3128"}, "s3c"),
        ({"POD_PROXY": "http://user:%61%62c@proxy.example.com:3128"}, "%61"),
    ],
)
def test_no_error_shows_a_secret(settings: dict[str, str], secret: str) -> None:
    with pytest.raises(TargetError, match=next(name for name in reversed(settings))) as raised:
        load_target(URL | settings)
    assert secret not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.999.1.1/pod",
        "https://ex_\xe4.invalid/pod",
        "https://a..b.example.com/pod",
        f"https://{'a' * 64}.example.com/pod",
        "https://acme example.com/pod",
        "https://acme.example.com/pod?",
        "https://acme.example.com/pod#",
        "https://[::1/pod",
        "https:///pod",
    ],
)
def test_an_address_that_no_request_can_be_sent_to_is_refused(url: str) -> None:
    with pytest.raises(TargetError, match="POD_URL: expected an address"):
        load_target({"POD_URL": url})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "[::1]"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    assert load_target({"POD_URL": f"http://{host}:8080/pod"}) is not None


@pytest.mark.parametrize("host", ["127.1", "localhost.example.com", "127.0.0.1.example.com", "[::2]", "0.0.0.0"])
def test_plain_http_is_for_no_other_machine(host: str) -> None:
    with pytest.raises(TargetError, match="plain http"):
        load_target({"POD_URL": f"http://{host}:8080/pod"})


def test_the_secrets_are_those_of_users_proxy_and_client_key(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(KEY, encoding="utf-8")
    settings = {"POD_PROXY": "http://user:p%C3%A4ss@proxy.example.com:3128", "POD_CLIENT_CERT": str(key)}
    target = load_target(URL | CALLER | settings)
    assert target is not None
    assert target.secrets() == ["caller-token", "p%C3%A4ss", "p\xe4ss", KEY]


@pytest.mark.parametrize(
    ("name", "meant"), [("POD_CALER_TOKEN", "POD_CALLER_TOKEN"), ("POD_TIMOUT", "POD_TIMEOUT"), ("POD_ULR", "POD_URL")]
)
def test_a_misspelled_variable_is_pointed_out(name: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    load_target(URL | {name: "a-secret"})
    expected = f"contract: {name} is no setting, and is left alone. Is {meant} meant?\n"
    assert tuple(capsys.readouterr()) == ("", expected)


def test_the_variables_of_other_programs_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("NAME", "NAMESPACE", "IP", "IPS", "UID", "HOST", "HOST_IP", "PORT", "NODE_NAME", "SERVICE_ACCOUNT")
    others = {f"POD_{name}": "x" for name in (*names, "CPU_LIMIT", "LABELS", "PORT_8080_TCP", "SERVICE_HOST", "ID")}
    load_target(URL | others)
    assert tuple(capsys.readouterr()) == ("", "")


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
    assert target.url == "https://environment.example.com/pod"
    assert target.allow_writes
    assert target.timeout == 5.0
    assert [target.users[role].token for role in ("caller", "requester")] == ["from-a-variable", "from-a-file"]


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
