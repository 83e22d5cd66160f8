"""Answers that show what nobody is to see: tokens and internals."""

import base64
from urllib.parse import quote

from contract_tests.emulator.app import Answer, Call, Emulator
from contract_tests.emulator.changes import BOTH, Family, answers, refusals, successes

FAMILY = Family()


def token(call: Call) -> str:
    """The token that a call came with."""
    return call.headers.get("sessiontoken", "")


def message(emulator: Emulator, text: str, *statuses: int) -> None:
    """Put another message into the Errors."""
    refusals(emulator, lambda _, answer: answer.value.update(message=text), *statuses)


@FAMILY.defect("answer-no-token")
def token_in_the_error(emulator: Emulator) -> None:
    """The Error of a 401 repeats the token."""

    def repeat(call: Call, answer: Answer) -> None:
        answer.value["message"] = f"Invalid session {token(call)}"

    refusals(emulator, repeat, 401)


@FAMILY.defect("answer-no-token")
def token_in_the_not_found(emulator: Emulator) -> None:
    """The Error of a 404 repeats the request, headers included."""

    def repeat(call: Call, answer: Answer) -> None:
        answer.value["request"] = {"headers": call.headers}

    refusals(emulator, repeat, 404)


@FAMILY.defect("answer-no-token")
def token_in_the_success(emulator: Emulator) -> None:
    """A success holds the session, token included."""
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
    """An Error has the token in base64, as a reference for support."""

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


@FAMILY.defect("error-no-internals")
def stack_trace_of_java(emulator: Emulator) -> None:
    """The Error of a 400 is an exception of Java with its stack trace."""
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
    """The Error of a 404 shows the query that found nothing."""
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
    """The Error of a 403 names the address of a host inside."""
    message(emulator, "Entitlement service at 10.21.4.17 said no", 403)


@FAMILY.defect("error-no-internals")
def internals_in_a_header(emulator: Emulator) -> None:
    """Every answer says in a header which database it came from."""
    answers(emulator, lambda _, answer: answer.headers.update({"x-debug": "jdbc:postgresql://10.0.3.4/pod"}), BOTH)
