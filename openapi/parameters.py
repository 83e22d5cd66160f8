"""The parameters of operations: what the generator takes, and how their values are written."""

from collections.abc import Iterator
from typing import Any

from openapi.documents import Place, followed, shown
from openapi.facts import SESSION, Facts, GeneratorInput
from openapi.media_types import is_json

_STYLES = {
    ("query", "form", True): "repeated",
    ("query", "form", False): "joined",
    ("query", "spaceDelimited", False): "spaces",
    ("query", "pipeDelimited", False): "pipes",
    ("query", "deepObject", True): "deep",
    ("path", "simple", False): "joined",
}
_IGNORED_HEADERS = ("accept", "content-type", "authorization")
_OWN_HEADERS = ("host", "content-length", "transfer-encoding", "connection")


def take_parameters(made: GeneratorInput, operation: dict[str, Any], facts: Facts, place: Place) -> None:
    """Bring the parameters of an operation into the form that the generator takes, in place."""
    document = made.document
    kept = []
    for number, parameter in enumerate(operation.get("parameters", [])):
        here = (*place, "parameters", str(number))
        name, location = parameter.get("name", ""), parameter.get("in", "")
        if location == "header" and name.lower() in _IGNORED_HEADERS:
            continue  # OpenAPI says that such a parameter is to be ignored
        if location == "header" and name.lower() in _OWN_HEADERS:
            made.note(here, f"the client sets the header {name} by itself; it is no argument.")
            continue
        if location == "header" and name.lower() == "sessiontoken":
            if facts.secured and facts.token != SESSION:
                said = f"the client has one token, and the header {facts.token[0]} is to hold it by `security`"
                if parameter.get("required"):
                    made.refuse(here, f"{said}, and this one too. Say by an overlay what the client may send.")
                made.note(here, f"{said}; this one is left out.")
            else:
                facts.secured, facts.token = True, SESSION
            continue
        kept.append(parameter)
        if "content" in parameter:
            media_type, content = next(iter(parameter.pop("content").items()))
            if not is_json(media_type):
                made.refuse(
                    here,
                    f"expected JSON for a parameter by `content`, found {media_type!a}, which the client cannot write.",
                )
            parameter["schema"] = content.get("schema", {})
            if location in ("header", "cookie") and kinds_of(document, parameter["schema"]) & {"array", "object"}:
                made.refuse(here, f"a list or an object as JSON in the {location} is none that the client can write.")
            facts.several[location, name] = "json"
            continue
        schema = parameter["schema"] = _without_null(parameter.get("schema", {}))
        if location in ("header", "cookie") and schema.get("type") == "string":
            schema.pop("format", None)  # the generator takes text alone there
        style = parameter.get("style", "form" if location in ("query", "cookie") else "simple")
        explode = parameter.get("explode", style in ("form", "deepObject"))
        several, fault = _several(document, schema, location, style, explode=explode)
        if fault:
            made.refuse(here, f"{fault} in the {location} is none that the client can write. Change it by an overlay.")
        elif several:
            facts.several[location, name] = several
    if "parameters" in operation:
        operation["parameters"] = kept


def _several(
    document: dict[str, Any], schema: dict[str, Any], location: str, style: str, *, explode: bool
) -> tuple[str, str]:
    """How the values of a parameter are written, and what stands against it; both empty for one value."""
    kinds = kinds_of(document, schema)
    if not kinds & {"array", "object"}:
        return "", "" if style in ("form", "simple", "deepObject") else f"style {style}"
    if len(kinds) > 1:
        return "", f"a value that is {' or '.join(sorted(kinds))}"
    inner = [kinds_of(document, part) for part in _inner(document, schema)]
    if any(kinds & {"array", "object"} for kinds in inner):
        return "", "a list or an object of lists or objects"
    if kinds == {"object"}:
        several = {("query", "form", True): "members", ("query", "deepObject", True): "deep"}.get(
            (location, style, explode)
        )
    else:
        several = _STYLES.get((location, style, explode and style == "form"))
    several = None if location == "header" else several
    what = "an object" if kinds == {"object"} else "a list"
    return several or "", "" if several else f"{what} of style {style} with explode {shown(explode)}"


def kinds_of(document: dict[str, Any], schema: Any) -> set[str]:
    """The JSON types that a schema allows, where it says so."""
    schema = followed(document, schema)
    if not isinstance(schema, dict):
        return set()
    found = schema.get("type", [])
    kinds = set(found if isinstance(found, list) else [found])
    for part in (*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])):
        kinds |= kinds_of(document, part)
    if not kinds and "properties" in schema:
        kinds = {"object"}
    return kinds


def _inner(document: dict[str, Any], schema: Any) -> Iterator[Any]:
    """The schemas of the items of a list, or of the members of an object."""
    schema = followed(document, schema)
    yield schema.get("items", {})
    yield from schema.get("properties", {}).values()
    for part in schema.get("allOf", []):
        yield from _inner(document, part)


def _without_null(schema: Any) -> Any:
    """The schema of a parameter without null, which no address and no header can hold."""
    if isinstance(schema.get("type"), list) and "null" in schema["type"] and len(schema["type"]) > 1:
        kinds = [kind for kind in schema["type"] if kind != "null"]
        schema = {**schema, "type": kinds[0] if len(kinds) == 1 else kinds}
    for name in ("anyOf", "oneOf"):
        if isinstance(schema.get(name), list):
            kinds = [kind for kind in schema[name] if kind.get("type") != "null"]
            rest = {key: value for key, value in schema.items() if key != name}
            schema = {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, name: kinds}
    return schema
