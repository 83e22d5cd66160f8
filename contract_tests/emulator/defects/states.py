"""Defects in what accept and reject change: nothing, the wrong state, one side only, or not for long."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..app import Answer, Call, Emulator, caller_of
from ..changes import BOTH, Family, answers, named, performs, refusals, set_side
from ..pod import (
    ACCEPT,
    ACCEPTED,
    GET,
    PENDING_INCOMING,
    PENDING_OUTGOING,
    REJECT,
    REJECTED,
)
from ..records import Connection

FAMILY = Family()
Perform = Callable[[Call], Any]
Sides = tuple[Connection | None, Connection | None]
INCONSISTENT = "Status change requested is not consistent with current status."


def sides(emulator: Emulator, call: Call) -> Sides:
    """The connection of a call, as the caller and as the other user see it."""
    caller, other, store = caller_of(call).id, named(call), emulator.pod.store
    return store.connection(caller, other), store.connection(other, caller)


def is_explicit(value: Any) -> bool:
    """Whether an answer shows a connection that a user has requested."""
    return isinstance(value, dict) and "requestCounter" in value


def keep(emulator: Emulator, *connections: Connection | None) -> None:
    """Write connections back as they were."""
    for connection in connections:
        if connection:
            emulator.pod.store.put(connection)


def afterwards(emulator: Emulator, act: Callable[[Call, Sides], None], *to: str) -> None:
    """Do something after accept or reject changed a connection; the function gets both sides as they were before."""

    def perform(call: Call, right: Perform) -> Any:
        before = sides(emulator, call)
        value = right(call)
        if is_explicit(value):
            act(call, before)
        return value

    performs(emulator, perform, to or BOTH)


def make(emulator: Emulator, call: Call, mine: str | None, theirs: str | None) -> None:
    """Give the caller and the other user each a status."""
    caller, other = caller_of(call).id, named(call)
    set_side(emulator, caller, other, mine)
    set_side(emulator, other, caller, theirs)


@FAMILY.defect("accept-makes-accepted")
def accept_does_nothing(emulator: Emulator) -> None:
    """Accept answers ACCEPTED and changes nothing."""
    afterwards(emulator, lambda _, before: keep(emulator, *before), ACCEPT)


@FAMILY.defect("reject-makes-rejected")
def reject_does_nothing(emulator: Emulator) -> None:
    """Reject answers REJECTED and changes nothing."""
    afterwards(emulator, lambda _, before: keep(emulator, *before), REJECT)


@FAMILY.defect("accept-makes-accepted")
def accept_rejects(emulator: Emulator) -> None:
    """Accept answers ACCEPTED and rejects the request."""
    afterwards(emulator, lambda call, _: make(emulator, call, REJECTED, REJECTED), ACCEPT)


@FAMILY.defect("reject-makes-rejected")
def reject_accepts(emulator: Emulator) -> None:
    """Reject answers REJECTED and accepts the request."""
    afterwards(emulator, lambda call, _: make(emulator, call, ACCEPTED, ACCEPTED), REJECT)


@FAMILY.defect("accept-makes-accepted")
def accept_forgets(emulator: Emulator) -> None:
    """Accept answers ACCEPTED and deletes the connection."""
    afterwards(emulator, lambda call, _: make(emulator, call, None, None), ACCEPT)


@FAMILY.defect("reject-makes-rejected")
def reject_forgets(emulator: Emulator) -> None:
    """Reject answers REJECTED and deletes the connection."""
    afterwards(emulator, lambda call, _: make(emulator, call, None, None), REJECT)


@FAMILY.defect("sides-agree")
def accept_for_the_caller_only(emulator: Emulator) -> None:
    """After accept the requester still reads PENDING_OUTGOING."""
    afterwards(emulator, lambda _, before: keep(emulator, before[1]), ACCEPT)


@FAMILY.defect("accept-makes-accepted", "sides-agree")
def accept_for_the_requester_only(emulator: Emulator) -> None:
    """After accept the caller still reads PENDING_INCOMING."""
    afterwards(emulator, lambda _, before: keep(emulator, before[0]), ACCEPT)


@FAMILY.defect("sides-agree")
def reject_for_the_caller_only(emulator: Emulator) -> None:
    """After reject the requester still reads PENDING_OUTGOING."""
    afterwards(emulator, lambda _, before: keep(emulator, before[1]), REJECT)


@FAMILY.defect("reject-makes-rejected", "sides-agree")
def reject_for_the_requester_only(emulator: Emulator) -> None:
    """After reject the caller still reads PENDING_INCOMING."""
    afterwards(emulator, lambda _, before: keep(emulator, before[0]), REJECT)


@FAMILY.defect("sides-agree")
def reject_forgets_for_the_requester(emulator: Emulator) -> None:
    """After reject the requester reads no connection."""
    afterwards(emulator, lambda call, _: set_side(emulator, named(call), caller_of(call).id, None), REJECT)


@FAMILY.defect("sides-agree")
def accept_turns_the_request_around(emulator: Emulator) -> None:
    """After accept the requester reads PENDING_INCOMING."""
    afterwards(emulator, lambda call, _: set_side(emulator, named(call), caller_of(call).id, PENDING_INCOMING), ACCEPT)


@FAMILY.defect("fuzzed-request-lawful")
def every_third_accept_lost(emulator: Emulator) -> None:
    """Every third accept answers ACCEPTED and changes nothing."""
    count = 0

    def lose(_: Call, before: Sides) -> None:
        nonlocal count
        count += 1
        if count % 3 == 0:
            keep(emulator, *before)

    afterwards(emulator, lose, ACCEPT)


@FAMILY.defect("fuzzed-request-lawful")
def second_rejection_lost(emulator: Emulator) -> None:
    """Reject of a request that was rejected before and made again answers REJECTED and changes nothing."""

    def lose(_: Call, before: Sides) -> None:
        if before[0] and before[0].request_counter > 1:
            keep(emulator, *before)

    afterwards(emulator, lose, REJECT)


@FAMILY.defect("state-stays")
def reverts_after_three_readings(emulator: Emulator) -> None:
    """Accept or reject is undone when the connection has been read three times."""
    undo: list[Sides] = []
    readings = 0

    def remember(_: Call, before: Sides) -> None:
        nonlocal readings
        undo[:], readings = [before], 0

    def revert(_: Call, __: Answer) -> None:
        nonlocal readings
        readings += 1
        if undo and readings == 3:
            keep(emulator, *undo.pop())

    afterwards(emulator, remember)
    answers(emulator, revert, (GET,))


@FAMILY.defect("state-stays")
def reverts_when_something_is_refused(emulator: Emulator) -> None:
    """Accept or reject is undone by the next request that is refused."""
    undo: list[Sides] = []

    def revert(_: Call, __: Answer) -> None:
        if undo:
            keep(emulator, *undo.pop())

    refusals(emulator, revert)
    afterwards(emulator, lambda _, before: undo.__setitem__(slice(None), [before]))


@FAMILY.defect("accept-makes-accepted")
def first_reading_stale(emulator: Emulator) -> None:
    """The first reading after accept or reject shows the status before it."""
    stale: dict[tuple[int, int], str] = {}

    def remember(call: Call, before: Sides) -> None:
        if before[0]:
            stale[caller_of(call).id, named(call)] = before[0].status

    def old(call: Call, answer: Answer) -> None:
        key = (call.caller.id if call.caller else 0, int(call.arguments.get("userId") or 0))
        if answer.status == 200 and key in stale:
            answer.value["status"] = stale.pop(key)

    afterwards(emulator, remember)
    answers(emulator, old, (GET,))


def others(emulator: Emulator, call: Call) -> list[Connection]:
    """The caller's other requests that wait."""
    return [
        connection
        for connection in emulator.pod.store.connections(caller_of(call).id)
        if connection.other_id != named(call) and connection.status == PENDING_INCOMING
    ]


@FAMILY.defect("bystander-left-alone")
def accept_accepts_everybody(emulator: Emulator) -> None:
    """Accept accepts every waiting request of the caller."""

    def accept(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.owner_id, connection.other_id, ACCEPTED)
            set_side(emulator, connection.other_id, connection.owner_id, ACCEPTED)

    afterwards(emulator, accept, ACCEPT)


@FAMILY.defect("bystander-left-alone")
def reject_rejects_everybody(emulator: Emulator) -> None:
    """Reject rejects every waiting request of the caller."""

    def reject(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.owner_id, connection.other_id, REJECTED)
            set_side(emulator, connection.other_id, connection.owner_id, REJECTED)

    afterwards(emulator, reject, REJECT)


@FAMILY.defect("bystander-left-alone")
def accept_forgets_others(emulator: Emulator) -> None:
    """Accept deletes every other waiting request of the caller."""

    def forget(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.owner_id, connection.other_id, None)
            set_side(emulator, connection.other_id, connection.owner_id, None)

    afterwards(emulator, forget, ACCEPT)


@FAMILY.defect("bystander-left-alone")
def reject_shows_to_others(emulator: Emulator) -> None:
    """After reject every other requester reads REJECTED, while the caller still reads PENDING_INCOMING."""

    def show(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.other_id, connection.owner_id, REJECTED)

    afterwards(emulator, show, REJECT)


@FAMILY.defect("bystander-left-alone")
def accept_hides_others_from_the_caller(emulator: Emulator) -> None:
    """After accept the caller reads no other request, while their requesters still read PENDING_OUTGOING."""

    def clear(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.owner_id, connection.other_id, None)

    afterwards(emulator, clear, ACCEPT)


@FAMILY.defect("state-stays")
def reverts_after_three_seconds(emulator: Emulator) -> None:
    """Accept or reject is undone three seconds later."""

    def revert_later(_: Call, before: Sides) -> None:
        asyncio.get_running_loop().call_later(3, keep, emulator, *before)

    afterwards(emulator, revert_later)


def set_both(emulator: Emulator, connection: Connection, status: str) -> None:
    """Set the status that both users of a connection see."""
    set_side(emulator, connection.owner_id, connection.other_id, status)
    set_side(emulator, connection.other_id, connection.owner_id, status)


@FAMILY.defect("bystander-left-alone")
def reject_rejects_accepted_connections(emulator: Emulator) -> None:
    """Reject also rejects every accepted connection of the caller."""

    def reject(call: Call, _: Sides) -> None:
        for connection in emulator.pod.store.connections(caller_of(call).id):
            if connection.status == ACCEPTED:
                set_both(emulator, connection, REJECTED)

    afterwards(emulator, reject, REJECT)


@FAMILY.defect("bystander-left-alone")
def one_accepted_connection_a_user(emulator: Emulator) -> None:
    """Accept rejects the connections that the caller accepted before."""

    def accept(call: Call, _: Sides) -> None:
        for connection in emulator.pod.store.connections(caller_of(call).id):
            if connection.status == ACCEPTED and connection.other_id != named(call):
                set_both(emulator, connection, REJECTED)

    afterwards(emulator, accept, ACCEPT)


@FAMILY.defect("bystander-left-alone")
def accept_accepts_isolated_requests(emulator: Emulator) -> None:
    """Accept also accepts the requests that wait while crossPod is off."""

    def accept(call: Call, _: Sides) -> None:
        caller, store = caller_of(call), emulator.pod.store
        for connection in store.connections(caller.id):
            other = store.user(connection.other_id)
            if other and not emulator.pod.is_cross_pod(caller, other):
                set_both(emulator, connection, ACCEPTED)

    afterwards(emulator, accept, ACCEPT)


def touched(emulator: Emulator, connection: Connection | None, *, later: int = 0, oftener: int = 0) -> None:
    """Raise the updatedAt or the requestCounter of one side of a connection."""
    if connection:
        updated_at, counter = connection.updated_at + later, connection.request_counter + oftener
        emulator.pod.store.put(replace(connection, updated_at=updated_at, request_counter=counter))


@FAMILY.defect("bystander-left-alone")
def accept_updates_every_connection(emulator: Emulator) -> None:
    """Accept raises the updatedAt of all the caller's other connections."""

    def accept(call: Call, _: Sides) -> None:
        for connection in emulator.pod.store.connections(caller_of(call).id):
            if connection.other_id != named(call):
                touched(emulator, connection, later=1)

    afterwards(emulator, accept, ACCEPT)


@FAMILY.defect("bystander-left-alone")
def reject_counts_for_every_connection(emulator: Emulator) -> None:
    """Reject raises the requestCounter of all the caller's other connections."""

    def reject(call: Call, _: Sides) -> None:
        for connection in emulator.pod.store.connections(caller_of(call).id):
            if connection.other_id != named(call):
                touched(emulator, connection, oftener=1)

    afterwards(emulator, reject, REJECT)


@FAMILY.defect("own-request-refused")
def own_request_updated(emulator: Emulator) -> None:
    """Accept of the caller's own request is refused and raises its updatedAt."""

    def touch(call: Call, answer: Answer) -> None:
        if answer.value["message"] == INCONSISTENT:
            touched(emulator, sides(emulator, call)[0], later=1)

    refusals(emulator, touch, 400, to=(ACCEPT,))


@FAMILY.defect("own-request-refused", "undocumented-transition-consistent")
def refused_requests_counted(emulator: Emulator) -> None:
    """A refused accept or reject raises the requestCounter."""

    def count(call: Call, answer: Answer) -> None:
        if answer.value["message"] == INCONSISTENT:
            touched(emulator, sides(emulator, call)[0], oftener=1)

    refusals(emulator, count, 400)


@FAMILY.defect("undocumented-transition-consistent")
def second_accept_updates(emulator: Emulator) -> None:
    """Accept of an accepted connection is refused and raises its updatedAt."""

    def touch(call: Call, answer: Answer) -> None:
        mine = sides(emulator, call)[0] if answer.value["message"] == INCONSISTENT else None
        if mine and mine.status == ACCEPTED:
            touched(emulator, mine, later=1)

    refusals(emulator, touch, 400, to=(ACCEPT,))


@FAMILY.defect("bystander-left-alone")
def accept_of_stranger_accepts_for_others(emulator: Emulator) -> None:
    """Accept of a user without a connection to the caller is answered 404, and accepts that user's other requests."""

    def accept(call: Call, answer: Answer) -> None:
        if answer.value["message"] == "Connection cannot be found.":
            for connection in emulator.pod.store.connections(named(call)):
                if connection.status == PENDING_OUTGOING:
                    set_both(emulator, connection, ACCEPTED)

    refusals(emulator, accept, 404, to=(ACCEPT,))


def accept_all_that_waits(emulator: Emulator, call: Call, answer: Answer, message: str) -> None:
    """Accept every request that waits for the caller, if a call was refused with a certain message."""
    if answer.value["message"] == message:
        for connection in emulator.pod.store.connections(caller_of(call).id):
            if connection.status == PENDING_INCOMING:
                set_both(emulator, connection, ACCEPTED)


@FAMILY.defect("not-found-no-effect")
def accept_of_self_accepts_all(emulator: Emulator) -> None:
    """Accept of the caller's own id is refused, and accepts every request that waits for the caller."""
    message = "A user has no connection with itself."
    refusals(emulator, lambda call, answer: accept_all_that_waits(emulator, call, answer, message), 400, to=(ACCEPT,))


@FAMILY.defect("not-found-no-effect")
def accept_of_unknown_user_accepts_all(emulator: Emulator) -> None:
    """Accept of an unknown user is answered 404, and accepts every request that waits for the caller."""
    message = "No such user."
    refusals(emulator, lambda call, answer: accept_all_that_waits(emulator, call, answer, message), 404, to=(ACCEPT,))


@FAMILY.defect("bystander-left-alone")
def reject_of_colleague_accepts_all(emulator: Emulator) -> None:
    """Reject of a colleague is refused, and accepts every request that waits for the caller."""
    message = "Users of the same private pod are connected implicitly, which cannot be undone."
    refusals(emulator, lambda call, answer: accept_all_that_waits(emulator, call, answer, message), 400, to=(REJECT,))


def on_rejected_asker(emulator: Emulator, act: Callable[[Call], None], operation: str) -> None:
    """Do something if an operation of the requester is refused because the request was rejected."""

    def on_refusal(call: Call, answer: Answer) -> None:
        mine = sides(emulator, call)[0] if answer.value["message"] == INCONSISTENT else None
        if mine and mine.status == REJECTED and mine.has_asked:
            act(call)

    refusals(emulator, on_refusal, 400, to=(operation,))


@FAMILY.defect("undocumented-transition-consistent")
def asker_s_reject_reopens(emulator: Emulator) -> None:
    """Reject of a rejected connection by its requester is refused, and the request is pending again."""
    on_rejected_asker(emulator, lambda call: make(emulator, call, PENDING_OUTGOING, PENDING_INCOMING), REJECT)


@FAMILY.defect("rejected-request-not-forced")
def asker_s_accept_overrules(emulator: Emulator) -> None:
    """Accept of a rejected connection by its requester accepts it."""

    def perform(call: Call, right: Perform) -> Any:
        mine = sides(emulator, call)[0]
        if mine and mine.status == REJECTED and mine.has_asked:
            make(emulator, call, ACCEPTED, ACCEPTED)
            return {"userId": named(call), "status": ACCEPTED}
        return right(call)

    performs(emulator, perform, (ACCEPT,))
