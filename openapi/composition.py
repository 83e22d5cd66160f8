"""Schemas that are put together of others, in the forms that the generator reads whole.

The generator takes no notice of what stands beside a ``$ref``, beside ``oneOf`` or ``anyOf``, or beside an ``allOf`` of
one reference, and of an ``allOf`` within another. Each is said here in a form that it reads, which means the same.
"""

import re
from collections.abc import Callable
from typing import Any

from openapi.documents import Place, copied, looked_up, place_of
from openapi.validate import schemas

_PROSE = {"title", "description", "deprecated", "example", "examples", "readOnly", "writeOnly", "default", "$comment"}
_OF_OBJECTS = {"properties", "required", "additionalProperties", "patternProperties"}
_COMPOSED = {"allOf", "oneOf", "anyOf"}
_MOST_KINDS = 32
_MOST_LEVELS = 5
_OF_ITSELF = (
    "the reference leads into a schema that holds it, which the client cannot name. Name that schema under "
    "components/schemas by an overlay."
)

Refuse = Callable[[Place, str], None]


def say_plainly(document: dict[str, Any], refuse: Refuse) -> None:
    """Bring the schemas of a document into the forms that the generator reads whole, in place.

    Args:
        document: The description, as it is to be given to the generator.
        refuse: Takes note of a schema that has no such form, with its place.
    """
    _write_out_references(document, refuse)
    for place, schema in reversed(list(schemas(document))):
        _without_booleans(schema)
        _beside_reference(schema)
        if isinstance(schema.get("allOf"), list):
            _all_of(document, schema, place, refuse)
        if "properties" in schema and ("oneOf" in schema or "anyOf" in schema):
            _beside_kinds(document, schema)
        if schema.get("type") == "boolean":
            schema.pop("enum", None)
    _one_way_members(document)


def _write_out_references(document: dict[str, Any], refuse: Refuse) -> None:
    """Put what a reference means in its place, where that is not a schema with a name of its own."""
    for _ in range(_MOST_LEVELS):
        found = [
            (place, schema)
            for place, schema in schemas(document)
            if isinstance(schema.get("$ref"), str) and not re.fullmatch(r"#/components/schemas/[^/]+", schema["$ref"])
        ]
        if not found:
            return
        for place, schema in found:
            target = looked_up(document, place_of(schema["$ref"]))
            if not isinstance(target, dict):
                refuse(place, f"expected a schema at {schema['$ref']}. Correct it by an overlay.")
                target = {}
            target_place = place_of(schema.pop("$ref"))
            if place[: len(target_place)] == target_place:
                refuse(place, _OF_ITSELF)
                continue
            for name, value in copied(target).items():
                schema.setdefault(name, value)
    refuse(found[0][0], _OF_ITSELF)


def _without_booleans(schema: dict[str, Any]) -> None:
    """Write `true` and `false` otherwise, and say that an array may hold anything where nothing is said."""
    for name, member in list(schema.get("properties", {}).items()):
        if member is True:
            schema["properties"][name] = {}
        elif member is False:
            del schema["properties"][name]
    if schema.get("items") is True:
        schema["items"] = {}
    elif schema.get("items") is False:
        del schema["items"]
    kinds = schema.get("type")
    if "array" in (kinds if isinstance(kinds, list) else [kinds]) and not {"items", "prefixItems"} & schema.keys():
        schema["items"] = {}


def _beside_reference(schema: dict[str, Any]) -> None:
    if "$ref" in schema and schema.keys() & (_OF_OBJECTS | _COMPOSED):
        rest = {name: schema.pop(name) for name in list(schema) if name not in _PROSE and name != "$ref"}
        schema["allOf"] = [{"$ref": schema.pop("$ref")}, *rest.pop("allOf", []), *([rest] if rest else [])]


def _all_of(document: dict[str, Any], schema: dict[str, Any], place: Place, refuse: Refuse) -> None:
    parts: list[Any] = []
    for part in schema["allOf"]:
        inner = part.get("allOf") if isinstance(part, dict) and "$ref" not in part else None
        rest = {name: value for name, value in part.items() if name != "allOf"} if inner else part
        parts += [*(inner or ()), *([] if inner and not _says(rest) else [rest])]
    beside = {name: schema.pop(name) for name in list(schema) if name in _OF_OBJECTS | {"oneOf", "anyOf"}}
    if _says(beside):
        parts.append(beside)
    parts = [part for part in parts if isinstance(part, dict) and ("$ref" in part or _says(part))]
    if any(_kinds(document, part) is not None for part in parts):
        _distribute(schema, parts, document, place, refuse)
    elif any("$ref" in part or part.keys() & _OF_OBJECTS or part.get("type") == "object" for part in parts):
        schema["allOf"] = parts
    else:
        del schema["allOf"]
        for part in reversed(parts):
            schema |= {name: value for name, value in part.items() if name not in _PROSE or name not in schema}


def _says(part: dict[str, Any]) -> bool:
    """Whether a part of an allOf says more than words and limits."""
    if part.keys() & {"oneOf", "anyOf"} and not part.keys() & {"properties", "type", "enum", "const", "items"}:
        return _kinds({}, part) is not None or bool(part.get("required"))
    return bool(part.keys() & (_OF_OBJECTS | {"type", "enum", "const", "items", "allOf", "$ref", "oneOf", "anyOf"}))


def _kinds(document: dict[str, Any], part: dict[str, Any]) -> list[Any] | None:
    """The schemas of which a part of an allOf is one; None where it is one schema, or only says what is required."""
    reference = part.get("$ref")
    if isinstance(reference, str):
        try:
            part = looked_up(document, place_of(reference))
        except KeyError:
            return None
    kinds = part.get("oneOf") or part.get("anyOf")
    if not isinstance(kinds, list) or not all(isinstance(kind, dict) for kind in kinds):
        return None
    return None if all(_only_requires(kind) for kind in kinds) else kinds


def _only_requires(kind: dict[str, Any]) -> bool:
    return not kind.keys() - _PROSE - {"required", "not", "type"} and kind.get("type", "object") == "object"


def _distribute(
    schema: dict[str, Any], parts: list[Any], document: dict[str, Any], place: Place, refuse: Refuse
) -> None:
    """Write all of A, and B or C, as all of A and B, or all of A and C."""
    choices: list[list[Any]] = [[]]
    for part in parts:
        kinds = _kinds(document, part)
        rest = {name: value for name, value in part.items() if name not in ("oneOf", "anyOf", "discriminator", "$ref")}
        own = [rest] if kinds is not None and _says(rest) else []
        choices = [[*choice, *own, kind] for choice in choices for kind in (kinds or [part])]
        if len(choices) > _MOST_KINDS:
            refuse((*place, "allOf"), f"more than {_MOST_KINDS} schemas come of this one. Name fewer by an overlay.")
            break
    del schema["allOf"]
    schema.pop("type", None)
    schema["oneOf"] = [{"allOf": [dict(part) for part in choice]} for choice in choices[:_MOST_KINDS]]


def _beside_kinds(document: dict[str, Any], schema: dict[str, Any]) -> None:
    """Let each of several schemas hold the members that stand beside them."""
    name = "oneOf" if "oneOf" in schema else "anyOf"
    kinds = schema[name]
    if not isinstance(kinds, list) or all(isinstance(kind, dict) and _only_requires(kind) for kind in kinds):
        del schema[name]
        schema.pop("discriminator", None)
        return
    own = {key: schema.pop(key) for key in list(schema) if key in _OF_OBJECTS}
    if all(own["properties"].keys() <= members(document, kind) for kind in kinds):
        return
    schema.pop("type", None)
    schema[name] = [{"allOf": [kind, {"type": "object", **own}]} for kind in kinds]


def members(document: dict[str, Any], schema: Any) -> set[str]:
    """The names of the members of a schema and of what it is put together of."""
    found: set[str] = set()
    seen: list[Any] = []
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict) and part not in seen:
            seen.append(part)
            found |= part.get("properties", {}).keys()
            waiting += part.get("allOf", [])
            if isinstance(part.get("$ref"), str):
                try:
                    waiting.append(looked_up(document, place_of(part["$ref"])))
                except KeyError:
                    continue
    return found


def _one_way_members(document: dict[str, Any]) -> None:
    """Require no member of a request that only answers have, and none of an answer that only requests have."""
    sent: set[int] = set()
    received: set[int] = set()
    for item in document.get("paths", {}).values():
        for operation in item.values() if isinstance(item, dict) else ():
            if isinstance(operation, dict):
                _reach(document, operation.get("requestBody"), sent)
                _reach(document, operation.get("responses"), received)
    for _, schema in schemas(document):
        required = schema.get("required")
        if not isinstance(required, list):
            continue
        properties = schema.get("properties", {})
        schema["required"] = [
            name
            for name in required
            if not (id(schema) in sent and _is(properties.get(name), "readOnly"))
            and not (id(schema) in received and _is(properties.get(name), "writeOnly"))
        ]


def _is(schema: Any, mark: str) -> bool:
    return isinstance(schema, dict) and schema.get(mark) is True


def _reach(document: dict[str, Any], value: Any, reached: set[int]) -> None:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict) and id(part) not in reached:
            reached.add(id(part))
            waiting += part.values()
            reference = part.get("$ref")
            if isinstance(reference, str):
                try:
                    waiting.append(looked_up(document, place_of(reference)))
                except KeyError:
                    continue
