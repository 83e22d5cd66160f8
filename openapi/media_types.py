"""Which media types the client can read and write, and which of them are bytes."""

from typing import Any

from openapi.documents import followed

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_BINARY = ("image/", "audio/", "video/", "font/")
_BINARY_TYPES = (
    "application/octet-stream",
    "application/pdf",
    "application/zip",
    "application/gzip",
    "application/x-tar",
)


def plain_of(media_type: str) -> str:
    """A media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON."""
    plain = plain_of(media_type)
    return plain == "application/json" or plain.endswith("+json")


def is_bytes(document: dict[str, Any], media_type: str, media: dict[str, Any]) -> bool:
    """Whether a body is bytes: by its media type, by its schema, or since nothing is said of what is no text."""
    plain = plain_of(media_type)
    if is_json(plain) or plain in FORMS or plain.startswith("multipart/"):
        return False
    schema = followed(document, media.get("schema", {}))
    if plain in _BINARY_TYPES or plain.startswith(_BINARY) or is_binary_string(schema):
        return True
    return not plain.startswith("text/") and "*" not in plain and schema in ({}, True)


def is_binary_string(schema: Any) -> bool:
    """Whether a schema is that of bytes, as OpenAPI 3.0 or 3.1 says it."""
    if not isinstance(schema, dict) or schema.get("type") != "string" or "contentEncoding" in schema:
        return False
    return schema.get("format") == "binary" or not schema.get("contentMediaType", "text/").startswith("text/")


def is_writable(document: dict[str, Any], media_type: str, media: dict[str, Any]) -> bool:
    """Whether the client can write a body of a media type."""
    plain = plain_of(media_type)
    return is_json(plain) or plain in FORMS or plain == "*/*" or ("*" not in plain and is_bytes(document, plain, media))
