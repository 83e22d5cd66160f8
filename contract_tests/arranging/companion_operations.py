"""Which of the companion operations a pod offers."""

from ..contract.description import COMPANION, MAX_INT64
from ..contract.exchange import JSON, Request, user_id_body
from ..target.not_verified import NotVerified
from ..target.transport import ConnectionDropped
from ..target.wire import Wire

READING = ("getConnection", "listConnections")
ARRANGING = ("createConnection", "removeConnection")
NOT_OFFERED = (403, 404, 405, 501)


def find_absent(wire: Wire, rule: str) -> set[str]:
    """The companion operations that the pod does not offer.

    They are asked for without a session and in the name of nobody: what is offered says that a session
    is missing, what is not says that it is not there. Nothing can come of it either way.

    Args:
        wire: The way to the pod.
        rule: Under which name the requests are sent.
    """
    # Digits alone: a router may take nothing else for an id.
    unknown = wire.target.users.get("unknown")
    nobody = unknown.user_id if unknown else MAX_INT64
    path = (("userId", str(nobody)), ("uid", str(nobody)))
    absent = set()
    for operation_id in COMPANION:
        body = user_id_body(nobody) if operation_id == "createConnection" else None
        request = Request(operation_id, None, body, JSON if body else None, path, about="is the operation offered?")
        try:
            exchange = wire.send(request, rule)
        except (ConnectionDropped, NotVerified):
            continue  # whoever needs it will see
        if exchange.status in NOT_OFFERED:
            absent.add(operation_id)
    return absent


def why_no_arranging(absent: set[str]) -> str | None:
    """Why connections cannot be brought into states, and back; None where they can."""
    if set(READING) <= absent:
        return "the pod offers no reading of connections (info, list)"
    missing = sorted(set(ARRANGING) & absent)
    if missing:
        return f"the pod does not offer {' and '.join(missing)}, so that nothing can be arranged and put back"
    return None
