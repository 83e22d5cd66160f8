"""The connections that no lawful pod lets a run change: read before the first request that names their users."""

from ..target.not_verified import NotVerified
from ..target.session import SessionError
from ..target.transport import ConnectionDropped
from ..target.wire import Wire
from .arrange import Arranger, Readings

UNTOUCHED = (("caller", "isolated"), ("requester", "unentitled"))
"""Who reads, and about whom."""


def read_untouched(wire: Wire, rule: str) -> Readings:
    """Read these connections, as far as the pod shows them.

    Later rules hold them against it. What they read themselves would not do: a rule before them may
    have had the pod change what it refused, and what is gone cannot go again.

    Args:
        wire: The way to the pod.
        rule: Under which name the requests are sent.
    """
    found: Readings = {}
    for viewer, other in UNTOUCHED:
        if other not in wire.target.users or not wire.target.has_session(viewer):
            continue
        try:
            found[viewer, other] = Arranger(wire, rule).read_exchange(viewer, other)
        except (NotVerified, ConnectionDropped, SessionError):
            continue  # what cannot be read is not held against anything
    return found
