"""The connections that a lawful pod never lets a run change. They are read before any request names their users."""

from ..target.answer_lost import AnswerLost
from ..target.not_verified import NotVerified
from ..target.session import SessionError
from ..target.wire import Wire
from .arrange import Arranger, Readings

PROTECTED = (("caller", "isolated"), ("requester", "unentitled"))
"""The role that reads, and the role at the other end of the connection."""


def read_protected_connections(wire: Wire, rule: str) -> Readings:
    """Read the protected connections. A connection that cannot be read is left out.

    Later rules compare their own readings with these. Each rule could also read before its own requests, but
    that would be too late: the requests of an earlier rule may already have changed the connection.

    Args:
        wire: The way to the pod.
        rule: The name under which the requests are sent.
    """
    found: Readings = {}
    for viewer, other in PROTECTED:
        if other not in wire.target.users or not wire.target.has_session(viewer):
            continue
        try:
            found[viewer, other] = Arranger(wire, rule).read_exchange(viewer, other)
        except (NotVerified, AnswerLost, SessionError):
            continue  # without a first reading there is nothing to compare
    return found
