"""OpenAPI 3.0 → 3.1, with a line for each change.

Nothing on PyPI does this. It follows the OpenAPI Initiative's notes on migrating from 3.0 to 3.1.
"""

import re
from collections.abc import Iterator
from typing import Any

from openapi.documents import Place, Text, pointer, shown
from openapi.errors import ContractError

TARGET = "3.1.1"

# Where a schema holds other schemas, and where it holds data that only looks like one.
_SCHEMA_MAPS = ("properties", "patternProperties", "definitions", "$defs", "dependentSchemas")
_DATA = ("enum", "example", "examples", "default", "const", "x-enum-varnames")


def upgraded(document: dict[str, Any], text: Text) -> tuple[dict[str, Any], list[str]]:
    """Read a document of OpenAPI 3.0 or 3.1 as one of 3.1.

    Args:
        document: The parsed document; changed in place where it is of 3.0.
        text: The text that it was read from, for messages.

    Returns:
        The document, and a line for each change with the line in the file and the JSON pointer.

    Raises:
        ContractError: It is Swagger 2.0, OpenAPI 3.2 or of no version that is known.
    """
    if "swagger" in document and "openapi" not in document:
        raise ContractError(
            f"{text.file}, line {text.line(('swagger',))}, /swagger: expected OpenAPI 3.1 or 3.0, found Swagger "
            f"{document['swagger']!s:.20}. Ask the publisher for OpenAPI 3, or describe its operations in "
            "openapi/companion.yaml (npx swagger2openapi converts the document) and take the page out."
        )
    version = document["openapi"]
    where = f"{text.file}, line {text.line(('openapi',))}, /openapi"
    version = str(version)
    if re.fullmatch(r"3\.1\.\d+", version):
        return document, []
    if version == "3.1":
        document["openapi"] = TARGET
        return document, [f"{where}: {version} is read as {TARGET}"]
    if not re.fullmatch(r"3\.0(\.\d+)?", version):
        way_out = (
            "What 3.2 adds cannot be said in 3.1, which the generator reads. Ask the publisher for 3.1, or describe "
            "the operations in openapi/companion.yaml and take the page out."
            if version.startswith("3.2")
            else "Ask the publisher for one of these."
        )
        raise ContractError(f"{where}: expected OpenAPI 3.1 or 3.0, such as 3.1.1, found {version[:20]!a}. {way_out}")
    changed = [f"{where}: {version} is read as {TARGET}"]
    document["openapi"] = TARGET
    for place, schema in list(_schemas(document, (), in_schema=False)):
        where = f"{text.file}, line {text.line(place)}, {pointer(place)}"
        changed.extend(f"{where}: {change}" for change in _schema_changes(schema))
    return document, changed


def _schemas(value: Any, place: Place, *, in_schema: bool) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every schema object, the ones within before the ones around them."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _schemas(item, (*place, str(index)), in_schema=in_schema)
    elif isinstance(value, dict):
        for name, member in value.items():
            here = (*place, name)
            is_map = (in_schema and name in _SCHEMA_MAPS) or here == ("components", "schemas")
            if is_map and isinstance(member, dict):
                for inner, schema in member.items():
                    yield from _schemas(schema, (*here, inner), in_schema=True)
            elif not (name in _DATA or name.startswith("x-")):
                yield from _schemas(member, here, in_schema=in_schema or name == "schema")
        if in_schema:
            yield place, value


def _schema_changes(schema: dict[str, Any]) -> Iterator[str]:
    if isinstance(schema.get("$ref"), str) and len(schema) > 1:
        ignored = [name for name in schema if name != "$ref"]
        for name in ignored:
            del schema[name]
        yield f"{', '.join(ignored)} beside $ref taken out: 3.0 ignores it"
        return
    nullable = schema.pop("nullable", None)
    if nullable is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        yield f"nullable is said by type: {shown(schema['type'])}"
    elif nullable is True and schema:
        inner = dict(schema)
        kept: dict[str, Any] = {
            name: inner.pop(name) for name in ("title", "description", "deprecated") if name in inner
        }
        schema.clear()
        schema.update(kept, anyOf=[inner, {"type": "null"}])
        yield "nullable is said by anyOf with null"
    elif nullable is not None:
        yield f"nullable: {shown(nullable)} taken out: it says nothing here"
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(exclusive := schema.get(bound), bool):
            del schema[bound]
            if exclusive and limit in schema:
                schema[bound] = schema.pop(limit)
            yield f"{bound}: {shown(exclusive)} is said by {bound if exclusive else limit} as a number"
    if "example" in schema and "examples" not in schema:
        schema["examples"] = [schema.pop("example")]
        yield "example is said by examples"
    if schema.get("type") == "string" and schema.get("format") == "binary":
        del schema["format"]
        schema["contentMediaType"] = "application/octet-stream"
        yield "format: binary is said by contentMediaType"
    elif schema.get("type") == "string" and schema.get("format") in ("byte", "base64"):
        encoding = schema.pop("format")
        schema["contentEncoding"] = "base64"
        yield f"format: {encoding} is said by contentEncoding"
