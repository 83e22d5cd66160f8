"""Where pods are served: sockets, TLS, and which pod a request is for."""

import argparse
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from contextlib import ExitStack

from starlette.types import ASGIApp, Receive, Scope, Send

from .app import not_found


class AddressError(Exception):
    """The pods cannot be served there; the message says why and what to do."""


def listening_sockets(options: argparse.Namespace, count: int) -> list[socket.socket]:
    """Listen on the port of the options and on the ports after it; port 0 stands for free ones.

    Raises:
        AddressError: One of the ports cannot be served.
    """
    ports = [options.port + number if options.port else 0 for number in range(count)]
    with ExitStack() as closing:
        listeners = [closing.enter_context(_listening_socket(options, port)) for port in ports]
        closing.pop_all()
    return listeners


def _listening_socket(options: argparse.Namespace, port: int) -> socket.socket:
    host = options.host
    if not 0 <= port < 1 << 16:
        raise AddressError(f"--port {port} is not a port. Give a number from 1 to 65535, or 0 for free ports.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
    except OSError as error:
        raise AddressError(f"{host} port {port} is not an address to serve on: {error}.") from error
    if not ipaddress.ip_address(address[0]).is_loopback and not options.expose:
        raise AddressError(
            f"--host {host} can be reached by other machines, and the emulated pod protects nothing. "
            "Add --expose to allow that."
        )
    # The protocol is named, because asyncio sets TCP_NODELAY only then; without it answers are 40 ms late.
    listener = socket.socket(family, kind, protocol)
    try:
        # SO_REUSEADDR allows a port whose last connections are still closing.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # With SO_REUSEADDR two processes can bind one port, but only one can listen.
        listener.listen()
    except OSError as error:
        listener.close()
        raise AddressError(
            f"{host} port {port} cannot be served: {error.strerror}. Name another --port, or 0 for free ports."
        ) from error
    return listener


def tls_context(options: argparse.Namespace) -> ssl.SSLContext:
    """The TLS settings of the options.

    Raises:
        AddressError: A file cannot be used.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.tls_cert, options.tls_key)
        if options.client_ca:
            context.load_verify_locations(options.client_ca)
            # Optional, because only the login by certificate needs one.
            context.verify_mode = ssl.CERT_OPTIONAL
    except OSError as error:  # ssl.SSLError is one
        raise AddressError(f"The TLS files cannot be used: {error}.") from error
    return context


def origin(options: argparse.Namespace, listener: socket.socket) -> str:
    """The address of a socket as clients write it, such as ``http://127.0.0.1:8080``."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"{'https' if options.tls_cert else 'http'}://{host}:{listener.getsockname()[1]}"


def by_port(applications: Mapping[int, ASGIApp]) -> ASGIApp:
    """An application that passes a request to another one by the port that it came to."""
    return lambda scope, receive, send: applications[scope["server"][1]](scope, receive, send)


def by_host(applications: Mapping[str, ASGIApp]) -> ASGIApp:
    """An application that passes a request to another one by the host name of its address."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await applications.get(scope["server"][0], not_found)(scope, receive, send)

    return application


def by_first_segment(applications: Mapping[str, ASGIApp]) -> ASGIApp:
    """An application that passes a request to another one by the first segment of the path, and removes that."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        _, name, *rest = str(scope["path"]).split("/", 2)
        if name not in applications or not rest:
            await not_found(scope, receive, send)
            return
        raw_path = scope["raw_path"].removeprefix(b"/" + name.encode())
        await applications[name]({**scope, "path": f"/{rest[0]}", "raw_path": raw_path}, receive, send)

    return application
