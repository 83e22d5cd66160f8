"""Who lives in the emulated pod when it starts: the cast of the suite.

Ids are made as real ones look: the number of the private pod in the upper bits, that of the user below.
"""

from dataclasses import dataclass

from contract_tests.emulator.pod import PENDING_OUTGOING, mirrored
from contract_tests.emulator.store import Connection, Store, User

USER_BITS = 36
"""How many of an id's bits are the user's number, unless a variant has it otherwise."""

_POD_NUMBERS = {"a": 103, "b": 190, "c": 2047}
_UNKNOWN_NUMBER = 999_999


@dataclass(frozen=True, slots=True)
class Role:
    """A part of the cast.

    Attributes:
        name: As the environment has it, such as ``CALLER``.
        pod: The private pod of the user who plays it.
        number: The user's number there.
        is_entitled: Whether the user may work with connections.
        has_session: Whether the environment gives a session, and not only an id.
    """

    name: str
    pod: str
    number: int
    is_entitled: bool = True
    has_session: bool = False

    @property
    def username(self) -> str:
        """What the user who plays it logs in with."""
        return self.name.lower()


CALLER = Role("CALLER", "a", 1, has_session=True)
COLLEAGUE = Role("COLLEAGUE", "a", 2)
UNENTITLED = Role("UNENTITLED", "a", 3, is_entitled=False, has_session=True)
REQUESTER = Role("REQUESTER", "b", 1, has_session=True)
BYSTANDER = Role("BYSTANDER", "b", 2, has_session=True)
STRANGER = Role("STRANGER", "b", 3)
ISOLATED = Role("ISOLATED", "c", 1)
CAST = (CALLER, REQUESTER, BYSTANDER, COLLEAGUE, STRANGER, UNENTITLED, ISOLATED)


def populate(store: Store, now: int, user_bits: int = USER_BITS) -> None:
    """Put the cast into a store, unless it is there already.

    Pods a and b have crossPod enabled towards each other; a has it towards c, and c has it off. Two
    requests are waiting: from the isolated user to the caller, made before crossPod was switched off, and
    from the requester to the unentitled user.

    Args:
        store: Where to.
        now: Milliseconds since 1970, the time of the two requests.
        user_bits: How many of an id's bits are the user's number.
    """
    with store.transaction():
        if store.user_named(CALLER.username):
            return
        for role in CAST:
            user_id = (_POD_NUMBERS[role.pod] << user_bits) + role.number
            store.add_user(User(user_id, role.username, role.pod, role.is_entitled))
        for pod, towards in (("a", "b"), ("b", "a"), ("a", "c")):
            store.enable_cross_pod(pod, towards)
        for asker, asked in ((ISOLATED, CALLER), (REQUESTER, UNENTITLED)):
            request = Connection(
                played_by(store, asker).id, played_by(store, asked).id, PENDING_OUTGOING, True, now, now, 1
            )
            store.put(request)
            store.put(mirrored(request))


def played_by(store: Store, role: Role) -> User:
    """The user who plays a role in a populated store."""
    user = store.user_named(role.username)
    if user is None:
        raise LookupError(f"Nobody plays the {role.username}: the store is not populated.")
    return user


def unknown_user_id(store: Store) -> int:
    """The id of nobody in a populated store, which looks like one of somebody."""
    return played_by(store, CALLER).id - CALLER.number + _UNKNOWN_NUMBER
