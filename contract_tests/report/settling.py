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
