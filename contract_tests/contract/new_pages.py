"""The operations of published pages that no rule of the catalogue is about: their descriptions are all there is."""

from functools import cache
from typing import Any

from .description import UNDER_TEST, description


@cache
def new_operations() -> tuple[str, ...]:
    """The operationIds of these operations, in the order of the description."""
    return tuple(
        described["operationId"]
        for described in _operations()
        if described.get("x-source", {}).get("kind") == "page" and described["operationId"] not in UNDER_TEST
    )


@cache
def documented_statuses(operation_id: str) -> frozenset[int]:
    """The statuses that an operation documents; a range such as ``4XX`` is all of them, and ``default`` is any."""
    found: set[int] = set()
    for status in _described(operation_id)["responses"]:
        if status == "default":
            found |= set(range(100, 600))
        elif status[1:].upper() == "XX":
            found |= set(range(int(status[0]) * 100, int(status[0]) * 100 + 100))
        else:
            found.add(int(status))
    return frozenset(found)


def documents_json(operation_id: str, status: int) -> bool:
    """Whether an operation documents a JSON body for exactly this status."""
    return "application/json" in _described(operation_id)["responses"].get(str(status), {}).get("content", {})


def _described(operation_id: str) -> dict[str, Any]:
    return next(described for described in _operations() if described["operationId"] == operation_id)


def _operations() -> list[dict[str, Any]]:
    return [
        described
        for item in description()["paths"].values()
        for described in item.values()
        if isinstance(described, dict) and "operationId" in described
    ]
