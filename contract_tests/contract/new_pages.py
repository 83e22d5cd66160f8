"""The operations of published pages that no rule of the catalogue is about: their descriptions are all there is."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from .description import UNDER_TEST, description, operation, resolved
from .schemas import first_fault, validator


@dataclass(frozen=True)
class DocumentedBody:
    """The JSON body that an operation documents for a status.

    Attributes:
        schema: Its schema.
        media_types: The media types of JSON that are documented.
        others: The other media types that are documented for the same status.
        name: What it is, for people: ``Thing``, ``a list of Thing``, or ``its schema`` where that has no name.
    """

    schema: dict[str, Any]
    media_types: tuple[str, ...]
    others: tuple[str, ...]
    name: str

    def fault(self, body: Any) -> str | None:
        """What is wrong with a body; None if nothing is."""
        return first_fault(self._validator, body)

    @cached_property
    def _validator(self) -> Any:
        return validator(self.schema)


@cache
def new_operations() -> tuple[str, ...]:
    """The operationIds of these operations, in the order of the description."""
    return tuple(
        described["operationId"]
        for described in _operations()
        if described.get("x-source", {}).get("kind") == "page" and described["operationId"] not in UNDER_TEST
    )


@cache
def shown(operation_id: str) -> str:
    """An operation for people, such as ``GET /v1/thing``."""
    found = operation(operation_id)
    return f"{found.method} {found.path}"


@cache
def documented_statuses(operation_id: str) -> frozenset[int]:
    """The statuses that an operation documents; a range such as ``4XX`` is all of them, and ``default`` is any."""
    found: set[int] = set()
    for status in _responses(operation_id):
        if status == "default":
            found |= set(range(100, 600))
        elif status[1:].upper() == "XX":
            found |= set(range(int(status[0]) * 100, int(status[0]) * 100 + 100))
        else:
            found.add(int(status))
    return frozenset(found)


@cache
def documented_body(operation_id: str, status: int) -> DocumentedBody | None:
    """The JSON body that an operation documents for a status, for its range or by default; None if it is no JSON."""
    responses = {name.upper(): response for name, response in _responses(operation_id).items()}
    names = (str(status), f"{status // 100}XX", "DEFAULT")
    response: dict[str, Any] = next((responses[name] for name in names if name in responses), {})
    content = resolved(response).get("content", {})
    kinds = {name: name.partition(";")[0].strip().lower() for name in content}
    of_json = [name for name, kind in kinds.items() if kind == "application/json" or kind.endswith("+json")]
    if not of_json or operation(operation_id).method == "HEAD":  # which is answered without its body
        return None
    schema = content[of_json[0]].get("schema", {})
    others = tuple(kind for name, kind in kinds.items() if name not in of_json)
    return DocumentedBody(schema, tuple(kinds[name] for name in of_json), others, _name(schema))


def _name(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if isinstance(schema.get("items"), dict) and (of := _name(schema["items"])) != "its schema":
        return f"a list of {of}"
    return str(schema.get("title") or "its schema")


def _responses(operation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in _operations() if one["operationId"] == operation_id)["responses"]
    return found


def _operations() -> list[dict[str, Any]]:
    return [
        described
        for item in description()["paths"].values()
        for described in item.values()
        if isinstance(described, dict) and "operationId" in described
    ]
