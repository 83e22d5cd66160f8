"""Says how long changes took from pod to pod."""

from collections.abc import Iterator
from typing import Any

from .escaping import visible


def settling_lines(settling: list[dict[str, Any]]) -> Iterator[str]:
    """Write a line for each direction in which changes were waited for."""
    for entry in settling:
        where = f"what was done at {entry['acted_at']} was read at {entry['read_at']}"
        missed = f", {entry['missed']} times not in time" if entry["missed"] else ""
        if entry["median"] is None:
            yield visible(f"{where}: never{missed}")
        else:
            times = f"median {entry['median']:g} s, longest {entry['longest']:g} s, {entry['times']} times"
            yield visible(f"{where}: {times}{missed}")


def arrival(settling: list[dict[str, Any]], acted_at: str, read_at: str) -> str | None:
    """Say how long what was done at one pod took to be read at another; None if that was not measured."""
    for entry in settling:
        if (entry["acted_at"], entry["read_at"]) == (acted_at, read_at):
            missed = f", {entry['missed']} times not in time" if entry["missed"] else ""
            if entry["median"] is None:
                return f"never{missed}"
            return f"after {entry['median']:g} s (median; longest {entry['longest']:g} s){missed}"
    return None
