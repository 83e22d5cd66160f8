"""Defects in the behaviour table, and in connections that do not exist."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..app import Answer, Call, Emulator, caller_of
from ..changes import BOTH, Family, answers, members, named, performs, refusals, set_side
from ..pod import (
    ACCEPT,
    ACCEPTED,
    CREATE,
    PENDING_INCOMING,
    PENDING_OUTGOING,
    REJECT,
    REJECTED,
    REMOVE,
)
from ..records import Connection
from ..refusal import Refusal
from .states import keep, make, sides

FAMILY = Family()
Perform = Callable[[Call], Any]
INCONSISTENT = "Status change requested is not consistent with current status."


@FAMILY.defect("own-request-refused", "sequence-lawful")
def own_request_accepted(emulator: Emulator) -> None:
    """A requester may accept its own request."""
    emulator.pod.transitions[ACCEPT, PENDING_OUTGOING] = ACCEPTED


@FAMILY.defect("own-request-refused", "sequence-lawful")
def own_request_rejected(emulator: Emulator) -> None:
    """A requester may reject, that is withdraw, its own request."""
    emulator.pod.transitions[REJECT, PENDING_OUTGOING] = REJECTED


@FAMILY.defect("own-request-refused")
def own_request_says_pending(emulator: Emulator) -> None:
    """A requester that accepts or rejects its own request is answered 200 with PENDING_OUTGOING."""
    for operation in BOTH:
        emulator.pod.transitions[operation, PENDING_OUTGOING] = PENDING_OUTGOING


@FAMILY.defect("own-request-refused")
def own_request_refused_and_accepted(emulator: Emulator) -> None:
    """Accept by the requester is refused, but the connection is accepted."""

    def connect(call: Call, answer: Answer) -> None:
        if answer.value["message"] == INCONSISTENT:
            mine, _ = sides(emulator, call)
            if mine and mine.status == PENDING_OUTGOING:
                make(emulator, call, ACCEPTED, ACCEPTED)

    refusals(emulator, connect, 400, to=(ACCEPT,))


@FAMILY.defect("own-request-refused")
def own_request_refused_and_withdrawn(emulator: Emulator) -> None:
    """Reject by the requester is refused, but the request is gone."""

    def withdraw(call: Call, answer: Answer) -> None:
        if answer.value["message"] == INCONSISTENT:
            mine, _ = sides(emulator, call)
            if mine and mine.status == PENDING_OUTGOING:
                make(emulator, call, None, None)

    refusals(emulator, withdraw, 400, to=(REJECT,))


def on_undocumented(emulator: Emulator, operation: str, state: str, act: Callable[[Call, Answer], None]) -> None:
    """Do something after a refusal in a state that the behaviour table does not list."""

    def on_refusal(call: Call, answer: Answer) -> None:
        if answer.value["message"] == INCONSISTENT:
            mine, _ = sides(emulator, call)
            if mine and mine.status == state:
                act(call, answer)

    refusals(emulator, on_refusal, 400, to=(operation,))


def says(status: str) -> Callable[[Call, Answer], None]:
    """A function that answers 200 with a status."""

    def answer_status(call: Call, answer: Answer) -> None:
        answer.status, answer.value = 200, {"userId": named(call), "status": status}

    return answer_status


@FAMILY.defect("undocumented-transition-consistent")
def reject_of_accepted_says_rejected(emulator: Emulator) -> None:
    """Reject of an accepted connection answers REJECTED and changes nothing."""
    on_undocumented(emulator, REJECT, ACCEPTED, says(REJECTED))


@FAMILY.defect("undocumented-transition-consistent")
def accept_of_rejected_says_accepted(emulator: Emulator) -> None:
    """Accept of a rejected connection answers ACCEPTED and changes nothing."""
    on_undocumented(emulator, ACCEPT, REJECTED, says(ACCEPTED))


@FAMILY.defect("undocumented-transition-consistent")
def accept_of_accepted_says_pending(emulator: Emulator) -> None:
    """Accept of an accepted connection answers PENDING_INCOMING."""
    on_undocumented(emulator, ACCEPT, ACCEPTED, says(PENDING_INCOMING))


@FAMILY.defect("undocumented-transition-consistent")
def reject_of_accepted_refused_and_disconnects(emulator: Emulator) -> None:
    """Reject of an accepted connection is refused, but the connection is rejected."""
    on_undocumented(emulator, REJECT, ACCEPTED, lambda call, _: make(emulator, call, REJECTED, REJECTED))


@FAMILY.defect("undocumented-transition-consistent")
def accept_of_rejected_refused_and_connects(emulator: Emulator) -> None:
    """Accept of a rejected connection is refused, but the connection is accepted."""
    on_undocumented(emulator, ACCEPT, REJECTED, lambda call, _: make(emulator, call, ACCEPTED, ACCEPTED))


@FAMILY.defect("undocumented-transition-consistent")
def reject_of_accepted_on_one_side(emulator: Emulator) -> None:
    """Reject of an accepted connection answers REJECTED, but the other user still reads ACCEPTED."""

    def one_side(call: Call, answer: Answer) -> None:
        says(REJECTED)(call, answer)
        set_side(emulator, caller_of(call).id, named(call), REJECTED)

    on_undocumented(emulator, REJECT, ACCEPTED, one_side)


@FAMILY.defect("undocumented-transition-consistent", "answer-no-server-error")
def second_accept_crashes(emulator: Emulator) -> None:
    """Accept of an accepted connection is answered 500."""
    on_undocumented(emulator, ACCEPT, ACCEPTED, lambda _, answer: setattr(answer, "status", 500))


@FAMILY.defect("connect-makes-pending")
def connect_accepts_at_once(emulator: Emulator) -> None:
    """Create makes the connection ACCEPTED without a request."""
    emulator.pod.transitions[CREATE, None] = ACCEPTED


@FAMILY.defect("connect-makes-pending")
def connect_says_incoming(emulator: Emulator) -> None:
    """Create answers PENDING_INCOMING to the requester."""
    members(emulator, (CREATE,), status=PENDING_INCOMING)


@FAMILY.defect("connect-makes-pending")
def connect_the_wrong_way_round(emulator: Emulator) -> None:
    """After create the requester reads PENDING_INCOMING, and the other user PENDING_OUTGOING."""
    emulator.pod.transitions[CREATE, None] = PENDING_INCOMING


@FAMILY.defect("connect-makes-pending")
def connect_outgoing_for_both(emulator: Emulator) -> None:
    """After create both users read PENDING_OUTGOING."""
    right = emulator.pod.mirror

    def mirror(connection: Connection) -> Connection:
        mirrored = right(connection)
        return replace(mirrored, status=PENDING_OUTGOING) if mirrored.status == PENDING_INCOMING else mirrored

    emulator.pod.mirror = mirror


@FAMILY.defect("connect-makes-pending")
def connect_unseen_by_the_other(emulator: Emulator) -> None:
    """After create the user who was asked reads no connection."""

    def unseen(call: Call, right: Perform) -> Any:
        value = right(call)
        set_side(emulator, named(call), caller_of(call).id, None)
        return value

    performs(emulator, unseen, (CREATE,))


@FAMILY.defect("sequence-lawful")
def removed_on_one_side(emulator: Emulator) -> None:
    """Remove ends a connection for the remover only; the other user still reads ACCEPTED."""

    def one_side(call: Call, right: Perform) -> Any:
        store, other_id = emulator.pod.store, call.arguments["uid"]
        theirs = store.connection(other_id, caller_of(call).id)
        value = right(call)
        if store.connection(caller_of(call).id, other_id) is None:
            keep(emulator, theirs)
        return value

    performs(emulator, one_side, (REMOVE,))


@FAMILY.defect("removed-connection-not-found")
def removed_can_be_accepted(emulator: Emulator) -> None:
    """Accept of a connection that was removed restores it."""
    removed: set[tuple[int, int]] = set()

    def remove(call: Call, right: Perform) -> Any:
        value = right(call)
        caller, other = caller_of(call).id, call.arguments["uid"]
        if emulator.pod.store.connection(caller, other) is None:
            removed.update({(caller, other), (other, caller)})
        return value

    def accept(call: Call, right: Perform) -> Any:
        if (caller_of(call).id, named(call)) not in removed:
            return right(call)
        emulator.pod.transitions[ACCEPT, None] = ACCEPTED
        try:
            return right(call)
        finally:
            del emulator.pod.transitions[ACCEPT, None]

    performs(emulator, remove, (REMOVE,))
    performs(emulator, accept, (ACCEPT,))


@FAMILY.defect("removed-connection-not-found")
def removed_is_refused(emulator: Emulator) -> None:
    """Accept and reject of a connection that was removed are answered 400, not 404."""
    removed: set[tuple[int, int]] = set()

    def note(call: Call, answer: Answer) -> None:
        if answer.status == 200 and call.caller:
            removed.update({(call.caller.id, call.arguments["uid"]), (call.arguments["uid"], call.caller.id)})

    def refuse(call: Call, answer: Answer) -> None:
        if (caller_of(call).id, named(call)) in removed:
            answer.status = answer.value["code"] = 400

    answers(emulator, note, (REMOVE,))
    refusals(emulator, refuse, 404)


@FAMILY.defect("no-connection-not-found")
def stranger_accepted(emulator: Emulator) -> None:
    """Accept without a request connects the two users."""
    emulator.pod.transitions[ACCEPT, None] = ACCEPTED


@FAMILY.defect("no-connection-not-found")
def stranger_rejected(emulator: Emulator) -> None:
    """Reject without a request makes a rejected connection."""
    emulator.pod.transitions[REJECT, None] = REJECTED


@FAMILY.defect("no-connection-stays-none")
def stranger_not_found_and_connected(emulator: Emulator) -> None:
    """Accept without a request is answered 404, but makes a pending connection."""

    def leave(call: Call, answer: Answer) -> None:
        if answer.value["message"] == "Connection cannot be found.":
            now = emulator.pod.now()
            request = Connection(caller_of(call).id, named(call), PENDING_OUTGOING, True, now, now, 1)
            keep(emulator, request, emulator.pod.mirror(request))

    refusals(emulator, leave, 404, to=(ACCEPT,))


@FAMILY.defect("sequence-lawful")
def reject_without_a_request_blocks(emulator: Emulator) -> None:
    """Reject without a request is answered 404; from then on create between the two users is answered 403."""
    blocked: set[frozenset[int]] = set()

    def block(call: Call, answer: Answer) -> None:
        if answer.value["message"] == "Connection cannot be found.":
            blocked.add(frozenset((caller_of(call).id, named(call))))

    def ask(call: Call, right: Perform) -> Any:
        if frozenset((caller_of(call).id, named(call))) in blocked:
            raise Refusal(403, "The user has blocked requests.")
        return right(call)

    refusals(emulator, block, 404, to=(REJECT,))
    performs(emulator, ask, (CREATE,))


@FAMILY.defect("sequence-lawful")
def not_found_remembered(emulator: Emulator) -> None:
    """The pod caches a 404 and answers it once more, even if a request has arrived since."""
    remembered: set[tuple[str, int, int]] = set()

    def perform(call: Call, right: Perform) -> Any:
        key = (call.operation.id, caller_of(call).id, named(call))
        if key in remembered:
            remembered.remove(key)
            raise Refusal(404, "Connection cannot be found.")
        if emulator.pod.store.connection(*key[1:]) is None:
            remembered.add(key)
        return right(call)

    performs(emulator, perform)


@FAMILY.defect("unknown-user-not-found")
def unknown_user_accepted(emulator: Emulator) -> None:
    """A userId that belongs to nobody is answered 200 with ACCEPTED or REJECTED."""

    def welcome(call: Call, answer: Answer) -> None:
        if answer.value["message"] == "No such user.":
            says({ACCEPT: ACCEPTED, REJECT: REJECTED}[call.operation.id])(call, answer)

    refusals(emulator, welcome, 404)


@FAMILY.defect("self-not-found")
def self_accepted(emulator: Emulator) -> None:
    """Accept of the caller's own id is answered ACCEPTED, because the private pod is the same."""

    def accept(call: Call, right: Perform) -> Any:
        is_self = named(call) == caller_of(call).id
        return {"userId": named(call), "status": ACCEPTED} if is_self else right(call)

    performs(emulator, accept, (ACCEPT,))
