"""Defects in the members of a success: type, range or value."""

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ..app import Answer, Call, Emulator, caller_of
from ..changes import Family, members, named, performs, successes
from ..pod import ACCEPT, ACCEPTED, GET, PENDING_INCOMING, PENDING_OUTGOING, REJECT, REJECTED

FAMILY = Family()


@FAMILY.defect("success-schema")
def user_id_as_string(emulator: Emulator) -> None:
    """The userId is a string of digits, as JavaScript needs it."""
    members(emulator, userId=str)


@FAMILY.defect("integers-plain")
def user_id_as_float(emulator: Emulator) -> None:
    """The userId is written with a fraction, 7078106103809.0."""
    members(emulator, userId=float)


@FAMILY.defect("success-schema")
def user_id_null(emulator: Emulator) -> None:
    """The userId is null."""
    members(emulator, userId=None)


@FAMILY.defect("success-schema")
def user_id_past_int64(emulator: Emulator) -> None:
    """The userId is an unsigned number past int64."""
    members(emulator, userId=lambda user_id: user_id + 2**63)


@FAMILY.defect("success-user-id")
def user_id_in_32_bits(emulator: Emulator) -> None:
    """The userId has lost its upper 32 bits."""
    members(emulator, userId=lambda user_id: user_id & 0xFFFFFFFF)


@FAMILY.defect("success-user-id")
def user_id_in_single_precision(emulator: Emulator) -> None:
    """The userId is rounded, because it went through a single-precision number."""
    members(emulator, userId=lambda user_id: int(struct.unpack("f", struct.pack("f", user_id))[0]))


@FAMILY.defect("success-user-id")
def user_id_negative(emulator: Emulator) -> None:
    """The userId has the wrong sign."""
    members(emulator, userId=lambda user_id: -user_id)


@FAMILY.defect("success-user-id")
def user_id_zero(emulator: Emulator) -> None:
    """The userId is 0."""
    members(emulator, userId=0)


@FAMILY.defect("success-user-id")
def user_id_of_the_caller(emulator: Emulator) -> None:
    """The userId is the caller's own."""
    successes(emulator, lambda call, answer: answer.value.update(userId=caller_of(call).id))


@FAMILY.defect("success-user-id")
def user_id_of_the_caller_after_reject(emulator: Emulator) -> None:
    """Reject answers with the caller's own userId."""
    successes(emulator, lambda call, answer: answer.value.update(userId=caller_of(call).id), (REJECT,))


@FAMILY.defect("success-user-id")
def user_id_of_the_last_answer(emulator: Emulator) -> None:
    """The userId is that of the previous answer, because a buffer is reused."""
    last = 0

    def exchange(_: Call, answer: Answer) -> None:
        nonlocal last
        last, answer.value["userId"] = answer.value["userId"], last or answer.value["userId"]

    successes(emulator, exchange)


@FAMILY.defect("success-schema")
def status_in_small_letters(emulator: Emulator) -> None:
    """The status is in small letters."""
    members(emulator, status=str.lower)


@FAMILY.defect("success-schema")
def status_as_in_the_prose(emulator: Emulator) -> None:
    """The status is Accepted, as the page's prose writes it."""
    members(emulator, status=str.title)


@FAMILY.defect("success-schema")
def status_of_another_version(emulator: Emulator) -> None:
    """The status is CONNECTED or DECLINED."""
    members(emulator, status=lambda status: {ACCEPTED: "CONNECTED", REJECTED: "DECLINED"}[status])


@FAMILY.defect("success-schema")
def status_with_blanks(emulator: Emulator) -> None:
    """The status has blanks after it, because it comes from a column of fixed width."""
    members(emulator, status=lambda status: status.ljust(20))


@FAMILY.defect("success-schema", "success-says-status")
def status_null(emulator: Emulator) -> None:
    """The status is null."""
    members(emulator, status=None)


@FAMILY.defect("success-schema", "success-says-status")
def status_as_number(emulator: Emulator) -> None:
    """The status is its number in the list of statuses."""
    members(emulator, status=lambda status: {ACCEPTED: 2, REJECTED: 3}[status])


@FAMILY.defect("success-schema", "success-says-status")
def status_as_boolean(emulator: Emulator) -> None:
    """The status is true or false."""
    members(emulator, status=lambda status: status == ACCEPTED)


@FAMILY.defect("success-schema", "success-says-status")
def status_as_list(emulator: Emulator) -> None:
    """The status is a list with one entry."""
    members(emulator, status=lambda status: [status])


@FAMILY.defect("success-says-status")
def status_absent(emulator: Emulator) -> None:
    """A success has no status."""
    successes(emulator, lambda _, answer: answer.value.pop("status"))


@FAMILY.defect("success-says-status")
def status_absent_after_reject(emulator: Emulator) -> None:
    """The answer to reject has no status."""
    successes(emulator, lambda _, answer: answer.value.pop("status"), (REJECT,))


@FAMILY.defect("accept-makes-accepted")
def accept_says_pending(emulator: Emulator) -> None:
    """Accept answers PENDING_INCOMING, the status before it."""
    members(emulator, (ACCEPT,), status=PENDING_INCOMING)


@FAMILY.defect("accept-makes-accepted")
def accept_says_rejected(emulator: Emulator) -> None:
    """Accept answers REJECTED."""
    members(emulator, (ACCEPT,), status=REJECTED)


@FAMILY.defect("reject-makes-rejected")
def reject_says_accepted(emulator: Emulator) -> None:
    """Reject answers ACCEPTED."""
    members(emulator, (REJECT,), status=ACCEPTED)


@FAMILY.defect("reject-makes-rejected")
def reject_says_outgoing(emulator: Emulator) -> None:
    """Reject answers PENDING_OUTGOING, which the other user read before."""
    members(emulator, (REJECT,), status=PENDING_OUTGOING)


@FAMILY.defect("integers-plain")
def counter_as_float(emulator: Emulator) -> None:
    """The requestCounter is 1.0."""
    members(emulator, requestCounter=float)


@FAMILY.defect("success-schema")
def counter_with_a_half(emulator: Emulator) -> None:
    """The requestCounter is 1.5."""
    members(emulator, requestCounter=lambda counter: counter + 0.5)


@FAMILY.defect("success-schema")
def counter_as_string(emulator: Emulator) -> None:
    """The requestCounter is a string."""
    members(emulator, requestCounter=str)


@FAMILY.defect("success-schema")
def counter_null(emulator: Emulator) -> None:
    """The requestCounter is null."""
    members(emulator, requestCounter=None)


@FAMILY.defect("success-schema")
def counter_as_boolean(emulator: Emulator) -> None:
    """The requestCounter is true or false."""
    members(emulator, requestCounter=bool)


@FAMILY.defect("success-schema")
def counter_past_int32(emulator: Emulator) -> None:
    """The requestCounter is larger than int32."""
    members(emulator, requestCounter=2**31)


@FAMILY.defect("counter-plausible")
def counter_negative(emulator: Emulator) -> None:
    """The requestCounter is negative."""
    members(emulator, requestCounter=-(2**31))


@FAMILY.defect("success-schema")
def times_as_text(emulator: Emulator) -> None:
    """The timestamps are strings in ISO 8601."""

    def text(milliseconds: int) -> str:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()

    members(emulator, firstRequestedAt=text, updatedAt=text)


@FAMILY.defect("success-schema")
def times_as_float_seconds(emulator: Emulator) -> None:
    """The timestamps are seconds with a fraction."""
    members(emulator, firstRequestedAt=lambda time: time / 1000, updatedAt=lambda time: time / 1000)


@FAMILY.defect("success-schema")
def times_null(emulator: Emulator) -> None:
    """The timestamps are null."""
    members(emulator, firstRequestedAt=None, updatedAt=None)


@FAMILY.defect("success-schema")
def updated_at_past_int64(emulator: Emulator) -> None:
    """The updatedAt is the largest unsigned 64-bit number."""
    members(emulator, updatedAt=2**64 - 1)


@FAMILY.defect("timestamps-plausible")
def times_in_microseconds(emulator: Emulator) -> None:
    """The timestamps are in microseconds."""
    members(emulator, firstRequestedAt=lambda time: time * 1000, updatedAt=lambda time: time * 1000)


@FAMILY.defect("timestamps-plausible")
def requested_in_seconds_updated_in_milliseconds(emulator: Emulator) -> None:
    """The firstRequestedAt is in seconds, the updatedAt in milliseconds."""
    members(emulator, firstRequestedAt=lambda time: time // 1000)


@FAMILY.defect("timestamps-follow-the-request")
def accept_resets_first_requested_at(emulator: Emulator) -> None:
    """Accept sets firstRequestedAt to the time of the accept."""

    def reset(call: Call, answer: Answer) -> None:
        if "updatedAt" not in answer.value:
            return
        answer.value["firstRequestedAt"] = answer.value["updatedAt"]
        connection = emulator.pod.store.connection(caller_of(call).id, answer.value["userId"])
        if connection:
            emulator.pod.store.put(replace(connection, first_requested_at=connection.updated_at))

    successes(emulator, reset, (ACCEPT,))


@FAMILY.defect("timestamps-follow-the-request")
def first_requested_at_differs_when_read(emulator: Emulator) -> None:
    """Info answers with a firstRequestedAt one minute earlier than accept and reject do."""
    members(emulator, (GET,), firstRequestedAt=lambda time: time - 60_000)


@FAMILY.defect("timestamps-follow-the-request")
def updated_at_stays(emulator: Emulator) -> None:
    """Accept and reject do not change updatedAt."""
    store = emulator.pod.store

    def perform(call: Call, right: Callable[[Call], Any]) -> Any:
        before = store.connection(caller_of(call).id, named(call))
        answered = right(call)
        after = store.connection(caller_of(call).id, named(call))
        if before and after:
            store.put(replace(after, updated_at=before.updated_at))
            answered["updatedAt"] = before.updated_at
        return answered

    performs(emulator, perform)


@FAMILY.defect("timestamps-plausible")
def times_zero(emulator: Emulator) -> None:
    """The timestamps are 0."""
    members(emulator, firstRequestedAt=0, updatedAt=0)


@FAMILY.defect("timestamps-plausible")
def updated_at_negative(emulator: Emulator) -> None:
    """The updatedAt is -1 and the firstRequestedAt -2."""
    members(emulator, firstRequestedAt=-2, updatedAt=-1)


@FAMILY.defect("timestamps-plausible")
def updated_in_the_year_9999(emulator: Emulator) -> None:
    """The updatedAt is the last second of the year 9999."""
    members(emulator, updatedAt=253_402_300_799_000)


@FAMILY.defect("timestamps-ordered")
def updated_before_requested(emulator: Emulator) -> None:
    """The updatedAt is a minute before the firstRequestedAt."""

    def earlier(_: Call, answer: Answer) -> None:
        if "updatedAt" in answer.value:
            answer.value["updatedAt"] = answer.value["firstRequestedAt"] - 60_000

    successes(emulator, earlier)


@FAMILY.defect("timestamps-ordered")
def updated_in_seconds_requested_in_milliseconds(emulator: Emulator) -> None:
    """The updatedAt is in seconds, the firstRequestedAt in milliseconds."""
    members(emulator, updatedAt=lambda time: time // 1000)
