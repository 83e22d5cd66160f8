"""HTTP as uvicorn speaks it, and what ASGI does not hand on to the application."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class PodProtocol(H11Protocol):
    """Hands on the client's certificate and the bytes as they came.

    They are ``request.state.peer_certificate`` and ``request.state.received``; ``request.state.drop()`` closes
    the connection.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in H11Protocol
        """Note who is connected."""
        super().connection_made(transport)
        peer_certificate = transport.get_extra_info("peercert")
        self.app_state = {**self.app_state, "peer_certificate": peer_certificate, "drop": transport.close}

    def data_received(self, data: bytes) -> None:
        """Note what came, for the request that begins with it."""
        self.app_state["received"] = data
        super().data_received(data)
