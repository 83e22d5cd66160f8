"""The classes that the generator will make of schemas, told apart before it makes any.

The generator names a class after the schema's title, or else after its place: the operation and the answer, the class
around it and the member. Two schemas of one name would be an error in its own words. Here the later one gets a title
with a number, and a note says so.
"""

from collections.abc import Callable, Iterator
from typing import Any

from openapi_python_client.strings import ClassName, PythonIdentifier, pascal_case

from openapi.documents import Place, operations, pointer
from openapi.errors import Problems

_PREFIX = "field_"


LONGEST = 190
"""The most characters of a name that becomes the name of a file."""


def tell_classes_apart(document: dict[str, Any], at: Callable[[Place], str], problems: Problems) -> list[str]:
    """Give each schema that would share its class with another one a title with a number, in place.

    Args:
        document: What the generator gets.
        at: Names a place for a message.
        problems: Gets a message for each class whose name is too long for the name of a file.

    Returns:
        A note for each title.
    """
    return _Classes(document, at, problems).notes


class _Classes:
    def __init__(self, document: dict[str, Any], at: Callable[[Place], str], problems: Problems) -> None:
        self._problems = problems
        self.notes: list[str] = []
        self._at = at
        self._taken: dict[str, tuple[Place, Any]] = {}
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            self._take(schema, name, "", ("components", "schemas", name))
        for path, method, operation in operations(document):
            place = ("paths", path, method)
            for schema, name, parent, more in _of_operation(operation):
                self._take(schema, name, parent, (*place, *more))

    def _take(self, schema: Any, name: str, parent: str, place: Place) -> None:
        """Take the classes of a schema and of the schemas within it; as the generator goes through them."""
        if not isinstance(schema, dict) or "$ref" in schema:
            return
        parts = [(kind, number, part) for kind in ("allOf", "anyOf", "oneOf") for number, part in _listed(schema, kind)]
        if len(parts) == 1 and "$ref" in parts[0][2]:
            return
        kind = schema.get("type")
        values = schema.get("enum")
        if kind == "boolean":
            return
        if isinstance(values, list) and values:
            if any(value is not None for value in values):
                named = f"{name}_type_1" if None in values else name
                self._claim(schema, named, parent, place, ("enum", [value for value in values if value is not None]))
            return
        if isinstance(kind, list) or any(where != "allOf" for where, _, _ in parts):
            self._take_union(schema, name, parent, place)
        elif kind == "array":
            self._take_items(schema, name, parent, place)
        elif kind == "object" or "allOf" in schema or (kind is None and schema.get("properties")):
            own = self._claim(schema, name, parent, place, None)
            self._take_members(schema, own, place)
            for where, number, part in parts:
                if where == "allOf":
                    self._take_members(part, own, (*place, "allOf", str(number)))
            self._take(schema.get("additionalProperties"), "AdditionalProperty", own, (*place, "additionalProperties"))

    def _take_union(self, schema: dict[str, Any], name: str, parent: str, place: Place) -> None:
        kinds = [
            ((*place, where, str(number)), part)
            for where in ("anyOf", "oneOf")
            for number, part in _listed(schema, where)
        ]
        for number, (here, part) in enumerate(kinds):
            title = part.get("title")
            subscript = title if title is not None and title != schema.get("title") else f"type_{number}"
            self._take(part, f"{name}_{subscript}", parent, here)
        types = schema["type"] if isinstance(schema.get("type"), list) else []
        for number, kind in enumerate(types, start=len(kinds)):
            one = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")} | {"type": kind}
            self._take(one, f"{name}_type_{number}", parent, place)
            if one.get("title") != schema.get("title"):
                schema["title"] = one["title"]

    def _take_items(self, schema: dict[str, Any], name: str, parent: str, place: Place) -> None:
        items = [((*place, "prefixItems", str(number)), item) for number, item in _listed(schema, "prefixItems")]
        if isinstance(schema.get("items"), dict):
            items.append(((*place, "items"), schema["items"]))
        for number, (here, item) in enumerate(items):
            subscript = item.get("title") or f"type_{number}"
            self._take(item, f"{name}_item" + (f"_{subscript}" if len(items) > 1 else ""), parent, here)

    def _take_members(self, schema: dict[str, Any], parent: str, place: Place) -> None:
        for member, inner in (schema.get("properties") or {}).items():
            self._take(inner, member, parent, (*place, "properties", member))

    def _claim(self, schema: dict[str, Any], name: str, parent: str, place: Place, same: Any) -> str:
        """Take the name of a schema's class; schemas with the same values, where that is given, may share one."""
        title = schema.get("title") or name
        for number in range(1, 10_000):
            numbered = title if number == 1 else f"{title}{'No' if title[-1:].isdecimal() else ''}{number}"
            found = _class_name(numbered, parent)
            other, values = self._taken.setdefault(found, (place, same))
            if other == place or (same is not None and values == same):
                break
        if number > 1:
            first = _class_name(title, parent)
            schema["title"] = numbered
            self.notes.append(
                f"{self._at(place)}, {pointer(place)}: the class of this schema is {found}; {first} is that of "
                f"{self._at(self._taken[first][0])}, {pointer(self._taken[first][0])}."
            )
        if len(found) > LONGEST >= len(parent):
            self._problems.add(
                f"{self._at(place)}, {pointer(place)}: the class of this schema would be called {found[:40]}…, longer "
                f"than {LONGEST} characters, and a file is named after it. Name one of the schemas around it under "
                "components/schemas by an overlay."
            )
        return found


def _class_name(title: str, parent: str) -> str:
    plain = f"{pascal_case(parent)}{pascal_case(title)}" if parent else title
    return ClassName(plain.rpartition("/")[2], _PREFIX)


def _listed(schema: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    parts = schema.get(name)
    yield from ((number, part) for number, part in enumerate(parts or ()) if isinstance(part, dict))


def _of_operation(operation: dict[str, Any]) -> Iterator[tuple[Any, str, str, Place]]:
    """The schemas of an operation: each with its name, its parent and its place in the operation."""
    own = PythonIdentifier(operation["operationId"], _PREFIX)
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, media in content.items():
        parent = f"{own}_{_kind_of(media_type)}" if len(content) > 1 else own
        yield media.get("schema"), "body", parent, ("requestBody", "content", media_type, "schema")
    for number, parameter in enumerate(operation.get("parameters", [])):
        yield parameter.get("schema"), parameter.get("name", ""), own, ("parameters", str(number), "schema")
    for status, answer in operation.get("responses", {}).items():
        for media_type, media in answer.get("content", {}).items():
            place = ("responses", status, "content", media_type, "schema")
            yield media.get("schema"), f"response_{status}", own, place


def _kind_of(media_type: str) -> str:
    plain = media_type.partition(";")[0].strip().lower()
    kinds = {"application/x-www-form-urlencoded": "data", "multipart/form-data": "files"}
    return kinds.get(plain, "json" if plain == "application/json" or plain.endswith("+json") else "content")
