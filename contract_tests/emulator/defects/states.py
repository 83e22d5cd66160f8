"""What becomes of a connection: nothing, something else, one side only, or not for long."""

from collections.abc import Callable
from typing import Any

from contract_tests.emulator.app import Answer, Call, Emulator, caller_of
from contract_tests.emulator.changes import BOTH, Family, answers, named, performs, refusals, set_side
from contract_tests.emulator.pod import (
    ACCEPT,
    ACCEPTED,
    GET,
    PENDING_INCOMING,
    REJECT,
    REJECTED,
)
from contract_tests.emulator.store import Connection

FAMILY = Family()
Perform = Callable[[Call], Any]
Sides = tuple[Connection | None, Connection | None]
INCONSISTENT = "Status change requested is not consistent with current status."


def sides(emulator: Emulator, call: Call) -> Sides:
    """The connection that a call is about, as the caller and as the other user see it."""
    caller, other, store = caller_of(call).id, named(call), emulator.pod.store
    return store.connection(caller, other), store.connection(other, caller)


def is_explicit(value: Any) -> bool:
    """Whether an answer is about a connection that somebody asked for."""
    return isinstance(value, dict) and "requestCounter" in value


def keep(emulator: Emulator, *connections: Connection | None) -> None:
    """Write sides of a connection as they were."""
    for connection in connections:
        if connection:
            emulator.pod.store.put(connection)


def afterwards(emulator: Emulator, act: Callable[[Call, Sides], None], *to: str) -> None:
    """Do something to a connection after accept or reject changed it; given how both sides saw it before."""

    def perform(call: Call, right: Perform) -> Any:
        before = sides(emulator, call)
        value = right(call)
        if is_explicit(value):
            act(call, before)
        return value

    performs(emulator, perform, to or BOTH)


def make(emulator: Emulator, call: Call, mine: str | None, theirs: str | None) -> None:
    """Let the caller and the other user see different things."""
    caller, other = caller_of(call).id, named(call)
    set_side(emulator, caller, other, mine)
    set_side(emulator, other, caller, theirs)


@FAMILY.defect("accept-makes-accepted")
def accept_does_nothing(emulator: Emulator) -> None:
    """Accept answers ACCEPTED, and changes nothing."""
    afterwards(emulator, lambda _, before: keep(emulator, *before), ACCEPT)


@FAMILY.defect("reject-makes-rejected")
def reject_does_nothing(emulator: Emulator) -> None:
    """Reject answers REJECTED, and changes nothing."""
    afterwards(emulator, lambda _, before: keep(emulator, *before), REJECT)


@FAMILY.defect("accept-makes-accepted")
def accept_rejects(emulator: Emulator) -> None:
    """Accept answers ACCEPTED, and rejects."""
    afterwards(emulator, lambda call, _: make(emulator, call, REJECTED, REJECTED), ACCEPT)


@FAMILY.defect("reject-makes-rejected")
def reject_accepts(emulator: Emulator) -> None:
    """Reject answers REJECTED, and accepts."""
    afterwards(emulator, lambda call, _: make(emulator, call, ACCEPTED, ACCEPTED), REJECT)


@FAMILY.defect("accept-makes-accepted")
def accept_forgets(emulator: Emulator) -> None:
    """Accept answers ACCEPTED, and the connection is gone."""
    afterwards(emulator, lambda call, _: make(emulator, call, None, None), ACCEPT)


@FAMILY.defect("reject-makes-rejected")
def reject_forgets(emulator: Emulator) -> None:
    """Reject answers REJECTED, and the connection is gone."""
    afterwards(emulator, lambda call, _: make(emulator, call, None, None), REJECT)


@FAMILY.defect("sides-agree")
def accept_for_the_caller_only(emulator: Emulator) -> None:
    """After accept the requester goes on waiting."""
    afterwards(emulator, lambda _, before: keep(emulator, before[1]), ACCEPT)


@FAMILY.defect("accept-makes-accepted", "sides-agree")
def accept_for_the_requester_only(emulator: Emulator) -> None:
    """After accept the request goes on waiting for the caller."""
    afterwards(emulator, lambda _, before: keep(emulator, before[0]), ACCEPT)


@FAMILY.defect("sides-agree")
def reject_for_the_caller_only(emulator: Emulator) -> None:
    """After reject the requester goes on waiting, which nobody is to know."""
    afterwards(emulator, lambda _, before: keep(emulator, before[1]), REJECT)


@FAMILY.defect("reject-makes-rejected", "sides-agree")
def reject_for_the_requester_only(emulator: Emulator) -> None:
    """After reject the request goes on waiting for the caller."""
    afterwards(emulator, lambda _, before: keep(emulator, before[0]), REJECT)


@FAMILY.defect("sides-agree")
def reject_forgets_for_the_requester(emulator: Emulator) -> None:
    """After reject the requester reads nothing of a connection."""
    afterwards(emulator, lambda call, _: set_side(emulator, named(call), caller_of(call).id, None), REJECT)


@FAMILY.defect("sides-agree")
def accept_turns_the_request_around(emulator: Emulator) -> None:
    """After accept the requester reads PENDING_INCOMING."""
    afterwards(emulator, lambda call, _: set_side(emulator, named(call), caller_of(call).id, PENDING_INCOMING), ACCEPT)


@FAMILY.defect("fuzzed-request-lawful")
def every_third_accept_lost(emulator: Emulator) -> None:
    """Every third accept answers ACCEPTED, and is lost."""
    count = 0

    def lose(_: Call, before: Sides) -> None:
        nonlocal count
        count += 1
        if count % 3 == 0:
            keep(emulator, *before)

    afterwards(emulator, lose, ACCEPT)


@FAMILY.defect("fuzzed-request-lawful")
def second_rejection_lost(emulator: Emulator) -> None:
    """A request that was rejected and made again is answered REJECTED, and goes on waiting."""

    def lose(_: Call, before: Sides) -> None:
        if before[0] and before[0].request_counter > 1:
            keep(emulator, *before)

    afterwards(emulator, lose, REJECT)


@FAMILY.defect("state-stays")
def reverts_after_three_readings(emulator: Emulator) -> None:
    """What accept or reject made is what it was before, after it was read three times."""
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
    """What accept or reject made is rolled back with the next request that is refused."""
    undo: list[Sides] = []

    def revert(_: Call, __: Answer) -> None:
        if undo:
            keep(emulator, *undo.pop())

    refusals(emulator, revert)
    afterwards(emulator, lambda _, before: undo.__setitem__(slice(None), [before]))


@FAMILY.defect("accept-makes-accepted")
def first_reading_stale(emulator: Emulator) -> None:
    """The first reading after accept or reject shows what was before."""
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
    """The caller's other requests that are waiting."""
    return [
        connection
        for connection in emulator.pod.store.connections(caller_of(call).id)
        if connection.other_id != named(call) and connection.status == PENDING_INCOMING
    ]


@FAMILY.defect("bystander-left-alone")
def accept_accepts_everybody(emulator: Emulator) -> None:
    """Accept accepts every request that is waiting."""

    def accept(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.owner_id, connection.other_id, ACCEPTED)
            set_side(emulator, connection.other_id, connection.owner_id, ACCEPTED)

    afterwards(emulator, accept, ACCEPT)


@FAMILY.defect("bystander-left-alone")
def reject_rejects_everybody(emulator: Emulator) -> None:
    """Reject rejects every request that is waiting."""

    def reject(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.owner_id, connection.other_id, REJECTED)
            set_side(emulator, connection.other_id, connection.owner_id, REJECTED)

    afterwards(emulator, reject, REJECT)


@FAMILY.defect("bystander-left-alone")
def accept_forgets_others(emulator: Emulator) -> None:
    """Accept removes every other request that is waiting."""

    def forget(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.owner_id, connection.other_id, None)
            set_side(emulator, connection.other_id, connection.owner_id, None)

    afterwards(emulator, forget, ACCEPT)


@FAMILY.defect("bystander-left-alone")
def reject_shows_to_others(emulator: Emulator) -> None:
    """After reject every other requester reads REJECTED, and the caller does not."""

    def show(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.other_id, connection.owner_id, REJECTED)

    afterwards(emulator, show, REJECT)


@FAMILY.defect("bystander-left-alone")
def accept_clears_the_caller_s_list(emulator: Emulator) -> None:
    """After accept the caller reads nothing of the other requests, and those who asked go on waiting."""

    def clear(call: Call, _: Sides) -> None:
        for connection in others(emulator, call):
            set_side(emulator, connection.owner_id, connection.other_id, None)

    afterwards(emulator, clear, ACCEPT)
