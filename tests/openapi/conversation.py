"""What a call of an operation has to send and to give back, by its description alone.

Every operation of a client is called by its public method, with values that its description allows. What goes out is
compared with what OpenAPI says of them, and what comes back with what was answered.
"""

import inspect
import json
import typing
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, cast
from urllib.parse import parse_qsl, quote

import httpx
from hypothesis import strategies as st

from tests.openapi.clients import TOKEN, URL, Made
from tests.openapi.values import WORD, followed, values

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
ABSENT = object()  # a body that is not sent; None is one that is null
_IGNORED = ("accept", "content-type", "authorization", "sessiontoken", "host", "content-length", "connection")


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """The operations of a document: path, method, operation."""
    return [
        (path, method, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item
    ]


def callables(made: Made) -> dict[tuple[str, str], tuple[str, str, Any]]:
    """Each operation of a client, by method and path: the group, the name of its method, and what the client knows."""
    found = {}
    for group in list(vars(made.package.PodClient)):
        resource = vars(made.package.PodClient).get(group)
        if type(resource).__name__ != "_LazyResource":
            continue
        with made.pod() as pod:
            raw = getattr(pod, group).with_raw_response
        for name, method in inspect.getmembers(raw, inspect.ismethod):
            calls = [part for part in method.__func__.__code__.co_names if part.startswith("_call_")]
            if calls:
                known = method.__func__.__globals__[calls[0]]
                found[known.method, known.path] = (group, name, known)
    return found


def talk(made: Made, document: dict[str, Any], draw: Any) -> int:
    """Call every operation of a client once, and compare.

    Args:
        made: The client.
        document: The description that it was made of.
        draw: Draws a value of a hypothesis strategy.

    Returns:
        How many operations there are.
    """
    known = callables(made)
    names = {(method, _shape(path)): found for (method, path), found in known.items()}
    described = operations(document)
    assert len(names) == len(known) == len(described)
    for path, method, operation in described:
        group, name, told = names[method.upper(), _shape(path)]
        try:
            _call(made, document, (path, method, operation), (group, name, told), draw)
        except Exception as error:
            error.add_note(f"{method.upper()} {path}, pod.{group}.{name}")
            raise
    return len(described)


def _shape(path: str) -> str:
    """A path without the names of its parameters, which are Python's in the client."""
    return "".join("{}" if number % 2 else part.rpartition("}")[2] for number, part in enumerate(_split(path)))


def _split(path: str) -> list[str]:
    parts = path.split("{")
    split = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        split += [name, rest]
    return split


def _call(made: Made, document: dict[str, Any], described: Any, found: Any, draw: Any) -> None:
    path, method, operation = described
    group, name, told = found
    parameters = [
        one
        for one in (followed(document, one) for one in operation.get("parameters", []))
        if not (one["in"] == "header" and one["name"].lower() in _IGNORED)
    ]
    sent = {}
    for one in parameters:
        if one.get("required") or draw(st.booleans()):
            sent[one["in"], one["name"]] = draw(_of_parameter(document, one))
    body, media_type = _body(document, operation, draw)
    arguments = _arguments(made, told, (path, sent, body, media_type), group, name)
    status, answer, as_text = _answer(document, operation, draw)
    content = json.dumps(answer).encode() if as_text is None else as_text
    with made.pod(status_code=status, json=None, content=content) as pod:
        result = getattr(getattr(pod, group), name)(**arguments)
    request = made.requests[-1]
    _compare_request(request, document, (path, method, operation), parameters, sent, (body, media_type))
    if as_text is None:
        assert without_nulls(plain(result)) == without_nulls(answer)


@st.composite
def _of_parameter(draw: Any, document: dict[str, Any], parameter: dict[str, Any]) -> Any:
    if "content" in parameter:
        return draw(values(document, next(iter(parameter["content"].values())).get("schema", {})))
    schema = followed(document, parameter["schema"])
    kinds = schema.get("type", "string")
    kind = next((one for one in kinds if one != "null"), "string") if isinstance(kinds, list) else kinds
    if kind == "array":
        item = followed(document, schema.get("items", {}))
        return draw(st.lists(_scalar(document, item, parameter["in"]), min_size=1, max_size=3))
    if kind == "object":
        return draw(values(document, schema))
    return draw(_scalar(document, schema, parameter["in"]))


def _scalar(document: dict[str, Any], schema: dict[str, Any], place: str) -> st.SearchStrategy[Any]:
    is_free = schema.get("type") == "string" and "enum" not in schema and "format" not in schema
    if place != "query" and is_free:
        return WORD.filter(lambda text: text.strip(".") != "")
    found = values(document, {name: value for name, value in schema.items() if name != "default"})
    return (
        found.filter(lambda value: value is not None and value != "")
        if place != "query"
        else found.filter(lambda value: value is not None)
    )


def _body(document: dict[str, Any], operation: dict[str, Any], draw: Any) -> tuple[Any, str]:
    if "requestBody" not in operation:
        return ABSENT, ""
    body = followed(document, operation["requestBody"])
    media_type, media = next(iter(body["content"].items()))
    if not body.get("required") and draw(st.booleans()):
        return ABSENT, ""
    if media_type.startswith("multipart/"):
        return draw(_form(document, media.get("schema", {}))), media_type
    return draw(values(document, media.get("schema", {}))), media_type


@st.composite
def _form(draw: Any, document: dict[str, Any], schema: Any) -> dict[str, Any]:
    """The members of a form; a file is bytes."""
    schema = followed(document, schema)
    made = {}
    for name, member in schema.get("properties", {}).items():
        of = followed(document, member)
        if _is_file(of):
            made[name] = draw(st.binary(min_size=1, max_size=9))
        elif of.get("type") == "array" and _is_file(followed(document, of.get("items", {}))):
            made[name] = draw(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=2))
        else:
            made[name] = draw(values(document, of))
    return made


def _is_file(schema: dict[str, Any]) -> bool:
    is_text = schema.get("type") == "string" and "contentEncoding" not in schema
    return is_text and (schema.get("format") == "binary" or "contentMediaType" in schema)


def _arguments(made: Made, told: Any, given: Any, group: str, name: str) -> dict[str, Any]:
    path, sent, body, media_type = given
    in_path = iter(_split(path)[1::2])
    in_python = iter(_split(told.path)[1::2])
    wire = dict(zip(in_python, in_path, strict=True))
    arguments: dict[str, Any] = {}
    is_flat = False
    for one in told.parameters:
        if one.place == "content":
            continue
        if one.place == "body" and one.style is None:
            is_flat = True
            if isinstance(body, dict) and one.name in body:
                arguments[one.argument] = body[one.name]
            continue
        if one.place == "body":  # the members whose names are left open
            described = {other.name for other in told.parameters if other.place == "body" and other.style is None}
            others = {member: value for member, value in body.items() if member not in described}
            if others:
                arguments[one.argument] = others
            continue
        key = (one.place, wire.get(one.name, one.name) if one.place == "path" else one.name)
        if key in sent:
            arguments[one.argument] = sent[key]
    if body is not ABSENT and not is_flat:
        with made.pod() as pod:
            method = getattr(getattr(pod, group), name)
        kind = typing.get_type_hints(method, vars(made.module("models")) | method.__func__.__globals__).get("body")
        arguments["body"] = _model(made, kind, body, media_type)
    return arguments


def _model(made: Made, kind: Any, body: Any, media_type: str) -> Any:
    file = getattr(made.module("bodies"), "File", None) if (made.folder / "bodies.py").exists() else None
    kinds = [one for one in (kind, *typing.get_args(kind)) if hasattr(one, "from_dict")]
    if isinstance(body, dict) and media_type.startswith("multipart/") and file is not None:
        wrapped = {}
        for name, member in body.items():
            several = isinstance(member, list) and member and isinstance(member[0], bytes)
            wrapped[name] = (
                [file(one) for one in member] if several else file(member) if isinstance(member, bytes) else member
            )
        model = kinds[0].from_dict({name: member for name, member in wrapped.items() if not _has_file(member, file)})
        members = made.module("model").json_members(kinds[0])
        known = {json_name: attribute for attribute, (json_name, *_) in members.items()}
        for name, member in wrapped.items():
            if _has_file(member, file):
                setattr(model, known[name], member)
        return model
    return kinds[0].from_dict(body) if kinds and isinstance(body, dict) else body


def _has_file(member: Any, file: Any) -> bool:
    return isinstance(member, file) or (isinstance(member, list) and any(isinstance(one, file) for one in member))


def _answer(document: dict[str, Any], operation: dict[str, Any], draw: Any) -> tuple[int, Any, bytes | None]:
    """A status that is documented as success, and the answer: JSON, or bytes."""
    documented = operation["responses"]
    good = [status for status in documented if status.startswith("2")] or ["default"]
    status = good[0]
    answer = followed(document, documented.get(status, {}))
    number = {"2XX": 207, "default": 200}.get(status.upper() if status != "default" else status) or int(status)
    content = answer.get("content", {})
    media_type = next((name for name in content if "json" in name), next(iter(content), ""))
    if not media_type:
        return number, None, b""
    if "json" not in media_type and media_type != "*/*":
        return number, None, b"\x89PNG" if not media_type.startswith("text/") else b"text"
    return number, draw(values(document, content[media_type].get("schema", {}))), None


def _compare_request(
    request: httpx.Request, document: dict[str, Any], described: Any, parameters: Any, sent: Any, given: Any
) -> None:
    path, method, operation = described
    body, media_type = given
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for one in parameters:
        key = (one["in"], one["name"])
        if key not in sent:
            continue
        value = sent[key]
        match one["in"]:
            case "path":
                path = path.replace(f"{{{one['name']}}}", _joined(value, ","))
            case "query":
                query += _in_query(one, value)
            case "header":
                headers[one["name"]] = text(value)
            case "cookie":
                cookies.append(f"{one['name']}={quote(text(value))}")
    defaults = {
        one["name"]
        for one in parameters
        if one["in"] == "query"
        and ("query", one["name"]) not in sent
        and "default" in followed(document, one.get("schema", {}))
    }
    own = operation.get("servers")
    address = own[0]["url"].rstrip("/") if own and own != document.get("servers") else URL
    plain_url = f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.raw_path.decode().partition('?')[0]}"
    assert (request.method, plain_url) == (method.upper(), f"{address}{path}")
    found = [pair for pair in parse_qsl(request.url.query.decode(), keep_blank_values=True) if pair[0] not in defaults]
    assert sorted(found) == sorted(query)
    assert {name: request.headers.get(name) for name in headers} == headers
    assert request.headers.get("Cookie", "") == "; ".join(cookies)
    _compare_token(request, document, operation)
    if body is ABSENT:
        assert (request.content, request.headers.get("Content-Type")) == (b"", None)
        return
    assert request.headers["Content-Type"].partition(";")[0] == media_type.partition(";")[0]
    if media_type.startswith("multipart/"):
        assert _parts(request) == _expected_parts(body)
    elif "form" in media_type:
        pairs = [(name, text(item)) for name, value in body.items() for item in _several(value)]
        assert sorted(parse_qsl(request.content.decode(), keep_blank_values=True)) == sorted(pairs)
    else:
        assert without_nulls(json.loads(request.content)) == without_nulls(body)


def _compare_token(request: httpx.Request, document: dict[str, Any], operation: dict[str, Any]) -> None:
    requirements = operation.get("security", document.get("security", []))
    schemes = document.get("components", {}).get("securitySchemes", {})
    named = [schemes[name] for requirement in requirements for name in requirement]
    if not named:
        assert TOKEN not in str(request.headers)
    elif any(scheme.get("name") == "sessionToken" for scheme in named):
        assert request.headers["sessionToken"] == TOKEN
    elif named[0]["type"] == "http":
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"


def _in_query(parameter: dict[str, Any], value: Any) -> list[tuple[str, str]]:
    name, style = parameter["name"], parameter.get("style", "form")
    if "content" in parameter:
        return [(name, json.dumps(value, separators=(",", ":"), ensure_ascii=False))]
    if isinstance(value, dict):
        return [(f"{name}[{key}]" if style == "deepObject" else key, text(item)) for key, item in value.items()]
    if isinstance(value, list):
        if parameter.get("explode", style == "form"):
            return [(name, text(item)) for item in value]
        joint = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}[style]
        return [(name, joint.join(map(text, value)))]
    return [(name, text(value))]


def _joined(value: Any, joint: str) -> str:
    return joint.join(quote(text(item), safe=",") for item in _several(value))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parts(request: httpx.Request) -> list[tuple[str, bytes]]:
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.content)
    assert message.is_multipart()
    return sorted(
        (str(part.get_param("name", header="content-disposition")), cast("bytes", part.get_payload(decode=True)))
        for part in message.iter_parts()
    )


def _expected_parts(body: dict[str, Any]) -> list[tuple[str, bytes]]:
    return sorted(
        (name, item if isinstance(item, bytes) else text(item).encode())
        for name, member in body.items()
        for item in _several(member)
    )


def text(value: Any) -> str:
    """A value as it stands in an address, a header or a form."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def plain(value: Any) -> Any:
    """What a call gave back, as JSON."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if type(value).__name__ == "UUID":
        return str(value)
    return getattr(value, "value", value)


def without_nulls(value: Any) -> Any:
    """A value without the members that are null, which the client reads as absent."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
