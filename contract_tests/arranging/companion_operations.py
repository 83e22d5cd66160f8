"""Which of the companion operations a pod offers."""

from collections.abc import Iterable

from ..contract.description import COMPANION, MAX_INT64
from ..contract.exchange import JSON, Request, user_id_body
from ..target.not_verified import NotVerified
from ..target.wire import Wire

READING = ("getConnection", "listConnections")
ARRANGING = ("createConnection", "removeConnection")
NOT_OFFERED = (403, 404, 405, 501)


def find_absent(wire: Wire, role: str, rule: str) -> set[str]:
    """Find the companion operations that the pod of a role does not offer.

    The requests carry no session and name an id that belongs to nobody, so they cannot change anything. An
    operation that the pod offers answers that the session is missing. The others answer that they do not exist.

    Args:
        wire: The way to the pods.
        role: The role whose pod is asked.
        rule: The name under which the requests are sent.
    """
    # The id has digits only: a router may accept nothing else as an id.
    unknown = wire.target.users.get("unknown")
    unused_id = unknown.user_id if unknown else MAX_INT64
    path = (("userId", str(unused_id)), ("uid", str(unused_id)))
    absent = set()
    for operation_id in COMPANION:
        body = user_id_body(unused_id) if operation_id == "createConnection" else None
        request = Request(
            operation_id, None, body, JSON if body else None, path, pod_of=role, about="is the operation offered?"
        )
        try:
            exchange = wire.send(request, rule)
        except NotVerified:
            continue  # the rule that needs the operation will find out
        if exchange.status in NOT_OFFERED:
            absent.add(operation_id)
    return absent


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
