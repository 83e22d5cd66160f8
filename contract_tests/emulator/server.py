"""The HTTP server of the emulated pods."""

import signal
import socket
import ssl
from collections.abc import Callable, Sequence

import uvicorn
from starlette.types import ASGIApp

from .protocol import PodProtocol

_SHUTDOWN_SECONDS = 2


class _Server(uvicorn.Server):
    """Calls a function when the server is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def serve(
    application: ASGIApp,
    listeners: Sequence[socket.socket],
    tls: ssl.SSLContext | None,
    on_ready: Callable[[], None],
) -> None:
    """Serve an application until SIGINT or SIGTERM.

    Args:
        application: The application.
        listeners: The sockets to serve on.
        tls: The TLS settings; None serves plain http.
        on_ready: Called in the event loop, once the sockets are served.
    """
    config = uvicorn.Config(
        application,
        http=PodProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    if tls:
        config.ssl_context_factory = lambda *_: tls
    # uvicorn raises the signal again after it has shut down; by then it has been obeyed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    _Server(config, on_ready).run(list(listeners))
