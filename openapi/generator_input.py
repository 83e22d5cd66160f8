"""Description → what openapi-python-client understands of it, and what the templates have to know besides.

The generator takes no discriminator, no parameter by ``content``, no server, no security scheme and no binary string
as OpenAPI 3.1 writes it. Each is brought into a form that it takes, handed to the templates as a fact, or refused.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openapi_python_client.strings import snake_case

from openapi.composition import say_plainly
from openapi.documents import Place, copied, looked_up, operations, place_of, pointer, shown
from openapi.errors import Problems
from openapi.validate import schemas

_JSON = ("application/json",)
_BINARY = ("image/", "audio/", "video/", "font/")
_BINARY_TYPES = (
    "application/octet-stream",
    "application/pdf",
    "application/zip",
    "application/gzip",
    "application/x-tar",
)
_STYLES = {
    ("query", "form", True): "repeated",
    ("query", "form", False): "joined",
    ("query", "spaceDelimited", False): "spaces",
    ("query", "pipeDelimited", False): "pipes",
    ("query", "deepObject", True): "deep",
    ("path", "simple", False): "joined",
}


@dataclass
class Facts:
    """What the templates have to know of one operation, and the generator does not keep.

    Attributes:
        deprecated: Whether the description calls it deprecated.
        server: The address of its own server; empty where it is the client's.
        secured: Whether it takes the caller's token.
        token: The header that the token is sent in, and what stands before it there.
        accept: The media types of its answers, as an Accept header.
        several: How the values of a parameter are written, by place and name.
        part_types: The media types of the parts of a form, by its media type and the part's name.
        callbacks: The names of its callbacks, which the client leaves out.
    """

    deprecated: bool = False
    server: str = ""
    secured: bool = False
    token: tuple[str, str] = ("sessionToken", "")
    accept: str = "application/json"
    several: dict[tuple[str, str], str] = field(default_factory=dict)
    part_types: dict[str, dict[str, str]] = field(default_factory=dict)
    callbacks: tuple[str, ...] = ()


@dataclass
class GeneratorInput:
    """What the generator gets.

    Attributes:
        document: The description as the generator understands it.
        facts: What the templates have to know, by operationId.
        discriminators: For the schemas of a union, by the names of its components: the member that tells them apart,
            the component for each of its values, and the component for other values, if there is one.
        content_types: The media types that are read and sent as bytes.
        notes: What the maintainer has to know.
    """

    document: dict[str, Any]
    facts: dict[str, Facts] = field(default_factory=dict)
    discriminators: dict[frozenset[str], tuple[str, dict[str, str], str]] = field(default_factory=dict)
    content_types: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def prepare(description: Mapping[str, Any], at: Callable[[Place], str], problems: Problems) -> GeneratorInput:
    """Bring a description into the form that the generator takes.

    Args:
        description: The description; not changed.
        at: Names a place for a message.
        problems: Gets a message for everything that a client cannot be made of.
    """
    made = GeneratorInput(copied(dict(description)))
    document = made.document

    def refuse(place: Place, text: str) -> None:
        problems.add(f"{at(place)}, {pointer(place)}: {text}")

    document.pop("webhooks", None)
    say_plainly(document, refuse)
    _polymorphic_bases(document)
    for path, method, operation in operations(document):
        place: Place = ("paths", path, method)
        facts = made.facts[operation["operationId"]] = Facts()
        facts.deprecated = bool(operation.get("deprecated"))
        facts.server = _own_server(document, operation)
        if "{" in facts.server:
            refuse((*place, "servers", "0", "url"), "a variable of this address has no default. Add one by an overlay.")
        facts.callbacks = tuple(operation.pop("callbacks", {}))
        _security(document, operation, facts, place, refuse)
        _parameters(document, operation, made, place, refuse, at)
        _body(document, operation, made, facts, place, refuse, at)
        _answers(document, operation, made, facts, place, refuse, at)
    for kind in ("parameters", "responses", "requestBodies", "headers", "callbacks", "links", "examples"):
        document.get("components", {}).pop(kind, None)  # they stand where they were referred to
    _binary_strings(document)
    for place, schema in list(schemas(document)):
        _schema(document, schema, place, made, refuse)
    own = sum(bool(facts.server) for facts in made.facts.values())
    if own:
        count = "1 operation is" if own == 1 else f"{own} operations are"
        made.notes.append(f"{count} sent to a server of its own, as its description says, and not to the client's.")
    return made


def _own_server(document: dict[str, Any], operation: dict[str, Any]) -> str:
    servers = operation.get("servers")
    if not servers or servers == document.get("servers"):
        return ""
    address = str(servers[0].get("url", ""))
    for name, variable in servers[0].get("variables", {}).items():
        address = address.replace(f"{{{name}}}", str(variable.get("default", "")))
    return "" if address in ("", "/") else address


def _security(
    document: dict[str, Any],
    operation: dict[str, Any],
    facts: Facts,
    place: Place,
    refuse: Callable[[Place, str], None],
) -> None:
    requirements = operation.get("security", document.get("security", []))
    schemes = document.get("components", {}).get("securitySchemes", {})
    schemes = {name: _followed(document, scheme) for name, scheme in schemes.items()}
    ways = [_way(requirement, schemes) for requirement in requirements]
    usable = [way for way in ways if isinstance(way, tuple)]
    facts.secured = bool(usable) and usable != [("", "")] * len(usable)
    if not requirements or ("", "") in usable:
        facts.secured = any(name for name, _ in usable)
    if facts.secured:
        facts.token = next((way for way in usable if way == ("sessionToken", "")), next(w for w in usable if w[0]))
    elif requirements and not usable:
        refuse(
            (*place, "security"), "; ".join(str(way) for way in ways) + " Say by an overlay what the client may send."
        )
    operation["security"] = [{"token": []}] if facts.secured else []


def _way(requirement: Mapping[str, Any], schemes: Mapping[str, Any]) -> tuple[str, str] | str:
    """The header and its prefix in which a token meets a requirement, or what stands against that."""
    needed = [schemes[name] for name in requirement if schemes.get(name, {}).get("type") != "mutualTLS"]
    if not needed:
        return "", ""
    if len(needed) > 1:
        return f"the client has one token, and {' and '.join(requirement)} are needed at once."
    scheme = needed[0]
    kind, place = scheme.get("type"), scheme.get("in")
    if kind == "apiKey" and place == "header":
        return str(scheme["name"]), ""
    if kind == "apiKey" and place == "cookie":
        return "Cookie", f"{scheme['name']}="
    if kind == "http" and str(scheme.get("scheme", "")).lower() == "bearer":
        return "Authorization", "Bearer "
    if kind in ("oauth2", "openIdConnect"):
        return "Authorization", "Bearer "
    what = f"{kind} {scheme.get('scheme') or ('in ' + str(place) if place else '')}".strip()
    return f"the security scheme {next(iter(requirement))} ({what}) is none that the client can send."


_IGNORED_HEADERS = ("accept", "content-type", "authorization")
_OWN_HEADERS = ("host", "content-length", "transfer-encoding", "connection")


def _parameters(
    document: dict[str, Any],
    operation: dict[str, Any],
    made: GeneratorInput,
    place: Place,
    refuse: Callable[[Place, str], None],
    at: Callable[[Place], str],
) -> None:
    facts = made.facts[operation["operationId"]]
    kept = []
    for number, parameter in enumerate(operation.get("parameters", [])):
        here = (*place, "parameters", str(number))
        name, location = parameter.get("name", ""), parameter.get("in", "")
        if location == "header" and name.lower() in _IGNORED_HEADERS:
            continue  # OpenAPI says that such a parameter is to be ignored
        if location == "header" and name.lower() in _OWN_HEADERS:
            made.notes.append(
                f"{at(here)}, {pointer(here)}: the client sets the header {name} by itself; it is no argument."
            )
            continue
        if location == "header" and name.lower() == "sessiontoken":
            facts.secured, facts.token = True, ("sessionToken", "")
            continue
        kept.append(parameter)
        if "content" in parameter:
            media_type, content = next(iter(parameter.pop("content").items()))
            if not _is_json(media_type):
                refuse(
                    here,
                    f"expected JSON for a parameter by `content`, found {media_type!a}, which the client cannot write.",
                )
            parameter["schema"] = content.get("schema", {})
            facts.several[location, name] = "json"
            continue
        schema = parameter["schema"] = _without_null(parameter.get("schema", {}))
        if location in ("header", "cookie") and schema.get("type") == "string":
            schema.pop("format", None)  # the generator takes text alone there
        style = parameter.get("style", "form" if location in ("query", "cookie") else "simple")
        explode = parameter.get("explode", style in ("form", "deepObject"))
        several, fault = _several(document, schema, location, style, explode=explode)
        if fault:
            refuse(here, f"{fault} in the {location} is none that the client can write. Change it by an overlay.")
        elif several:
            facts.several[location, name] = several
    if "parameters" in operation:
        operation["parameters"] = kept


def _several(
    document: dict[str, Any], schema: dict[str, Any], location: str, style: str, *, explode: bool
) -> tuple[str, str]:
    """How the values of a parameter are written, and what stands against it; both empty for one value."""
    kinds = _kinds(document, schema)
    if not kinds & {"array", "object"}:
        return "", "" if style in ("form", "simple", "deepObject") else f"style {style}"
    if len(kinds) > 1:
        return "", f"a value that is {' or '.join(sorted(kinds))}"
    inner = [_kinds(document, part) for part in _inner(document, schema)]
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


def _kinds(document: dict[str, Any], schema: Any) -> set[str]:
    """The JSON types that a schema allows, where it says so."""
    schema = _followed(document, schema)
    if not isinstance(schema, dict):
        return set()
    found = schema.get("type", [])
    kinds = set(found if isinstance(found, list) else [found])
    for part in (*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])):
        kinds |= _kinds(document, part)
    if not kinds and "properties" in schema:
        kinds = {"object"}
    return kinds


def _inner(document: dict[str, Any], schema: Any) -> Iterator[Any]:
    """The schemas of the items of a list, or of the members of an object."""
    schema = _followed(document, schema)
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


def _is_json(media_type: str) -> bool:
    plain = media_type.partition(";")[0].strip().lower()
    return plain in _JSON or plain.endswith("+json")


def _is_binary(media_type: str) -> bool:
    plain = media_type.partition(";")[0].strip().lower()
    return plain in _BINARY_TYPES or plain.startswith(_BINARY)


def _followed(document: dict[str, Any], value: Any) -> Any:
    for _ in range(20):
        if not (isinstance(value, dict) and isinstance(value.get("$ref"), str)):
            break
        value = looked_up(document, place_of(value["$ref"]))
    return value


_FILE = {"type": "string", "format": "binary"}


def _body(
    document: dict[str, Any],
    operation: dict[str, Any],
    made: GeneratorInput,
    facts: Facts,
    place: Place,
    refuse: Callable[[Place, str], None],
    at: Callable[[Place], str],
) -> None:
    if "requestBody" not in operation:
        return
    body = operation["requestBody"] = copied(_followed(document, operation["requestBody"]))
    content = body.get("content", {})
    writable = [media_type for media_type in content if _is_writable(media_type)]
    left_out = [media_type for media_type in content if media_type not in writable]
    if writable and left_out:
        here = (*place, "requestBody", "content")
        made.notes.append(
            f"{at(here)}, {pointer(here)}: the client cannot write {', '.join(map(ascii, left_out))} and leaves that "
            "out: the body can be sent otherwise."
        )
        for media_type in left_out:
            del content[media_type]
    for media_type in list(content):
        here = (*place, "requestBody", "content", media_type)
        plain = media_type.partition(";")[0].strip().lower()
        if "*" in plain and len(content) > 1:
            del content[media_type]
        elif plain == "*/*":
            content["application/json"] = content.pop(media_type)
        elif _is_binary(plain) and "*" not in plain:
            content[media_type]["schema"] = dict(_FILE)
            made.content_types[media_type] = "application/octet-stream"
        elif not _is_writable(plain):
            refuse(
                here,
                f"a body of {media_type!a} is none that the client can write. Name another media type by an overlay.",
            )
        elif "schema" not in content[media_type]:
            content[media_type]["schema"] = {}
        of = _followed(document, content[media_type].get("schema", {}))
        if plain == "application/json" and of.get("properties") and of.get("additionalProperties"):
            made.notes.append(
                f"{at(here)}, {pointer(here)}: members of this body whose names the description leaves open are no "
                "arguments; the client cannot send them where the body is required."
            )
        if plain in _FORMS:
            facts.part_types[media_type] = dict(_part_types(document, content[media_type], plain, here, refuse))


_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def _is_writable(media_type: str) -> bool:
    plain = media_type.partition(";")[0].strip().lower()
    return _is_json(plain) or plain in _FORMS or "*" in plain or _is_binary(plain)


def _part_types(
    document: dict[str, Any], media: dict[str, Any], plain: str, place: Place, refuse: Callable[[Place, str], None]
) -> Iterator[tuple[str, str]]:
    """The media types that `encoding` gives the parts of a form; anything else that it says is refused."""
    if "object" not in _kinds(document, media["schema"]):
        refuse((*place, "schema"), "a form is made of an object, and this is none. Change it by an overlay.")
    for name, encoding in media.get("encoding", {}).items():
        here = (*place, "encoding", name)
        way_out = "Take it out by an overlay."
        for said in ("headers", "allowReserved"):
            if encoding.get(said):
                refuse((*here, said), f"the client cannot write {said} of a part. {way_out}")
        if plain == "multipart/form-data":
            for said in encoding.keys() & {"style", "explode"}:
                refuse((*here, said), f"the client writes the parts of this form without a {said}. {way_out}")
            kinds = [kind.strip() for kind in encoding.get("contentType", "").split(",") if "*" not in kind]
            if kinds and kinds[0]:
                yield name, kinds[0]
            continue
        if encoding.get("style", "form") != "form" or encoding.get("explode", True) is not True:
            refuse(here, f"the client writes several values of a form under the same name each, and not so. {way_out}")
        kind = encoding.get("contentType", "application/json")
        if not _is_json(kind) and kind != "text/plain":
            refuse((*here, "contentType"), f"the client cannot write {kind!a} into this form. {way_out}")


def _answers(
    document: dict[str, Any],
    operation: dict[str, Any],
    made: GeneratorInput,
    facts: Facts,
    place: Place,
    refuse: Callable[[Place, str], None],
    at: Callable[[Place], str],
) -> None:
    accepted: list[str] = []
    for status, response in operation.get("responses", {}).items():
        answer = operation["responses"][status] = copied(_followed(document, response))
        content = answer.get("content", {})
        chosen = next((name for name in content if _is_json(name)), None)
        chosen = chosen or next((name for name in content if _is_binary(name)), None)
        chosen = chosen or next((name for name in content if name.startswith("text/")), None)
        chosen = chosen or next((name for name in content if name.startswith("*/*")), None)
        if content and chosen is None:
            text = f"an answer of {', '.join(map(ascii, content))} is none that the client can read."
            refuse((*place, "responses", status, "content"), f"{text} Name another media type by an overlay.")
        if chosen is None:
            continue
        media = content[chosen]
        if len(content) > 1:
            here = (*place, "responses", status, "content")
            others = ", ".join(ascii(name) for name in content if name != chosen)
            made.notes.append(f"{at(here)}, {pointer(here)}: the client asks for {chosen!a}, and leaves out {others}.")
        media.setdefault("schema", {})
        if _is_binary(chosen):
            media["schema"] = dict(_FILE)
            made.content_types[chosen] = "application/octet-stream"
        elif chosen.startswith("*/*"):
            is_file = _followed(document, media.get("schema", {})).get("format") == "binary"
            made.content_types[chosen] = "application/octet-stream" if is_file else "application/json"
        elif chosen.startswith("text/"):
            media["schema"] = {"type": "string"}
        answer["content"] = {chosen: media}
        accepted.append(chosen)
    facts.accept = ", ".join(dict.fromkeys(accepted)) or "application/json"


def _binary_strings(document: dict[str, Any]) -> None:
    """Mark the strings that are files, and no others: those that are parts of a form, or a whole body."""
    files: list[dict[str, Any]] = []
    for _, _, operation in operations(document):
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in operation.get("responses", {}).values()]
        for media_type, media in ((name, media) for content in contents for name, media in content.items()):
            if media_type.startswith("multipart/"):
                files += _parts(document, media.get("schema", {}))
            elif media.get("schema") == _FILE:
                files.append(media["schema"])
    marked = {id(schema) for schema in files}
    for _, schema in schemas(document):
        kinds = schema.get("type")
        is_text = "string" in (kinds if isinstance(kinds, list) else [kinds])
        if id(schema) in marked and is_text and "contentEncoding" not in schema:
            if "contentMediaType" in schema or schema.get("format") == "binary":
                schema["format"] = "binary"
        elif schema.get("format") == "binary" and is_text:
            del schema["format"]


def _parts(document: dict[str, Any], schema: Any) -> Iterator[dict[str, Any]]:
    whole = _followed(document, schema)
    for part in whole.get("allOf", []) if isinstance(whole, dict) else []:
        yield from _parts(document, part)
    for member in (whole.get("properties", {}) if isinstance(whole, dict) else {}).values():
        part = _followed(document, member)
        yield part
        if isinstance(part, dict) and isinstance(part.get("items"), dict):
            yield _followed(document, part["items"])


def _schema(
    document: dict[str, Any],
    schema: dict[str, Any],
    place: Place,
    made: GeneratorInput,
    refuse: Callable[[Place, str], None],
) -> None:
    if schema.get("deprecated") is True:
        schema["description"] = f"Deprecated. {schema.get('description', '')}".strip()
    if isinstance(schema.get("discriminator"), dict):
        _discriminator(document, schema, place, made, refuse)
    if "const" in schema and not isinstance(schema["const"], str | int | bool | None):
        if isinstance(schema["const"], float):
            schema.setdefault("type", "number")
        del schema["const"]
    values = schema.get("enum")
    if isinstance(values, list):
        _enum(schema, values, place, refuse)
    for name in schema.get("properties", {}):
        if _has_controls(name) or not name:
            refuse((*place, "properties", name), f"the name {name!a} cannot be written in the client.")


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(character)[0] == "C" or character in "\u2028\u2029" for character in text)


def _enum(schema: dict[str, Any], values: list[Any], place: Place, refuse: Callable[[Place, str], None]) -> None:
    schema["enum"] = values = [value for index, value in enumerate(values) if value not in values[:index]]
    texts = [value for value in values if isinstance(value, str)]
    for value in texts:
        if _has_controls(value):
            refuse((*place, "enum"), f"the value {value!a} cannot be written in the client.")
    given = schema.get("x-enum-varnames")
    if len({type(value) for value in values if value is not None}) > 1 or any(
        isinstance(value, bool | float | list | dict) for value in values
    ):
        refuse(
            (*place, "enum"),
            f"an enum of strings or of integers can be made, not {shown(values)}. Change it by an overlay.",
        )
    elif isinstance(given, list) and len(given) == len(values) and all(isinstance(name, str) for name in given):
        schema["x-enum-varnames"] = member_names(given)
    elif texts:
        schema.pop("x-enum-varnames", None)
        names = member_names(texts)
        if None in values or names != [_plain_name(text, number) for number, text in enumerate(texts)]:
            schema["x-enum-varnames"] = names


def member_names(values: list[str]) -> list[str]:
    """The names of the members of an enum: by the generator's rule, and two that meet are told apart by a number."""
    names: list[str] = []
    for number, value in enumerate(values):
        name = _plain_name(value, number)
        names.append(
            next(n for n in (name, *(f"{name}_{more}" for more in range(2, len(values) + 2))) if n not in names)
        )
    return names


def _plain_name(value: str, number: int) -> str:
    key = value.upper() if value and value[0].isalpha() else f"VALUE_{number}"
    name = snake_case(key).upper()
    return name if name.isidentifier() else f"VALUE_{number}"


def _discriminator(
    document: dict[str, Any],
    schema: dict[str, Any],
    place: Place,
    made: GeneratorInput,
    refuse: Callable[[Place, str], None],
) -> None:
    kinds = schema.get("oneOf") or schema.get("anyOf")
    if not kinds:
        return
    named = [kind["$ref"].rpartition("/")[2] for kind in kinds if isinstance(kind.get("$ref"), str)]
    if len(named) != len([kind for kind in kinds if kind.get("type") != "null"]):
        refuse(
            (*place, "discriminator"),
            "a discriminator tells schemas with a name apart, and one of these has none. Name it under "
            "components/schemas.",
        )
        return
    mapping = {name: name for name in named}
    for value, target in schema["discriminator"].get("mapping", {}).items():
        component = target.rpartition("/")[2]
        if component not in document.get("components", {}).get("schemas", {}):
            refuse((*place, "discriminator", "mapping", value), f"{target!a} refers to nothing in the description.")
        if mapping.get(component) == component and component not in schema["discriminator"]["mapping"]:
            del mapping[component]
        mapping[value] = component
    found = (schema["discriminator"]["propertyName"], mapping, schema["discriminator"].get("x-otherwise", ""))
    if made.discriminators.setdefault(frozenset(named), found) != found:
        refuse(
            (*place, "discriminator"),
            f"the schemas {', '.join(named)} are told apart in another way elsewhere, by "
            f"{made.discriminators[frozenset(named)][0]!a}. Say it in one way by an overlay.",
        )


def _polymorphic_bases(document: dict[str, Any]) -> None:
    """A schema with a discriminator that others extend by allOf: what refers to it means one of them, or itself."""
    components = document.get("components", {}).get("schemas", {})
    for name, base in list(components.items()):
        if not isinstance(base, dict) or "discriminator" not in base or "oneOf" in base or "anyOf" in base:
            continue
        reference = f"#/components/schemas/{name}"
        children = _children(components, reference)
        discriminator = base.pop("discriminator") | {"x-otherwise": name}
        if children:
            union = {
                "oneOf": [{"$ref": f"#/components/schemas/{child}"} for child in (*children, name)],
                "discriminator": discriminator,
            }
            _replace(document, reference, union)


def _children(components: dict[str, Any], reference: str) -> list[str]:
    """The components that extend another one, and those that extend these."""
    found: dict[str, None] = {}
    waiting = [reference]
    while waiting:
        extended = {"$ref": waiting.pop(0)}
        for child, schema in components.items():
            if isinstance(schema, dict) and extended in schema.get("allOf", []) and child not in found:
                found[child] = None
                waiting.append(f"#/components/schemas/{child}")
    return list(found)


def _replace(value: Any, reference: str, union: dict[str, Any], *, within_all_of: bool = False) -> None:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in list(members):
        if isinstance(member, dict) and member.get("$ref") == reference and not within_all_of:
            value[name] = copied(union)
        else:
            _replace(member, reference, union, within_all_of=name == "allOf")
