"""Variants of federations: how long messages take, and pods that differ from each other."""

import itertools
import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from ..app import Emulator
from ..changes import Family
from ..federation import Federation
from ..messages import ConnectionChanged, Message
from ..network import Delivery
from ..pod import ACCEPTED, PENDING_INCOMING, PENDING_OUTGOING
from ..records import Connection
from . import answers, companions, http

FAMILY = Family()
MINUTES = 60_000
"""Milliseconds of a minute."""


def others(federation: Federation) -> list[Emulator]:
    """The emulators of all pods but the first, which is the caller's."""
    return federation.emulators[1:]


def take(federation: Federation, seconds: Callable[[], float]) -> None:
    """Let every message take as long as a function says."""
    federation.network.delay = lambda _: seconds()


@FAMILY.federation_variant()
def propagation_at_once(federation: Federation) -> None:
    """A change at one pod is at the other pod at once."""
    take(federation, lambda: 0.0)


@FAMILY.federation_variant()
def propagation_of_300_ms(federation: Federation) -> None:
    """A change takes 300 ms from pod to pod."""
    take(federation, lambda: 0.3)


@FAMILY.federation_variant()
def propagation_of_1500_ms(federation: Federation) -> None:
    """A change takes 1.5 seconds from pod to pod."""
    take(federation, lambda: 1.5)


@FAMILY.federation_variant()
def propagation_with_jitter(federation: Federation) -> None:
    """A change takes between 0 and 200 ms, so that a later change may arrive first."""
    randomness = random.Random(0)  # noqa: S311 - the same delays in every run, nothing secret
    take(federation, lambda: randomness.uniform(0.0, 0.2))


@FAMILY.federation_variant()
def one_message_in_ten_takes_a_second(federation: Federation) -> None:
    """Every tenth change takes a second, the others 20 ms."""
    numbers = itertools.count(1)
    take(federation, lambda: 1.0 if next(numbers) % 10 == 0 else 0.02)


@FAMILY.federation_variant()
def propagation_in_batches(federation: Federation) -> None:
    """Changes are passed on in batches, five times a second."""

    def until_the_next_batch() -> float:
        now = time.monotonic()
        return (math.floor(now * 5) + 1) / 5 - now

    take(federation, until_the_next_batch)


@FAMILY.federation_variant()
def slow_in_one_direction(federation: Federation) -> None:
    """Changes take 500 ms from the caller's pod to the others, and 20 ms to it."""
    first = next(iter(federation.pods))
    federation.network.delay = lambda message: 0.5 if message.sender == first else 0.02


@FAMILY.federation_variant()
def messages_delivered_twice(federation: Federation) -> None:
    """Every message arrives a second time, 200 ms later, and changes nothing then."""
    right = federation.network.route

    def route(message: Message) -> Iterable[Delivery]:
        return [
            copy
            for delivery in right(message)
            for copy in (delivery, replace(delivery, seconds=delivery.seconds + 0.2))
        ]

    federation.network.route = route


@FAMILY.federation_variant()
def other_context_path(federation: Federation) -> None:
    """The pods of the other users have another context path than the caller's: /customer/pod."""
    for emulator in others(federation):
        emulator.base = "/customer/pod"


@FAMILY.federation_variant()
def other_pods_slow(federation: Federation) -> None:
    """The other pods take 100 ms for an answer."""
    for emulator in others(federation):
        http.delayed(emulator, lambda: 0.1)


@FAMILY.federation_variant()
def caller_s_pod_slow(federation: Federation) -> None:
    """The caller's pod takes 60 ms for an answer."""
    http.delayed(federation.emulators[0], lambda: 0.06)


@FAMILY.federation_variant()
def other_pods_throttled(federation: Federation) -> None:
    """The other pods answer every 15th request with 429 and Retry-After: 0."""
    for emulator in others(federation):
        http.throttled_for_no_time(emulator)


@FAMILY.federation_variant()
def other_pods_drop_connections(federation: Federation) -> None:
    """The other pods close the connection on every 40th request and do not carry it out."""
    for emulator in others(federation):
        http.drops(emulator, 40, carried_out=False)


@FAMILY.federation_variant()
def every_pod_drops_every_tenth_request(federation: Federation) -> None:
    """Each pod closes the connection on every tenth request and does not carry it out."""
    for emulator in federation.emulators:
        http.drops_every_tenth_request(emulator)


@FAMILY.federation_variant()
def other_pods_without_info(federation: Federation) -> None:
    """The other pods have no info; they have the list."""
    for emulator in others(federation):
        companions.no_info(emulator)


@FAMILY.federation_variant()
def other_pods_without_list(federation: Federation) -> None:
    """The other pods have no list; they have info."""
    for emulator in others(federation):
        companions.no_list(emulator)


@FAMILY.federation_variant()
def other_pods_without_session_info(federation: Federation) -> None:
    """The other pods do not say whose session it is."""
    for emulator in others(federation):
        companions.no_session_info(emulator)


@FAMILY.federation_variant()
def sparse_bodies_at_other_pods(federation: Federation) -> None:
    """At the other pods a connection has only the status."""
    for emulator in others(federation):
        answers.only_the_status(emulator)


@FAMILY.federation_variant()
def sparse_bodies_at_the_caller_s_pod(federation: Federation) -> None:
    """At the caller's pod a connection has only userId and status."""
    answers.only_user_id_and_status(federation.emulators[0])


@FAMILY.federation_variant()
def other_errors_at_other_pods(federation: Federation) -> None:
    """At the other pods the Errors are in Japanese, and their codes are not the HTTP statuses."""
    for emulator in others(federation):
        answers.errors_in_another_language(emulator)
        answers.error_codes_of_another_kind(emulator)


@FAMILY.federation_variant()
def clocks_minutes_apart(federation: Federation) -> None:
    """The clocks of the pods are minutes apart: each pod's is four minutes ahead of the one before."""

    def ahead(emulator: Emulator, milliseconds: int) -> None:
        right = emulator.pod.now
        emulator.pod.now = lambda: right() + milliseconds

    for number, emulator in enumerate(federation.emulators):
        ahead(emulator, 4 * MINUTES * number)


@FAMILY.federation_variant()
def crossing_requests_accepted(federation: Federation) -> None:
    """If two users ask each other at once, both are connected."""

    def install(emulator: Emulator) -> None:
        right, store = emulator.pod.receive, emulator.pod.store

        def receive(message: Message) -> None:
            if isinstance(message, ConnectionChanged) and message.connection:
                mine = store.connection(message.owner_id, message.other_id)
                ours = store.version(message.owner_id, message.other_id)
                is_crossing = ours.number == message.version.number and message.connection.status == PENDING_INCOMING
                if mine and mine.status == PENDING_OUTGOING and is_crossing:
                    # Both pods come to the same version and the same connection.
                    later = replace(max(message.version, ours), is_decision=True)
                    kept = message.connection if message.version > ours else mine
                    store.set_version(message.owner_id, message.other_id, later)
                    store.put(replace(kept, status=ACCEPTED))
                    return
            right(message)

        emulator.pod.receive = receive

    for emulator in federation.emulators:
        install(emulator)


@FAMILY.federation_variant()
def readings_lag_behind(federation: Federation) -> None:
    """Readings come from a copy of the state that lags 50 ms behind, at the pod of the change too."""

    def install(emulator: Emulator) -> None:
        pod = emulator.pod
        replaced: dict[tuple[int, int], tuple[float, Connection | None]] = {}
        right_write = pod.write

        def write(owner_id: int, other_id: int, connection: Connection | None) -> None:
            key = owner_id, other_id
            replaced[key] = time.monotonic() + 0.05, pod.store.connection(*key)
            right_write(owner_id, other_id, connection)

        def read_one(owner_id: int, other_id: int) -> Connection | None:
            until, before = replaced.get((owner_id, other_id), (0.0, None))
            return before if time.monotonic() < until else pod.store.connection(owner_id, other_id)

        def read_all(owner_id: int) -> list[Connection]:
            found = {connection.other_id: connection for connection in pod.store.connections(owner_id)}
            for (owner, other_id), (until, before) in replaced.items():
                if owner == owner_id and time.monotonic() < until:
                    found.pop(other_id, None)
                    if before:
                        found[other_id] = before
            return [found[other_id] for other_id in sorted(found)]

        pod.write, pod.read_one, pod.read_all = write, read_one, read_all

    for emulator in federation.emulators:
        install(emulator)


@FAMILY.federation_variant()
def first_answer_slow(federation: Federation) -> None:
    """The first answer of every pod takes half a second."""

    def install(emulator: Emulator) -> None:
        is_first = True

        def seconds() -> float:
            nonlocal is_first
            was_first, is_first = is_first, False
            return 0.5 if was_first else 0.0

        http.delayed(emulator, seconds)

    for emulator in federation.emulators:
        install(emulator)
