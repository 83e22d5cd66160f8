"""What the two HTTP protocols share: writes that leave together, and the time that a request may take to arrive."""

import asyncio
from typing import Any

LONGEST_ARRIVAL = 30.0
"""Seconds within which a request has to arrive whole; then the connection is closed."""


class JoiningTransport:
    """A transport whose writes of one moment leave together: head and body of an answer are one packet.

    Args:
        transport: The transport.
        loop: The event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        # What every request asks for, without the detour over __getattr__.
        self.is_closing = transport.is_closing
        self.resume_reading = transport.resume_reading

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send bytes together with those that are written until the event loop goes on."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)

    def close(self) -> None:
        """Send what waits, and close the connection."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            if not self._transport.is_closing():
                self._transport.write(b"".join(self._waiting))
            self._waiting.clear()


class Arrival:
    """Closes a connection whose request takes too long to arrive, or whose client never begins one."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._limit: asyncio.TimerHandle | None = loop.call_later(LONGEST_ARRIVAL, transport.close)

    def note(self, *, is_arriving: bool) -> None:
        """Note that bytes have come, and whether more of the same request is to come."""
        if not is_arriving:
            self.stop()
        elif self._limit is None:
            self._limit = self._loop.call_later(LONGEST_ARRIVAL, self._transport.close)

    def stop(self) -> None:
        """Limit nothing, until a request begins."""
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
