"""Frames between the process that holds the pods and its workers: pickled lists of values, each after its length."""

import asyncio
import pickle
import struct
from typing import Any

_LENGTH = struct.Struct(">I")


class FrameWriter:
    """Writes values to the other process. Those of one moment leave together, in one frame.

    Args:
        writer: The stream to the other process.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Any] = []

    def write(self, value: object) -> None:
        """Write a value, once the event loop goes on."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(value)

    async def drain(self) -> None:
        """Wait while the other process reads too slowly.

        Raises:
            ConnectionError: It is gone.
        """
        await self._writer.drain()

    def _flush(self) -> None:
        content = pickle.dumps(self._waiting)
        self._waiting = []
        self._writer.write(_LENGTH.pack(len(content)) + content)


async def next_values(reader: asyncio.StreamReader) -> list[Any] | None:
    """The values of the next frame; None if the other process is gone."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        values: list[Any] = pickle.loads(await reader.readexactly(length))  # noqa: S301 - from our own parent or child
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return values
