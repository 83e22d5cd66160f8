"""Reads the OpenAPI description, ``generated/openapi.json``."""

import json
from functools import cache
from typing import Any, NamedTuple

from .. import DESCRIPTION_PATH

UNDER_TEST = ("acceptConnection", "rejectConnection")
MAX_INT64 = 2**63 - 1

COMPANION = ("createConnection", "getConnection", "listConnections", "removeConnection", "getSessionInfo")


class Operation(NamedTuple):
    """One operation of the description.

    Attributes:
        id: The operationId.
        method: The HTTP method, in upper case.
        path: The path template, such as ``/v1/connection/accept``.
        responses: The JSON schema of the body, by documented status.
        kind: ``page`` if a published page promises the operation, else ``companion``.
    """

    id: str
    method: str
    path: str
    responses: dict[int, dict[str, Any]]
    kind: str


@cache
def description() -> dict[str, Any]:
    """Load the whole description."""
    loaded: dict[str, Any] = json.loads(DESCRIPTION_PATH.read_text(encoding="utf-8"))
    return loaded


@cache
def operation(operation_id: str) -> Operation:
    """Look an operation up by its operationId.

    Raises:
        LookupError: The description has no such operation.
    """
    for path, item in description()["paths"].items():
        for method, described in item.items():
            if isinstance(described, dict) and described.get("operationId") == operation_id:
                return Operation(
                    id=operation_id,
                    method=method.upper(),
                    path=path,
                    responses={
                        int(status): response.get("content", {}).get("application/json", {}).get("schema", {})
                        for status, response in described["responses"].items()
                        if status.isdecimal()
                    },
                    kind=described["x-source"]["kind"],
                )
    raise LookupError(f"{DESCRIPTION_PATH.name} has no operation {operation_id}; run `make generate`.")


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a schema's ``$ref`` inside the description; return the schema itself if it has none."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = description()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return resolved(found)
