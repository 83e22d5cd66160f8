"""Defects in entitlements, implicit connections and crossPod."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..app import Answer, Call, Emulator, caller_of
from ..changes import Family, carry_out, named, performs, refusals, set_side
from ..pod import ACCEPT, ACCEPTED, PENDING_INCOMING, REJECT, REJECTED
from ..records import User
from ..refusal import Refusal

FAMILY = Family()
Perform = Callable[[Call], Any]


@FAMILY.defect("entitlement-missing-forbidden")
def entitlement_ignored(emulator: Emulator) -> None:
    """Nobody needs the entitlement."""
    emulator.pod.is_entitled = lambda _, __: True


@FAMILY.defect("entitlement-missing-forbidden")
def entitlement_ignored_by_accept(emulator: Emulator) -> None:
    """Accept does not need the entitlement."""
    emulator.pod.is_entitled = lambda user, operation: user.is_entitled or operation == ACCEPT


@FAMILY.defect("entitlement-missing-forbidden")
def entitlement_ignored_by_reject(emulator: Emulator) -> None:
    """Reject does not need the entitlement."""
    emulator.pod.is_entitled = lambda user, operation: user.is_entitled or operation == REJECT


@FAMILY.defect("entitlement-missing-forbidden")
def entitlement_of_the_named_user(emulator: Emulator) -> None:
    """The pod checks the entitlement of the user named in the body, not the caller's."""
    emulator.authorize = lambda _: None

    def perform(call: Call, right: Perform) -> Any:
        other = emulator.pod.store.user(named(call))
        if other and not other.is_entitled:
            raise Refusal(403, "The user lacks the required entitlement to perform this operation")
        return right(call)

    performs(emulator, perform)


@FAMILY.defect("entitlement-missing-forbidden")
def entitlement_kept_by_private_pod(emulator: Emulator) -> None:
    """The pod caches the entitlement for the whole private pod; the first user's counts for all."""
    kept: dict[str, bool] = {}
    emulator.pod.is_entitled = lambda user, _: kept.setdefault(user.pod, user.is_entitled)


@FAMILY.defect("entitlement-missing-forbidden")
def entitlement_asked_for_once(emulator: Emulator) -> None:
    """A user who was refused once is let through the next time."""
    refused: set[int] = set()

    def is_entitled(user: User, _: str) -> bool:
        was_refused = user.id in refused
        if not user.is_entitled:
            refused.add(user.id)
        return user.is_entitled or was_refused

    emulator.pod.is_entitled = is_entitled


@FAMILY.defect("entitlement-missing-no-effect")
def acts_without_entitlement(emulator: Emulator) -> None:
    """A request by a caller without the entitlement is carried out and refused afterwards."""

    def act(call: Call, _: Answer) -> None:
        if not caller_of(call).is_entitled:
            carry_out(emulator, call)

    refusals(emulator, act, 403)


@FAMILY.defect("entitlement-missing-no-effect")
def rejects_without_entitlement(emulator: Emulator) -> None:
    """Reject by a caller without the entitlement is refused, but the requester reads REJECTED."""

    def act(call: Call, _: Answer) -> None:
        caller = caller_of(call)
        if not caller.is_entitled:
            for connection in emulator.pod.store.connections(caller.id):
                set_side(emulator, connection.other_id, caller.id, REJECTED)

    refusals(emulator, act, 403, to=(REJECT,))


def on_implicit(emulator: Emulator, act: Callable[[Call, Perform], Any], *to: str) -> None:
    """Replace what happens if the other user is of the same private pod."""

    def perform(call: Call, right: Perform) -> Any:
        other, caller = emulator.pod.store.user(named(call)), caller_of(call)
        if other and other.id != caller.id and other.pod == caller.pod:
            return act(call, right)
        return right(call)

    performs(emulator, perform, to)


def refuse(status: int, message: str) -> Callable[[Call, Perform], Any]:
    """A function that refuses every call with this status and message."""

    def refusing(_: Call, __: Perform) -> Any:
        raise Refusal(status, message)

    return refusing


@FAMILY.defect("implicit-accept-accepted")
def implicit_accept_404(emulator: Emulator) -> None:
    """Accept of a colleague is answered 404, because nobody has asked."""
    on_implicit(emulator, refuse(404, "Connection cannot be found."), ACCEPT)


@FAMILY.defect("implicit-accept-accepted")
def implicit_accept_400(emulator: Emulator) -> None:
    """Accept of a colleague is answered 400, because they are connected."""
    on_implicit(emulator, refuse(400, "Users of the same private pod are connected implicitly."), ACCEPT)


@FAMILY.defect("implicit-accept-accepted")
def implicit_accept_pending(emulator: Emulator) -> None:
    """Accept of a colleague answers PENDING_INCOMING."""
    on_implicit(emulator, lambda call, right: {**right(call), "status": PENDING_INCOMING}, ACCEPT)


@FAMILY.defect("implicit-accept-accepted")
def implicit_accept_once(emulator: Emulator) -> None:
    """Accept of a colleague works once and is answered 400 from then on."""
    accepted: set[int] = set()

    def once(call: Call, right: Perform) -> Any:
        if named(call) in accepted:
            raise Refusal(400, "Status change requested is not consistent with current status.")
        accepted.add(named(call))
        return right(call)

    on_implicit(emulator, once, ACCEPT)


@FAMILY.defect("success-user-id")
def implicit_accept_names_the_caller(emulator: Emulator) -> None:
    """Accept of a colleague answers with the caller's userId."""
    on_implicit(emulator, lambda call, right: {**right(call), "userId": caller_of(call).id}, ACCEPT)


@FAMILY.defect("implicit-reject-refused")
def implicit_reject_200(emulator: Emulator) -> None:
    """Reject of a colleague answers REJECTED and changes nothing."""
    on_implicit(emulator, lambda call, _: {"userId": named(call), "status": REJECTED}, REJECT)


@FAMILY.defect("implicit-reject-refused")
def implicit_reject_says_accepted(emulator: Emulator) -> None:
    """Reject of a colleague answers 200 with ACCEPTED."""
    on_implicit(emulator, lambda call, _: {"userId": named(call), "status": ACCEPTED}, REJECT)


def disconnecting(emulator: Emulator, act: Callable[[Call, Perform], Any]) -> None:
    """Let reject of a colleague end the implicit connection; a function makes the answer."""
    apart: set[frozenset[int]] = set()
    right_is_implicit = emulator.pod.is_implicit
    emulator.pod.is_implicit = lambda one, other: (
        right_is_implicit(one, other) and frozenset((one.id, other.id)) not in apart
    )

    def reject(call: Call, right: Perform) -> Any:
        apart.add(frozenset((caller_of(call).id, named(call))))
        return act(call, right)

    on_implicit(emulator, reject, REJECT)


@FAMILY.defect("implicit-reject-refused")
def implicit_reject_disconnects(emulator: Emulator) -> None:
    """Reject of a colleague answers REJECTED, and the implicit connection is gone."""
    disconnecting(emulator, lambda call, _: {"userId": named(call), "status": REJECTED})


@FAMILY.defect("implicit-connection-stays")
def implicit_reject_refused_and_disconnects(emulator: Emulator) -> None:
    """Reject of a colleague is refused, and the implicit connection is gone."""
    disconnecting(emulator, refuse(400, "Users of the same private pod are connected implicitly."))


@FAMILY.defect("cross-pod-off-refused")
def cross_pod_ignored(emulator: Emulator) -> None:
    """The pod does not check crossPod."""
    emulator.pod.is_cross_pod = lambda _, __: True


@FAMILY.defect("cross-pod-off-refused")
def cross_pod_of_one_side(emulator: Emulator) -> None:
    """It is enough if one of the two pods has crossPod enabled."""
    right = emulator.pod.is_cross_pod
    # In the cast the isolated user's pod has crossPod off, and its name comes last.
    emulator.pod.is_cross_pod = lambda one, other: right(one, other) or one.pod < other.pod


def cross_pod_ignored_by(emulator: Emulator, operation: str) -> None:
    """Skip the check of crossPod in one operation."""
    right = emulator.pod.is_cross_pod

    def perform(call: Call, right_perform: Perform) -> Any:
        emulator.pod.is_cross_pod = lambda _, __: True
        try:
            return right_perform(call)
        finally:
            emulator.pod.is_cross_pod = right

    performs(emulator, perform, (operation,))


@FAMILY.defect("cross-pod-off-refused")
def cross_pod_ignored_by_accept(emulator: Emulator) -> None:
    """Accept does not check crossPod."""
    cross_pod_ignored_by(emulator, ACCEPT)


@FAMILY.defect("cross-pod-off-refused")
def cross_pod_ignored_by_reject(emulator: Emulator) -> None:
    """Reject does not check crossPod."""
    cross_pod_ignored_by(emulator, REJECT)


def on_cross_pod_refusal(emulator: Emulator, act: Callable[[Call, Answer], object]) -> None:
    """Do something after a refusal because of crossPod."""

    def on_refusal(call: Call, answer: Answer) -> None:
        if "crossPod" in answer.value["message"]:
            act(call, answer)

    refusals(emulator, on_refusal, 403)


@FAMILY.defect("cross-pod-off-no-effect")
def cross_pod_off_and_accepted(emulator: Emulator) -> None:
    """A request without crossPod is refused, but the caller reads ACCEPTED or REJECTED."""
    made = {ACCEPT: ACCEPTED, REJECT: REJECTED}
    on_cross_pod_refusal(
        emulator, lambda call, _: set_side(emulator, caller_of(call).id, named(call), made[call.operation.id])
    )


@FAMILY.defect("cross-pod-off-no-effect")
def cross_pod_off_drops_the_request(emulator: Emulator) -> None:
    """A request without crossPod is refused, but the waiting request is deleted."""
    on_cross_pod_refusal(emulator, lambda call, _: set_side(emulator, caller_of(call).id, named(call), None))


@FAMILY.defect("cross-pod-off-refused")
def cross_pod_off_pending(emulator: Emulator) -> None:
    """Without crossPod, accept and reject answer 200 with PENDING_INCOMING and change nothing."""

    def answer_pending(call: Call, answer: Answer) -> None:
        answer.status, answer.value = 200, {"userId": named(call), "status": PENDING_INCOMING}

    on_cross_pod_refusal(emulator, answer_pending)


@FAMILY.defect("implicit-accept-accepted")
def implicit_accept_in_other_words(emulator: Emulator) -> None:
    """Accept of a colleague answers with the status IMPLICIT."""
    on_implicit(emulator, lambda call, right: {**right(call), "status": "IMPLICIT"}, ACCEPT)


@FAMILY.defect("success-schema")
def implicit_accept_with_nulls(emulator: Emulator) -> None:
    """Accept of a colleague answers null for the members that an implicit connection does not have."""
    nulls = {"firstRequestedAt": None, "updatedAt": None, "requestCounter": None}
    on_implicit(emulator, lambda call, right: {**right(call), **nulls}, ACCEPT)


@FAMILY.defect("success-says-status")
def implicit_accept_without_status(emulator: Emulator) -> None:
    """Accept of a colleague answers with the userId only."""
    on_implicit(emulator, lambda call, _: {"userId": named(call)}, ACCEPT)


@FAMILY.defect("cross-pod-off-no-effect")
def cross_pod_off_and_updated(emulator: Emulator) -> None:
    """A request without crossPod is refused, but the updatedAt of the waiting request is raised."""

    def touch(call: Call, _: Answer) -> None:
        connection = emulator.pod.store.connection(caller_of(call).id, named(call))
        if connection:
            emulator.pod.store.put(replace(connection, updated_at=connection.updated_at + 1))

    on_cross_pod_refusal(emulator, touch)


@FAMILY.defect("cross-pod-off-refused")
def cross_pod_not_asked_for_strings(emulator: Emulator) -> None:
    """A string of digits is accepted as the userId, and crossPod is not checked then."""
    right_read, right_cross_pod, right_perform = emulator.read, emulator.pod.is_cross_pod, emulator.perform
    in_a_string: list[Call] = []

    def read(call: Call) -> None:
        unquoted = re.sub(rb'"([0-9]+)"', rb"\1", call.body)
        if unquoted != call.body:
            call.body = unquoted
            in_a_string.append(call)
        right_read(call)

    def perform(call: Call) -> Any:
        emulator.pod.is_cross_pod = (lambda _, __: True) if call in in_a_string else right_cross_pod
        try:
            return right_perform(call)
        finally:
            in_a_string.clear()
            emulator.pod.is_cross_pod = right_cross_pod

    emulator.read, emulator.perform = read, perform
