"""Before the rules: can the pod be reached, and which sessions does it accept?"""

from contextlib import suppress
from dataclasses import replace

import httpx

from ..contract.description import UNDER_TEST
from ..contract.exchange import JSON, Answer, Request, act, user_id_body
from ..target.answer_lost import AnswerLost
from ..target.not_verified import NotVerified
from ..target.session import SessionError
from ..target.target import ROLES_WITH_SESSION
from ..target.transport import ConnectionDropped
from ..target.wire import Wire
from .companion_operations import NO_OPERATION
from .unreached import Unreached, advice_on_answer, advice_on_failure, describe, differ, is_pods

PREFLIGHT = "preflight"
ABOUT = "is the session accepted?"
INVENTED_TOKEN = "Zq7d0aWcHbM3rT9xYf5kLs2vNe8uJg4pQi6oRt1y"


def open_sessions(wire: Wire) -> dict[str, str]:
    """Open a session for each role that has a token or can log in, and ask whether its pod accepts it.

    Returns:
        The roles without an accepted session, each with the reason.

    Raises:
        Unreached: The caller has no session that its pod accepts, nothing there is a pod, or no whole answer comes.
    """
    target = wire.target
    if not target.has_session("caller"):
        raise Unreached(
            f"nothing can be measured at {target.url} without a session of the caller: set POD_CALLER_USER_ID and "
            "POD_CALLER_TOKEN, or POD_CALLER_USERNAME and POD_CALLER_PRIVATE_KEY."
        )
    refused: dict[str, str] = {}
    pods: set[str] = set()
    for role in ROLES_WITH_SESSION:
        if not target.has_session(role):
            continue
        reason = _why_refused(wire, role, pods)
        if reason is None:
            continue
        if role == "caller":
            raise Unreached(f"nothing was measured: {reason}")
        refused[role] = reason
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


def _why_refused(wire: Wire, role: str, pods: set[str]) -> str | None:
    """Why a role has no session at its pod; None if its pod accepts the session.

    Args:
        wire: The way to the pods.
        role: The role.
        pods: The addresses at which a pod has been found. This one is added if there is a pod.
    """
    try:
        wire.token(role)
        return _why_not_accepted(wire, role, pods)
    except SessionError as error:
        reason = str(error)
        return f"{reason}. {advice_on_failure(reason, wire.target, role)}" if "no answer" in reason else reason
    except (ConnectionDropped, NotVerified) as error:
        return _why_no_answer(str(error), wire, role)


def _why_not_accepted(wire: Wire, role: str, pods: set[str]) -> str | None:
    """Send requests that change nothing, with the role's session and with an invented one.

    A pod is there if it tells the two sessions apart. The list is read first. The second request, accept with an
    id that belongs to nobody, goes out only if the list does not show enough: an operation that refuses a valid
    session, or takes any session, has a fault that the rules are to find.
    """
    url = wire.target.pod_of(role).url
    seen = []
    for plain in (
        Request("listConnections", role, about=ABOUT),
        Request("acceptConnection", role, user_id_body(-1), JSON, about=ABOUT),
    ):
        exchange = wire.send(plain, PREFLIGHT)
        answer = exchange.answer
        if answer is None:
            return _why_no_answer(str(exchange.failure), wire, role)
        seen.append(answer)
        if answer.status == httpx.codes.UNAUTHORIZED:
            continue
        if url in pods or _is_pod(wire, plain, answer):
            pods.add(url)
            wire.set_probe(plain)
            return None
    refusing = next((answer for answer in seen if answer.status == httpx.codes.UNAUTHORIZED), None)
    if refusing is not None and is_pods(refusing):
        return f"the pod does not accept the {role}'s session (401)"
    return (
        f"what answers at {url} is no pod, or does not look at the session: {describe(seen[0])}. "
        f"{advice_on_answer(seen[0], wire.target, role)}"
    )


def _is_pod(wire: Wire, plain: Request, answer: Answer) -> bool:
    """Whether an answer to a plain request is a pod's: an invented session is answered differently.

    A pod that takes every session for a good one is a pod still, and broken. It differs from other servers in
    that it has the operation: the same request to a path that no pod has is answered differently.
    """
    invented = replace(
        plain, token=INVENTED_TOKEN, token_shell=INVENTED_TOKEN, about="is an invented session accepted?"
    )
    elsewhere = replace(plain, at=NO_OPERATION, about="is any path answered the same?")
    for other in (invented, elsewhere):
        others = wire.send(other, PREFLIGHT).answer
        if others is not None and differ(answer, others) and (other is invented or is_pods(answer)):
            return True
    return False


def _why_no_answer(failure: str, wire: Wire, role: str) -> str:
    url = wire.target.pod_of(role).url
    return f"{url} cannot be reached: {failure}. {advice_on_failure(failure, wire.target, role)}"
