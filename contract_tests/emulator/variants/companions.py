"""Variants of the companion operations: some or all are missing, or stricter."""

from ..app import Answer, Call, Emulator, Proceed
from ..changes import Family, answers, before, instead, successes
from ..pod import ACCEPTED, CREATE, GET, LIST, PENDING_INCOMING, REJECTED, REMOVE, SESSION_INFO

FAMILY = Family()


def absent(emulator: Emulator, status: int, *ids: str) -> None:
    """Answer companion operations as if they did not exist."""

    async def missing(_: Call, __: Proceed) -> Answer:
        return Answer(status, {"code": status, "message": "Not here"})

    instead(emulator, missing, ids)


@FAMILY.variant()
def no_companions(emulator: Emulator) -> None:
    """The pod has no companion operations and answers them 404."""
    absent(emulator, 404, CREATE, GET, LIST, REMOVE, SESSION_INFO)


@FAMILY.variant()
def no_companions_405(emulator: Emulator) -> None:
    """The pod has no companion operations and answers them 405."""
    absent(emulator, 405, CREATE, GET, LIST, REMOVE, SESSION_INFO)


@FAMILY.variant()
def companions_forbidden(emulator: Emulator) -> None:
    """The users may not use the companion operations, which are answered 403."""
    absent(emulator, 403, CREATE, GET, LIST, REMOVE, SESSION_INFO)


@FAMILY.variant()
def no_info(emulator: Emulator) -> None:
    """The pod has no info; it has the list."""
    absent(emulator, 404, GET)


@FAMILY.variant()
def no_info_405(emulator: Emulator) -> None:
    """The pod has no info and answers it 405; it has the list."""
    absent(emulator, 405, GET)


@FAMILY.variant()
def no_list(emulator: Emulator) -> None:
    """The pod has no list; it has info."""
    absent(emulator, 404, LIST)


@FAMILY.variant()
def no_reading(emulator: Emulator) -> None:
    """The pod has neither info nor list."""
    absent(emulator, 404, GET, LIST)


@FAMILY.variant()
def no_create(emulator: Emulator) -> None:
    """The pod has no create."""
    absent(emulator, 404, CREATE)


@FAMILY.variant()
def no_remove(emulator: Emulator) -> None:
    """The pod has no remove."""
    absent(emulator, 404, REMOVE)


def absent_behind_session_check(emulator: Emulator, *ids: str) -> None:
    """Answer companion operations as if they did not exist, but look at the session first, as on any path."""

    async def missing(call: Call, _: Proceed) -> Answer:
        emulator.authenticate(call)
        return Answer(404, {"code": 404, "message": "Not Found"})

    instead(emulator, missing, ids)


@FAMILY.variant()
def no_info_behind_session_check(emulator: Emulator) -> None:
    """The pod looks at the session before the path. It has no info; it has the list."""
    absent_behind_session_check(emulator, GET)


@FAMILY.variant()
def no_list_behind_session_check(emulator: Emulator) -> None:
    """The pod looks at the session before the path. It has no list; it has info."""
    absent_behind_session_check(emulator, LIST)


@FAMILY.variant()
def no_reading_behind_session_check(emulator: Emulator) -> None:
    """The pod looks at the session before the path. It has neither info nor list."""
    absent_behind_session_check(emulator, GET, LIST)


@FAMILY.variant()
def no_create_behind_session_check(emulator: Emulator) -> None:
    """The pod looks at the session before the path. It has no create."""
    absent_behind_session_check(emulator, CREATE)


@FAMILY.variant()
def no_remove_behind_session_check(emulator: Emulator) -> None:
    """The pod looks at the session before the path. It has no remove."""
    absent_behind_session_check(emulator, REMOVE)


@FAMILY.variant()
def no_companions_behind_session_check(emulator: Emulator) -> None:
    """The pod looks at the session before the path. It has no companion operations."""
    absent_behind_session_check(emulator, CREATE, GET, LIST, REMOVE, SESSION_INFO)


@FAMILY.variant()
def one_wording_of_404(emulator: Emulator) -> None:
    """Every 404 is worded as that of a path which the pod does not have."""

    def reword(_: Call, answer: Answer) -> None:
        if answer.status == 404:
            answer.value = {"code": 404, "message": "Not Found"}

    answers(emulator, reword, None)


@FAMILY.variant()
def no_companions_and_one_wording_of_404(emulator: Emulator) -> None:
    """The pod has no companion operations, looks at the session before the path, and words every 404 the same."""
    no_companions_behind_session_check(emulator)
    one_wording_of_404(emulator)


@FAMILY.variant()
def no_info_and_one_wording_of_404(emulator: Emulator) -> None:
    """The pod has no info, looks at the session before the path, and words every 404 the same."""
    no_info_behind_session_check(emulator)
    one_wording_of_404(emulator)


@FAMILY.variant()
def no_list_and_one_wording_of_404(emulator: Emulator) -> None:
    """The pod has no list, looks at the session before the path, and words every 404 the same."""
    no_list_behind_session_check(emulator)
    one_wording_of_404(emulator)


@FAMILY.variant()
def no_session_info(emulator: Emulator) -> None:
    """The pod does not say whose session it is."""
    absent(emulator, 404, SESSION_INFO)


@FAMILY.variant()
def session_info_with_more_members(emulator: Emulator) -> None:
    """The answer to whose session it is has members that the companion does not list."""
    more = {"title": None, "roles": ["INDIVIDUAL"], "avatars": [{"size": "small", "url": "a.png"}]}
    successes(emulator, lambda _, answer: answer.value.update(more), (SESSION_INFO,))


@FAMILY.variant()
def no_create_501(emulator: Emulator) -> None:
    """Create is answered 501."""
    absent(emulator, 501, CREATE)


@FAMILY.variant()
def remove_only_what_is_accepted(emulator: Emulator) -> None:
    """Remove of a pending or rejected connection is answered 400."""
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
    """The list is in reverse order."""
    successes(emulator, lambda _, answer: answer.value.reverse(), (LIST,))


@FAMILY.variant()
def long_lists_that_ignore_user_ids(emulator: Emulator) -> None:
    """The pod has no info, and a list contains all 500 connections of the user, whatever userIds asks for."""
    absent(emulator, 404, GET)
    others = [{"userId": 9_000_000_000_000 + number, "status": ACCEPTED, "requestCounter": 1} for number in range(500)]

    def forget(call: Call) -> None:
        if call.query.get("status") == "ALL":  # with ACCEPTED, userIds also names implicit connections
            call.query.pop("userIds", None)

    def add(call: Call, answer: Answer) -> None:
        if call.query.get("status") in ("ALL", ACCEPTED):
            answer.value += others

    before(emulator, forget, (LIST,))
    successes(emulator, add, (LIST,))


@FAMILY.variant()
def create_answers_nothing(emulator: Emulator) -> None:
    """Create answers {}, which the schema allows; the connection can be read."""
    successes(emulator, lambda _, answer: answer.value.clear(), (CREATE,))


@FAMILY.variant()
def no_info_and_a_list_without_user_id(emulator: Emulator) -> None:
    """The pod has no info, and the entries of its list have no userId."""
    absent(emulator, 404, GET)

    def unnamed(_: Call, answer: Answer) -> None:
        for connection in answer.value:
            del connection["userId"]

    successes(emulator, unnamed, (LIST,))
