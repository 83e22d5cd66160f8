"""Whether documents and the description are right: by OpenAPI's own schema, and by what no schema can say."""

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from openapi.documents import Place, looked_up, operations, place_of, pointer, shown
from openapi.errors import Problems
from openapi.join import outside, references, to_nothing

At = Callable[[Place], str]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LOCATIONS = ("query", "header", "path", "cookie")
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def check_document(document: dict[str, Any], at: At, problems: Problems) -> None:
    """Check one OpenAPI 3.1 document by itself, without what its references name elsewhere.

    Args:
        document: The document.
        at: Names a place for a message, such as ``openapi/pages/accept-connection.md, line 8``.
        problems: Gets a message for everything that is wrong.
    """

    def say(place: Place, text: str) -> None:
        problems.add(f"{at(place)}, {pointer(place) or '/'}: {text}")

    faults = list(_by_schema(document))
    for place, text in faults:
        say(place, text)
    if any(len(place) < 4 for place, _ in faults):
        return  # what follows takes paths, path items and operations for what they should be
    for path, method, operation in operations(document):
        place = ("paths", path, method)
        item = document["paths"][path]
        _check_path(path, place, say)
        _check_parameters(document, path, item, operation, place, say)
    _check_defaults(document, say)


def check_whole(document: dict[str, Any], at: At, problems: Problems) -> None:
    """Check what only the joined description shows: references, security schemes and the names of operations.

    Args:
        document: The description, in which `check_document` found nothing.
        at: Names a place for a message.
        problems: Gets a message for everything that is wrong.
    """
    for place, reference in references(document):
        if not reference.startswith("#/"):
            problems.add(f"{at(place)}, {pointer(place)}: {outside(reference)}")
            continue
        seen = [reference]
        while True:
            try:
                target = looked_up(document, place_of(seen[-1]))
            except KeyError:
                problems.add(f"{at(place)}, {pointer(place)}: {to_nothing(seen[-1])}")
                break
            onwards = target.get("$ref") if isinstance(target, dict) and len(target) == 1 else None
            if not isinstance(onwards, str) or not onwards.startswith("#/"):
                break
            if onwards in seen:
                problems.add(
                    f"{at(place)}, {pointer(place)}: the reference {reference} leads back to itself. Correct it at "
                    "its source."
                )
                break
            seen.append(onwards)
    for path, method, operation in operations(document):
        _check_security(document, operation, ("paths", path, method), at, problems)
    _check_operation_ids(document, at, problems)


def _check_operation_ids(document: dict[str, Any], at: At, problems: Problems) -> None:
    named: dict[str, tuple[str, str]] = {}
    for path, method, operation in operations(document):
        name = operation.get("operationId")
        if name is None:
            continue
        other = named.setdefault(name, (path, method))
        if other != (path, method):
            place, there = ("paths", path, method, "operationId"), ("paths", *other, "operationId")
            problems.add(
                f"{at(place)}, {pointer(place)}: the operationId {shown(name)} is also that of {other[1].upper()} "
                f"{other[0]}, at {at(there)}. Give one of them another operationId by an overlay."
            )


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    # Only the schema is taken from openapi-spec-validator: importing the package takes longer than all of the rest.
    package = importlib.util.find_spec("openapi_spec_validator")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("openapi-spec-validator is not installed")
    path = Path(package.origin).parent / "resources" / "schemas" / "v3.1" / "schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    root = {
        "$schema": _DIALECT,
        "$id": "urn:description",
        "$ref": schema["$id"],
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": _DIALECT}},
    }
    return jsonschema_rs.Draft202012Validator(root, registry=jsonschema_rs.Registry([(schema["$id"], schema)]))


def _by_schema(document: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """What OpenAPI's schema finds wrong, the deepest place of each fault alone."""
    found: dict[Place, list[str]] = {}
    for error in _validator().iter_errors(document):
        place = tuple(str(part) for part in error.instance_path)
        text = _translated(error, looked_up(document, place) if place else document)
        if text not in found.setdefault(place, []):
            found[place].append(text)
    for place, texts in sorted(found.items()):
        deeper = any(other[: len(place)] == place and len(other) > len(place) for other in found)
        for text in texts:
            if not (deeper and text.startswith("not valid")) and not (len(texts) > 1 and text.startswith("not valid")):
                yield place, text


def _translated(error: jsonschema_rs.ValidationError, value: Any) -> str:
    kind = type(error.kind).__name__.rpartition("_")[2]
    if kind == "Type":
        wanted = error.kind.types if hasattr(error.kind, "types") else re.findall(r'"(\w+)"', error.message)[-1:]
        return f"expected {' or '.join(map(str, wanted))}, found {shown(value)}."
    if kind == "Required":
        name = re.match(r'"(.*?)" is a required', error.message)
        return f"expected a member {name[1]!a}, found none." if name else error.message
    if kind in ("UnevaluatedProperties", "AdditionalProperties"):
        names = re.findall(r"'((?:[^'\\]|\\.)*)'", error.message)
        if list(error.instance_path) == ["paths"]:
            return f"expected paths that begin with /, found {', '.join(map(ascii, names))}."
        return f"unknown here: {', '.join(names)}. OpenAPI 3.1 has no such member in this place."
    if kind in ("MinProperties", "MinItems"):
        return f"expected at least one member, found {shown(value)}."
    if kind == "Enum":
        return f"found {shown(value)}, which is none of the values that OpenAPI 3.1 has for this place."
    if kind == "Pattern":
        return f"found {shown(value)}, which has not the form that OpenAPI 3.1 asks for in this place."
    if kind == "PropertyNames":
        names = [name for name in value if not re.fullmatch(r"[a-zA-Z0-9._-]+", name)]
        return f"expected names of A-Z, a-z, 0-9, '.', '_' and '-', found {', '.join(map(ascii, names))}."
    if kind == "UniqueItems":
        return f"expected each item once, found {shown(value)}."
    return f"not valid OpenAPI 3.1: found {shown(value)}."


def _check_path(path: str, place: Place, say: Callable[[Place, str], None]) -> None:
    if not path.isprintable() or re.search(r"\s", path):
        say(place, f"the path {path!a} holds a blank or a character that cannot be seen. Correct it by an overlay.")
    if match := re.search(r"[#?]", re.sub(r"\{[^}]*\}", "", path)):
        say(
            place,
            f"the path holds {match[0]!r}, and a request's path ends there: the operation has no address of its own. "
            "Ask the publisher for the address. Take the page out until then.",
        )


def _check_parameters(
    document: dict[str, Any],
    path: str,
    item: dict[str, Any],
    operation: dict[str, Any],
    place: Place,
    say: Callable[[Place, str], None],
) -> None:
    in_path: set[str] = set()
    for owner, where in ((operation, place), (item, place[:-1])):
        seen: dict[tuple[str, str], int] = {}
        for number, given in enumerate(owner.get("parameters", [])):
            here = (*where, "parameters", str(number))
            parameter = _followed(document, given)
            if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str):
                continue
            name, location = parameter["name"], str(parameter.get("in"))
            key = (name.lower() if location == "header" else name, location)
            if key in seen:
                say(
                    here,
                    f"the {location} parameter {name!a} stands here a second time; the first is number {seen[key]}. "
                    "Take one of them out by an overlay.",
                )
            seen.setdefault(key, number)
            if location == "path":
                in_path.add(name)
                if f"{{{name}}}" not in path:
                    say(
                        here, f"the path {path} has no place for the path parameter {name!a}. Correct it by an overlay."
                    )
    for name in re.findall(r"\{([^}]*)\}", path):
        if name not in in_path:
            say(place, f"no parameter describes {{{name}}} of the path. Add it by an overlay.")


def _followed(document: dict[str, Any], value: Any) -> Any:
    for _ in range(20):
        if not (isinstance(value, dict) and isinstance(value.get("$ref"), str) and value["$ref"].startswith("#/")):
            break
        try:
            value = looked_up(document, place_of(value["$ref"]))
        except KeyError:
            break
    return value


def _check_security(
    document: dict[str, Any], operation: dict[str, Any], place: Place, at: At, problems: Problems
) -> None:
    schemes = document.get("components", {}).get("securitySchemes", {})
    here = (*place, "security") if "security" in operation else ("security",)
    for requirement in operation.get("security", document.get("security", [])):
        for name in requirement:
            if name not in schemes:
                problems.add(
                    f"{at(here)}, {pointer(here)}: no security scheme is called {name!a}. Add it to "
                    "components/securitySchemes in openapi/companion.yaml, or take the requirement out by an overlay "
                    "that extends the page."
                )


def _check_defaults(document: dict[str, Any], say: Callable[[Place, str], None]) -> None:
    for place, schema in schemas(document):
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "default" not in schema or not all(kind in _TYPES for kind in kinds):
            continue
        default = schema["default"]
        if not any(
            isinstance(default, _TYPES[kind]) and (kind == "boolean" or not isinstance(default, bool)) for kind in kinds
        ):
            say(
                (*place, "default"),
                f"expected {' or '.join(kinds)}, as the type says, found {shown(default)}. Correct it by an overlay.",
            )
        elif isinstance(schema.get("enum"), list) and default not in schema["enum"]:
            say(
                (*place, "default"),
                f"expected a value of the enum, found {shown(default)}. Correct it by an overlay.",
            )


_MAPS = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")


def schemas(document: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every schema object of a document, with its place; a reference is one too."""
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield from _within(schema, ("components", "schemas", name))
    rest = {name: value for name, value in document.get("components", {}).items() if name != "schemas"}
    for above, value in (("components", rest), ("paths", document.get("paths", {}))):
        yield from _schemas_of_others(value, (above,))


def _schemas_of_others(value: Any, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "schema":
                yield from _within(member, (*place, name))
            elif name not in ("example", "examples") and not name.startswith("x-"):
                yield from _schemas_of_others(member, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _schemas_of_others(item, (*place, str(index)))


_HOLDERS = frozenset((*_MAPS, *_LISTS, *_SINGLE))


def _within(schema: Any, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    waiting = [(place, schema)]
    while waiting:
        here, current = waiting.pop()
        if not isinstance(current, dict):
            continue
        yield here, current
        if _HOLDERS.isdisjoint(current):
            continue
        inner: list[tuple[Place, Any]] = []
        for name in _MAPS:
            if isinstance(members := current.get(name), dict):
                inner += [((*here, name, member), value) for member, value in members.items()]
        for name in _LISTS:
            if isinstance(items := current.get(name), list):
                inner += [((*here, name, str(index)), value) for index, value in enumerate(items)]
        inner += [((*here, name), current[name]) for name in _SINGLE if name in current]
        waiting += reversed(inner)
