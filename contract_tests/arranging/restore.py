"""Puts the connections of the cast back as they were found, at the end of a run or later.

What was found is written down before the first change, so that it can be put back after a crash too.
Of every pair of the cast each user with a session is asked, since a pod that breaks a rule may have
changed a connection that the run never meant to touch.
"""

from collections import Counter
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .. import COMMAND
from ..contract.exchange import Request, act
from ..contract.lawful import ACCEPTED, INCOMING, NONE, OUTGOING, REJECTED
from ..target.not_verified import NotVerified
from ..target.session import SessionError
from ..target.target import ROLES, ROLES_WITH_SESSION
from ..target.transport import ConnectionDropped
from ..target.wire import Wire
from ..verdict.ledger import Ledger
from .arrange import Arranger
from .record import Found, Record

RESTORE = "restore"
FAILURES = (NotVerified, ConnectionDropped, SessionError)
# The caller last: a request of its that was under way when the run was interrupted has ended by then.
VIEWERS = tuple(reversed(ROLES_WITH_SESSION))
# What makes a state where only one of the two can act.
ALONE = {NONE: "removeConnection", ACCEPTED: "acceptConnection", REJECTED: "rejectConnection"}


class Restored(NamedTuple):
    """What came of putting things back, in sentences.

    Attributes:
        done: A connection that is as it was found again.
        left: One that is not, and could not be put back.
        elsewhere: Connections that are written down and cannot be looked at with these settings.
    """

    done: list[str]
    left: list[str]
    elsewhere: list[str]


class Restorer:
    """Remembers the connections of the cast and puts them back.

    Args:
        wire: The way to the pod.
        folder: Where what was found is written down until it is put back.
        ledger: Told where a row of the behaviour table is not kept on the way.
    """

    def __init__(self, wire: Wire, folder: Path, ledger: Ledger | None = None) -> None:
        self._wire = wire
        self._record = Record(folder)
        self._arranger = Arranger(wire, RESTORE, ledger)

    def remember(self, refused: Container[str] = ()) -> int:
        """Write down every connection of the cast that can be read.

        What an earlier run found and did not put back stays written: that is how things were.

        Args:
            refused: The roles whose session the pod does not accept.

        Returns:
            How many readings an earlier run had left.

        Raises:
            TargetError: What is written down there cannot be read.
        """
        left = len(self._record.read())
        self._record.add(self._as_found(refused))
        return left

    def restore(self) -> Restored:
        """Put every remembered connection back; what could not be stays written down.

        Raises:
            TargetError: What is written down there cannot be read.
        """
        here: list[Found] = []
        kept: list[Found] = []
        reasons: Counter[str] = Counter()
        for entry in self._record.read():
            if reason := self._why_elsewhere(entry):
                reasons[reason] += 1
                kept.append(entry)
            else:
                here.append(entry)
        # In the order in which they were read, and all of them before one is touched.
        changed = [entry for entry in here if self._now(entry) != entry.state]
        for entry in changed:
            with suppress(*FAILURES):
                try:
                    self._put_back(entry)
                except ConnectionDropped:
                    self._put_back(entry)
        done, left = {}, []
        for entry in changed:
            now = self._now(entry)
            viewer, other = self._roles(entry)
            if now == entry.state:
                # Both users read the same connection.
                done[frozenset((viewer, other))] = f"the connection of {viewer} and {other} is {now} again"
            else:
                kept.append(entry)
                left.append(f"left changed: the {viewer}'s connection to the {other}: found {entry.state}, is {now}")
        self._record.keep(kept)
        elsewhere = [f"{count} readings stay written down in {self._record.path}: {r}" for r, count in reasons.items()]
        if left:
            left.append(
                f"what is left stays written down in {self._record.path}: `{COMMAND} clean` tries "
                "again. Where it is to stay as it is, remove the file."
            )
        return Restored(list(done.values()), left, elsewhere)

    def _as_found(self, refused: Container[str]) -> Iterator[Found]:
        target = self._wire.target
        for viewer in VIEWERS:
            if not target.has_session(viewer) or viewer in refused:
                continue
            for other in ROLES:
                if other in (viewer, "unknown") or other not in target.users:
                    continue
                # What cannot be read is not arranged either.
                with suppress(*FAILURES):
                    state = self._twice_at_most(viewer, other)
                    viewer_id, other_id = target.users[viewer].user_id, target.users[other].user_id
                    yield Found(target.url, viewer, viewer_id, other, other_id, state)

    def _why_elsewhere(self, entry: Found) -> str | None:
        """Why an entry cannot be looked at with these settings; None where it can."""
        target = self._wire.target
        if entry.url != target.url:
            return f"they are of {entry.url}, and POD_URL is {target.url}"
        roles = {user.user_id: role for role, user in target.users.items()}
        for role, user_id in ((entry.viewer, entry.viewer_id), (entry.other, entry.other_id)):
            if user_id not in roles:
                return f"they are of the {role} {user_id}, and POD_{role.upper()}_USER_ID is not that"
        if not target.has_session(roles[entry.viewer_id]):
            return f"they take a session of the {roles[entry.viewer_id]}, and there is none"
        return None

    def _roles(self, entry: Found) -> tuple[str, str]:
        roles = {user.user_id: role for role, user in self._wire.target.users.items()}
        return roles[entry.viewer_id], roles[entry.other_id]

    def _now(self, entry: Found) -> str:
        """The state that is read now, or why none is."""
        try:
            return self._twice_at_most(*self._roles(entry))
        except FAILURES as reason:
            return f"unknown ({reason})"

    def _twice_at_most(self, viewer: str, other: str) -> str:
        try:
            return self._arranger.read(viewer, other)
        except ConnectionDropped:
            return self._arranger.read(viewer, other)

    def _put_back(self, entry: Found) -> None:
        viewer, other = self._roles(entry)
        if self._wire.target.has_session(other):
            if entry.state == OUTGOING:
                self._arranger.bring(INCOMING, asker=viewer, asked=other)
            else:
                self._arranger.bring(entry.state, asker=other, asked=viewer)
            return
        operation_id = ALONE.get(entry.state)
        if operation_id is None or operation_id in self._wire.absent:
            return
        if operation_id == "removeConnection":
            path = (("uid", str(entry.other_id)),)
            request = Request(operation_id, viewer, path_parameters=path, about="putting back")
        else:
            request = act(operation_id, viewer, entry.other_id, about="putting back")
        self._wire.send(request, RESTORE)
