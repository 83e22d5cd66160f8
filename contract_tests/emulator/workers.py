"""Several worker processes for one state: ``emulate --workers N``.

The workers serve HTTP and TLS. This process holds the pods and answers what the workers ask, one request after the
other. So requests are atomic, and the control interface reaches everything, whichever worker they come to.
"""

import argparse
import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import ASGIApp, Message

from .. import FOLDER
from .frames import FrameWriter, next_values
from .worker import READY

_END_SECONDS = 5.0
_TICK_SECONDS = 0.1
_log = logging.getLogger("emulator")


class WorkerError(Exception):
    """A worker ended before it was ready; its output on stderr says why."""


async def hold(
    application: ASGIApp, listeners: Sequence[socket.socket], options: argparse.Namespace, on_ready: Callable[[], None]
) -> None:
    """Answer for workers until SIGINT or SIGTERM. A worker that ends is replaced.

    Args:
        application: The application of the pods.
        listeners: The sockets to serve on.
        options: The options of the command: how many workers, the TLS files, whether to end with the parent.
        on_ready: Called once all workers are ready.

    Raises:
        WorkerError: A worker cannot start.
    """
    is_over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, is_over.set)
    ready = [asyncio.Event() for _ in range(options.workers)]
    keeping = [asyncio.create_task(_keep(application, listeners, options, event)) for event in ready]
    becoming_ready = asyncio.create_task(_all(ready))
    ending = asyncio.create_task(_until(is_over))
    tasks = [becoming_ready, ending, *keeping]
    if options.exit_with_parent is not None:
        tasks.append(asyncio.create_task(_watch_parent(options.exit_with_parent, is_over)))
    try:
        await asyncio.wait([becoming_ready, ending, *keeping], return_when=asyncio.FIRST_COMPLETED)
        if becoming_ready.done():
            on_ready()
        done, _ = await asyncio.wait([ending, *keeping], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until(event: asyncio.Event) -> None:
    await event.wait()


async def _all(events: Sequence[asyncio.Event]) -> None:
    for event in events:
        await event.wait()


async def _keep(
    application: ASGIApp, listeners: Sequence[socket.socket], options: argparse.Namespace, is_ready: asyncio.Event
) -> None:
    """Keep one worker running, and answer for it."""
    while True:
        ours, theirs = socket.socketpair()
        with theirs:
            worker = _start(theirs, listeners, options)
        try:
            await _answer_for(application, ours, is_ready)
        finally:
            await _end(worker)
        if not is_ready.is_set():
            raise WorkerError(f"A worker ended with status {worker.returncode} before it was ready.")


def _start(
    parent: socket.socket, listeners: Sequence[socket.socket], options: argparse.Namespace
) -> "subprocess.Popen[bytes]":
    descriptors = [listener.fileno() for listener in listeners]
    arguments = [f"--parent={os.getpid()}", f"--socket={parent.fileno()}"]
    arguments += [f"--listener={number}" for number in descriptors]
    files = {"--tls-cert": options.tls_cert, "--tls-key": options.tls_key, "--client-ca": options.client_ca}
    arguments += [f"{name}={path}" for name, path in files.items() if path]
    path = os.pathsep.join(filter(None, [str(FOLDER.parent), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.worker", *arguments],
        pass_fds=[parent.fileno(), *descriptors],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        process_group=0,  # Ctrl-C ends this process, which ends the workers
    )


async def _end(worker: "subprocess.Popen[bytes]") -> None:
    worker.terminate()
    try:
        await asyncio.to_thread(worker.wait, _END_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


async def _answer_for(application: ASGIApp, connection: socket.socket, is_ready: asyncio.Event) -> None:
    """Answer what one worker asks, until it is gone."""
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    frames = FrameWriter(writer)
    answering: set[asyncio.Task[None]] = set()
    try:
        while (values := await next_values(reader)) is not None:
            for value in values:
                if value == READY:
                    is_ready.set()
                    continue
                task = asyncio.create_task(_answer(application, frames, *value))
                answering.add(task)
                task.add_done_callback(answering.discard)
    finally:
        for task in answering:
            task.cancel()
        writer.close()


async def _answer(
    application: ASGIApp,
    frames: FrameWriter,
    number: int,
    scope: dict[str, Any],
    kept: dict[str, Any],
    incoming: list[Message],
) -> None:
    def tell(kind: str, value: Any = None) -> None:
        frames.write((number, kind, value))

    async def receive() -> Message:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        tell("message", message)

    state = {**kept, "drop": lambda: tell("drop"), "write": lambda data: tell("write", data)}
    try:
        await application({**scope, "state": state}, receive, send)
    except Exception:  # it has answered with 500; uvicorn logs it where there are no workers
        _log.exception("Exception in ASGI application")
    tell("end")


async def _watch_parent(parent: int, is_over: asyncio.Event) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(_TICK_SECONDS)
    is_over.set()
