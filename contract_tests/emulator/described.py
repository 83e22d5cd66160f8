"""Operations that the emulated pod does nothing for: it answers them with an example of what their description says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Example:
    """An answer that an operation documents as success.

    Attributes:
        status: The HTTP status.
        value: The value of the body; None where the body is no JSON, or there is none.
        media_type: The media type; empty where there is no body.
    """

    status: int
    value: Any = None
    media_type: str = ""


def example_of(operation: Mapping[str, Any], components: Mapping[str, Any]) -> Example:
    """Make an answer that an operation documents as success; the first one that it documents.

    Args:
        operation: The operation of the description.
        components: The description's ``components``.
    """
    responses = operation["responses"]
    status = min((name for name in responses if name.startswith("2")), default="default")
    content = _followed(responses.get(status, {}), components).get("content", {})
    number = 200 if status in ("default", "2XX", "2xx") else int(status)
    if not content:
        return Example(number)
    media_type = next((name for name in content if "json" in name), next(iter(content)))
    if "json" not in media_type:
        return Example(number, None, media_type)
    return Example(number, value_of(content[media_type].get("schema", {}), components), media_type)


def value_of(schema: Any, components: Mapping[str, Any], depth: int = 0) -> Any:
    """A small value that a schema allows.

    Args:
        schema: The schema.
        components: The description's ``components``.
        depth: How many objects and arrays there are around the value.
    """
    schema = _followed(schema, components)
    if not isinstance(schema, Mapping):
        return {}
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    if "allOf" in schema:
        parts = [value_of(part, components, depth) for part in schema["allOf"]]
        beside = _object(schema, components, depth) if "properties" in schema else {}
        objects = [part for part in (*parts, beside) if isinstance(part, dict)]
        return (
            {name: value for part in objects for name, value in part.items()} if len(objects) > len(parts) else parts[0]
        )
    for name in ("oneOf", "anyOf"):
        if schema.get(name):
            return value_of(schema[name][0], components, depth)
    kinds = schema.get("type", "object" if "properties" in schema else "null")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object":
        return _object(schema, components, depth)
    if kind == "array":
        least = schema.get("minItems", 0)
        return [value_of(schema.get("items", {}), components, depth + 1) for _ in range(least)]
    if kind == "string":
        return "x" * max(schema.get("minLength", 0), 1)
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 0), 0)
    return {"boolean": False}.get(kind)


def _object(schema: Mapping[str, Any], components: Mapping[str, Any], depth: int) -> dict[str, Any]:
    required = schema.get("required", ())
    return (
        {
            name: value_of(member, components, depth + 1)
            for name, member in schema.get("properties", {}).items()
            if name in required or depth < 1
        }
        if depth < _DEEPEST
        else {}
    )


def _followed(value: Any, components: Mapping[str, Any]) -> Any:
    for _ in range(_DEEPEST):
        if not (isinstance(value, Mapping) and str(value.get("$ref", "")).startswith("#/components/")):
            break
        kind, _, name = str(value["$ref"]).removeprefix("#/components/").partition("/")
        value = components.get(kind, {}).get(name.replace("~1", "/").replace("~0", "~"), {})
    return value
