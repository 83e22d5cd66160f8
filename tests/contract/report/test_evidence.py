"""A curl line sends the request that it stands for; what leads to a request stands before it."""

import os
import subprocess

import pytest

from contract_tests.contract.exchange import JSON, Answer, Exchange, Request, act
from contract_tests.contract.lawful import ACCEPTED, INCOMING, NONE, OUTGOING, REJECTED
from contract_tests.report.shell import curl, printf_format
from contract_tests.target.history import History
from contract_tests.target.target import Target, User
from tests.contract.pods import Reply, Seen, small_pod
from tests.programs import needs_program

TOKEN = "a-Token'of $the\"caller"
CALLER, REQUESTER = 7078106103809, 13056700579841
TARGET = Target(
    "http://127.0.0.1/pod",
    "",
    "",
    users={"caller": User("caller", CALLER), "requester": User("requester", REQUESTER)},
)


def shell(line: str, environment: dict[str, str]) -> str:
    """Run a line in the plainest shell; the status that the pod answered."""
    done = subprocess.run(
        ["sh", "-c", line], env={**os.environ, **environment}, capture_output=True, timeout=30, check=True
    )
    return done.stdout.split()[1].decode()


@pytest.mark.parametrize(
    "request_",
    [
        Request("acceptConnection", "caller", b'{"userId": 1}', JSON),
        Request("acceptConnection", "caller", b'it\'s "$HOME" `x` %d \\n', JSON),
        Request("acceptConnection", "caller", bytes(range(256)), JSON),
        Request("acceptConnection", "caller", b"-[" + b"\xff" * 3000, JSON),
        Request("acceptConnection", "caller", b"@file", None),
        Request("acceptConnection", "caller", b"{}", JSON, method="HEAD"),
        Request("acceptConnection", None, None, None, token="' OR $x", token_shell="' OR $x"),
        Request("acceptConnection", None, None, None, token=TOKEN[:-1], token_shell="${POD_CALLER_TOKEN%?}"),
        Request("acceptConnection", None, None, None, token="t\xf6", token_shell="$(printf 't\\366')"),
        Request(
            "acceptConnection",
            None,
            b'{"a": "' + TOKEN.encode() + b'", "b": \'x\'}',
            JSON,
            headers=(("X-Token", f"<{TOKEN}>"),),
            embedded=((TOKEN, "$POD_CALLER_TOKEN"),),
        ),
    ],
)
def test_a_curl_line_sends_the_same_request(request_: Request) -> None:
    needs_program("curl")
    with small_pod(lambda _: Reply(204, b"")) as (url, seen):
        shell(curl(request_), {"POD_URL": url, "POD_CALLER_TOKEN": TOKEN})
    sent: Seen = seen[0]
    token = request_.token if request_.token is not None else TOKEN if request_.role else None
    assert (sent.method, sent.path) == (request_.sent_method, f"/pod{request_.path}")
    assert (sent.body, sent.headers.get("content-type")) == (request_.body or b"", request_.media_type)
    assert sent.headers.get("sessiontoken") == token
    assert sent.headers.get("x-token") == dict(request_.headers).get("X-Token")


def test_bytes_are_a_format_of_printf_in_one_line() -> None:
    assert printf_format(b"\0\n\\%a" + "é".encode()) == r"\000\012\\%%a\303\251"


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        (NONE, NONE, ["caller removeConnection"]),
        (NONE, INCOMING, ["caller removeConnection", "requester createConnection"]),
        (NONE, OUTGOING, ["requester removeConnection", "caller createConnection"]),
        (ACCEPTED, INCOMING, ["caller removeConnection", "requester createConnection"]),
        (INCOMING, NONE, ["caller acceptConnection", "caller removeConnection"]),
        (
            REJECTED,
            NONE,
            ["requester createConnection", "caller acceptConnection", "caller removeConnection"],
        ),
        (
            NONE,
            REJECTED,
            ["caller removeConnection", "requester createConnection", "caller rejectConnection"],
        ),
    ],
)
def test_what_leads_from_how_a_connection_was_found_to_a_state(found: str, wanted: str, expected: list[str]) -> None:
    history = History(TARGET)
    history.arrange("rule", "requester", "caller")
    history.read("rule", "caller", "requester", found)
    history.read("rule", "caller", "requester", wanted)
    steps = history.before(act("acceptConnection", "caller", REQUESTER), "rule")
    assert [f"{step.role} {step.operation}" for step in steps] == expected


def test_what_has_succeeded_comes_before_what_follows() -> None:
    history = History(TARGET)
    history.arrange("rule", "requester", "caller")
    history.read("rule", "caller", "requester", INCOMING)
    accept = act("acceptConnection", "caller", REQUESTER)
    history.done(Exchange(accept, Answer(200, (), b"", 0.0), None, "rule"))
    assert history.before(accept, "rule")[-1] == accept


def test_what_is_about_somebody_else_needs_no_steps() -> None:
    history = History(TARGET)
    history.arrange("rule", "requester", "caller")
    history.read("rule", "caller", "requester", INCOMING)
    assert history.before(act("acceptConnection", "caller", 4711000000000), "rule") == ()
    assert history.before(act("acceptConnection", "caller", REQUESTER), "another rule") == ()


def test_a_line_with_a_megabyte_of_one_letter_is_short_and_sends_it_whole() -> None:
    body = '{"extra": "é'.encode() + b"x" * 1_000_000 + b'"}'
    line = curl(Request("acceptConnection", "caller", body, JSON))
    source, _, _ = line.rpartition(" | curl")
    assert len(line) < 500
    assert subprocess.run(["sh", "-c", source], capture_output=True, check=True).stdout == body
