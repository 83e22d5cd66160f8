from pathlib import Path

import pytest

from contract_tests.arranging.unreached import advice_on_failure
from contract_tests.target.target import Certificate, PodAddress, Target, User

BETA = PodAddress("https://beta.example.com/pod", "", "")


def target(
    *,
    url: str = "https://acme.example.com/pod",
    proxy: str | None = None,
    ca_bundle: Path | None = None,
    certificate: Certificate | None = None,
) -> Target:
    users = {"caller": User("caller", 1), "requester": User("requester", 2)}
    return Target(
        url, "", "", {"requester": BETA}, ca_bundle=ca_bundle, certificate=certificate, proxy=proxy, users=users
    )


PROXY = "http://user:a-password@proxy.example.com:3128"


@pytest.mark.parametrize(
    ("failure", "where", "named"),
    [
        ("ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate", {}, "POD_CA_BUNDLE"),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate",
            {"ca_bundle": Path("wrong.pem")},
            "POD_CA_BUNDLE (wrong.pem)",
        ),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] Hostname mismatch", {}, "another host's. Check the host in POD_URL"),
        ("ReadError: [SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13", {}, "set POD_CLIENT_CERT and POD_CLIENT_KEY"),
        (
            "ReadError: [SSL: TLSV1_ALERT_UNKNOWN_CA]",
            {"certificate": Certificate(Path("c.pem"))},
            "Check POD_CLIENT_CERT",
        ),
        ("ConnectError: [SSL: WRONG_VERSION_NUMBER] wrong version number", {}, "does not speak https there"),
        ("ConnectError: [SSL] record layer failure", {}, "does not speak https there"),
        ("ProxyError: 407 Proxy Authentication Required", {"proxy": PROXY}, "the password in POD_PROXY"),
        ("the answer broke off or is no HTTP: 407 Proxy Authentication Required", {"proxy": PROXY}, "POD_PROXY"),
        ("ConnectError: [Errno -2] Name or service not known", {}, "no such host. Check POD_URL"),
        ("ConnectError: All connection attempts failed", {}, "Nothing answers at that host and port. Check POD_URL"),
        ("ConnectError: All connection attempts failed", {"proxy": PROXY}, "POD_PROXY is set"),
        (
            "RemoteProtocolError: Server disconnected without sending a response.",
            {"url": "http://127.0.0.1/pod"},
            "may expect https: check the scheme of POD_URL",
        ),
        ("no whole answer within 10 s", {}, "POD_TIMEOUT"),
    ],
)
def test_the_variable_to_look_at_is_named(failure: str, where: dict[str, object], named: str) -> None:
    advice = advice_on_failure(failure, target(**where), "caller")  # type: ignore[arg-type] # the keywords above
    assert named in advice
    assert "a-password" not in advice


def test_the_address_of_another_pod_is_named_by_its_own_variable() -> None:
    advice = advice_on_failure("ConnectError: All connection attempts failed", target(), "requester")
    assert "Check POD_REQUESTER_URL" in advice
