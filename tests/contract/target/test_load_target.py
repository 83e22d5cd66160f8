from pathlib import Path

import pytest

from contract_tests.target.load_target import load_target
from contract_tests.target.settings import setting_names
from contract_tests.target.target import DEFAULT_RATE, DEFAULT_SETTLE, ROLES, PodAddress, Target, TargetError

URL = {"POD_URL": "https://acme.example.com/pod"}
CALLER = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "caller-token"}


REQUESTER = {"POD_REQUESTER_USER_ID": "13056700579841", "POD_REQUESTER_TOKEN": "requester-token"}
BETA = {"POD_REQUESTER_URL": "https://beta.example.com/pod"}


def loaded(*settings: dict[str, str]) -> Target:
    """The target that these variables describe."""
    target = load_target({name: value for part in settings for name, value in part.items()})
    assert target is not None
    return target


# ── addresses ─────────────────────────────────────────────────────────────────────────────────────


def test_without_a_pod_there_is_no_target() -> None:
    assert load_target({"PATH": "/bin", "POD_NAMESPACE": "kubernetes"}) is None


def test_login_and_sessionauth_are_beside_the_pod_unless_given() -> None:
    target = load_target(URL)
    assert target is not None
    assert target.login_url == "https://acme.example.com/login"
    assert target.sessionauth_url == "https://acme.example.com/sessionauth"


def test_each_role_with_an_address_has_its_session_at_its_own_pod() -> None:
    target = loaded(URL, CALLER, REQUESTER, BETA)
    assert target.pod_of("requester") == PodAddress(
        "https://beta.example.com/pod", "https://beta.example.com/login", "https://beta.example.com/sessionauth"
    )
    assert target.pod_of("bystander") == PodAddress(target.url, target.login_url, target.sessionauth_url)


def test_each_login_address_can_be_given() -> None:
    given = {
        "POD_REQUESTER_LOGIN_URL": "https://in.example.com/l/",
        "POD_REQUESTER_SESSIONAUTH_URL": "https://c:8444/s",
    }
    target = loaded(URL, CALLER, REQUESTER, BETA, given)
    assert target.pod_of("requester") == PodAddress(
        "https://beta.example.com/pod", "https://in.example.com/l", "https://c:8444/s"
    )


@pytest.mark.parametrize(
    ("url", "sessionauth_url"),
    [
        ("https://acme.symphony.com/pod", "https://acme-api.symphony.com/sessionauth"),
        ("https://acme.symphony.com:443/pod", "https://acme-api.symphony.com/sessionauth"),
        ("https://acme.symphony.com:8443/pod", "https://acme.symphony.com:8443/sessionauth"),
        ("https://pod.acme.symphony.com/pod", "https://pod.acme.symphony.com/sessionauth"),
        ("https://symphony.com/pod", "https://symphony.com/sessionauth"),
        ("https://acme.symphony.com.example.com/pod", "https://acme.symphony.com.example.com/sessionauth"),
    ],
)
def test_in_the_cloud_the_certificate_login_is_at_a_host_of_its_own(url: str, sessionauth_url: str) -> None:
    target = loaded({"POD_URL": url}, REQUESTER, {"POD_REQUESTER_URL": url})
    assert (target.sessionauth_url, target.pod_of("requester").sessionauth_url) == (sessionauth_url, sessionauth_url)


@pytest.mark.parametrize(
    ("settings", "settle"),
    [({}, 0.0), (BETA, DEFAULT_SETTLE), ({"POD_SETTLE": "3"}, 3.0), (BETA | {"POD_SETTLE": "0"}, 0.0)],
)
def test_changes_settle_within_ten_seconds_where_addresses_differ(settings: dict[str, str], settle: float) -> None:
    assert loaded(URL, REQUESTER, settings).settle == settle


def test_requests_are_paced_where_one_of_the_addresses_is_another_machine() -> None:
    here = {"POD_URL": "http://127.0.0.1:8080/pod"}
    assert loaded(here, REQUESTER, {"POD_REQUESTER_URL": "http://127.0.0.1:8081/pod"}).rate is None
    assert loaded(here, REQUESTER, BETA).rate == DEFAULT_RATE


def test_users_whose_requests_are_waiting_are_named_by_their_ids() -> None:
    assert loaded(URL, CALLER, {"POD_WAITING_USER_IDS": "9007199254740993, 42"}).waiting == (9007199254740993, 42)


# ── the cast ──────────────────────────────────────────────────────────────────────────────────────


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
        (URL | {"POD_CALLER_USER_ID": "1", "POD_CALLER_TOKEN": "seven77"}, "expected at least 8 characters, found 7"),
        (URL | REQUESTER | {"POD_REQUESTER_URL": "http://beta.example.com/pod"}, "POD_REQUESTER_URL.*plain http"),
        (URL | REQUESTER | {"POD_REQUESTER_LOGIN_URL": "beta"}, "POD_REQUESTER_LOGIN_URL"),
        (URL | BETA, "POD_REQUESTER_USER_ID"),
        (URL | {"POD_CALLER_URL": "https://acme.example.com/pod"}, "POD_CALLER_URL.*Is POD_URL meant"),
        (URL | {"POD_STRANGER_URL": "https://beta.example.com/pod"}, "POD_STRANGER_URL"),
        (URL | REQUESTER | {"POD_REQUESTER_CLIENT_KEY": __file__}, "POD_REQUESTER_CLIENT_CERT"),
        (URL | {"POD_SETTLE": "-1"}, "POD_SETTLE"),
        (URL | {"POD_WAITING_USER_IDS": "1, x"}, "POD_WAITING_USER_IDS"),
        (URL | {"POD_WAITING_USER_IDS": "1,1"}, "POD_WAITING_USER_IDS"),
        (URL | CALLER | {"POD_WAITING_USER_IDS": "7078106103809"}, "POD_WAITING_USER_IDS.*the caller's"),
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
        (USER | {"POD_CALLER_CLIENT_CERT": KEY}, "c2VjcmV0"),
        (REQUESTER | {"POD_REQUESTER_URL": "https://user:s3cret@beta.example.com/pod"}, "s3cret"),
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


# ── set but empty, misspelled, left alone ─────────────────────────────────────────────────────────

EVERY_SETTING = [name for table in ("pod", *ROLES) for name in setting_names(table).values()]
MISSPELLED = [
    ("POD_CALER_TOKEN", "POD_CALLER_TOKEN"),
    ("POD_TIMOUT", "POD_TIMEOUT"),
    ("POD_ULR", "POD_URL"),
    ("POD_URI", "POD_URL"),
    ("pod_url", "POD_URL"),
    ("PODURL", "POD_URL"),
]


@pytest.mark.parametrize("name", EVERY_SETTING)
@pytest.mark.parametrize("value", ["", " \n"])
def test_a_setting_that_is_empty_is_an_error(name: str, value: str) -> None:
    with pytest.raises(TargetError, match=f"^{name}: it is set, but empty"):
        load_target(URL | {name: value})


@pytest.mark.parametrize(("name", "meant"), MISSPELLED)
def test_a_misspelled_variable_is_pointed_out(name: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    load_target(URL | {name: "a-secret"})
    expected = f"contract: {name} is no setting of the suite, and is ignored. Is {meant} meant?\n"
    assert tuple(capsys.readouterr()) == ("", expected)


@pytest.mark.parametrize(("name", "meant"), MISSPELLED)
def test_a_misspelled_variable_is_an_error_where_no_pod_is_named(name: str, meant: str) -> None:
    with pytest.raises(TargetError, match=f"{name} is no setting of the suite. Is {meant} meant"):
        load_target({name: "a-secret"})


@pytest.mark.parametrize("name", ["POD_ALLOW_WRITES", "POD_TIMEOUT", "POD_SETTLE", "POD_CALLER_USER_ID"])
def test_a_setting_without_a_pod_is_an_error(name: str) -> None:
    with pytest.raises(TargetError, match=f"^{name}: set, but POD_URL is not"):
        load_target({name: "1"})


@pytest.mark.parametrize("pod", [URL, {}])
def test_the_variables_of_other_programs_are_left_alone(
    pod: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("NAME", "NAMESPACE", "IP", "IPS", "UID", "HOST", "HOST_IP", "PORT", "NODE_NAME", "SERVICE_ACCOUNT")
    others = {f"POD_{name}": "x" for name in (*names, "CPU_LIMIT", "LABELS", "PORT_8080_TCP", "SERVICE_HOST", "ID")}
    load_target(pod | others)
    assert tuple(capsys.readouterr()) == ("", "")


# ── the target file ───────────────────────────────────────────────────────────────────────────────


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
        settle = 7.5
        waiting_user_ids = [9007199254740993, 42]
        [caller]
        user_id = 1001
        token = "env:SECRET"
        [requester]
        url = "https://beta.example.com/pod"
        user_id = 1002
        token = "file:token.txt"
        """,
    )
    (tmp_path / "token.txt").write_text("from-a-file\n", encoding="utf-8")
    target = load_target({"POD_URL": "https://environment.example.com/pod", "SECRET": "from-a-variable"}, file)
    assert target is not None
    assert target.url == "https://environment.example.com/pod"
    assert target.allow_writes
    assert (target.timeout, target.settle, target.waiting) == (5.0, 7.5, (9007199254740993, 42))
    assert target.pod_of("requester").url == "https://beta.example.com/pod"
    assert [target.users[role].token for role in ("caller", "requester")] == ["from-a-variable", "from-a-file"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[caller]\nuser_id = 1\ntoken = "plain"', "a secret must not stand in this file"),
        ('[pod]\nproxy = "http://user:secret@proxy.example.com:3128"', "a secret must not stand in this file"),
        ("[pod]\nurls = 1", "urls"),
        ("[callers]\nuser_id = 1", "callers"),
        ('[caller]\nuser_id = 1\ntoken = "env:NOT_SET"', "NOT_SET"),
        ('[caller]\nuser_id = 1\ntoken = "file:missing.txt"', "missing.txt"),
        ("url = 1\n", "url"),
        ("[pod", "not TOML"),
        ("[pod]\nallow_writes = true", "url"),
        ('[caller]\nuser_id = 1\ntoken = "env:EMPTY"', r"\[caller\] token: the environment variable EMPTY is set, but"),
        ('[caller]\nuser_id = 1\ntoken = "file:empty.txt"', r"\[caller\] token: .*empty.txt is empty"),
        ('[pod]\nurl = ""', r"\[pod\] url: it is set, but empty"),
        ('[pod]\nurl = "ftp://acme.example.com"', r"\[pod\] url: expected an address"),
        ('[pod]\nurl = "https://acme.example.com/pod"\ntimeout = -1', r"\[pod\] timeout: expected a number"),
        ('[pod]\nurl = "https://acme.example.com/pod"\n[caller]\nuser_id = "x"', r"\[caller\] user_id: expected"),
        ('[pod]\nurl = "https://acme.example.com/pod"\n[caller]\ntoken = "env:SET"', r"\[caller\] token: set, but"),
        ("[pod]\nurl = {}", r"\[pod\] url: expected a string"),
        ("[calle]\nuser_id = 1", "Is caller meant"),
        ("[caller]\nuserid = 1", "Is user_id meant"),
    ],
)
def test_a_wrong_file_is_named_with_its_table_and_key(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(TargetError, match=f"target.toml.*{named}"):
        load_target({"EMPTY": " ", "SET": "a-token-of-a-user"}, write(tmp_path, text))


def test_a_path_may_begin_with_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "token.txt").write_text("from-a-file", encoding="utf-8")
    (tmp_path / "key.pem").write_text(KEY, encoding="utf-8")
    file = write(tmp_path, '[caller]\nuser_id = 1\ntoken = "file:~/token.txt"\n')
    settings = {"POD_CLIENT_CERT": "~/key.pem", "POD_CALLER_USERNAME": "bot", "POD_CALLER_PRIVATE_KEY": "~/key.pem"}
    target = load_target(URL | settings, file)
    assert target is not None
    assert target.certificate == (tmp_path / "key.pem", None)
    assert (target.users["caller"].token, target.users["caller"].private_key) == ("from-a-file", KEY)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(TargetError, match="missing.toml"):
        load_target({}, Path("missing.toml"))
