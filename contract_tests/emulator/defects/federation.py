"""Defects of pods in a federation: in what a pod makes of messages, in sessions of other pods, and in crossPod."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from ..app import Answer, Call, Emulator, caller_of
from ..changes import Family, named, refusals, set_side, successes
from ..federation import Federation
from ..messages import ConnectionChanged, Message
from ..network import Delivery
from ..pod import ACCEPT, ACCEPTED, PENDING_INCOMING, PENDING_OUTGOING, REJECT, REJECTED
from ..records import Connection, User, Version
from ..refusal import Refusal
from .messages import Changed, is_decision, is_request

FAMILY = Family()
SESSION = "session-of-another-pod-refused"
INCONSISTENT = "Status change requested is not consistent with current status."


def after_arrival(federation: Federation, act: Callable[[Changed, Connection | None], None], seconds: float) -> None:
    """Do something some time after a decision has arrived; the function gets the receiver's side before it."""

    def install(emulator: Emulator) -> None:
        right = emulator.pod.receive

        def receive(message: Message) -> None:
            if not isinstance(message, ConnectionChanged) or not is_decision(message):
                right(message)
                return
            before = emulator.pod.store.connection(message.owner_id, message.other_id)
            right(message)
            federation.network.call_later(seconds, lambda: act(message, before))

        emulator.pod.receive = receive

    for emulator in federation.emulators:
        install(emulator)


@FAMILY.federation_defect("decision-not-undone-later")
def decision_undone_at_the_other_pod(federation: Federation) -> None:
    """A second after accept or reject has reached the other pod, it is undone there."""

    def undo(message: Changed, before: Connection | None) -> None:
        if before:
            federation.pods[message.receiver].pod.store.put(before)

    after_arrival(federation, undo, 1.0)


@FAMILY.federation_defect("decision-not-undone-later")
def decision_undone_at_the_deciding_pod(federation: Federation) -> None:
    """A second after accept or reject has reached the other pod, it is undone where it was made."""

    def undo(message: Changed, before: Connection | None) -> None:
        if before:
            set_side(federation.pods[message.sender], message.other_id, message.owner_id, PENDING_INCOMING)

    after_arrival(federation, undo, 1.0)


def ignore_versions(federation: Federation, is_newer: Callable[[Version, Version], bool]) -> None:
    """Let something else decide whether a message counts."""
    for emulator in federation.emulators:
        emulator.pod.is_newer = is_newer


@FAMILY.federation_defect("decision-not-undone-later")
def late_request_overwrites_the_decision(federation: Federation) -> None:
    """A request arrives again a second later, and overwrites the decision that was made in between."""
    right = federation.network.route

    def route(message: Message) -> Iterable[Delivery]:
        deliveries = list(right(message))
        if isinstance(message, ConnectionChanged) and is_request(message):
            deliveries.append(Delivery(message, 1.0))
        return deliveries

    federation.network.route = route
    ignore_versions(federation, lambda _, __: True)


@FAMILY.federation_defect("crossing-converges")
def crossing_requests_keep_their_own(federation: Federation) -> None:
    """If two users ask each other at once, both read PENDING_OUTGOING."""
    ignore_versions(federation, lambda theirs, ours: theirs.number > ours.number)


@FAMILY.federation_defect("crossing-converges")
def crossing_requests_take_the_other(federation: Federation) -> None:
    """If two users ask each other at once, both read PENDING_INCOMING."""
    ignore_versions(federation, lambda theirs, ours: theirs.number >= ours.number)


@FAMILY.federation_defect("crossing-converges")
def crossing_requests_connect_one_side(federation: Federation) -> None:
    """If two users ask each other at once, the user of the first pod reads ACCEPTED, and the other one does not."""
    emulator = federation.emulators[0]
    right, store = emulator.pod.receive, emulator.pod.store

    def receive(message: Message) -> None:
        if isinstance(message, ConnectionChanged) and is_request(message):
            mine = store.connection(message.owner_id, message.other_id)
            if mine and mine.status == PENDING_OUTGOING:
                store.put(replace(mine, status=ACCEPTED))
                return
        right(message)

    emulator.pod.receive = receive


def foreign_session(federation: Federation, act: Callable[[Emulator, User], User]) -> None:
    """Let a function find the caller, or refuse, if a token opens a session of another pod."""

    def install(emulator: Emulator) -> None:
        right = emulator.authenticate

        def authenticate(call: Call) -> User:
            token = call.headers.get("sessiontoken", "")
            for other in federation.emulators:
                user_id = other.sessions.user_id(token)
                user = None if user_id is None or other is emulator else other.pod.store.user(user_id)
                if user:
                    return act(emulator, user)
            return right(call)

        emulator.authenticate = authenticate

    for emulator in federation.emulators:
        install(emulator)


@FAMILY.federation_defect(SESSION)
def session_of_another_pod_accepted(federation: Federation) -> None:
    """A session of another pod is accepted, and acts as its user."""
    foreign_session(federation, lambda _, user: user)


@FAMILY.federation_defect(SESSION)
def session_of_another_pod_acts_as_a_user_here(federation: Federation) -> None:
    """A session of another pod is accepted, and acts as the first user of this pod."""
    foreign_session(federation, lambda emulator, _: emulator.pod.store.users(str(emulator.pod.home))[0])


def refusing(code: int, text: str) -> Callable[[Emulator, User], User]:
    """A function that refuses the session of another pod."""

    def refuse(_: Emulator, __: User) -> User:
        raise Refusal(code, text)

    return refuse


@FAMILY.federation_defect(SESSION)
def session_of_another_pod_403(federation: Federation) -> None:
    """A session of another pod is answered 403."""
    foreign_session(federation, refusing(403, "The session belongs to another pod."))


@FAMILY.federation_defect(SESSION)
def session_of_another_pod_404(federation: Federation) -> None:
    """A session of another pod is answered 404, because its user is unknown here."""
    foreign_session(federation, refusing(404, "No such user."))


@FAMILY.federation_defect(SESSION, "answer-no-server-error")
def session_of_another_pod_500(federation: Federation) -> None:
    """A session of another pod is answered 500."""
    foreign_session(federation, refusing(500, "Internal server error."))


@FAMILY.federation_defect("cross-pod-off-refused")
def cross_pod_of_the_own_pod_alone(federation: Federation) -> None:
    """A pod checks only its own crossPod setting, and not that of the other pod."""

    def install(emulator: Emulator) -> None:
        store = emulator.pod.store
        emulator.pod.is_cross_pod = lambda one, other: store.is_cross_pod_towards(one.pod, other.pod)

    for emulator in federation.emulators:
        install(emulator)


def refused_change_travels(emulator: Emulator, operation: str, before: str, after: str) -> None:
    """Tell the other pod of a change although it was refused."""

    def tell(call: Call, answer: Answer) -> None:
        caller, store = caller_of(call), emulator.pod.store
        mine, other = store.connection(caller.id, named(call)), store.user(named(call))
        if answer.value["message"] != INCONSISTENT or mine is None or other is None or mine.status != before:
            return
        number = store.version(caller.id, other.id).number + 1
        version = Version(number, is_decision=True, pod=caller.pod)
        theirs = emulator.pod.mirror(replace(mine, status=after))
        message = ConnectionChanged(caller.pod, other.pod, other.id, caller.id, version, theirs)
        emulator.pod.tell(message)

    refusals(emulator, tell, 400, to=(operation,))


@FAMILY.federation_defect("own-request-refused")
def own_acceptance_travels(federation: Federation) -> None:
    """A requester that accepts its own request is refused, but at the other pod the request is accepted."""
    for emulator in federation.emulators:
        refused_change_travels(emulator, ACCEPT, PENDING_OUTGOING, ACCEPTED)


@FAMILY.federation_defect("own-request-refused")
def own_rejection_travels(federation: Federation) -> None:
    """A requester that rejects its own request is refused, but at the other pod the request is rejected."""
    for emulator in federation.emulators:
        refused_change_travels(emulator, REJECT, PENDING_OUTGOING, REJECTED)


@FAMILY.federation_defect("undocumented-transition-consistent")
def refused_rejection_travels(federation: Federation) -> None:
    """Reject of an accepted connection is refused, but at the other pod the connection is rejected."""
    for emulator in federation.emulators:
        refused_change_travels(emulator, REJECT, ACCEPTED, REJECTED)


@FAMILY.federation_defect("timestamps-ordered")
def clock_of_the_other_pod_runs_ahead(federation: Federation) -> None:
    """The first pod's clock is an hour behind: updatedAt of a decision lies before firstRequestedAt of the request."""
    emulator = federation.emulators[0]

    def date_back(call: Call, answer: Answer) -> None:
        if "updatedAt" in answer.value:
            updated_at = emulator.pod.now() - 3_600_000
            answer.value["updatedAt"] = updated_at
            mine = emulator.pod.store.connection(caller_of(call).id, named(call))
            if mine:
                emulator.pod.store.put(replace(mine, updated_at=updated_at))

    successes(emulator, date_back)
