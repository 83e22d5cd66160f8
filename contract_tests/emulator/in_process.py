"""The emulated pods inside the process of a test: an ASGI application, or served on loopback, without a command.

The pods run in the event loop of a thread of their own. So they work with each event loop of the test, with several,
and with none.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio.from_thread
import anyio.to_thread
import httpx
from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .addresses import by_host, by_port, listening_sockets, origin
from .control import control
from .control.interface import with_control
from .emulation import Emulation
from .environment import environment
from .options import parser, require_sense
from .running import RunningPods
from .server import Server, server_config
from .start import emulation_of, settings_of

DOMAIN = "pods.example"
"""The pods are at ``https://acme.pods.example`` and so on, which no name server knows."""


class InProcessPods(RunningPods):
    """Emulated pods in this process, to be used in a ``with`` statement.

    Args:
        world: A TOML file with pods, users and connections; None is the usual cast.
        propagation: Milliseconds until a change at one pod has reached the other.
        defects: The names of defects that are on from the start.
        variants: The names of variants that are on from the start.
        state: A file that keeps the state; None keeps it in memory.
        keys: A folder with an RSA key for each user; the users log in by them and have no session from the start.
        is_on_loopback: Whether the pods are served on free loopback ports too, for clients that take no ASGI
            application. Then the addresses are those.

    Raises:
        UsageError, CastFileError, ChangeError, KeyFileError, StateFileError, WorldFileError: The pods cannot start;
            the message says why.

    Attributes:
        application: The ASGI application of all pods, for ``httpx.ASGITransport``. It finds the pod by the host name,
            as in ``https://acme.pods.example/pod``.
        transport: The same for a client that is not async: a transport of httpx.
    """

    def __init__(
        self,
        *,
        world: Path | str | None = None,
        propagation: int = 0,
        defects: Iterable[str] = (),
        variants: Iterable[str] = (),
        state: Path | str | None = None,
        keys: Path | str | None = None,
        is_on_loopback: bool = False,
    ) -> None:
        files = {"--world": world, "--state": state, "--keys": keys}
        arguments = [f"{name}={value}" for name, value in files.items() if value is not None]
        arguments += [f"--defect={name}" for name in defects]
        arguments += [f"--variant={name}" for name in variants]
        options = parser().parse_args([*arguments, f"--propagation={propagation}", "--port=0"])
        require_sense(options)
        with ExitStack() as stack:
            self._portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
            # What is still waiting, such as a delayed answer, does not keep the test.
            stack.callback(self._portal.call, self._portal.stop, True)
            emulation = emulation_of(settings_of(options), options, stack)
            names = emulation.world.pods
            applications = {name: emulation.application(name) for name in names}
            if is_on_loopback:
                listeners = [stack.enter_context(listener) for listener in listening_sockets(options, len(names))]
                origins = {name: origin(options, listener) for name, listener in zip(names, listeners, strict=True)}
                ports = [int(listener.getsockname()[1]) for listener in listeners]
                found_by = by_port(dict(zip(ports, applications.values(), strict=True)))
            else:
                listeners = []
                origins = {name: f"https://{name}.{DOMAIN}" for name in names}
                found_by = by_host(
                    {f"{name}.{DOMAIN}".lower(): application for name, application in applications.items()}
                )
            pods = with_control(found_by, control(emulation, origins, is_loopback_only=is_on_loopback))
            self.application: ASGIApp = _InOwnThread(pods, self._portal)
            self.transport: httpx.BaseTransport = _Transport(pods, self._portal)
            if listeners:
                stack.callback(_served(pods, listeners, self._portal))
            self._portal.call(emulation.federation.network.resume)
            emulation.environment = environment(emulation, origins, options)
            super().__init__(emulation.environment, None if is_on_loopback else _Transport(pods, self._portal))
            stack.callback(self._portal.call, _stop, emulation)
            self._stack = stack.pop_all()

    def close(self) -> None:
        """End the pods."""
        super().close()
        self._stack.close()


def _stop(emulation: Emulation) -> None:
    emulation.federation.network.stop()


def _served(application: ASGIApp, listeners: Sequence[socket.socket], portal: BlockingPortal) -> Callable[[], None]:
    """Serve an application in the thread of the pods; return the function that ends that."""
    is_ready = threading.Event()
    server = Server(server_config(application), is_ready.set)
    done = portal.start_task_soon(server.serve, list(listeners))
    done.add_done_callback(lambda _: is_ready.set())
    is_ready.wait()

    def end() -> None:
        server.should_exit = True
        done.result()

    return end


class _InOwnThread:
    """An ASGI application that another one answers for, in the thread of the pods."""

    def __init__(self, application: ASGIApp, portal: BlockingPortal) -> None:
        self._application = application
        self._portal = portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # a server that asks for a lifespan takes the error for a no
            raise NotImplementedError(f"The emulated pods answer http, not {scope['type']}.")
        body = await _whole(receive)
        messages = await anyio.to_thread.run_sync(
            self._portal.call, _answer, self._application, scope, body, abandon_on_cancel=True
        )
        for message in messages:
            await send(message)


class _Transport(httpx.BaseTransport):
    """A transport of httpx that asks an ASGI application in the thread of the pods."""

    def __init__(self, application: ASGIApp, portal: BlockingPortal) -> None:
        self._application = application
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            httpx.RemoteProtocolError: The pod has closed the connection.
        """
        url = request.url
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 0),
        }
        start, *rest = self._portal.call(_answer, self._application, scope, request.read())
        content = b"".join(message.get("body", b"") for message in rest)
        return httpx.Response(start["status"], headers=start["headers"], content=content, request=request)


async def _whole(receive: Receive) -> bytes:
    content = bytearray()
    while (message := await receive())["type"] == "http.request":
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    return bytes(content)


async def _answer(application: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    """The messages of an answer, in the event loop of the pods.

    Raises:
        httpx.RemoteProtocolError: The pod has closed the connection, as a client of httpx sees it over a network.
    """
    messages: list[Message] = []
    incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    is_closed = False

    def close() -> None:
        nonlocal is_closed
        is_closed = True

    async def receive() -> Message:
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)

    state: dict[str, Any] = {"peer_certificate": None, "received": b"", "drop": close, "write": lambda _: None}
    await application({**scope, "state": state}, receive, send)
    if is_closed:
        raise httpx.RemoteProtocolError("The emulated pod has closed the connection.")
    return messages
