"""The same as ``protocol.PodProtocol`` over httptools, for ``--fast``. httptools and uvloop are optional."""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .connection import Arrival, JoiningTransport

LARGEST_HEAD = 64 << 10
"""Bytes of request line and headers; h11 has the same limit, and httptools has none."""


class FastPodProtocol(HttpToolsProtocol):
    """Passes to the application what ``PodProtocol`` passes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in HttpToolsProtocol
        """Keep the client's certificate."""
        joining = JoiningTransport(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", joining))
        self._arrival = Arrival(transport, self.loop)
        self._is_in_head = self._is_in_body = False
        self._head_bytes = 0
        self.app_state = {
            **self.app_state,
            "peer_certificate": transport.get_extra_info("peercert"),
            "drop": joining.close,
            "write": joining.write,
        }

    def data_received(self, data: bytes) -> None:
        """Keep the received bytes, and limit how long a request may take to arrive and how long its head may be."""
        if self.transport.is_closing():
            return
        self.app_state["received"] = data
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._is_in_head else 0
        if self._head_bytes > LARGEST_HEAD and not self.transport.is_closing():
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("The head of the request is too long.")
        self._arrival.note(is_arriving=self._is_in_head or self._is_in_body)

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the head is whole."""
        self._is_in_head, self._is_in_body = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self._is_in_body = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the limit."""
        self._arrival.stop()
        super().connection_lost(exc)
