"""Bodies that are no JSON object of arguments: whole models, forms and files."""

from __future__ import annotations

from collections.abc import Mapping
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


def json_body(value: Any, decode: Decoder[Any], media_type: str = "application/json") -> Body:
    """A value as JSON."""
    return (media_type, json_content(checked("body", value, decode)))


def form_body(value: Model) -> Body:
    """A model as a form."""
    pairs = [(name, _text(item)) for name, member in value for item in _items(member)]
    return ("application/x-www-form-urlencoded", urlencode(pairs).encode())


def multipart_body(value: Model, types: Mapping[str, str] | None = None) -> Body:
    """A model as multipart/form-data, files included; `types` are the media types of parts, by their names."""
    types = types or {}
    parts: list[Any] = []
    for name in (*(name for name, *_ in json_members(type(value)).values()), *value.additional_properties):
        for item in _items(value[name]) if name in value else []:
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


def binary_body(value: File, media_type: str = "application/octet-stream") -> Body:
    """A file's bytes."""
    return (media_type, value.payload if isinstance(value.payload, bytes) else value.payload.read())


def _items(member: Any) -> list[Any]:
    return [*member] if isinstance(member, list) else [member]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_content(value).decode()
