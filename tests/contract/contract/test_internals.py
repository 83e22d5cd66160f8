import json
import time

import pytest

from contract_tests.contract.exchange import JSON, Answer
from contract_tests.contract.internals import internals

URL = "https://127.0.0.1:8443/app/pod"


def internals_in(message: str, *more: tuple[str, str]) -> str | None:
    """The internals that an Error with a message and more headers shows."""
    body = json.dumps({"code": 400, "message": message}).encode()
    return internals(Answer(400, (("content-type", JSON), *more), body, 0.01), URL)


@pytest.mark.parametrize(
    "message",
    [
        "java.lang.IllegalStateException: bad\n\tat com.example.pod.Connections.accept(Connections.java:142)",
        "bad\n\tat com.example.pod.Connections$$Lambda$14.accept(Unknown Source)",
        "NullPointerException",
        "org.springframework.web.HttpMediaTypeNotSupportedException",
        "JSON parse error; nested exception is com.fasterxml.jackson.core.JsonParseException",
        'Traceback (most recent call last):\n  File "/srv/pod/connections.py", line 88, in accept\nKeyError: 404',
        "connections.py:88",
        "1 validation error for UserConnectionRequest\nuserId\n  Input should be a valid integer",
        "TypeError: Cannot read properties of undefined (reading 'id')",
        "x\n    at Object.accept (/srv/pod/index.js:10:3)",
        "x\n    at async accept (node:internal/process/task_queues:95:5)",
        "x at webpack-internal:///./src/accept.ts:3:1",
        "goroutine 17 [running]: main.accept(0xc000)",
        "panic: runtime error: invalid memory address",
        "accept.go:31",
        "System.NullReferenceException: Object reference not set to an instance of an object.",
        "at Pod.Connections.Accept(Int64 id) in D:\\a\\Connections.cs:line 4",
        "undefined method `id' for nil:NilClass (app/models/connection.rb:33:in `accept')",
        "PHP Fatal error: Uncaught TypeError in /var/www/html/index.php:12",
        "thread 'main' panicked at src/main.rs:4:5",
        "No rows: SELECT status FROM connection WHERE owner_id = ?",
        "select * from connection",
        "select status, other_id from connection where owner_id = 12",
        "insert into connection (a, b) values (1, 2)",
        "update connection set status = 'ACCEPTED'",
        "delete from connection where owner_id = 1",
        'duplicate key value violates unique constraint "connections_pkey"',
        'update or delete on table "user" violates foreign key constraint "fk"',
        "UNIQUE constraint failed: connection.owner_id",
        "E11000 duplicate key error collection: pod.connections",
        'relation "connection" does not exist',
        "ORA-01403: no data found",
        "cannot connect to postgresql://pod:s3cret@db/pod",
        "redis://cache/0",
        "https://pod:s3cret@example.com/",
        "Schema violated: /opt/pod/conf/UserConnectionRequest.json",
        "/data/pod/connections",
        "cannot open (/pod/current/lib/pod.jar)",
        "file:///srv/pod",
        r"C:\inetpub\pod\Accept.cs",
        "upstream 10.0.12.7 refused",
        "upstream 127.0.0.1:5432 refused",
        "localhost:5432",
        "[::1]:5432",
        "no answer from fd00::12:4",
        "no answer from fe80::1ff:fe23:4567:890a",
        "node ip-10-0-3-17 failed",
        "pod-7f9c4d-x2k.svc.cluster.local",
        "entitlements.pods.svc:8080",
        "db.internal.bank.com:5432",
        "pod-12.internal",
        "pod-12.internal:8080 refused",
    ],
)
def test_internals_in_a_message_are_found(message: str) -> None:
    assert internals_in(message) is not None


@pytest.mark.parametrize(
    "message",
    [
        "Invalid session",
        "The user lacks the required entitlement to perform this operation",
        "Status change requested is not consistent with current status.",
        "Select a user from the list.",
        "Please select users from the directory, where you may find them.",
        "Update the request and set a userId.",
        "Insert into the body a userId; delete from it what is unknown.",
        "No such connection.",
        "Nothing was found where you looked.",
        "The path /v1/connection/accept does not exist.",
        "The path /pod/v1/connection/accept does not exist.",
        "No handler for POST /app/pod/v1/connection/accept",
        "No handler for POST https://127.0.0.1:8443/app/pod/v1/connection/accept",
        "See https://docs.developers.symphony.com/data/errors.html#400 and https://org.example.com/home/connection",
        "See https://io.example.com.au/usr/share or developers.symphony.com.",
        "Write to support@com.example.org.",
        "ValidationException",
        "BadRequestError",
        "Error: no connection.",
        "An error occurred: validation error for userId.",
        "Validation error for field userId at line 1, column 5.",
        "JSON.parse: unexpected character at line 1 column 2",
        "Unexpected token } in JSON at position 12",
        "Expected integer at $.userId but was string at path $.userId",
        "The value in `userId' is no number.",
        "The session ended at 10:31:22.",
        "at most 10.5 requests, 1.2.3.4 of them",
        "Version 10.20.30 of the pod",
        "Your internal support team can help; the local administrator too.",
        "and/or, 1/2, km/h, n/a, /",
        "userId: must be greater than 0: -1",
        "request 0f2c1c9e-5a0b-4b7e-9a53-3a3f4d1e2b6c, trace 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "The column does not exist. This table does not exist.",
        "This violates the rules of your company: a check failed.",
        "Duplicate entry.",
        "Don't panic, the thread is closed.",
        "リクエストは受け付けられません 🙅",
        "",
    ],
)
def test_ordinary_sentences_are_no_internals(message: str) -> None:
    assert internals_in(message) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server", "Apache-Coyote/1.1 (pod-12.internal 10.1.2.3)"),
        ("via", "1.1 gateway.local"),
        ("x-upstream", "10.0.0.12:8080"),
        ("x-debug", "jdbc:postgresql://db/pod"),
        ("x-debug-exception", "java.lang.NullPointerException at com.symphony.Pod(Pod.java:1)"),
    ],
)
def test_internals_in_a_header_are_found(name: str, value: str) -> None:
    assert f"the header {name} shows internals" in (internals_in("No.", (name, value)) or "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server", "nginx"),
        ("server", "Apache/2.4.57 (Debian) OpenSSL/3.0.11"),
        ("server", "Jetty(9.4.53.v20231009)"),
        ("x-powered-by", "PHP/8.2.1"),
        ("x-powered-by", "ASP.NET"),
        ("via", "1.1 gateway, 2 vegur"),
        ("x-request-id", "0f2c1c9e-5a0b-4b7e-9a53-3a3f4d1e2b6c"),
        ("x-frame-options", "DENY"),
        ("x-amz-cf-id", "fd12:abc="),
        ("set-cookie", "AWSALB=abc123; Path=/app/pod; HttpOnly"),
    ],
)
def test_the_usual_headers_of_servers_are_no_internals(name: str, value: str) -> None:
    assert internals_in("No.", (name, value)) is None


@pytest.mark.parametrize("url", ["http://pod/pod", "http://127.0.0.1:8080/pod", "http://db:5432/pod"])
def test_only_the_whole_address_of_the_pod_is_ignored(url: str) -> None:
    for text in (b'"postgresql://pod:s3cret@db/pod"', b'"127.0.0.1:80800 refused"', b'"/srv/pod/v2"'):
        assert internals(Answer(400, (), text, 0.01), url) is not None


def test_a_body_that_is_not_json_is_searched_as_text() -> None:
    page = b"<pre>java.lang.NullPointerException</pre>"
    assert internals(Answer(400, (), page, 0.01)) is not None


def test_undocumented_members_are_searched_too() -> None:
    body = json.dumps({"code": 400, "message": "No.", "more": [{"trace": "x (/srv/pod/index.js:10:3)"}]}).encode()
    assert internals(Answer(400, (), body, 0.01)) is not None


@pytest.mark.parametrize(
    "repeated",
    [
        "a",
        "at ",
        "com.a",
        "insert into a (",
        "select a from ",
        "/a.",
        'File "a',
        "at A.a",
        "fc00:",
    ],
)
def test_the_search_takes_time_in_proportion_to_the_answer(repeated: str) -> None:
    """An answer that is 8 times as long takes about 8 times as long to search. A quadratic search takes 64 times."""

    def seconds(length: int) -> float:
        answer = Answer(400, (), (repeated * length)[:length].encode(), 0.01)
        start = time.thread_time()
        internals(answer)
        return time.thread_time() - start

    assert seconds(160_000) < 24 * min(seconds(20_000) for _ in range(3))
