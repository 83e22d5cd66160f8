"""The body of a request, up to a limit."""

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from .refusal import Refusal

LARGEST_BODY = 1 << 20
"""Bytes."""


async def whole_body(receive: Receive) -> bytes:
    """The body of a request.

    Raises:
        Refusal: 400; it is larger than ``LARGEST_BODY``. The rest of it is not read.
        ClientDisconnect: The client went away in the middle of it.
    """
    message = await receive()
    content: bytes = message.get("body", b"")
    while message.get("more_body", False):
        if len(content) > LARGEST_BODY:
            break
        message = await receive()
        content += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    if len(content) > LARGEST_BODY:
        raise Refusal(400, f"The body is larger than {LARGEST_BODY} bytes.")
    return content
