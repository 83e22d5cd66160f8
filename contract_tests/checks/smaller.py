"""Makes a request body smaller, to find the least that still breaks a rule."""

import json
from collections.abc import Iterator
from typing import Any

PARTS = 4  # into which a body that is not JSON is cut


def smaller_bodies(body: bytes) -> list[bytes]:
    """Bodies that are shorter than a body and hold a part of it, the shortest first.

    Args:
        body: The body: a JSON text, or any bytes.
    """
    try:
        found = {json.dumps(value).encode() for value in _smaller_values(json.loads(body))}
    except (ValueError, RecursionError):
        found = set(_pieces(body))
    return sorted(
        (smaller for smaller in found if len(smaller) < len(body)), key=lambda smaller: (len(smaller), smaller)
    )


def _smaller_values(value: Any) -> Iterator[Any]:
    """JSON values of the same type with less in them: nothing, one part, all parts but one, or a smaller part."""
    if isinstance(value, dict):
        yield {}
        for name, member in value.items():
            yield {name: member}
            yield {other: kept for other, kept in value.items() if other != name}
            yield from ({**value, name: smaller} for smaller in _smaller_values(member))
    elif isinstance(value, list):
        yield []
        for place, entry in enumerate(value):
            yield [entry]
            yield [*value[:place], *value[place + 1 :]]
            yield from ([*value[:place], smaller, *value[place + 1 :]] for smaller in _smaller_values(entry))
    elif isinstance(value, str):
        yield from ("", value[:1], value[: len(value) // 2], value[len(value) // 2 :])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield 0


def _pieces(body: bytes) -> Iterator[bytes]:
    """A body without each of its quarters, and each of the quarters alone."""
    length = max(1, -(-len(body) // PARTS))
    for start in range(0, len(body), length):
        yield body[start : start + length]
        yield body[:start] + body[start + length :]
