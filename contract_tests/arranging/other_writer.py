"""Notices somebody else who changes the connections of the cast while the run is at work, such as a second run."""

from collections.abc import Iterable
from itertools import pairwise

from ..target.answer_lost import AnswerLost
from ..target.not_verified import NotVerified
from ..target.session import SessionError
from ..target.wire import Wire
from .arrange import Arranger

READINGS = 24  # in a row: another run changes the connection several times meanwhile
LEAST_CHANGES = 2  # one change may be the run's own, and arrive late
PAIRS = (("requester", "caller"), ("bystander", "caller"))


def find_other_writer(
    wire: Wire, rule: str, pairs: Iterable[tuple[str, str]] = PAIRS, readings: int = READINGS
) -> str | None:
    """Read the connections for a while, and send nothing that could change them.

    Args:
        wire: The way to the pods.
        rule: The name under which the readings are sent.
        pairs: The connections, each by the role that asks and the role that is asked, which reads.
        readings: How often each connection is read.

    Returns:
        A sentence about somebody else who changes a connection; None if nobody does, or if nothing can be read.
    """
    arranger = Arranger(wire, rule)
    for other, viewer in pairs:
        if not (wire.target.has_session(viewer) and wire.target.has_session(other)):
            continue
        try:
            states = [arranger.read(viewer, other) for _ in range(readings)]
        except (NotVerified, AnswerLost, SessionError):
            continue
        changes = sum(before != after for before, after in pairwise(states))
        if changes >= LEAST_CHANGES:
            seen = ", ".join(dict.fromkeys(states))
            return (
                f"somebody else changes the connection of {viewer} and {other}: it changed {changes} times ({seen}) "
                "while this run only read it. Start one run at a time, and keep bots away from these users"
            )
    return None
