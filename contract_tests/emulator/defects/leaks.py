"""Defects that disclose tokens or internals in answers."""

import base64
import re
from urllib.parse import quote

from ..app import Answer, Call, Emulator
from ..changes import BOTH, Family, answers, as_json, refusals, successes
from ..protocol import set_status_phrase

FAMILY = Family()
_IN_A_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


def token(call: Call) -> str:
    """The token of a call."""
    return call.headers.get("sessiontoken", "")


def message(emulator: Emulator, text: str, *statuses: int) -> None:
    """Set another message in Errors."""
    refusals(emulator, lambda _, answer: answer.value.update(message=text), *statuses)


@FAMILY.defect("answer-no-token")
def token_in_the_error(emulator: Emulator) -> None:
    """The Error of a 401 repeats the token."""

    def repeat(call: Call, answer: Answer) -> None:
        answer.value["message"] = f"Invalid session {token(call)}"

    refusals(emulator, repeat, 401)


@FAMILY.defect("answer-no-token")
def token_in_the_not_found(emulator: Emulator) -> None:
    """The Error of a 404 repeats the request with its headers."""

    def repeat(call: Call, answer: Answer) -> None:
        answer.value["request"] = {"headers": call.headers}

    refusals(emulator, repeat, 404)


@FAMILY.defect("answer-no-token")
def token_in_the_success(emulator: Emulator) -> None:
    """A success holds the session with its token."""
    successes(emulator, lambda call, answer: answer.value.update(session={"token": token(call)}))


@FAMILY.defect("answer-no-token")
def token_in_a_header(emulator: Emulator) -> None:
    """Every answer repeats the token in a header."""

    def repeat(call: Call, answer: Answer) -> None:
        if token(call).isascii():
            answer.headers["x-session"] = token(call)

    answers(emulator, repeat)


@FAMILY.defect("answer-no-token")
def token_in_a_set_cookie(emulator: Emulator) -> None:
    """A success sets a cookie with the token in it."""
    successes(
        emulator,
        lambda call, answer: answer.headers.update({"set-cookie": f"skey={quote(token(call))}; HttpOnly"}),
    )


@FAMILY.defect("answer-no-token")
def token_in_base64_in_the_error(emulator: Emulator) -> None:
    """An Error holds the token in base64, as a reference for support."""

    def refer(call: Call, answer: Answer) -> None:
        answer.value["reference"] = base64.b64encode(token(call).encode()).decode()

    refusals(emulator, refer)


@FAMILY.defect("answer-no-token")
def other_user_s_token(emulator: Emulator) -> None:
    """A success holds the other user's session token."""

    def tell(_: Call, answer: Answer) -> None:
        sessions = emulator.sessions.opened.items()
        tokens = [other for other, session in sessions if session.user_id == answer.value["userId"]]
        if tokens:
            answer.value["peer"] = tokens[-1]

    successes(emulator, tell)


@FAMILY.defect("answer-no-token")
def token_as_a_header_s_name(emulator: Emulator) -> None:
    """Every answer has a header whose name is the token."""

    def call_it_so(call: Call, answer: Answer) -> None:
        if _IN_A_NAME.fullmatch(token(call)):
            answer.headers[token(call)] = "1"

    answers(emulator, call_it_so)


@FAMILY.defect("answer-no-token")
def token_as_a_member_s_name(emulator: Emulator) -> None:
    """A success has a member whose name is the token."""
    successes(emulator, lambda call, answer: answer.value.update({token(call): True}))


@FAMILY.defect("answer-no-token")
def token_escaped_in_the_success(emulator: Emulator) -> None:
    """A success holds the token in a string in which every character is escaped."""

    def tell(call: Call, answer: Answer) -> None:
        escaped = "".join(f"\\u{ord(character):04x}" for character in token(call))
        answer.content = as_json(answer.value)[:-1] + f',"session":"{escaped}"}}'.encode()

    successes(emulator, tell)


@FAMILY.defect("answer-no-token")
def token_in_the_reason_phrase(emulator: Emulator) -> None:
    """The reason phrase of a 404 repeats the token."""

    def tell(call: Call, _: Answer) -> None:
        # ASGI has no reason phrase. uvicorn looks it up when it starts the answer; nothing is awaited before that.
        set_status_phrase(404, f"No connection in {token(call)}".encode())

    refusals(emulator, tell, 404)


@FAMILY.defect("error-no-internals")
def stack_trace_of_java(emulator: Emulator) -> None:
    """The Error of a 400 is a Java exception with its stack trace."""
    message(
        emulator,
        "java.lang.IllegalStateException: bad request\n\tat com.example.pod.ConnectionResource.accept"
        "(ConnectionResource.java:142)",
        400,
    )


@FAMILY.defect("error-no-internals")
def stack_trace_of_python(emulator: Emulator) -> None:
    """The Error of a 404 is a traceback of Python."""
    message(
        emulator,
        'Traceback (most recent call last):\n  File "/srv/pod/connections.py", line 88, in accept\nKeyError: 404',
        404,
    )


@FAMILY.defect("error-no-internals")
def query_in_the_error(emulator: Emulator) -> None:
    """The Error of a 404 shows the SQL query."""
    message(emulator, "No rows: SELECT status FROM connection WHERE owner_id = ? AND other_id = ?", 404)


@FAMILY.defect("error-no-internals")
def path_in_the_error(emulator: Emulator) -> None:
    """The Error of a 400 names a file on the server."""
    message(emulator, "Schema violated: /opt/pod/conf/schemas/UserConnectionRequest.json", 400)


@FAMILY.defect("error-no-internals")
def class_in_the_error(emulator: Emulator) -> None:
    """The Error of a 400 names the class that could not read the body."""
    message(emulator, "com.fasterxml.jackson.databind.exc.MismatchedInputException: no content", 400)


@FAMILY.defect("error-no-internals")
def host_inside_in_the_error(emulator: Emulator) -> None:
    """The Error of a 403 names the address of an internal host."""
    message(emulator, "Entitlement service at 10.21.4.17 said no", 403)


@FAMILY.defect("error-no-internals")
def internals_in_a_header(emulator: Emulator) -> None:
    """Every answer names the database in a header."""
    answers(emulator, lambda _, answer: answer.headers.update({"x-debug": "jdbc:postgresql://10.0.3.4/pod"}), BOTH)


def _says(name: str, sentence: str, text: str) -> None:
    """Add a defect that puts a text into the Error of a 404."""

    def install(emulator: Emulator) -> None:
        message(emulator, text, 404)

    install.__name__, install.__doc__ = name, sentence
    FAMILY.defect("error-no-internals")(install)


for _name, _sentence, _text in (
    (
        "frames_of_node",
        "The Error of a 404 has a frame of a Node.js stack trace.",
        "at Object.accept (/srv/pod/index.js:10:3)",
    ),
    ("frames_of_go", "The Error of a 404 is a stack trace of Go.", "goroutine 17 [running]: main.accept(0xc000)"),
    (
        "frames_of_dotnet",
        "The Error of a 404 is a .NET exception.",
        r"Object not set. at Pod.Connections.Accept(Int64 id) in D:\a\Connections.cs:line 4",
    ),
    (
        "frames_of_ruby",
        "The Error of a 404 has a frame of a Ruby stack trace.",
        "undefined method `id' for nil:NilClass (app/models/connection.rb:33:in `accept')",
    ),
    ("module_of_webpack", "The Error of a 404 names a module of webpack.", "webpack-internal:///./src/accept.ts"),
    (
        "error_of_pydantic",
        "The Error of a 404 is an error message of pydantic.",
        "1 validation error for UserConnection\nstatus\n  Field required",
    ),
    ("query_in_small_letters", "The Error of a 404 shows an SQL query in small letters.", "select * from connection"),
    (
        "constraint_in_the_error",
        "The Error of a 404 names a constraint of the database.",
        'duplicate key value violates unique constraint "connection_pkey"',
    ),
    ("data_source_in_the_error", "The Error of a 404 names the database.", "postgresql://pod:pod@db/pod refused"),
    ("loopback_in_the_error", "The Error of a 404 names an internal port.", "connect ECONNREFUSED 127.0.0.1:5432"),
    ("ipv6_inside_in_the_error", "The Error of a 404 names an internal IPv6 address.", "no answer from fd00::12:4"),
    ("instance_in_the_error", "The Error of a 404 names a cloud instance.", "node ip-10-0-3-17 failed"),
    (
        "service_of_kubernetes_in_the_error",
        "The Error of a 404 names a service of Kubernetes.",
        "entitlements.pods.svc.cluster.local did not answer",
    ),
    ("folder_in_the_error", "The Error of a 404 names a folder on the server.", "cannot read /data/pod/connections"),
):
    _says(_name, _sentence, _text)


@FAMILY.defect("error-no-internals")
def host_inside_in_the_server_header(emulator: Emulator) -> None:
    """The header Server names an internal host."""
    answers(emulator, lambda _, answer: answer.headers.update(server="Apache-Coyote/1.1 (pod-12.internal)"), BOTH)
