"""uvicorn's HTTP protocol, with what ASGI does not pass to the application."""

import asyncio

from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

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
        peer_certificate = transport.get_extra_info("peercert")
        self.app_state = {
            **self.app_state,
            "peer_certificate": peer_certificate,
            "drop": transport.close,
            "write": transport.write,
        }

    def data_received(self, data: bytes) -> None:
        """Keep the received bytes."""
        self.app_state["received"] = data
        super().data_received(data)
