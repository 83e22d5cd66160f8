"""The record of the connections as a run found them. It is kept until they are put back.

A run writes the record before it changes anything, so the connections can be put back even if the run is
killed. All runs in a folder share one record: a run keeps what an earlier run could not put back.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..target.target import TargetError

NAME = "connections-as-found.json"


class Found(NamedTuple):
    """A connection as one of its two users read it before the run changed it.

    Attributes:
        url: The pod's base address.
        viewer: The role whose session read it.
        viewer_id: The id of the user in that role.
        other: The role at the other end of the connection.
        other_id: The id of the user in that role.
        state: One of the four statuses, or ``NONE``.
    """

    url: str
    viewer: str
    viewer_id: int
    other: str
    other_id: int
    state: str

    @property
    def key(self) -> tuple[str, int, int]:
        """Identifies the reading: the pod, the user who read and the other user."""
        return self.url, self.viewer_id, self.other_id


class Record:
    """The record in one output folder.

    Args:
        folder: The output folder of the runs.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def read(self) -> list[Found]:
        """All entries, whichever pod they belong to.

        Raises:
            TargetError: The file cannot be read, or no run has written it.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise TargetError(f"{self.path}: cannot be read: {error}.") from None
        try:
            return [Found(**entry) for entry in json.loads(text)["connections"]]
        except (ValueError, KeyError, TypeError):
            raise TargetError(
                f"{self.path}: expected the record of an earlier run: the connections that it found and did not put "
                "back. This file is something else. Repair it, or remove it and put the connections back by hand."
            ) from None

    def add(self, found: Iterable[Found]) -> None:
        """Add entries. An entry that is already in the record stays: it is older, so it shows the original state."""
        known = {entry.key: entry for entry in found} | {entry.key: entry for entry in self.read()}
        self.keep(known.values())

    def keep(self, entries: Iterable[Found]) -> None:
        """Replace the record by these entries. Without entries the file is removed."""
        connections = [entry._asdict() for entry in entries]
        if not connections:
            self.path.unlink(missing_ok=True)
            return
        partial = self.path.with_name(f".{self.path.name}.partial")
        partial.write_text(json.dumps({"connections": connections}, indent=2) + "\n", encoding="utf-8")
        partial.replace(self.path)
