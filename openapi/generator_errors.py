"""What openapi-python-client cannot make, in words of ours, with the place and the way out."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from openapi_python_client.config import Config
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.strings import PythonIdentifier

from openapi.composition import members
from openapi.documents import Place, looked_up, operations, pointer
from openapi.errors import Problems
from openapi.validate import schemas

At = Callable[[Place], str]

# The generator's words, and what they mean. A group of the expression can stand in ours.
_MEANINGS = tuple(
    (re.compile(theirs, re.DOTALL), ours)
    for theirs, ours in (
        (
            r"Parameters with same Python identifier (\w+) detected",
            "{names}two of its parameters would both be called {0} in the client. Leave one out by an overlay.",
        ),
        (
            r"have the same python_name",
            "{names}two members of one schema would have the same name in the client, since they differ only in "
            "characters that a name in Python cannot hold. Leave one out by an overlay.",
        ),
        (
            r"Incorrect path templating for (\S+)",
            "a parameter stands in the path {0} twice. Ask the publisher for the address, or take the operation out by "
            "an overlay.",
        ),
        (
            r"Recursive and circular references are not supported",
            "a list of which each item is such a list again has no type in Python. Let its items be objects with a "
            "name under components/schemas, by an overlay.",
        ),
        (
            r"Recursive allOf reference|in allOf was not processed",
            "the schema is put together, by allOf, of itself. Correct it by an overlay.",
        ),
        (
            r"(?:\(|: |^|\n)([^(:]*?) can't be merged with ([^),.]*)",
            "allOf gives one member two types, {0} and {1}. Leave one of them by an overlay.",
        ),
        (
            r"can't (?:redefine|combine)",
            "allOf gives one member two lists of values that do not go together. Leave one of them by an overlay.",
        ),
        (
            r"Cannot take allOf a non-object",
            "allOf puts a schema that is no object together with others. Change it by an overlay.",
        ),
        (
            r"Invalid (?:date|datetime|int value|float value|boolean value|UUID value)|Cannot convert|Value .* is not "
            r"valid for|Invalid default value|Invalid value for const|cannot have a default value",
            "a default is no value of its schema. Correct it by an overlay.",
        ),
        (
            r"(?:.*generated\. |^)([^:]*?)(?: \| Unset)? is not allowed in (\w+)",
            "a parameter of the type {0} in the {1} is none that the client can write. Change it by an overlay.",
        ),
        (
            r'(?:duplicate models with name "|conflicting enums named )(\w+)',
            "two schemas would both be the class {0}. Give one of them another title by an overlay.",
        ),
        (
            r"Invalid property in union",
            "one of the schemas that it may be cannot be made: it refers back to this one, or is wrong in itself. "
            "Change it by an overlay.",
        ),
        (r"Circular schema references", "the schema refers only to itself. Correct it by an overlay."),
        (r"Circular \$ref in request body", "the body refers only to itself. Correct it by an overlay."),
    )
)
# What comes of another error.
_CONSEQUENCE = re.compile(r"Could not find reference in parsed models or enums|Reference \S+ not found")


def check_errors(
    data: GeneratorData, document: dict[str, Any], accepted: list[Any], at: At, problems: Problems
) -> None:
    """Take the generator's warnings for errors, unless they are accepted with a reason.

    Args:
        data: What the generator made of the document.
        document: The description, as the generator got it.
        accepted: The accepted warnings, each with `warning` and `reason`.
        at: Names a place for a message.
        problems: Gets a message for each error, and for each accepted warning that did not come.
    """
    places = {f"{method.upper()} {path}": ("paths", path, method) for path, method, _ in operations(document)}
    found = [error for group in data.endpoint_collections_by_tag.values() for error in group.parse_errors]
    used: set[str] = set()
    messages: list[str] = []
    consequences: list[str] = []
    for error in [*found, *data.errors]:
        text = plain(f"{error.header or ''} {error.detail or ''}")
        entry = next((entry["warning"] for entry in accepted if entry["warning"] in text), None)
        if entry is not None:
            used.add(entry)
            continue
        place = _place(text, places, document)
        where = f"{at(place)}, {pointer(place)}" if place else "the description"
        is_consequence = _CONSEQUENCE.search(text) and not any(theirs.search(text) for theirs, _ in _MEANINGS)
        (consequences if is_consequence else messages).append(f"{where}: {said(text, _that_meet(document, place))}")
    for message in messages or consequences:
        problems.add(message)
    for entry in accepted:
        if entry["warning"] not in used:
            problems.add(
                f"openapi/generator.yaml, x-accepted-warnings: the generator has no warning {entry['warning']!a}. Take "
                "the entry out."
            )


def _place(text: str, places: Mapping[str, Place], document: dict[str, Any]) -> Place:
    shown = re.search(r"parsing ([A-Z]+ .+?) within", text)
    place = places.get(shown[1], ()) if shown else ()
    component = re.search(r"/components/schemas/([^\s'\":]+)", text)
    if not place and component and component[1] in document.get("components", {}).get("schemas", {}):
        place = ("components", "schemas", component[1])
    return place


def _that_meet(document: dict[str, Any], place: Place) -> str:
    """The names at a place that are the same name in Python: those of parameters, or of the members of a schema."""
    operation = looked_up(document, place) if place[:1] == ("paths",) else {}
    together = [[parameter["name"] for parameter in operation.get("parameters", ()) if "name" in parameter]]
    together += [sorted(members(document, schema)) for here, schema in schemas(document) if here[: len(place)] == place]
    for names in together:
        found: dict[str, str] = {}
        for name in dict.fromkeys(names):
            other = found.setdefault(PythonIdentifier(name, "field_", skip_snake_case=True), name)
            if other != name:
                return f"{other!a} and {name!a}: "
    return ""


def said(text: str, names: str = "") -> str:
    """What the generator says, in words of ours where there are such.

    Args:
        text: The generator's words.
        names: The names of which it speaks, to be put before ours.
    """
    for theirs, ours in _MEANINGS:
        if match := theirs.search(text):
            return ours.format(*(group.strip() for group in match.groups()), names=names)
    return (
        f"openapi-python-client cannot make this: {text} Change it by an overlay, or accept the warning in "
        "openapi/generator.yaml (x-accepted-warnings) with the reason."
    )


def plain(text: object) -> str:
    """The generator's words in one line, without addresses of objects."""
    return " ".join(re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>", "…", str(text)).split())


def culprits(document: dict[str, Any], config: Config, at: At, error: Exception | GeneratorError) -> Iterator[str]:
    """What the generator fails on: each operation that it fails on alone, or else all of it."""
    found = False
    for path, method, operation in operations(document):
        fault: Exception | GeneratorData | GeneratorError
        try:
            fault = GeneratorData.from_dict({**document, "paths": {path: {method: operation}}}, config=config)
        except Exception as raised:  # whatever the generator raises on a description that it does not understand
            fault = raised
        if not isinstance(fault, GeneratorData):
            place = ("paths", path, method)
            found = True
            yield f"{at(place)}, {pointer(place)}: openapi-python-client fails on this operation: {_why(fault)}"
    if not found:
        yield f"openapi-python-client fails on the description: {_why(error)}"


def _why(error: Exception | GeneratorError) -> str:
    if isinstance(error, RecursionError):
        return "its schemas hold each other too many levels deep. Name some of them under components/schemas."
    if isinstance(error, GeneratorError):
        # What pydantic adds to each fault: its type, the value that it found, and an address.
        said = re.sub(r"\[type=[^\n]*|For further information visit \S+", "", f"{error.detail or error.header}")
        return f"{plain(said)}. Change it by an overlay."
    return plain(f"{type(error).__name__}: {error}")
