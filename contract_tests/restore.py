"""Puts the connections of the cast back as they were found, at the end of a run or later.

What was found is written down before the first change, so that it can be put back after a crash too.
"""

import json
from pathlib import Path
from typing import Any

from contract_tests.arrange import Arranger
from contract_tests.lawful import INCOMING, OUTGOING
from contract_tests.session import SessionError
from contract_tests.wire import ConnectionDropped, NotVerified, Wire

NAME = "connections-as-found.json"
RESTORE = "restore"
PAIRS = (("requester", "caller"), ("bystander", "caller"))  # who asks, who is asked


class RestoreError(Exception):
    """A connection could not be put back; the message says which, and what to do."""


class Restorer:
    """Remembers the connections of the cast and puts them back.

    Args:
        wire: The way to the pod.
        folder: Where what was found is written down until it is put back.
    """

    def __init__(self, wire: Wire, folder: Path) -> None:
        self._wire = wire
        self._path = folder / NAME
        self._arranger = Arranger(wire, RESTORE)

    def remember(self) -> None:
        """Write down every connection that a run may change.

        What an earlier run found and did not put back stays written: that is how things were.
        """
        found = self._written()
        for asker, asked in PAIRS:
            if (asker, asked) in found or not all(self._wire.target.has_session(role) for role in (asker, asked)):
                continue
            try:
                found[asker, asked] = self._arranger.read(asked, asker)
            except (NotVerified, ConnectionDropped, SessionError):
                continue  # what cannot be read is not arranged either
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._as_json(found), indent=2) + "\n", encoding="utf-8")

    def restore(self) -> list[str]:
        """Put every remembered connection back.

        Returns:
            A line for each connection that had to be put back.

        Raises:
            RestoreError: One could not be; what was found stays written down.
        """
        done = []
        for (asker, asked), state in self._written().items():
            try:
                if self._arranger.read(asked, asker) == state:
                    continue
                if state == OUTGOING:
                    self._arranger.bring(INCOMING, asker=asked, asked=asker)
                else:
                    self._arranger.bring(state, asker=asker, asked=asked)
            except (NotVerified, ConnectionDropped, SessionError) as reason:
                raise RestoreError(
                    f"the connection of {asked} and {asker} was {state} and could not be put back: {reason}. "
                    f"It stays written down in {self._path}; `python -m contract_tests clean` tries again."
                ) from None
            done.append(f"the connection of {asked} and {asker} is {state} again")
        self._path.unlink(missing_ok=True)
        return done

    def _as_json(self, found: dict[tuple[str, str], str]) -> dict[str, Any]:
        users = self._wire.target.users
        return {
            "url": self._wire.target.url,
            "connections": [
                {
                    "asker": asker,
                    "asked": asked,
                    "user_ids": [users[asker].user_id, users[asked].user_id],
                    "state": state,
                }
                for (asker, asked), state in found.items()
            ],
        }

    def _written(self) -> dict[tuple[str, str], str]:
        """What is written down for this pod and this cast."""
        try:
            written = json.loads(self._path.read_text(encoding="utf-8"))
            entries = written["connections"] if written["url"] == self._wire.target.url else []
            users = self._wire.target.users
            return {
                (entry["asker"], entry["asked"]): entry["state"]
                for entry in entries
                if all(role in users for role in (entry["asker"], entry["asked"]))
                and entry["user_ids"] == [users[entry["asker"]].user_id, users[entry["asked"]].user_id]
            }
        except (OSError, ValueError, KeyError, TypeError):
            return {}
