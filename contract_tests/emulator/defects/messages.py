"""Defects in the messages between pods: lost, altered, late, or sent to others."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from ..changes import Family
from ..federation import Federation
from ..messages import ConnectionChanged, Message
from ..network import Delivery
from ..pod import ACCEPTED, PENDING_INCOMING, PENDING_OUTGOING, REJECTED
from ..records import User

FAMILY = Family()
DECISION, REQUEST = "decision-reaches-other-pod", "request-reaches-other-pod"
TOO_LATE = 15.0
"""Seconds, longer than a check waits for a message by default."""

Changed = ConnectionChanged
Chosen = Callable[[Changed], bool]


def status(message: Changed) -> str | None:
    """The status that arrives with a message; None if the connection is removed."""
    return message.connection.status if message.connection else None


def is_decision(message: Changed) -> bool:
    """Whether a message says that a request was accepted or rejected."""
    return message.version.is_decision


def is_acceptance(message: Changed) -> bool:
    """Whether a message says that a request was accepted."""
    return is_decision(message) and status(message) == ACCEPTED


def is_rejection(message: Changed) -> bool:
    """Whether a message says that a request was rejected."""
    return is_decision(message) and status(message) == REJECTED


def is_request(message: Changed) -> bool:
    """Whether a message is a request to connect."""
    return status(message) == PENDING_INCOMING


def is_removal(message: Changed) -> bool:
    """Whether a message says that a connection was removed."""
    return message.connection is None


def reroute(federation: Federation, chosen: Chosen, route: Callable[[Changed], Iterable[Message]]) -> None:
    """Send other messages in place of certain ones."""
    right = federation.network.route

    def rerouted(message: Message) -> Iterable[Delivery]:
        messages = route(message) if isinstance(message, ConnectionChanged) and chosen(message) else [message]
        return [delivery for other in messages for delivery in right(other)]

    federation.network.route = rerouted


def lose(federation: Federation, chosen: Chosen) -> None:
    """Lose certain messages."""
    reroute(federation, chosen, lambda _: [])


def alter(federation: Federation, chosen: Chosen, **members: object) -> None:
    """Change members of the connection in certain messages; a function gets the value that was there."""

    def altered(message: Changed) -> list[Message]:
        if message.connection is None:
            return [message]
        old = message.connection
        values = {name: value(getattr(old, name)) if callable(value) else value for name, value in members.items()}
        return [replace(message, connection=replace(old, **values))]  # type: ignore[arg-type] # the names are those of its fields

    reroute(federation, chosen, altered)


@FAMILY.federation_defect(DECISION)
def decision_never_arrives(federation: Federation) -> None:
    """Accept and reject do not reach the other pod."""
    lose(federation, is_decision)


@FAMILY.federation_defect(DECISION)
def acceptance_never_arrives(federation: Federation) -> None:
    """Accept does not reach the other pod; reject does."""
    lose(federation, is_acceptance)


@FAMILY.federation_defect(DECISION)
def rejection_never_arrives(federation: Federation) -> None:
    """Reject does not reach the other pod; accept does."""
    lose(federation, is_rejection)


@FAMILY.federation_defect(DECISION)
def acceptance_arrives_as_rejection(federation: Federation) -> None:
    """Accept arrives at the other pod as REJECTED."""
    alter(federation, is_acceptance, status=REJECTED)


@FAMILY.federation_defect(DECISION)
def rejection_arrives_as_acceptance(federation: Federation) -> None:
    """Reject arrives at the other pod as ACCEPTED."""
    alter(federation, is_rejection, status=ACCEPTED)


@FAMILY.federation_defect(DECISION)
def decision_arrives_as_request(federation: Federation) -> None:
    """Accept and reject arrive at the other pod as PENDING_INCOMING."""
    alter(federation, is_decision, status=PENDING_INCOMING)


@FAMILY.federation_defect(DECISION)
def decision_arrives_as_removal(federation: Federation) -> None:
    """Accept and reject arrive at the other pod as the end of the connection."""
    reroute(federation, is_decision, lambda message: [replace(message, connection=None)])


@FAMILY.federation_defect(DECISION)
def every_third_decision_lost(federation: Federation) -> None:
    """Every third accept or reject does not reach the other pod."""
    count = 0

    def is_third(message: Changed) -> bool:
        nonlocal count
        count += is_decision(message)
        return is_decision(message) and count % 3 == 0

    lose(federation, is_third)


def other_user(federation: Federation, message: Changed) -> User:
    """Another user of the receiving pod than the one whom a message is for."""
    users = federation.pods[message.receiver].pod.store.users(message.receiver)
    return next(user for user in users if user.id != message.owner_id)


def for_user(message: Changed, user: User) -> Changed:
    """A message that changes the side of another user, whatever that user had before."""
    connection = message.connection and replace(message.connection, owner_id=user.id)
    version = replace(message.version, number=message.version.number + 1_000)
    return replace(message, receiver=user.pod, owner_id=user.id, connection=connection, version=version)


@FAMILY.federation_defect(DECISION)
def decision_arrives_at_the_wrong_user(federation: Federation) -> None:
    """Accept and reject arrive at another user of the requester's pod."""
    reroute(federation, is_decision, lambda message: [for_user(message, other_user(federation, message))])


@FAMILY.federation_defect(REQUEST)
def request_arrives_at_the_wrong_user(federation: Federation) -> None:
    """A request arrives at another user of the pod that it is sent to."""
    reroute(federation, is_request, lambda message: [for_user(message, other_user(federation, message))])


@FAMILY.federation_defect(REQUEST)
def request_arrives_from_the_wrong_user(federation: Federation) -> None:
    """A request arrives in the name of another user of the requester's pod."""

    def misnamed(message: Changed) -> list[Message]:
        users = federation.pods[message.sender].pod.store.users(message.sender)
        other = next((user for user in users if user.id != message.other_id), None)
        if other is None or message.connection is None:
            return []
        return [replace(message, other_id=other.id, connection=replace(message.connection, other_id=other.id))]

    reroute(federation, is_request, misnamed)


def third_parties(federation: Federation, message: Changed) -> list[User]:
    """The users of the pods that a message does not concern."""
    return [
        user
        for name, emulator in federation.pods.items()
        if name not in (message.sender, message.receiver)
        for user in emulator.pod.store.users(name)
    ]


@FAMILY.federation_defect("bystander-left-alone")
def decision_changes_other_requests(federation: Federation) -> None:
    """Accept and reject also arrive at the users of other pods who have asked the same user."""

    def spread(message: Changed) -> list[Message]:
        waiting = [
            user
            for user in third_parties(federation, message)
            if federation.pods[user.pod].pod.store.connection(user.id, message.other_id)
        ]
        return [message, *(for_user(message, user) for user in waiting)]

    reroute(federation, is_decision, spread)


@FAMILY.federation_defect("only-two-users-see")
def decision_shown_to_other_pods(federation: Federation) -> None:
    """After accept or reject, users of other pods read a connection with the requester."""

    def spread(message: Changed) -> list[Message]:
        if message.connection is None:
            return [message]
        shown = replace(message.connection, other_id=message.owner_id)
        named_after_the_requester = replace(
            message, sender=message.receiver, other_id=message.owner_id, connection=shown
        )
        strangers = third_parties(federation, message)
        return [message, *(for_user(named_after_the_requester, user) for user in strangers)]

    reroute(federation, is_decision, spread)


@FAMILY.federation_defect("only-two-users-see")
def request_shown_to_other_pods(federation: Federation) -> None:
    """A request also arrives at users of other pods."""

    def spread(message: Changed) -> list[Message]:
        return [message, *(for_user(message, user) for user in third_parties(federation, message))]

    reroute(federation, is_request, spread)


@FAMILY.federation_defect(REQUEST)
def request_never_arrives(federation: Federation) -> None:
    """A request does not reach the other pod."""
    lose(federation, is_request)


@FAMILY.federation_defect(REQUEST)
def second_request_never_arrives(federation: Federation) -> None:
    """A request after a rejection does not reach the other pod."""
    lose(
        federation,
        lambda message: (
            is_request(message) and message.connection is not None and message.connection.request_counter > 1
        ),
    )


@FAMILY.federation_defect(REQUEST)
def nothing_arrives(federation: Federation) -> None:
    """No change of a connection reaches the other pod."""
    lose(federation, lambda _: True)


@FAMILY.federation_defect(REQUEST)
def request_arrives_as_outgoing(federation: Federation) -> None:
    """A request arrives as PENDING_OUTGOING at the user who was asked."""
    alter(federation, is_request, status=PENDING_OUTGOING)


@FAMILY.federation_defect(REQUEST)
def request_arrives_accepted(federation: Federation) -> None:
    """A request arrives as ACCEPTED at the user who was asked."""
    alter(federation, is_request, status=ACCEPTED)


@FAMILY.federation_defect("sequence-lawful")
def removal_never_arrives(federation: Federation) -> None:
    """Remove does not reach the other pod."""
    lose(federation, is_removal)


def slow_down(federation: Federation, chosen: Chosen, seconds: float) -> None:
    """Let certain messages take a number of seconds."""
    right = federation.network.delay
    federation.network.delay = lambda message: (
        seconds if isinstance(message, ConnectionChanged) and chosen(message) else right(message)
    )


@FAMILY.federation_defect(DECISION)
def decision_arrives_too_late(federation: Federation) -> None:
    """Accept and reject take 15 seconds to reach the other pod."""
    slow_down(federation, is_decision, TOO_LATE)


@FAMILY.federation_defect(REQUEST)
def request_arrives_too_late(federation: Federation) -> None:
    """A request takes 15 seconds to reach the other pod."""
    slow_down(federation, is_request, TOO_LATE)


@FAMILY.federation_defect("timestamps-plausible")
def request_times_in_seconds(federation: Federation) -> None:
    """The timestamps of a request arrive in seconds; later changes are in milliseconds."""
    alter(federation, is_request, first_requested_at=lambda time: math.floor(time / 1000))


@FAMILY.federation_defect("counter-plausible")
def request_counter_negative(federation: Federation) -> None:
    """The requestCounter of a request arrives as -1."""
    alter(federation, is_request, request_counter=-1)
