"""uvicorn's HTTP protocol, with what ASGI does not pass to the application."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

LONGEST_ARRIVAL = 30.0
"""Seconds within which a request has to arrive whole; then the connection is closed."""

_PHRASES = dict(STATUS_PHRASES)


def restore_status_phrases() -> None:
    """Undo changes of the reason phrases, which all connections of the process share."""
    STATUS_PHRASES.update(_PHRASES)


class PodProtocol(H11Protocol):
    """Passes the client's certificate and the received bytes to the application.

    They are ``request.state.peer_certificate`` and ``request.state.received``. ``request.state.drop()`` closes the
    connection, and ``request.state.write(data)`` sends bytes as they are.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in H11Protocol
        """Keep the client's certificate."""
        super().connection_made(transport)
        self._arriving: asyncio.TimerHandle | None = None
        peer_certificate = transport.get_extra_info("peercert")
        self.app_state = {
            **self.app_state,
            "peer_certificate": peer_certificate,
            "drop": transport.close,
            "write": transport.write,
        }

    def data_received(self, data: bytes) -> None:
        """Keep the received bytes, and limit how long a request may take to arrive."""
        self.app_state["received"] = data
        super().data_received(data)
        is_arriving = self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0])
        if not is_arriving:
            self._stop_waiting()
        elif self._arriving is None:
            self._arriving = self.loop.call_later(LONGEST_ARRIVAL, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the limit."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None
