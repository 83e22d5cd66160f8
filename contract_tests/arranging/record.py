"""The record of how the connections of the cast were found, kept until they are put back.

It is written before a run changes anything, so that a killed run can be made good later, and it is
shared by every run in the folder: what one could not put back is not the next one's to forget.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..target.target import TargetError

NAME = "connections-as-found.json"


class Found(NamedTuple):
    """A connection as one of its two users read it before it was changed.

    Attributes:
        url: The pod's base address.
        viewer: The role whose session read it.
        viewer_id: The user's id.
        other: The role that was read about.
        other_id: The user's id.
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
        """What it is that was read."""
        return self.url, self.viewer_id, self.other_id


class Record:
    """What is written down in a folder.

    Args:
        folder: The output folder of the runs.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def read(self) -> list[Found]:
        """Everything that is written down, of whichever pod.

        Raises:
            TargetError: The file is none that a run has written.
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
                f"{self.path}: expected the connections that an earlier run had found and not put back, and it is no "
                "such file. Mend it, or remove it and put them back by hand."
            ) from None

    def add(self, found: Iterable[Found]) -> None:
        """Write down what was found; what is written already is older, and so how things really were."""
        known = {entry.key: entry for entry in found} | {entry.key: entry for entry in self.read()}
        self.keep(known.values())

    def keep(self, entries: Iterable[Found]) -> None:
        """Have these written down and nothing else; no file where there are none."""
        connections = [entry._asdict() for entry in entries]
        if not connections:
            self.path.unlink(missing_ok=True)
            return
        partial = self.path.with_name(f".{self.path.name}.partial")
        partial.write_text(json.dumps({"connections": connections}, indent=2) + "\n", encoding="utf-8")
        partial.replace(self.path)
