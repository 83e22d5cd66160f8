"""Puts the connections of the cast back as the run found them, at the end of the run or later.

The run records the connections before its first change, so they can be put back after a crash too.
It records the connections between all users of the cast, because a pod that breaks a rule may change a
connection that the run does not use.
"""

from collections import Counter
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .. import COMMAND
from ..contract.exchange import Request, act
from ..contract.lawful import ACCEPTED, INCOMING, NONE, OUTGOING, REJECTED
from ..target.answer_lost import AnswerLost
from ..target.not_verified import NotVerified
from ..target.session import SessionError
from ..target.target import ROLES, ROLES_WITH_SESSION
from ..target.wire import Wire
from ..verdict.ledger import Ledger
from .arrange import Arranger
from .record import Found, Record

RESTORE = "restore"
FAILURES = (NotVerified, AnswerLost, SessionError)
# The caller comes last. By then a request of the caller that was interrupted has ended.
VIEWERS = tuple(reversed(ROLES_WITH_SESSION))
# The operation that makes a state if only one of the two users has a session.
ALONE = {NONE: "removeConnection", ACCEPTED: "acceptConnection", REJECTED: "rejectConnection"}


class Restored(NamedTuple):
    """The result of putting connections back, in sentences for people.

    Attributes:
        done: Connections that were put back.
        left: Connections that could not be put back.
        elsewhere: Recorded connections that these settings cannot read.
    """

    done: list[str]
    left: list[str]
    elsewhere: list[str]


class Restorer:
    """Records the connections of the cast and puts them back.

    Args:
        wire: The way to the pod.
        folder: The output folder, where the record is kept.
        ledger: Records a step that breaks a row of the behaviour table.
    """

    def __init__(self, wire: Wire, folder: Path, ledger: Ledger | None = None) -> None:
        self._wire = wire
        self._record = Record(folder)
        self._arranger = Arranger(wire, RESTORE, ledger)

    def remember(self, refused: Container[str] = ()) -> int:
        """Record every connection of the cast that can be read.

        Entries that an earlier run left in the record stay: they show the original states.

        Args:
            refused: The roles whose session the pod does not accept.

        Returns:
            How many entries an earlier run had left.

        Raises:
            TargetError: The record in the folder cannot be read.
        """
        left = len(self._record.read())
        self._record.add(self._as_found(refused))
        return left

    def restore(self) -> Restored:
        """Put every recorded connection back. The record keeps the connections that could not be put back.

        Raises:
            TargetError: The record in the folder cannot be read.
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
        # All connections are read, in the order of the record, before the first one is changed.
        changed = [entry for entry in here if self._now(entry) != entry.state]
        for entry in changed:
            with suppress(*FAILURES):
                try:
                    self._put_back(entry)
                except AnswerLost:
                    self._put_back(entry)
        done, left = {}, []
        for entry in changed:
            now = self._now(entry)
            viewer, other = self._roles(entry)
            if now == entry.state:
                # Both users read this connection, so it may appear twice.
                done[frozenset((viewer, other))] = f"the connection of {viewer} and {other} is {now} again"
            else:
                kept.append(entry)
                left.append(f"left changed: the {viewer}'s connection to the {other}: found {entry.state}, is {now}")
        self._record.keep(kept)
        elsewhere = [f"{count} readings stay in {self._record.path}: {r}" for r, count in reasons.items()]
        if left:
            left.append(
                f"{self._record.path} keeps what could not be put back. `{COMMAND} clean` tries again. "
                "Remove the file if the connections are to stay as they are."
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
                # The run cannot change a connection that it cannot read.
                with suppress(*FAILURES):
                    state = self._read_with_one_repeat(viewer, other)
                    viewer_id, other_id = target.users[viewer].user_id, target.users[other].user_id
                    yield Found(target.url, viewer, viewer_id, other, other_id, state)

    def _why_elsewhere(self, entry: Found) -> str | None:
        """Why these settings cannot read the connection of an entry; None if they can."""
        target = self._wire.target
        if entry.url != target.url:
            return f"they belong to {entry.url}, and POD_URL is {target.url}"
        roles = {user.user_id: role for role, user in target.users.items()}
        for role, user_id in ((entry.viewer, entry.viewer_id), (entry.other, entry.other_id)):
            if user_id not in roles:
                return f"they belong to the {role} {user_id}, and POD_{role.upper()}_USER_ID is another id"
        if not target.has_session(roles[entry.viewer_id]):
            return f"they need a session of the {roles[entry.viewer_id]}, and there is none"
        return None

    def _roles(self, entry: Found) -> tuple[str, str]:
        roles = {user.user_id: role for role, user in self._wire.target.users.items()}
        return roles[entry.viewer_id], roles[entry.other_id]

    def _now(self, entry: Found) -> str:
        """The state that the user reads now, or why it cannot be read."""
        try:
            return self._read_with_one_repeat(*self._roles(entry))
        except FAILURES as reason:
            return f"unknown ({reason})"

    def _read_with_one_repeat(self, viewer: str, other: str) -> str:
        try:
            return self._arranger.read(viewer, other)
        except AnswerLost:
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
