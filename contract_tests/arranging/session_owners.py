"""Makes sure, before the first change, that each session belongs to the user whose id is set.

A wrong id would have the suite change the connection of somebody who was not meant. A pod that has
``GET /v2/sessioninfo`` says whose session it is. At other pods, what caller and requester read of their
connection has to agree: where it does not, an id may be wrong, and nothing is changed.
"""

import json
import time
from collections.abc import Collection

from ..contract.exchange import Request
from ..contract.lawful import OTHER_SIDE
from ..target.answer_lost import AnswerLost
from ..target.not_verified import NotVerified
from ..target.settings import setting_name
from ..target.target import ROLES_WITH_SESSION, Target, TargetError
from ..target.transport import ConnectionDropped
from ..target.wire import Wire
from .arrange import Arranger

FIRST_WAIT = 0.1  # seconds until both sides are read again; then twice as long each time
FAILURES = (AnswerLost, ConnectionDropped, NotVerified)


def check_owners(wire: Wire, refused: Collection[str], rule: str) -> set[str]:
    """Ask each pod to whom the sessions belong.

    Args:
        wire: The way to the pods.
        refused: The roles whose session the pod does not accept.
        rule: The name under which the requests are sent.

    Returns:
        The roles whose session is known to be theirs.

    Raises:
        TargetError: A session belongs to another user than the one whose id is set.
    """
    sure = set()
    for role in ROLES_WITH_SESSION:
        if not wire.target.has_session(role) or role in refused:
            continue
        owner = _owner(wire, role, rule)
        if owner is None:
            continue
        if owner != wire.target.users[role].user_id:
            raise TargetError(_mismatch(wire.target, role, owner))
        sure.add(role)
    return sure


def check_both_sides(wire: Wire, rule: str) -> None:
    """See whether caller and requester read the same of their connection, before anything is changed.

    Args:
        wire: The way to the pods.
        rule: The name under which the requests are sent.

    Raises:
        TargetError: They read different states, also after the time that changes take to settle.
    """
    wait, end = FIRST_WAIT, time.monotonic() + wire.target.settle
    while True:
        try:
            callers, requesters = Arranger(wire, rule).read_both("caller", "requester")
        except FAILURES:
            return  # the rules that read the connection will say so
        if callers == OTHER_SIDE[requesters]:
            return
        if time.monotonic() + wait > end:
            break
        time.sleep(wait)
        wait *= 2
    raise TargetError(
        f"POD_CALLER_USER_ID or POD_REQUESTER_USER_ID: the caller reads {callers} of the requester, and the requester "
        f"reads {requesters} of the caller. So one of the ids may not be the id of the session's user, or the pods "
        "disagree since before this run. The pod has no /v2/sessioninfo that would say which. Check the ids, or bring "
        "the connection into one state. Nothing was changed."
    )


def _owner(wire: Wire, role: str, rule: str) -> int | None:
    """The id of the user to whom a session belongs; None where the pod does not say."""
    request = Request("getSessionInfo", role, about="whose session is it?")
    try:
        answer = wire.send(request, rule).answer
    except FAILURES:
        return None
    if answer is None or answer.status != 200:
        return None
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    owner = value.get("id") if isinstance(value, dict) else None
    if isinstance(owner, str) and owner.isascii() and owner.isdigit():
        return int(owner)
    return owner if isinstance(owner, int) and not isinstance(owner, bool) else None


def _mismatch(target: Target, role: str, owner: int) -> str:
    name, user = setting_name(role, "user_id"), target.users[role]
    roles = [other.role for other in target.users.values() if other.user_id == owner]
    whose = f"the {roles[0]}" if roles else "another user"
    return (
        f"{name}: {user.user_id} is set, and the session of the {role} belongs to {whose}: {owner}. "
        f"Set {name} to the id of the session's user, or give a session of that user. Nothing was changed."
    )
