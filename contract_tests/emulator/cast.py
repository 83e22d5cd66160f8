"""Who lives in the emulated pod when it starts: the cast of the suite.

Ids are made as real ones look: the number of the private pod in the upper bits, that of the user below.
"""

from dataclasses import dataclass

from contract_tests.emulator.pod import PENDING_OUTGOING, mirrored
from contract_tests.emulator.store import Connection, Store, User

POD_A, POD_B, POD_C = "a", "b", "c"
_NUMBERS = {POD_A: 103, POD_B: 190, POD_C: 2047}


def _id(pod: str, number: int) -> int:
    return (_NUMBERS[pod] << 36) + number


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the cast.

    Attributes:
        role: As the environment names it, such as ``CALLER``.
        user: The user who plays it.
        has_session: Whether the environment gives a session, and not only an id.
    """

    role: str
    user: User
    has_session: bool


CALLER = Member("CALLER", User(_id(POD_A, 1), "caller", POD_A, True), True)
COLLEAGUE = Member("COLLEAGUE", User(_id(POD_A, 2), "colleague", POD_A, True), False)
UNENTITLED = Member("UNENTITLED", User(_id(POD_A, 3), "unentitled", POD_A, False), True)
REQUESTER = Member("REQUESTER", User(_id(POD_B, 1), "requester", POD_B, True), True)
BYSTANDER = Member("BYSTANDER", User(_id(POD_B, 2), "bystander", POD_B, True), True)
STRANGER = Member("STRANGER", User(_id(POD_B, 3), "stranger", POD_B, True), False)
ISOLATED = Member("ISOLATED", User(_id(POD_C, 1), "isolated", POD_C, True), False)
CAST = (CALLER, REQUESTER, BYSTANDER, COLLEAGUE, STRANGER, UNENTITLED, ISOLATED)

UNKNOWN_USER_ID = _id(POD_A, 999_999)
"""The id of nobody."""


def populate(store: Store, now: int) -> None:
    """Put the cast into a store, unless it is there already.

    Pods A and B have crossPod enabled towards each other, pod C has it only for itself. Two requests are
    waiting: from the isolated user to the caller, made before crossPod was switched off, and from the
    requester to the unentitled user.

    Args:
        store: Where to.
        now: Milliseconds since 1970, the time of the two requests.
    """
    with store.transaction():
        if store.user(CALLER.user.id):
            return
        for member in CAST:
            store.add_user(member.user)
        store.enable_cross_pod(POD_A, POD_B)
        store.enable_cross_pod(POD_B, POD_A)
        store.enable_cross_pod(POD_A, POD_C)
        for asker, asked in ((ISOLATED, CALLER), (REQUESTER, UNENTITLED)):
            request = Connection(asker.user.id, asked.user.id, PENDING_OUTGOING, True, now, now, 1)
            store.put(request)
            store.put(mirrored(request))
