"""uvicorn's HTTP protocol, with what ASGI does not pass to the application."""

import asyncio
import sys
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from .connection import Arrival, JoiningTransport

_PHRASES = dict(STATUS_PHRASES)


def set_status_phrase(status: int, phrase: bytes) -> None:
    """Change the reason phrase of a status, which all connections of the process share."""
    STATUS_PHRASES[status] = phrase
    fast = sys.modules.get("uvicorn.protocols.http.httptools_impl")  # imported only for --fast
    if fast is not None:
        fast.STATUS_LINE[status] = b"HTTP/1.1 %d %b\r\n" % (status, phrase)


def restore_status_phrases() -> None:
    """Undo changes of the reason phrases."""
    for status, phrase in _PHRASES.items():
        if STATUS_PHRASES[status] != phrase:
            set_status_phrase(status, phrase)


class PodProtocol(H11Protocol):
    """Passes the client's certificate and the received bytes to the application.

    They are ``request.state.peer_certificate`` and ``request.state.received``. ``request.state.drop()`` closes the
    connection, and ``request.state.write(data)`` sends bytes as they are.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in H11Protocol
        """Keep the client's certificate."""
        joining = JoiningTransport(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", joining))
        self._arrival = Arrival(transport, self.loop)
        self.app_state = {
            **self.app_state,
            "peer_certificate": transport.get_extra_info("peercert"),
            "drop": joining.close,
            "write": joining.write,
        }

    def data_received(self, data: bytes) -> None:
        """Keep the received bytes, and limit how long a request may take to arrive."""
        self.app_state["received"] = data
        super().data_received(data)
        self._arrival.note(is_arriving=self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the limit."""
        self._arrival.stop()
        super().connection_lost(exc)
