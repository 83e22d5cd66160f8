"""Variants of answers where the pages leave open which one is given."""

import json
import re
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ..app import Answer, Call, Emulator, caller_of
from ..changes import Family, before, is_under_test, named, performs, refusals
from ..description import read_json
from ..pod import (
    ACCEPT,
    ACCEPTED,
    CREATE,
    PENDING_INCOMING,
    PENDING_OUTGOING,
    REJECT,
    REJECTED,
)
from ..refusal import Refusal

FAMILY = Family()
INCONSISTENT = "Status change requested is not consistent with current status."


def turn(emulator: Emulator, message: str, into: int) -> None:
    """Answer a refusal that has a certain message with another status."""

    def change(_: Call, answer: Answer) -> None:
        if answer.value["message"] == message:
            answer.status = answer.value["code"] = into

    refusals(emulator, change)


def moves(emulator: Emulator, operation: str, before_it: str, after_it: str) -> None:
    """Add a transition that the behaviour table does not list."""
    emulator.pod.transitions[operation, before_it] = after_it


@FAMILY.variant()
def accept_of_accepted_repeats(emulator: Emulator) -> None:
    """Accept of an accepted connection answers ACCEPTED."""
    moves(emulator, ACCEPT, ACCEPTED, ACCEPTED)


@FAMILY.variant()
def accept_of_rejected_accepts(emulator: Emulator) -> None:
    """Accept of a rejected connection accepts it."""
    moves(emulator, ACCEPT, REJECTED, ACCEPTED)


@FAMILY.variant()
def accept_of_rejected_says_rejected(emulator: Emulator) -> None:
    """Accept of a rejected connection answers 200 with REJECTED and changes nothing."""
    moves(emulator, ACCEPT, REJECTED, REJECTED)


@FAMILY.variant()
def reject_of_accepted_rejects(emulator: Emulator) -> None:
    """Reject of an accepted connection rejects it."""
    moves(emulator, REJECT, ACCEPTED, REJECTED)


@FAMILY.variant()
def reject_of_accepted_says_accepted(emulator: Emulator) -> None:
    """Reject of an accepted connection answers 200 with ACCEPTED and changes nothing."""
    moves(emulator, REJECT, ACCEPTED, ACCEPTED)


@FAMILY.variant()
def reject_of_rejected_repeats(emulator: Emulator) -> None:
    """Reject of a rejected connection answers REJECTED."""
    moves(emulator, REJECT, REJECTED, REJECTED)


@FAMILY.variant()
def everything_undocumented_succeeds(emulator: Emulator) -> None:
    """Accept and reject of a decided connection decide it again."""
    for operation, state in ((ACCEPT, ACCEPTED), (REJECT, REJECTED)):
        for decided in (ACCEPTED, REJECTED):
            moves(emulator, operation, decided, state)


@FAMILY.variant()
def inconsistent_changes_403(emulator: Emulator) -> None:
    """A change that the connection's state does not allow is answered 403."""
    turn(emulator, INCONSISTENT, 403)


@FAMILY.variant()
def inconsistent_changes_404(emulator: Emulator) -> None:
    """A change that the connection's state does not allow is answered 404."""
    turn(emulator, INCONSISTENT, 404)


@FAMILY.variant()
def implicit_reject_403(emulator: Emulator) -> None:
    """Reject of a colleague is answered 403."""
    turn(emulator, "Users of the same private pod are connected implicitly, which cannot be undone.", 403)


@FAMILY.variant()
def implicit_reject_404(emulator: Emulator) -> None:
    """Reject of a colleague is answered 404."""
    turn(emulator, "Users of the same private pod are connected implicitly, which cannot be undone.", 404)


@FAMILY.variant()
def cross_pod_off_400(emulator: Emulator) -> None:
    """A request between pods without crossPod is answered 400."""
    turn(emulator, "crossPod is not enabled between the pods of these users.", 400)


@FAMILY.variant()
def cross_pod_off_404(emulator: Emulator) -> None:
    """A request between pods without crossPod is answered 404, as if the other user did not exist."""
    turn(emulator, "crossPod is not enabled between the pods of these users.", 404)


@FAMILY.variant()
def nobody_400(emulator: Emulator) -> None:
    """A userId that belongs to nobody is answered 400."""
    turn(emulator, "No such user.", 400)


@FAMILY.variant()
def self_404(emulator: Emulator) -> None:
    """The caller's own id is answered 404."""
    turn(emulator, "A user has no connection with itself.", 404)


@FAMILY.variant()
def impossible_ids_400(emulator: Emulator) -> None:
    """A userId that is not positive is answered 400."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        if named(call) <= 0:
            raise Refusal(400, "The userId is not positive.")
        return right(call)

    performs(emulator, perform)


@FAMILY.variant()
def invalid_bodies_404(emulator: Emulator) -> None:
    """An invalid body is answered 404, because it names no connection."""

    def change(_: Call, answer: Answer) -> None:
        if answer.value["message"].startswith("The body"):
            answer.status = answer.value["code"] = 404

    refusals(emulator, change, 400)


@FAMILY.variant()
def no_session_400(emulator: Emulator) -> None:
    """A request without a token, or with an empty one, is answered 400."""

    def change(call: Call, answer: Answer) -> None:
        if not call.headers.get("sessiontoken"):
            answer.status = answer.value["code"] = 400

    refusals(emulator, change, 401)


@FAMILY.variant()
def body_before_session(emulator: Emulator) -> None:
    """If a request without a session has an invalid body too, it is refused for the body."""
    right = emulator.authenticate

    def authenticate(call: Call) -> Any:
        if not call.headers.get("sessiontoken"):
            emulator.read(call)
        return right(call)

    emulator.authenticate = authenticate


@FAMILY.variant()
def body_before_entitlement(emulator: Emulator) -> None:
    """If a caller without the entitlement sends an invalid body, the request is refused for the body."""
    right = emulator.authorize

    def authorize(call: Call) -> None:
        emulator.read(call)
        right(call)

    emulator.authorize = authorize


@FAMILY.variant()
def nobody_before_entitlement(emulator: Emulator) -> None:
    """If a caller without the entitlement names an unknown user, the answer is 404."""
    right = emulator.authorize

    def authorize(call: Call) -> None:
        if call.operation.body:
            emulator.read(call)
            if emulator.pod.store.user(named(call)) is None:
                raise Refusal(404, "No such user.")
        right(call)

    emulator.authorize = authorize


@FAMILY.variant()
def unknown_fields_refused(emulator: Emulator) -> None:
    """A body with an unknown field is answered 400."""
    right = emulator.read

    def read(call: Call) -> None:
        right(call)
        if call.operation.body and len(call.arguments["body"]) > 1:
            raise Refusal(400, "Unrecognised field.")

    emulator.read = read


def converts(emulator: Emulator, convert: Callable[[Any], Any]) -> None:
    """Convert the value of userId before the right pod reads the body."""
    right = emulator.read

    def read(call: Call) -> None:
        body = read_json(call.body) if call.operation.body and call.body else None
        if isinstance(body, dict) and "userId" in body:
            call.body = json.dumps({**body, "userId": convert(body["userId"])}).encode()
        right(call)

    emulator.read = read


@FAMILY.variant()
def digits_in_a_string_taken(emulator: Emulator) -> None:
    """A string of digits is accepted as the userId, as Jackson does."""
    converts(
        emulator, lambda value: int(value) if isinstance(value, str) and re.fullmatch("-?[0-9]{1,30}", value) else value
    )


@FAMILY.variant()
def whole_numbers_refused(emulator: Emulator) -> None:
    """A number with .0 or an exponent is refused as the userId, as strict readers of int64 do."""
    right = emulator.read

    def read(call: Call) -> None:
        if call.operation.body and re.search(rb'"userId"\s*:\s*-?[0-9]+(\.[0-9]+|[eE])', call.body):
            raise Refusal(400, "The body.userId: expected an int64 without a fraction.")
        right(call)

    emulator.read = read


@FAMILY.variant()
def last_of_two_members_taken(emulator: Emulator) -> None:
    """If a body has a member twice, the last one counts, as in most parsers."""

    def act(call: Call) -> None:
        if call.body.count(b'"userId"') == 2:
            match = re.search(rb'"userId"\s*:\s*(-?[0-9]+)\s*\}\s*$', call.body)
            if match and call.body.lstrip().startswith(b"{") and call.body.count(b"{") == 1:
                call.body = b'{"userId":%d}' % int(match[1])

    before(emulator, act)


@FAMILY.variant()
def byte_order_mark_taken(emulator: Emulator) -> None:
    """A byte order mark before a body is ignored."""
    before(emulator, lambda call: setattr(call, "body", call.body.removeprefix(b"\xef\xbb\xbf")))


@FAMILY.variant()
def any_media_type_taken(emulator: Emulator) -> None:
    """The Content-Type of a request is ignored."""
    before(emulator, lambda call: call.headers.update({"content-type": "application/json"}))


@FAMILY.variant()
def other_media_types_415(emulator: Emulator) -> None:
    """A media type other than JSON is answered 415."""
    turn(emulator, "The body must be application/json in UTF-8.", 415)


def other_methods(emulator: Emulator, status: int, content: bytes = b'{"code":404,"message":"Not found"}') -> None:
    """Answer methods other than POST on the pages' paths with a status and a body."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["method"] == "POST" or not is_under_test(scope):
                await application(scope, receive, send)
                return
            length = b"%d" % len(content)
            headers = [(b"content-type", b"application/json"), (b"content-length", length)]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

        return wrapped

    emulator.wrappers.append(wrapper)


@FAMILY.variant()
def other_methods_404(emulator: Emulator) -> None:
    """Methods other than POST are answered 404."""
    other_methods(emulator, 404)


@FAMILY.variant()
def other_methods_400(emulator: Emulator) -> None:
    """Methods other than POST are answered 400."""
    other_methods(emulator, 400)


@FAMILY.variant()
def other_methods_405_without_allow(emulator: Emulator) -> None:
    """Methods other than POST are answered 405 without Allow and without a body."""
    other_methods(emulator, 405, b"")


@FAMILY.variant()
def crossing_requests_connect(emulator: Emulator) -> None:
    """If two users ask each other, they are connected at once."""
    emulator.pod.transitions[CREATE, PENDING_INCOMING] = ACCEPTED


@FAMILY.variant()
def asking_twice_repeats(emulator: Emulator) -> None:
    """Create while a request is open answers 200 with that request."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        connection = emulator.pod.store.connection(caller_of(call).id, named(call))
        if connection and connection.status in (PENDING_OUTGOING, ACCEPTED):
            return emulator.pod.get(caller_of(call), named(call))
        return right(call)

    performs(emulator, perform, (CREATE,))


@FAMILY.variant()
def bystander_of_the_requester_s_pod(emulator: Emulator) -> None:
    """The requester and the bystander are of one private pod and so connected implicitly."""
    shared = emulator.pod.is_implicit
    usernames = {"requester", "bystander"}
    emulator.pod.is_implicit = lambda one, other: shared(one, other) or {one.username, other.username} == usernames


@FAMILY.variant()
def accept_by_who_was_asked_only(emulator: Emulator) -> None:
    """After a rejection the user who was asked may still accept; the requester may not."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        connection = emulator.pod.store.connection(caller_of(call).id, named(call))
        if connection and connection.status == REJECTED and connection.has_asked:
            raise Refusal(400, INCONSISTENT)
        return right(call)

    moves(emulator, ACCEPT, REJECTED, ACCEPTED)
    performs(emulator, perform, (ACCEPT,))


@FAMILY.variant()
def asking_after_rejection_refused(emulator: Emulator) -> None:
    """After a rejection the requester cannot ask again until the other user takes the rejection back."""
    del emulator.pod.transitions[CREATE, REJECTED]


@FAMILY.variant()
def asking_after_rejection_repeats(emulator: Emulator) -> None:
    """Create after a rejection answers 200 with REJECTED and changes nothing."""

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        connection = emulator.pod.store.connection(caller_of(call).id, named(call))
        if connection and connection.status == REJECTED:
            return emulator.pod.get(caller_of(call), named(call))
        return right(call)

    performs(emulator, perform, (CREATE,))
