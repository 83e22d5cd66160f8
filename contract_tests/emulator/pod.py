"""The operations of a pod on connections, and what a pod does with the messages of other pods.

The pages are the contract: the behaviour table, implicit connections and crossPod. Where they leave the answer
open (which client error, a second accept), this pod gives one lawful answer, and ``variants`` has others.
"""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from .clock import Clock
from .messages import ConnectionChanged, CrossPodChanged, Message, UserAdded
from .records import STATUSES, Connection, User, Version
from .refusal import Refusal
from .store import Store

ACCEPTED, PENDING_INCOMING, PENDING_OUTGOING, REJECTED = STATUSES

ACCEPT = "acceptConnection"
REJECT = "rejectConnection"
CREATE = "createConnection"
GET = "getConnection"
LIST = "listConnections"
REMOVE = "removeConnection"
SESSION_INFO = "getSessionInfo"

MIRRORED = {
    PENDING_INCOMING: PENDING_OUTGOING,
    PENDING_OUTGOING: PENDING_INCOMING,
    ACCEPTED: ACCEPTED,
    REJECTED: REJECTED,
}

# (operation, status as the caller sees it) → status as the caller sees it afterwards; None is no connection.
_TRANSITIONS: dict[tuple[str, str | None], str | None] = {
    (CREATE, None): PENDING_OUTGOING,
    (CREATE, REJECTED): PENDING_OUTGOING,
    (ACCEPT, PENDING_INCOMING): ACCEPTED,
    (REJECT, PENDING_INCOMING): REJECTED,
    (REMOVE, ACCEPTED): None,
    (REMOVE, PENDING_INCOMING): REJECTED,
    (REMOVE, REJECTED): PENDING_INCOMING,
}

View = dict[str, Any]


class Pod:
    """A pod: one private pod of a federation, or all private pods behind one address.

    A private pod of a federation has its own side of each connection. Its store lists the users of the other pods,
    and their crossPod settings towards it, as far as messages have told it.

    The attributes are decisions of the pod; a defect or a variant replaces them.

    Args:
        store: The state of the pod.
        home: The name of the private pod; None if all private pods are here.
        clock: The clock of the pod.

    Attributes:
        store: The state of the pod.
        home: The name of the private pod; None if all private pods are here.
        now: Milliseconds since 1970.
        is_entitled: Whether a user may use an operation, named by its operationId.
        is_implicit: Whether two users are connected because they share a private pod.
        is_cross_pod: Whether the private pods of two users have crossPod enabled between them.
        transitions: What an operation makes of a connection, as the caller sees it.
        mirror: How the other user sees a connection, given how the caller sees it.
        is_newer: Whether the version of a message counts, given the version that the pod has.
        write: Writes one side of a connection that a change of the pod, or a message, has made; None deletes it.
        read_one: One side of a connection, as its owner can read it.
        read_all: All connections of a user, as the user can read them.
        receive: Takes a message of another pod.
        send: Sends a message that is in the outbox, given its number there.
    """

    def __init__(self, store: Store, home: str | None, clock: Clock) -> None:
        self.store = store
        self.home = home
        self.now: Callable[[], int] = clock.milliseconds
        self.is_entitled: Callable[[User, str], bool] = lambda user, _: user.is_entitled
        self.is_implicit: Callable[[User, User], bool] = lambda one, other: one.pod == other.pod
        self.is_cross_pod: Callable[[User, User], bool] = lambda one, other: store.is_cross_pod(one.pod, other.pod)
        self.transitions = dict(_TRANSITIONS)
        self.mirror: Callable[[Connection], Connection] = mirrored
        self.is_newer: Callable[[Version, Version], bool] = lambda theirs, ours: theirs > ours
        self.write: Callable[[int, int, Connection | None], None] = self._write
        self.read_one: Callable[[int, int], Connection | None] = store.connection
        self.read_all: Callable[[int], Sequence[Connection]] = store.connections
        self.receive: Callable[[Message], None] = self._receive
        self.send: Callable[[int, Message], None] = lambda _, __: None
        self._transaction = _SendingTransaction(self)

    def is_local(self, user: User) -> bool:
        """Whether a user lives here, and not in another pod of the federation."""
        return self.home is None or user.pod == self.home

    def local_user_named(self, username: str) -> User | None:
        """The user who logs in here with this name; None if there is none."""
        return self.store.user_named(username, self.home)

    def accept(self, caller: User, other_id: int) -> View:
        """Accept the other user's request; for a user of the same private pod, say that it is accepted."""
        return self._change(ACCEPT, caller, other_id)

    def reject(self, caller: User, other_id: int) -> View:
        """Reject the other user's request."""
        return self._change(REJECT, caller, other_id)

    def create(self, caller: User, other_id: int) -> View:
        """Ask the other user to connect; there is one open request between two users."""
        return self._change(CREATE, caller, other_id)

    def remove(self, caller: User, other_id: int) -> View:
        """End an accepted connection, or turn a request around that the caller has been sent."""
        self._change(REMOVE, caller, other_id)
        return {"format": "TEXT", "message": "Connection Removed."}

    def get(self, caller: User, other_id: int) -> View:
        """The connection with one user, as the caller sees it."""
        other = self.store.user(other_id)
        if other is None or other.id == caller.id:
            raise Refusal(404, "No such user.")
        if self.is_implicit(caller, other):
            return implicit(other)
        connection = self.read_one(caller.id, other.id)
        if connection is None:
            raise Refusal(404, "Connection cannot be found.")
        return view(connection)

    def list(self, caller: User, status: str | None, other_ids: set[int] | None) -> list[View]:
        """The caller's connections.

        Args:
            caller: Whose they are.
            status: Only these; ``ALL`` for every status, None for the two that are pending.
            other_ids: Only those with these users; None for all. With ``ACCEPTED`` they are also the users of
                the caller's private pod that are to be listed.
        """
        wanted = {PENDING_INCOMING, PENDING_OUTGOING} if status is None else {status}
        listed = [
            view(connection)
            for connection in self.read_all(caller.id)
            if (status == "ALL" or connection.status in wanted)
            and (other_ids is None or connection.other_id in other_ids)
        ]
        if status == ACCEPTED and other_ids is not None:
            others = [self.store.user(other_id) for other_id in sorted(other_ids - {caller.id})]
            listed += [implicit(other) for other in others if other is not None and self.is_implicit(caller, other)]
        return listed

    def _change(self, operation: str, caller: User, other_id: int) -> View:
        with self._transaction:
            other = self.store.user(other_id)
            if other is None:
                raise Refusal(404, "No such user.")
            if other.id == caller.id:
                raise Refusal(400, "A user has no connection with itself.")
            if self.is_implicit(caller, other):
                if operation in (ACCEPT, CREATE):
                    return implicit(other)
                raise Refusal(400, "Users of the same private pod are connected implicitly, which cannot be undone.")
            if not self.is_cross_pod(caller, other):
                raise Refusal(403, "crossPod is not enabled between the pods of these users.")
            before = self.store.connection(caller.id, other.id)
            after = self._after(operation, before, caller, other)
            theirs = self.mirror(after) if after else None
            self.write(caller.id, other.id, after)
            if self.is_local(other):
                self.write(other.id, caller.id, theirs)
            else:
                self._tell(operation, caller, other, theirs)
        return view(after) if after else {}

    def _write(self, owner_id: int, other_id: int, connection: Connection | None) -> None:
        if connection is None:
            self.store.delete(owner_id, other_id)
        else:
            self.store.put(connection)

    def _tell(self, operation: str, caller: User, other: User, theirs: Connection | None) -> None:
        version = self.store.next_version(
            caller.id, other.id, is_decision=operation in (ACCEPT, REJECT), pod=caller.pod
        )
        self.post(ConnectionChanged(caller.pod, other.pod, other.id, caller.id, version, theirs))

    def tell(self, message: Message) -> None:
        """Send a message in a transaction of its own."""
        with self._transaction:
            self.post(message)

    def post(self, message: Message) -> None:
        """Put a message into the outbox, inside a transaction; it is sent after the commit."""
        self._transaction.posted.append((self.store.add_message(message), message))

    def outbox(self) -> Sequence[tuple[int, Message]]:
        """The messages that have not arrived yet, with their numbers."""
        return self.store.messages()

    def forget_messages(self, numbers: Sequence[int]) -> None:
        """Take messages that have arrived out of the outbox."""
        self.store.remove_messages(numbers)

    def switch_cross_pod(self, towards: str, *, is_enabled: bool) -> None:
        """Switch crossPod towards another pod on or off, and tell that pod."""
        if self.home is None:
            raise ValueError("All private pods are here. Use the store.")
        with self._transaction:
            number = self.store.set_cross_pod(self.home, towards, is_enabled=is_enabled)
            self.post(CrossPodChanged(self.home, towards, is_enabled, number))

    def _receive(self, message: Message) -> None:
        with self.store.transaction():
            match message:
                case ConnectionChanged():
                    self._receive_connection(message)
                case CrossPodChanged(sender, receiver, is_enabled, number):
                    self.store.set_cross_pod(sender, receiver, is_enabled=is_enabled, number=number)
                case UserAdded(sender, _, user):
                    # It can arrive twice: a pod that was killed sends again what it does not know to have arrived.
                    if user.pod == sender and self.store.user(user.id) is None:
                        self.store.add_user(user)

    def _receive_connection(self, message: ConnectionChanged) -> None:
        owner, other = self.store.user(message.owner_id), self.store.user(message.other_id)
        is_meant_for_us = owner is not None and self.is_local(owner)
        if not is_meant_for_us or other is None or other.pod != message.sender:
            return
        # Messages may overtake each other: an older one says nothing new.
        if self.is_newer(message.version, self.store.version(message.owner_id, message.other_id)):
            self.store.set_version(message.owner_id, message.other_id, message.version)
            self.write(message.owner_id, message.other_id, message.connection)

    def _after(self, operation: str, before: Connection | None, caller: User, other: User) -> Connection | None:
        status = before.status if before else None
        # Only the user who was asked can have the request back.
        is_withdrawn = operation == REMOVE and status == REJECTED and before is not None and before.has_asked
        if is_withdrawn or (operation, status) not in self.transitions:
            raise self._inconsistent(operation, before)
        new_status = self.transitions[operation, status]
        if new_status is None:
            return None
        now = self.now()
        if before is None:
            return Connection(caller.id, other.id, new_status, True, now, now, 1)
        asks = operation == CREATE
        # Spelt out, here and below, because replace takes three times as long.
        return Connection(
            before.owner_id,
            before.other_id,
            new_status,
            asks or before.has_asked,
            before.first_requested_at,
            max(now, before.updated_at),
            before.request_counter + asks,
        )

    def _inconsistent(self, operation: str, before: Connection | None) -> Refusal:
        if before is None and operation in (ACCEPT, REJECT):
            return Refusal(404, "Connection cannot be found.")
        if operation == REMOVE:
            return Refusal(400, "The users are not connected.")
        return Refusal(400, "Status change requested is not consistent with current status.")


class _SendingTransaction:
    """A transaction of a pod's store, after which the messages are sent that were posted inside."""

    def __init__(self, pod: Pod) -> None:
        self.posted: list[tuple[int, Message]] = []
        self._pod = pod

    def __enter__(self) -> None:
        self.posted = []
        self._pod.store.transaction().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pod.store.transaction().__exit__(kind, error, trace)
        if kind is None:
            for number, message in self.posted:
                self._pod.send(number, message)


def session_info(user: User) -> View:
    """What the answer to ``getSessionInfo`` says of the session's user."""
    return {"id": user.id, "username": user.username, "displayName": user.username, "company": user.pod}


def view(connection: Connection) -> View:
    """A connection as an answer shows it to its owner."""
    return {
        "userId": connection.other_id,
        "status": connection.status,
        "firstRequestedAt": connection.first_requested_at,
        "updatedAt": connection.updated_at,
        "requestCounter": connection.request_counter,
    }


def implicit(other: User) -> View:
    """The connection with a user of the same private pod, as an answer shows it."""
    return {"userId": other.id, "status": ACCEPTED}


def mirrored(connection: Connection) -> Connection:
    """The same connection as the other user sees it."""
    return Connection(
        connection.other_id,
        connection.owner_id,
        MIRRORED[connection.status],
        not connection.has_asked,
        connection.first_requested_at,
        connection.updated_at,
        connection.request_counter,
    )
