"""Values that a schema allows, drawn by hypothesis; written without the code under test."""

import base64
import string
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=12)
WORD = st.text(string.ascii_letters + string.digits + "-_~", min_size=1, max_size=8)
_FORMATS: dict[str, st.SearchStrategy[str]] = {
    "date": st.dates().map(lambda date: date.isoformat()),
    "date-time": st.datetimes().map(lambda time: f"{time.replace(microsecond=0).isoformat()}+00:00"),
    "uuid": st.uuids().map(str),
    "byte": st.binary(max_size=9).map(lambda data: base64.b64encode(data).decode()),
}
_DEEPEST = 3


def followed(document: dict[str, Any], schema: Any) -> Any:
    """A schema itself, where it is a reference to one."""
    while isinstance(schema, dict) and "$ref" in schema:
        place = [part.replace("~1", "/").replace("~0", "~") for part in schema["$ref"][2:].split("/")]
        schema = document
        for part in place:
            schema = schema[int(part)] if isinstance(schema, list) else schema[part]
    return schema


@st.composite
def values(draw: Any, document: dict[str, Any], schema: Any, depth: int = 0) -> Any:
    """A JSON value that a schema allows."""
    schema = followed(document, schema)
    if not isinstance(schema, dict):
        schema = {}
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return draw(st.sampled_from(schema["enum"]))
    if "allOf" in schema:
        beside = {name: value for name, value in schema.items() if name != "allOf"}
        parts = [draw(values(document, part, depth)) for part in (*schema["allOf"], beside) if _says(part)]
        if all(isinstance(part, dict) for part in parts):
            return {name: value for part in parts for name, value in part.items()}
        return next(part for part in parts if part is not None)
    for name in ("oneOf", "anyOf"):
        if name in schema:
            return draw(_kind(document, schema, schema[name], depth))
    kinds = schema.get("type", "object" if "properties" in schema else None)
    kind = draw(st.sampled_from(kinds)) if isinstance(kinds, list) else kinds
    match kind:
        case "object":
            return draw(_object(document, schema, depth))
        case "array":
            if depth >= _DEEPEST:
                return []
            return draw(st.lists(values(document, schema.get("items", {}), depth + 1), max_size=2))
        case "string":
            return draw(_FORMATS.get(schema.get("format", ""), TEXT))
        case "integer":
            bits = 31 if schema.get("format") == "int32" else 63
            return draw(st.integers(-(2**bits), 2**bits - 1))
        case "number":
            return draw(st.floats(-1e9, 1e9).map(lambda number: number + 0.0))
        case "boolean":
            return draw(st.booleans())
        case "null":
            return None
    return draw(st.one_of(TEXT, st.integers(-9, 9), st.booleans()))


def _says(part: dict[str, Any]) -> bool:
    return bool(part.keys() & {"$ref", "type", "properties", "allOf", "oneOf", "anyOf", "enum", "const"})


@st.composite
def _kind(draw: Any, document: dict[str, Any], schema: dict[str, Any], kinds: list[Any], depth: int) -> Any:
    chosen = draw(st.sampled_from(kinds))
    value = draw(values(document, chosen, depth))
    if "discriminator" in schema and isinstance(value, dict) and "$ref" in chosen:
        name = chosen["$ref"].rpartition("/")[2]
        mapping = schema["discriminator"].get("mapping", {})
        known = [key for key, target in mapping.items() if target.rpartition("/")[2] == name]
        value[schema["discriminator"]["propertyName"]] = draw(st.sampled_from(known or [name]))
    return value


@st.composite
def _object(draw: Any, document: dict[str, Any], schema: dict[str, Any], depth: int) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    made = {}
    for name, member in schema.get("properties", {}).items():
        is_wanted = name in required or (depth < _DEEPEST and draw(st.booleans()))
        if is_wanted and not (isinstance(member, dict) and (member.get("readOnly") or member.get("writeOnly"))):
            made[name] = draw(values(document, member, depth + 1))
    addition = schema.get("additionalProperties")
    if isinstance(addition, dict) and depth < _DEEPEST and draw(st.booleans()):
        made["somethingElse"] = draw(values(document, addition, depth + 1))
    return made
