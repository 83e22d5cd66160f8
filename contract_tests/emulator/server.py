"""The HTTP server of the emulated pods."""

import asyncio
import importlib
import logging
import math
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import LOGGING_CONFIG

from .protocol import PodProtocol

SHUTDOWN_SECONDS = 2.0
"""Seconds in which requests may still be answered once the server is to end; then their connections are closed."""


class OncePerMinute(logging.Filter):
    """Lets the same message through once a minute, and says then how often it was left out."""

    def __init__(self) -> None:
        super().__init__()
        self.now = time.monotonic
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is logged."""
        since, left_out = self._seen.get(str(record.msg), (-math.inf, 0))
        if self.now() - since < 60:
            self._seen[str(record.msg)] = since, left_out + 1
            return False
        self._seen[str(record.msg)] = self.now(), 0
        if left_out:
            record.msg = f"{record.msg} ({left_out} more like this since the last one)"
        return True


class Server(uvicorn.Server):
    """Calls a function when the server is ready, and can end with the process that started it.

    Args:
        config: What it serves, and how.
        on_ready: Called in the event loop, once the sockets are served.
        parent: The process with whose end the server ends; None if with none.
    """

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], parent: int | None = None) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve the sockets, and say that they are served."""
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, at the latest when the seconds are over: then requests that are not answered are cancelled."""
        asyncio.get_running_loop().call_later(SHUTDOWN_SECONDS, self._cancel)
        await super().shutdown(sockets)

    def _cancel(self) -> None:
        for task in self.server_state.tasks:
            task.cancel()

    async def on_tick(self, counter: int) -> bool:
        """Say ten times a second whether the server is to end."""
        is_orphan = self._parent is not None and os.getppid() != self._parent
        return is_orphan or await super().on_tick(counter)


def _closing_when_cancelled(application: ASGIApp) -> ASGIApp:
    """An application that closes the connection of a request that is cancelled, in place of an answer."""

    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await application(scope, receive, send)
        except asyncio.CancelledError:
            scope["state"]["drop"]()
            while (await receive())["type"] != "http.disconnect":
                pass

    return closing


def fast_protocol() -> type[asyncio.Protocol]:
    """The protocol for ``--fast``.

    Raises:
        ModuleNotFoundError: uvloop or httptools is not installed.
    """
    importlib.import_module("uvloop")
    from .fast_protocol import FastPodProtocol

    return FastPodProtocol


def server_config(
    application: ASGIApp,
    tls: ssl.SSLContext | None = None,
    log_config: dict[str, Any] | None = None,
    *,
    is_fast: bool = False,
) -> uvicorn.Config:
    """How an application is served.

    Args:
        application: The application.
        tls: The TLS settings; None serves plain http.
        log_config: How uvicorn logs; None leaves the logging of the process as it is.
        is_fast: Whether uvloop and httptools serve it.

    Raises:
        ModuleNotFoundError: They are not installed.
    """
    config = uvicorn.Config(
        _closing_when_cancelled(application),
        http=fast_protocol() if is_fast else PodProtocol,
        loop="uvloop" if is_fast else "asyncio",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_config=log_config,
        timeout_keep_alive=60,
        # Later than our own, because uvicorn answers with a 500 and logs a traceback.
        timeout_graceful_shutdown=math.ceil(SHUTDOWN_SECONDS) + 2,
    )
    config.load()
    config.ssl = tls
    return config


def serve(
    application: ASGIApp,
    listeners: Sequence[socket.socket],
    tls: ssl.SSLContext | None,
    on_ready: Callable[[], None],
    *,
    parent: int | None = None,
    is_fast: bool = False,
) -> None:
    """Serve an application until SIGINT or SIGTERM.

    Args:
        application: The application.
        listeners: The sockets to serve on.
        tls: The TLS settings; None serves plain http.
        on_ready: Called in the event loop, once the sockets are served.
        parent: The process with whose end the server ends; None if with none.
        is_fast: Whether to serve with uvloop and httptools.

    Raises:
        ModuleNotFoundError: They are not installed.
    """
    logging.getLogger("uvicorn.error").addFilter(OncePerMinute())
    # uvicorn raises the signal again after it has shut down; by then it has been obeyed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    config = server_config(application, tls, LOGGING_CONFIG, is_fast=is_fast)
    Server(config, on_ready, parent).run(list(listeners))
