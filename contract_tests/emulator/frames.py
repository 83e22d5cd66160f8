"""Frames between the process that holds the pods and its workers: pickled values, each after its length."""

import asyncio
import pickle
import struct
from typing import Any

_LENGTH = struct.Struct(">I")


def framed(value: Any) -> bytes:
    """A value as a frame."""
    content = pickle.dumps(value)
    return _LENGTH.pack(len(content)) + content


async def next_frame(reader: asyncio.StreamReader) -> Any:
    """The value of the next frame.

    Raises:
        asyncio.IncompleteReadError: The other process is gone.
    """
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return pickle.loads(await reader.readexactly(length))  # noqa: S301 - from our own parent or child alone
