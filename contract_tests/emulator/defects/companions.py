"""Defects in the answers of the companion operations."""

from ..app import Answer, Call, Emulator
from ..changes import Family, members, successes
from ..pod import CREATE, GET, REMOVE, SESSION_INFO

FAMILY = Family()
SCHEMA = "companion-answer-schema"


@FAMILY.defect(SCHEMA)
def info_counter_as_string(emulator: Emulator) -> None:
    """Info answers with the requestCounter as a string."""
    members(emulator, (GET,), requestCounter=str)


@FAMILY.defect(SCHEMA)
def info_user_id_as_string(emulator: Emulator) -> None:
    """Info answers with the userId as a string, as it stands in the path."""
    members(emulator, (GET,), userId=str)


@FAMILY.defect(SCHEMA)
def create_times_as_float(emulator: Emulator) -> None:
    """Create answers with timestamps in seconds with a fraction."""
    members(emulator, (CREATE,), firstRequestedAt=lambda time: time / 1000, updatedAt=lambda time: time / 1000)


@FAMILY.defect(SCHEMA)
def remove_in_html(emulator: Emulator) -> None:
    """Remove answers with a format that is neither TEXT nor XML."""
    members(emulator, (REMOVE,), format="HTML")


@FAMILY.defect(SCHEMA)
def remove_says_text_plain(emulator: Emulator) -> None:
    """Remove answers as text/plain."""

    def plain(_: Call, answer: Answer) -> None:
        answer.headers["content-type"], answer.content = "text/plain", b"Connection Removed."

    successes(emulator, plain, (REMOVE,))


@FAMILY.defect(SCHEMA)
def info_in_other_status(emulator: Emulator) -> None:
    """Info is answered 203."""
    successes(emulator, lambda _, answer: setattr(answer, "status", 203), (GET,))


@FAMILY.defect(SCHEMA)
def session_info_id_as_string(emulator: Emulator) -> None:
    """The answer to whose session it is has the id as a string."""
    members(emulator, (SESSION_INFO,), id=str)
