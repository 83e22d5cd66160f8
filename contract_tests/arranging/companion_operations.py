"""Which of the companion operations a pod offers."""

import re
from collections.abc import Iterable
from dataclasses import replace

from ..contract.description import COMPANION, MAX_INT64, operation
from ..contract.exchange import JSON, Exchange, Request, user_id_body
from ..target.not_verified import NotVerified
from ..target.target import Target
from ..target.wire import Wire

READING = ("getConnection", "listConnections")
ARRANGING = ("createConnection", "removeConnection")
NAMING_NOBODY = ("listConnections", "getSessionInfo")
NOT_OFFERED = (403, 404, 405, 501)
NO_OPERATION = "/v1/connection/no-such-operation"


def find_absent(wire: Wire, role: str, rule: str) -> set[str]:
    """Find the companion operations that the pod of a role does not offer.

    The requests name an id that belongs to nobody, so they cannot change anything. Without a session, an operation
    that the pod offers answers that the session is missing. The others answer that they do not exist, or, at a pod
    that looks at the session before the path, that the session is missing too. So the role asks with its session
    as well, if it has one.

    Args:
        wire: The way to the pods.
        role: The role whose pod is asked.
        rule: The name under which the requests are sent.
    """
    absent = {
        operation_id
        for operation_id in COMPANION
        if _status(_sent(wire, rule, _asking(wire, operation_id, None, role))) in NOT_OFFERED
    }
    if wire.target.has_session(role) and absent != set(COMPANION):
        absent |= _absent_behind_session_check(wire, role, rule, [name for name in COMPANION if name not in absent])
    return absent


def _absent_behind_session_check(wire: Wire, role: str, rule: str, operation_ids: Iterable[str]) -> set[str]:
    """Find the operations that are answered as a path that no pod has is answered.

    A pod that answers accept in this way too, because it words "no such user" as "no such path", says nothing by it.
    There info is taken for offered if it shows a connection, or if the list can show that it is not.
    """
    found = {operation_id: _sent(wire, rule, _asking(wire, operation_id, role, role)) for operation_id in operation_ids}
    # These name no user who could be unknown. A 403 says something of the user alone.
    absent = {name for name in NAMING_NOBODY if name in found and _status(found[name]) in set(NOT_OFFERED) - {403}}
    accept = _asking(wire, "acceptConnection", role, role)
    nowhere = {
        operation(request.operation).method: _shape(
            _sent(wire, rule, replace(request, at=NO_OPERATION, about="is any path answered the same?"))
        )
        for request in (accept, _asking(wire, "getConnection", role, role))
    }
    if nowhere["POST"] is None:
        return absent
    if nowhere["POST"] != _shape(_sent(wire, rule, accept)):
        absent |= {
            name
            for name, exchange in found.items()
            if (shape := _shape(exchange)) is not None and shape == nowhere[operation(name).method]
        }
        wire.address_of(role).offers_info = found.get("getConnection") is not None and "getConnection" not in absent
        return absent
    if "listConnections" not in found or "listConnections" in absent:
        colleague = wire.target.users.get("colleague") if role == "caller" else None
        path = (("userId", str(colleague.user_id)),) if colleague else ()
        about_colleague = Request("getConnection", role, path_parameters=path, about="is the operation offered?")
        if colleague is None or _status(_sent(wire, rule, about_colleague)) != 200:
            absent.add("getConnection")
    return absent


def _unused_id(target: Target) -> int:
    """An id that belongs to nobody. It has digits only: a router may accept nothing else as an id."""
    unknown = target.users.get("unknown")
    return unknown.user_id if unknown else MAX_INT64


def _asking(wire: Wire, operation_id: str, role: str | None, pod_of: str) -> Request:
    user_id = _unused_id(wire.target)
    path = (("userId", str(user_id)), ("uid", str(user_id)))
    body = user_id_body(user_id) if operation_id in ("createConnection", "acceptConnection") else None
    about = "is the operation offered?"
    return Request(operation_id, role, body, JSON if body else None, path, pod_of=pod_of, about=about)


def _sent(wire: Wire, rule: str, request: Request) -> Exchange | None:
    try:
        return wire.send(request, rule)
    except NotVerified:
        return None  # the rule that needs the operation will find out


def _status(exchange: Exchange | None) -> int | None:
    return None if exchange is None else exchange.status


def _shape(exchange: Exchange | None) -> tuple[int, str] | None:
    """The status of an answer that says that something does not exist, and its words without paths and numbers.

    None where it says something else.
    """
    if exchange is None or exchange.answer is None or exchange.status not in NOT_OFFERED:
        return None
    text = exchange.answer.body.decode("utf-8", "replace")
    return exchange.answer.status, re.sub(r"/[^\s\"'<>]*|[0-9a-f-]*\d[0-9a-f-]*", "", text)


def absent_for_arranging(absent_at_each: Iterable[set[str]]) -> set[str]:
    """The companion operations that arranging has to do without, because one of the pods does not offer them.

    Each user reads at its own pod, so one reading operation at each of them is enough.
    """
    found: set[str] = set()
    for absent in absent_at_each:
        found |= absent if set(READING) <= absent else absent - set(READING)
    return found


def why_no_arranging(absent: set[str]) -> str | None:
    """Why the suite cannot bring connections into states and back; None if it can."""
    if set(READING) <= absent:
        return "the pod offers no reading of connections (info, list)"
    missing = sorted(set(ARRANGING) & absent)
    if missing:
        return (
            f"the pod does not offer {' and '.join(missing)}, so the suite cannot arrange connections and put them back"
        )
    return None
