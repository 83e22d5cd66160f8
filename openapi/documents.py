"""JSON and YAML texts, read strictly, and the places in them."""

import json
import math
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from yaml.constructor import ConstructorError

from openapi.errors import ContractError, printable

Place = tuple[str, ...]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Text:
    """A JSON or YAML text in a file.

    Attributes:
        file: The file, as messages name it, such as ``openapi/pages/accept-connection.md``.
        content: The text.
        first_line: The number of the text's first line in the file, from 1.
        kind: How to read it.
    """

    file: str
    content: str
    first_line: int = 1
    kind: Literal["json", "yaml"] = "json"

    def line(self, place: Place) -> int:
        """The line in the file at which a value stands, or the nearest value around it that the text has."""
        offset = _json_offset(self.content, place) if self.kind == "json" else _yaml_offset(self.content, place)
        return self.first_line + self.content.count("\n", 0, offset)

    def span(self, place: Place) -> tuple[int, int]:
        """Where a value of a JSON text begins and ends, with its name where it is a member; offsets in the text.

        In YAML it is the line at which it begins.
        """
        if self.kind == "json":
            start = _json_offset(self.content, place)
            value = start
            if self.content[start] == '"':
                after = _DECODER.raw_decode(self.content, start)[1]
                if self.content[after:].lstrip().startswith(":"):
                    value = _after_blanks(self.content, after)
            return start, _DECODER.raw_decode(self.content, value)[1]
        start = _yaml_offset(self.content, place)
        end = self.content.find("\n", start)
        return start, len(self.content) if end < 0 else end


@dataclass(frozen=True)
class Source:
    """An OpenAPI document on its way into the description.

    Attributes:
        name: Where it stands, relative to ``openapi/``, such as ``pages/accept-connection.md``.
        kind: ``page`` for a published page, ``companion`` for ours.
        document: The OpenAPI document.
        text: The text that it was read from; None in a document that was made otherwise.
        changed: What was changed to read an older version of OpenAPI as 3.1, a line each.
    """

    name: str
    kind: Literal["page", "companion"]
    document: dict[str, Any]
    text: Text | None = None
    changed: tuple[str, ...] = field(default=())

    @property
    def file(self) -> str:
        """The file, relative to the project."""
        return f"openapi/{self.name}"

    def at(self, place: Place) -> str:
        """Name a place for a message: the file and the line."""
        return self.file if self.text is None else f"{self.file}, line {self.text.line(place)}"


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation of a description, as path, method in lower case, and operation object."""
    return [
        (path, method, item[method])
        for path, item in description.get("paths", {}).items()
        for method in METHODS
        if isinstance(item, dict) and method in item
    ]


def copied(value: Any) -> Any:
    """A copy of a JSON value that shares nothing with it; several times as quick as `copy.deepcopy`."""
    if isinstance(value, dict):
        return {name: copied(member) for name, member in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def pointer(place: Place) -> str:
    """A place as a JSON pointer, for a message: in one line, whatever a page calls its parts."""
    text = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in place)
    return text if text.isprintable() else printable(text).replace("\n", "\\n")


def place_of(reference: str) -> Place:
    """The place that a reference within the document names, such as ``#/components/schemas/Error``."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in reference.removeprefix("#/").split("/"))


def looked_up(document: Any, place: Place) -> Any:
    """The value at a place.

    Raises:
        KeyError: There is none.
    """
    value = document
    for part in place:
        if isinstance(value, dict):
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise KeyError(part)
    return value


def followed(document: dict[str, Any], value: Any) -> Any:
    """What a value refers to in a document, if it is a reference within it, or a reference to one.

    Raises:
        KeyError: It refers to nothing.
    """
    for _ in range(20):
        if not (isinstance(value, dict) and isinstance(value.get("$ref"), str)):
            break
        value = looked_up(document, place_of(value["$ref"]))
    return value


def shown(value: Any) -> str:
    """A value for a message: JSON in one line, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "…"


def first_difference(ours: Any, theirs: Any, place: Place = ()) -> tuple[Place, str, str] | None:
    """Find the first place where two JSON values differ; ``1``, ``1.0`` and ``true`` are three values.

    Returns:
        The place and both values as text, or None where the two are equal.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            here = (*place, str(name))
            if name not in ours:
                return here, "absent", shown(theirs[name])
            if name not in theirs:
                return here, shown(ours[name]), "absent"
            if (difference := first_difference(ours[name], theirs[name], here)) is not None:
                return difference
        return None
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (our_item, their_item) in enumerate(zip(ours, theirs, strict=True)):
            if (difference := first_difference(our_item, their_item, (*place, str(index)))) is not None:
                return difference
        return None
    if type(ours) is type(theirs) and ours == theirs:
        return None
    return place, shown(ours), shown(theirs)


def parse(text: Text) -> Any:
    """Parse a text as its kind has it.

    Raises:
        ContractError: See `parse_json` and `parse_yaml`.
    """
    return parse_json(text) if text.kind == "json" else parse_yaml(text)


def parse_json(text: Text) -> Any:
    """Parse JSON. What could not be written again as it was read is an error.

    That is a repeated member, ``NaN``, a number that no float holds, or half of a surrogate pair.

    Raises:
        ContractError: The text is no JSON, or holds one of these.
    """
    where = f"{text.file}, line {text.first_line}"

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise ContractError(f"{where}: the member {name!r} stands twice in one object of this JSON.")
            found[name] = value
        return found

    def constant(literal: str) -> Any:
        raise ContractError(f"{where}: {literal} is no JSON value.")

    def number(literal: str) -> float:
        value = float(literal)
        if not math.isfinite(value):
            raise ContractError(f"{where}: the number {literal} is too large.")
        return value

    try:
        parsed = json.loads(text.content, object_pairs_hook=members, parse_constant=constant, parse_float=number)
        json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        line = text.first_line + error.lineno - 1
        raise ContractError(f"{text.file}, line {line}, column {error.colno}: not JSON: {error.msg}.") from None
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{where}: this JSON cannot be kept as it is: {error}.") from None
    return parsed


def parse_yaml(text: Text, *, keys_as_written: bool = True) -> Any:
    """Parse YAML as OpenAPI reads it: by the rules of JSON, so that a date, ``yes`` and ``0777`` are text.

    Args:
        text: The text.
        keys_as_written: Take a key that is no text (``200:``) as it is written; otherwise it is an error.

    Raises:
        ContractError: The text is no YAML, or holds what JSON cannot express.
    """
    loader = _PublishedLoader if keys_as_written else _StrictLoader
    try:
        reader = loader(text.content)
        node = reader.get_single_node()
        _check_size(node)
        rendered = json.dumps(None if node is None else reader.construct_document(node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = text.first_line + (mark.line if mark else 0)
        raise ContractError(f"{text.file}, line {line}: not YAML: {error.problem or error.context}.") from None
    except yaml.YAMLError as error:
        raise ContractError(f"{text.file}, line {text.first_line}: not YAML: {error}.") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise ContractError(
            f"{text.file}, line {text.first_line}: expected YAML that JSON can express, found: {error}."
        ) from None
    return parse_json(Text(text.file, rendered, text.first_line))


_MOST_VALUES = 1_000_000


def _check_size(node: yaml.Node | None) -> None:
    """Refuse YAML whose aliases make it grow without end, before anything is made of it."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node | None) -> int:
        key = id(node)
        if key not in sizes:
            sizes[key] = 0  # what an alias finds within what it names, which PyYAML refuses later
            parts = node.value if isinstance(node, yaml.CollectionNode) else ()
            inner = (part for pair in parts for part in (pair if isinstance(pair, tuple) else (pair,)))
            sizes[key] = 1 + sum(map(size, inner))
        return sizes[key]

    if size(node) > _MOST_VALUES:
        raise ValueError(f"more than {_MOST_VALUES} values, once each alias is written out")


def read_yaml(path: Path, file: str | None = None) -> tuple[dict[str, Any], Text]:
    """Read a YAML file of ours: a mapping, every key text, no key twice.

    Args:
        path: The file.
        file: The file as messages name it; ``path`` by default.

    Returns:
        The mapping, and the text that it was read from.

    Raises:
        ContractError: It is not there, cannot be read, is no YAML, or holds what JSON cannot express.
    """
    file = file or str(path)
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ContractError(f"{file}: not found. Restore it: git checkout -- {file}") from None
    except UnicodeDecodeError as error:
        raise ContractError(f"{file}: expected UTF-8 text, found: {error}.") from None
    text = Text(file, content, kind="yaml")
    parsed = parse_yaml(text, keys_as_written=False)
    if not isinstance(parsed, dict):
        raise ContractError(f"{file}: expected a mapping, found {type(parsed).__name__}.")
    return parsed, text


class _PublishedLoader(yaml.CSafeLoader):
    """YAML by the rules of JSON; a key is the text that stands there."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: ARG002 - PyYAML's signature
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.key(key_node)
            if key in seen:
                raise ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        self.flatten_mapping(node)  # what `<<` brings stands before what replaces it
        return {self.key(key): self.construct_object(value, deep=True) for key, value in node.value}

    def key(self, node: yaml.Node) -> str:
        """The key that a node is."""
        if not isinstance(node, yaml.ScalarNode):
            raise ConstructorError(None, None, "expected a key that is text", node.start_mark)
        return str(node.value)


class _StrictLoader(_PublishedLoader):
    """The same, but a key that is no text is an error."""

    def key(self, node: yaml.Node) -> str:
        key = self.construct_object(node, deep=True)
        if not isinstance(key, str):
            raise ConstructorError(
                None, None, f'expected a key that is text; put {key} in quotes: "{key}"', node.start_mark
            )
        return key


# The tags of JSON alone, as YAML 1.2 resolves them. PyYAML's own are those of YAML 1.1, where `on` is a boolean.
_PublishedLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"(?=.*[.eE])(?=.*[0-9])[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("tag:yaml.org,2002:merge", r"<<", "<"),
):
    _PublishedLoader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), list(_first))


_BLANK = re.compile(r"[\s,:]*")
_DECODER = json.JSONDecoder()


def _json_offset(text: str, place: Place) -> int:
    """The offset of the deepest value on the way to a place; a member counts from its name."""
    offset = found = _after_blanks(text, 0)
    for part in place:
        at = _member(text, offset, part) if text[offset] == "{" else _item(text, offset, part)
        if at is None:
            return found
        found, offset = at
    return found


def _member(text: str, offset: int, name: str) -> tuple[int, int] | None:
    at = _after_blanks(text, offset + 1)
    while text[at] != "}":
        key, after = _DECODER.raw_decode(text, at)
        value = _after_blanks(text, after)
        if key == name:
            return at, value
        at = _after_blanks(text, _DECODER.raw_decode(text, value)[1])
    return None


def _item(text: str, offset: int, index: str) -> tuple[int, int] | None:
    if text[offset] != "[" or not index.isdecimal():
        return None
    at = _after_blanks(text, offset + 1)
    for _ in range(int(index)):
        if text[at] == "]":
            return None
        at = _after_blanks(text, _DECODER.raw_decode(text, at)[1])
    return None if text[at] == "]" else (at, at)


def _after_blanks(text: str, offset: int) -> int:
    match = _BLANK.match(text, offset)
    return match.end() if match else offset


def _yaml_offset(text: str, place: Place) -> int:
    node = _composed(text)
    found = 0
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key.start_mark.index, value) for key, value in node.value if getattr(key, "value", None) == part]
        elif isinstance(node, yaml.SequenceNode) and part.isdecimal():
            pairs = [(item.start_mark.index, item) for item in node.value[int(part) : int(part) + 1]]
        else:
            pairs = []
        if not pairs:
            break
        found, node = pairs[0]
    return found


@cache
def _composed(text: str) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=_PublishedLoader)
    return node
