"""Other lawful companion operations: absent, in part or altogether, or stricter."""

from ..app import Answer, Call, Emulator, Proceed
from ..changes import Family, instead, successes
from ..pod import CREATE, GET, LIST, PENDING_INCOMING, REJECTED, REMOVE

FAMILY = Family()


def absent(emulator: Emulator, status: int, *ids: str) -> None:
    """Answer companion operations as if they were not there."""

    async def missing(_: Call, __: Proceed) -> Answer:
        return Answer(status, {"code": status, "message": "Not here"})

    instead(emulator, missing, ids)


@FAMILY.variant()
def no_companions(emulator: Emulator) -> None:
    """The pod has accept and reject, and answers 404 to all else."""
    absent(emulator, 404, CREATE, GET, LIST, REMOVE)


@FAMILY.variant()
def no_companions_405(emulator: Emulator) -> None:
    """The pod has accept and reject, and answers 405 to all else."""
    absent(emulator, 405, CREATE, GET, LIST, REMOVE)


@FAMILY.variant()
def companions_forbidden(emulator: Emulator) -> None:
    """The users of the cast may accept and reject, and are answered 403 to all else."""
    absent(emulator, 403, CREATE, GET, LIST, REMOVE)


@FAMILY.variant()
def no_info(emulator: Emulator) -> None:
    """There is no info; the list is there."""
    absent(emulator, 404, GET)


@FAMILY.variant()
def no_info_405(emulator: Emulator) -> None:
    """There is no info, answered 405; the list is there."""
    absent(emulator, 405, GET)


@FAMILY.variant()
def no_list(emulator: Emulator) -> None:
    """There is no list; info is there."""
    absent(emulator, 404, LIST)


@FAMILY.variant()
def no_reading(emulator: Emulator) -> None:
    """There is neither info nor list."""
    absent(emulator, 404, GET, LIST)


@FAMILY.variant()
def no_create(emulator: Emulator) -> None:
    """Nobody can ask to connect."""
    absent(emulator, 404, CREATE)


@FAMILY.variant()
def no_remove(emulator: Emulator) -> None:
    """Nobody can remove a connection."""
    absent(emulator, 404, REMOVE)


@FAMILY.variant()
def no_create_501(emulator: Emulator) -> None:
    """Create is answered 501, not implemented."""
    absent(emulator, 501, CREATE)


@FAMILY.variant()
def remove_only_what_is_accepted(emulator: Emulator) -> None:
    """Remove of what is pending or rejected is answered 400."""
    del emulator.pod.transitions[REMOVE, PENDING_INCOMING]
    del emulator.pod.transitions[REMOVE, REJECTED]


@FAMILY.variant()
def remove_answers_xml(emulator: Emulator) -> None:
    """Remove answers with a message in XML."""
    successes(
        emulator,
        lambda _, answer: answer.value.update(format="XML", message="<message>Connection Removed.</message>"),
        (REMOVE,),
    )


@FAMILY.variant()
def list_in_another_order(emulator: Emulator) -> None:
    """The list is the other way round."""
    successes(emulator, lambda _, answer: answer.value.reverse(), (LIST,))


@FAMILY.variant()
def create_answers_nothing(emulator: Emulator) -> None:
    """Create answers {}, which its schema allows; the connection is there to be read."""
    successes(emulator, lambda _, answer: answer.value.clear(), (CREATE,))


@FAMILY.variant()
def no_info_and_a_list_without_user_id(emulator: Emulator) -> None:
    """There is no info, and the list does not say whom a connection leads to."""
    absent(emulator, 404, GET)

    def unnamed(_: Call, answer: Answer) -> None:
        for connection in answer.value:
            del connection["userId"]

    successes(emulator, unnamed, (LIST,))
