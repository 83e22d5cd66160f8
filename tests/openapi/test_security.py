"""An operation is sent to its own server, with the token as the description says, or is refused by name."""

from pathlib import Path
from typing import Any

import pytest

from tests.openapi.clients import TOKEN, Made, description, operation, refusal


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("https://other.example.com/v2", "https://other.example.com/v2/a"),
        ("/agent", "https://acme.example.com/agent/a"),
    ],
)
def test_an_operation_is_sent_to_its_own_server(server: str, address: str, tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(servers=[{"url": server}])}}), tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert (str(made.requests[0].url), made.requests[0].headers["Host"], len(made.notes)) == (
        address,
        address.split("/")[2],
        1,
    )


def test_an_own_server_without_tls_is_refused(tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(servers=[{"url": "http://other.example.com"}])}}), tmp_path)
    with made.pod() as pod, pytest.raises(made.package.UsageError, match="over plain http"):
        pod.things.do()


@pytest.mark.parametrize(
    ("scheme", "header", "value"),
    [
        ({"type": "http", "scheme": "bearer"}, "Authorization", "Bearer t0kentoken"),
        ({"type": "oauth2", "flows": {}}, "Authorization", "Bearer t0kentoken"),
        ({"type": "apiKey", "in": "header", "name": "X-API-KEY"}, "X-API-KEY", "t0kentoken"),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, "Cookie", "sid=t0kentoken"),
    ],
)
def test_the_token_is_sent_as_the_operation_says(scheme: Any, header: str, value: str, tmp_path: Path) -> None:
    document = description({"/a": {"get": operation(security=[{"other": []}])}})
    document["components"]["securitySchemes"]["other"] = scheme
    made = Made(document, tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert (made.requests[0].headers[header], "sessionToken" in made.requests[0].headers) == (value, False)


def test_an_operation_without_security_gets_no_token(tmp_path: Path) -> None:
    made = Made(description({"/a": {"get": operation(security=[])}}), tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert "t0kentoken" not in str(made.requests[0].headers.raw)


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        ({"type": "http", "scheme": "basic"}, "other (http basic) is none that the client can send"),
        ({"type": "apiKey", "in": "query", "name": "key"}, "other (apiKey in query) is none that the client can send"),
    ],
)
def test_security_that_the_client_cannot_send_is_refused(scheme: Any, said: str, tmp_path: Path) -> None:
    document = description({"/a": {"get": operation(security=[{"other": []}])}})
    document["components"]["securitySchemes"]["other"] = scheme
    message = refusal(document, tmp_path)
    assert (message.startswith("the description, /paths/~1a/get/security: "), said in message) == (True, True)


def test_a_scheme_by_reference_is_what_it_refers_to(tmp_path: Path) -> None:
    document = description({"/a": {"get": operation(security=[{"a": []}])}})
    schemes = document["components"]["securitySchemes"]
    document["components"]["securitySchemes"] = schemes | {
        "a": {"$ref": "#/components/securitySchemes/b"},
        "b": {"type": "http", "scheme": "bearer"},
    }
    made = Made(document, tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert made.requests[0].headers["Authorization"].startswith("Bearer ")


def test_an_address_with_a_variable_that_has_no_default_is_refused(tmp_path: Path) -> None:
    servers = [{"url": "https://{region}.example.com"}]
    found = refusal(description({"/a": {"get": operation(servers=servers)}}), tmp_path)
    assert "/servers/0/url: a variable of this address has no default. Add one by an overlay." in found


BOTH = {"name": "sessionToken", "in": "header", "schema": {"type": "string"}}


def _keyed(**parameter: Any) -> dict[str, Any]:
    """An operation that takes a key by `security`, and the session by a parameter."""
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    made = description({"/a": {"get": operation(security=[{"key": []}], parameters=[BOTH | parameter])}})
    made["components"]["securitySchemes"]["key"] = key
    return made


def test_two_tokens_at_once_are_refused(tmp_path: Path) -> None:
    assert "the header X-Key is to hold it by `security`, and this one too" in refusal(_keyed(required=True), tmp_path)


def test_a_session_header_that_may_be_left_out_gives_way_to_security_and_this_is_told(tmp_path: Path) -> None:
    made = Made(_keyed(), tmp_path)
    with made.pod() as pod:
        pod.things.do()
    (request,) = made.requests
    told = [note for note in made.notes if note.endswith("this one is left out.")]
    assert (request.headers["X-Key"], "sessionToken" in request.headers, len(told)) == (TOKEN, False, 1)


def test_the_session_header_is_the_same_in_any_case(tmp_path: Path) -> None:
    document = _keyed(required=True)
    document["components"]["securitySchemes"]["key"]["name"] = "SESSIONTOKEN"
    made = Made(document, tmp_path)
    with made.pod() as pod:
        pod.things.do()
    assert made.requests[0].headers["sessionToken"] == TOKEN
