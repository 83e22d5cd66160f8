"""How the arguments of a call are checked and written into a request."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple, TypeAlias, cast
from urllib.parse import quote, urlencode

from .errors import DecodeError, UsageError
from .model import UNSET, Decoder, Model, OpenEnum, encoded

_MOST_ITEMS = 10_000
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_OWN_HEADERS = {"sessiontoken", "host", "content-type", "content-length", "transfer-encoding", "connection"}


Body: TypeAlias = tuple[str, bytes]
"""A request's body, after its media type."""


class Parameter(NamedTuple):
    """An argument of an operation.

    Attributes:
        place: Where it is sent: `path`, `query`, `header`, `cookie`, `body` for a member of a JSON object, or `content`
            for a body that is whole.
        name: Its name there.
        argument: Its name in Python.
        decode: What reads its JSON, and so says what is allowed; for several values, what reads one of them; for
            `content`, what writes it.
        required: Whether it must be there.
        several: Whether it is several values.
        style: What writes it under one name or more; without it, several values are written with commas between them.
    """

    place: str
    name: str
    argument: str
    decode: Decoder[Any]
    required: bool = False
    several: bool = False
    style: Callable[[str, Any], list[tuple[str, Any]]] | None = None

    def checked(self, value: object) -> Any:
        """The argument as JSON; for several values, a list.

        Raises:
            UsageError: It is not what the description says.
        """
        if not self.several:
            return checked(self.argument, value, self.decode)
        kind = type(value)
        if issubclass(kind, str | bytes | bytearray | memoryview | Mapping) or not issubclass(kind, Iterable):
            raise UsageError(f"{self.argument}: expected several values, found {kind.__name__}.")
        given = enumerate(islice(cast("Iterable[object]", value), _MOST_ITEMS + 1))
        items = [checked(f"{self.argument}[{number}]", item, self.decode) for number, item in given]
        if not 0 < len(items) <= _MOST_ITEMS:
            found = "more" if items else "none"
            raise UsageError(f"{self.argument}: expected 1 to {_MOST_ITEMS} values, found {found}.")
        return items

    def pairs(self, value: object) -> list[tuple[str, Any]]:
        """The names under which the argument is sent, each with a text, or in a body with its JSON."""
        plain = self.checked(value)
        if self.style is not None:
            return self.style(self.name, plain)
        if self.place == "body":
            return [(self.name, plain)]
        return [(self.name, ",".join(map(text, plain if self.several else [plain])))]


def checked(name: str, value: object, decode: Decoder[Any]) -> Any:
    """An argument as JSON.

    Raises:
        UsageError: `decode` does not read it, or it is text that is no value of an enum.
    """
    try:
        plain = encoded(value)
        read = decode(plain)
    except (DecodeError, UsageError) as error:
        raise UsageError(f"{name}: {error}.") from None
    if isinstance(read, OpenEnum) and not read.is_known and not isinstance(value, OpenEnum):
        raise UsageError(f"{name}: expected one of {', '.join(map(str, type(read)))}, found {value!r}.")
    if isinstance(read, Model) and read.to_dict() != plain:
        raise UsageError(f"{name}: expected {type(read).__name__}, found a null in it where the description has none.")
    return plain


def json_content(value: Any) -> bytes:
    """A value as JSON text."""
    try:
        return _WRITER.encode(value).encode()
    except ValueError as error:
        raise UsageError(f"body: cannot be written as JSON: {type(error).__name__}.") from None


def text(value: Any) -> str:
    """A single value, as it is written outside of JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def written(
    path: str, parameters: Iterable[Parameter], arguments: Mapping[str, Any]
) -> tuple[str, dict[str, str], Body | None]:
    """Write the arguments of a call: into a path with its query, into headers, and into a body.

    Args:
        path: The operation's path, with `{names}`, and after it the query.
        parameters: The operation's parameters.
        arguments: What was given, by the names in Python.

    Raises:
        UsageError: An argument is missing, or not what the description says.
    """
    found: defaultdict[str, list[tuple[str, Any]]] = defaultdict(list)
    body: Body | None = None
    for parameter in parameters:
        value, pairs = arguments[parameter.argument], found[parameter.place]
        if value is UNSET:
            if parameter.required:
                raise UsageError(f"{parameter.argument}: required, and missing.")
        elif parameter.place == "content":
            body = parameter.decode(value)
        elif parameter.place == "path":
            pairs.append((parameter.name, _in_path(parameter, value)))
        else:
            pairs += parameter.pairs(value)
    if "body" in found:  # it is sent although all of its members may be absent
        body = ("application/json", json_content(dict(found["body"])))
    headers = checked_headers(dict(found["header"]))
    if found["cookie"]:
        headers["Cookie"] = "; ".join(f"{name}={quote(part)}" for name, part in found["cookie"])
    if in_path := dict(found["path"]):
        path = re.sub(r"\{([^}]+)\}", lambda match: in_path[match[1]], path)
    query = found["query"]
    return f"{path}?{urlencode(query, quote_via=quote, safe=',')}" if query else path, headers, body


def _in_path(parameter: Parameter, value: object) -> str:
    segment = ",".join(part for _, part in parameter.pairs(value))
    # Some servers cut off `;` and what follows before they look for the dots.
    if segment.partition(";")[0] in ("", ".", ".."):
        raise UsageError(f"{parameter.argument}: {segment!r} cannot stand in a path.")
    return quote(segment, safe=",")


def checked_headers(headers: Mapping[Any, Any]) -> dict[str, str]:
    """The headers of a caller.

    Raises:
        UsageError: One is no legal header, or one that the client sets by itself.
    """
    if not hasattr(headers, "items"):
        raise UsageError(f"headers: expected a mapping of names to texts, found {type(headers).__name__}.")
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise UsageError(f"headers: expected strings, found {name!r} with a {type(value).__name__}.")
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not is_legal(value):
            raise UsageError(f"headers: {name!r} and its value of {len(value)} characters are no legal header.")
        if name.lower() in _OWN_HEADERS:
            raise UsageError(f"headers: {name} is set by the client itself.")
    return dict(headers)


def is_legal(value: str) -> bool:
    """Whether a text can be the value of a header."""
    return value.isascii() and value.isprintable() and value == value.strip()
