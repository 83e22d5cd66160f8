"""Puts the connections of the cast back as the run found them, at the end of the run or later.

The run records the connections before its first change, so they can be put back after a crash too.
It records the connections between all users of the cast, because a pod that breaks a rule may change a
connection that the run does not use.
"""

import time
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
MOST_SECONDS = 60.0  # for putting everything back
MOST_LAG = 5.0  # seconds until every reading shows what was put back
DOUBTFUL_SECONDS = 3.0  # until a reading shows what the last answer said
FIRST_PAUSE = 0.02  # seconds between two readings; then twice as long each time
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
        self._end_at = 0.0

    def remember(self, refused: Container[str] = ()) -> list[str]:
        """Record every connection of the cast that can be read.

        Entries that an earlier run left in the record stay: they show the original states.

        Args:
            refused: The roles whose session the pod does not accept.

        Returns:
            A sentence for each connection that an earlier run had changed and left so, and one for each reason why
            this run leaves recorded connections alone, such as another pod.

        Raises:
            TargetError: The record in the folder cannot be read.
        """
        entries = self._record.read()
        earlier = [entry for entry in entries if self._why_elsewhere(entry) is None]
        reasons = Counter(reason for entry in entries if (reason := self._why_elsewhere(entry)))
        self._record.add(self._as_found(refused))
        return [
            *(f"{self._record.path} records {n} readings that this run leaves alone: {r}" for r, n in reasons.items()),
            *(self._left_by_an_earlier_run(entry) for entry in earlier),
        ]

    def _left_by_an_earlier_run(self, entry: Found) -> str:
        viewer, other = self._roles(entry)
        return (
            f"an earlier run left the {viewer}'s connection to the {other}: it had found {entry.state}, and the "
            f"{viewer} reads {self._now(entry)}. It is put back to {entry.state} after this run"
        )

    def restore(self, seconds: float = MOST_SECONDS) -> Restored:
        """Put every recorded connection back. The record keeps the connections that could not be put back.

        What was put back is read until it shows, since a cache or a replica may answer with an older state.

        Args:
            seconds: How long this may take. What is not back by then is named.

        Raises:
            TargetError: The record in the folder cannot be read.
        """
        self._wire.puts_back = True
        self._end_at = time.monotonic() + seconds
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
        changed = [entry for entry in here if self._is_changed(entry)]
        for entry in changed:
            if time.monotonic() < self._end_at:
                with suppress(*FAILURES):
                    self._put_back(entry)
        done, left = {}, []
        lag_ends_at = min(self._end_at, time.monotonic() + max(MOST_LAG, self._wire.target.settle))
        for entry in changed:
            now = self._await(entry, lag_ends_at)
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

    def _is_changed(self, entry: Found) -> bool:
        """Whether a connection is not as it was found, as far as it can be read, or by the last answer."""
        if self._now(entry) != entry.state:
            return True
        if not self._is_doubtful(entry):
            return False
        # The reading may be older than the answer: it is repeated for a while.
        end_at = min(self._end_at, time.monotonic() + DOUBTFUL_SECONDS)
        for _ in self._pauses(end_at):
            if self._now(entry) != entry.state:
                break
        return True

    def _is_doubtful(self, entry: Found) -> bool:
        """Whether the last answer to a request between the two users named another state than was found."""
        said = self._wire.history.said(*self._roles(entry))
        return said is not None and said != entry.state

    def _await(self, entry: Found, end_at: float) -> str:
        """Read a connection until it is as it was found, and return what was read last."""
        now = self._now(entry)
        for _ in self._pauses(end_at):
            if now == entry.state:
                break
            now = self._now(entry)
        if now == entry.state and self._is_doubtful(entry):
            said = self._wire.history.said(*self._roles(entry))
            return f"unknown (it reads {now}, and the last answer of the pod said {said})"
        return now

    def _pauses(self, end_at: float) -> Iterator[None]:
        """Pause, each time for longer, until a time of ``time.monotonic``."""
        pause = FIRST_PAUSE
        while time.monotonic() + pause < end_at:
            time.sleep(pause)
            yield
            pause = min(2 * pause, 1.0)

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
                    state = self._arranger.read(viewer, other)
                    viewer_id, other_id = target.users[viewer].user_id, target.users[other].user_id
                    yield Found(target.pod_of(viewer).url, viewer, viewer_id, other, other_id, state)

    def _why_elsewhere(self, entry: Found) -> str | None:
        """Why these settings cannot read the connection of an entry; None if they can."""
        target = self._wire.target
        if entry.url not in target.urls:
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
            return self._arranger.read(*self._roles(entry))
        except FAILURES as reason:
            return f"unknown ({reason})"

    def _put_back(self, entry: Found) -> None:
        viewer, other = self._roles(entry)
        if self._wire.target.has_session(other):
            if self._now(entry) == entry.state:
                self._remove_what_is_not_shown(entry)
            elif entry.state == OUTGOING:
                self._arranger.bring(INCOMING, asker=viewer, asked=other)
            else:
                self._arranger.bring(entry.state, asker=other, asked=viewer)
            return
        operation_id = ALONE.get(entry.state)
        if operation_id is None or operation_id in self._wire.absent_at(viewer):
            return
        if operation_id == "removeConnection":
            path = (("uid", str(entry.other_id)),)
            request = Request(operation_id, viewer, path_parameters=path, about="putting back")
        else:
            request = act(operation_id, viewer, entry.other_id, about="putting back")
        self._wire.send(request, RESTORE)

    def _remove_what_is_not_shown(self, entry: Found) -> None:
        """Remove a connection that the last answer named and no reading shows, as where a list has more pages."""
        if (
            entry.state != NONE
            or not self._is_doubtful(entry)
            or "removeConnection" in self._wire.absent_at(self._roles(entry)[0])
        ):
            return
        path = (("uid", str(entry.other_id)),)
        request = Request("removeConnection", entry.viewer, path_parameters=path, about="putting back")
        self._wire.send(request, RESTORE)
