"""Bodies that are no JSON object of arguments: whole models, forms and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Any, NamedTuple
from urllib.parse import urlencode

from ._http import httpx
from .arguments import Body, checked, json_content
from .model import Decoder, Model, encoded, json_members


class File(NamedTuple):
    """A file to be sent, or one that came."""

    payload: IO[bytes] | bytes
    file_name: str | None = None
    mime_type: str | None = None


def json_body(decode: Decoder[Any], media_type: str = "application/json") -> Callable[[Any], Body]:
    """What writes a value as JSON."""
    return lambda body: (media_type, json_content(checked("body", body, decode)))


def form_body(body: Any) -> Body:
    """A model as a form."""
    pairs = [(name, _text(item)) for name, member in body for item in _items(member)]
    return ("application/x-www-form-urlencoded", urlencode(pairs).encode())


def multipart_body(types: Mapping[str, str]) -> Callable[[Any], Body]:
    """What writes a model as multipart/form-data, files included; `types` are the media types of parts, by names."""

    def write(body: Model) -> Body:
        parts: list[Any] = []
        for name in (*(name for name, *_ in json_members(type(body)).values()), *body.additional_properties):
            for item in _items(body[name]) if name in body else []:
                kind = "application/json" if isinstance(item, Model | dict) else "text/plain"
                if isinstance(item, File | bytes):
                    file = item if isinstance(item, File) else File(item)
                    # Without a file name, servers take a part for a field of text.
                    parts.append((name, (file.file_name or name, file.payload, file.mime_type or types.get(name))))
                else:
                    kind = types.get(name, kind)
                    plain = encoded(item)
                    text = json_content(plain).decode() if "json" in kind else _text(plain)
                    parts.append((name, (None, text.encode(), kind)))
        request = httpx.Request("POST", "http://localhost", files=parts)
        return (request.headers["Content-Type"], request.read())

    return write


def binary_body(media_type: str) -> Callable[[Any], Body]:
    """What writes a file's bytes."""

    def write(body: File) -> Body:
        return (media_type, body.payload if isinstance(body.payload, bytes) else body.payload.read())

    return write


def body_of(*kinds: tuple[type, Callable[[Any], Body]]) -> Callable[[object], Body]:
    """What writes a body of one of several classes; the last one is written if it is of none of the others."""

    def write(body: object) -> Body:
        return next((write for kind, write in kinds if isinstance(body, kind)), kinds[-1][1])(body)

    return write


def _items(member: Any) -> list[Any]:
    return [*member] if isinstance(member, list) else [member]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_content(value).decode()
