"""Before the rules: can the pod be reached, and which sessions does it accept?"""

from contextlib import suppress

import httpx

from ..contract.description import UNDER_TEST
from ..contract.exchange import JSON, Exchange, Request, act, user_id_body
from ..target.answer_lost import AnswerLost
from ..target.not_verified import NotVerified
from ..target.session import SessionError
from ..target.target import ROLES_WITH_SESSION
from ..target.transport import ConnectionDropped
from ..target.wire import Wire

PREFLIGHT = "preflight"


class Unreached(Exception):
    """The pod cannot be reached, or does not accept the caller's session. Nothing was measured."""


def open_sessions(wire: Wire) -> dict[str, str]:
    """Open a session for each role that has a token or can log in, and ask whether the pod accepts it.

    Returns:
        The roles without an accepted session, each with the reason.

    Raises:
        Unreached: The caller has no session that the pod accepts, or no whole answer comes.
    """
    url = wire.target.url
    if not wire.target.has_session("caller"):
        raise Unreached(
            f"nothing can be measured at {url} without a session of the caller: set POD_CALLER_USER_ID and "
            "POD_CALLER_TOKEN, or POD_CALLER_USERNAME and POD_CALLER_PRIVATE_KEY."
        )
    roles = [role for role in ROLES_WITH_SESSION if wire.target.has_session(role)]
    refused: dict[str, str] = {}
    for role in roles:
        try:
            exchange = _probe(wire, role)
        except SessionError as reason:
            refused[role] = str(reason)
            continue
        if exchange.answer is None:
            raise Unreached(f"{url} cannot be reached: {exchange.failure}")
        if exchange.status == httpx.codes.UNAUTHORIZED:
            refused[role] = f"the pod does not accept the {role}'s session (401)"
    if "caller" in refused:
        raise Unreached(f"nothing was measured at {url} without a session of the caller: {refused['caller']}")
    return refused


def ask_plainly(wire: Wire) -> None:
    """Send a plain accept and reject about an id that belongs to no user, if the caller has a session.

    The ledger learns from the answers how the pod itself answers, as opposed to a server in front of it.
    """
    if not wire.target.has_session("caller"):
        return
    unknown = wire.target.users.get("unknown")
    for operation_id in UNDER_TEST:
        request = act(operation_id, "caller", unknown.user_id if unknown else -1, about="a plain request")
        with suppress(AnswerLost, NotVerified, SessionError):
            wire.send(request, PREFLIGHT)


def _probe(wire: Wire, role: str) -> Exchange:
    """Send a request that changes nothing: read the list, or accept an id that belongs to nobody.

    The second request goes out only if the first one does not show that the session is accepted. An operation
    that refuses a valid session has a fault, and the rules are to find it.
    """
    wire.token(role)
    about = "is the session accepted?"
    reading = Request("listConnections", role, about=about)
    accepting = Request("acceptConnection", role, user_id_body(-1), JSON, about=about)
    exchange = _send_twice_at_most(wire, reading)
    if exchange.status not in (httpx.codes.OK, httpx.codes.FORBIDDEN):
        exchange = _send_twice_at_most(wire, accepting)
    if exchange.answer is not None and exchange.status != httpx.codes.UNAUTHORIZED:
        wire.set_probe(exchange.request)
    return exchange


def _send_twice_at_most(wire: Wire, request: Request) -> Exchange:
    try:
        return wire.send(request, PREFLIGHT)
    except ConnectionDropped:
        try:
            return wire.send(request, PREFLIGHT)
        except ConnectionDropped as again:
            raise Unreached(f"{wire.target.url} cannot be reached: {again}") from None
    except NotVerified as reason:
        raise Unreached(f"{wire.target.url} cannot be measured: {reason}") from None
