"""The command ``emulate``: it serves an emulated pod on loopback and prints the environment for clients.

Exit status: 0, a signal ended it (SIGINT or SIGTERM); 2, it could not start (usage, a taken port, a file).
"""

import argparse
import asyncio
import difflib
import ipaddress
import shlex
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import uvicorn
from cryptography import x509

from .. import COMMAND
from .app import BASE, Answer, Call, Emulator, Modifier, Proceed
from .cast import CAST, CastFileError, Role, played_by, populate, read_cast, unknown_user_id
from .changes import Change
from .defects import DEFECTS
from .keys import KeyFileError, key_file, public_key
from .protocol import PodProtocol
from .store import StateFileError, Store
from .variants import VARIANTS

READY = "# ready"
_SHUTDOWN_SECONDS = 2


class _UsageError(Exception):
    """The command cannot start; the message says why and what to do."""


def main(argv: list[str]) -> int:
    """Serve an emulated pod until SIGINT or SIGTERM.

    Args:
        argv: The arguments, without the program's name.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(argv)
    try:
        _serve(options)
    except (_UsageError, StateFileError, KeyFileError, CastFileError) as error:
        print(f"emulate: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{COMMAND} emulate", description="Serve an emulated pod.")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: %(default)s)")
    parser.add_argument("--expose", action="store_true", help="allow a --host that other machines can reach")
    parser.add_argument("--port", type=int, default=8080, help="0 picks a free one (default: %(default)s)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="SQLite file that keeps users and connections")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="serve https with this certificate (PEM)")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="the private key of the certificate")
    parser.add_argument(
        "--client-ca",
        type=Path,
        metavar="FILE",
        help="take logins by client certificates of this CA; the CN is the username: "
        + ", ".join(role.username for role in CAST),
    )
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="DIR",
        help="keep an RSA key for each user in this folder; the environment then names keys in place of tokens",
    )
    parser.add_argument(
        "--cast",
        type=Path,
        metavar="FILE",
        help='JSON with ids, user names and tokens: {"CALLER": {"id": 1, "username": "bot", "token": "…"}, …}',
    )
    parser.add_argument("--defect", action="append", default=[], metavar="NAME", help="add this defect")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME", help="add this variant")
    parser.add_argument(
        "--latency", type=int, default=0, metavar="MS", help="delay every answer by this many milliseconds"
    )
    return parser


def _serve(options: argparse.Namespace) -> None:
    if bool(options.tls_cert) != bool(options.tls_key):
        raise _UsageError("--tls-cert and --tls-key belong together; one of them is missing.")
    if options.client_ca and not options.tls_cert:
        raise _UsageError("--client-ca needs --tls-cert and --tls-key: client certificates are part of TLS.")
    changes = [_chosen("defect", name, DEFECTS) for name in options.defect]
    changes += [_chosen("variant", name, VARIANTS) for name in options.variant]
    for change in changes:
        if change.needs_keys and not options.keys:
            raise _UsageError(f"{change.name} can be seen only by users who log in. Add --keys DIR.")
    tls = _tls_context(options) if options.tls_cert else None
    cast = read_cast(options.cast) if options.cast else CAST
    keys = {}
    if options.keys:
        keys = {role.username: public_key(options.keys, role.key_name) for role in cast if role.has_session}
    with _listening_socket(options) as listener:
        store = Store(options.state)
        try:
            emulator = Emulator(store, keys)
            for change in changes:
                change.install(emulator)
            populate(store, emulator.pod.now(), emulator.user_bits, cast)
            if options.latency > 0:
                emulator.around.append(_late(options.latency / 1000))
            port = listener.getsockname()[1]
            environment = _environment(emulator, options, port, cast)
            _run(emulator, tls, listener, lambda: _announce(environment))
        finally:
            store.close()


def _chosen(kind: str, name: str, changes: Mapping[str, Change]) -> Change:
    if name not in changes:
        near = difflib.get_close_matches(name, changes, n=3, cutoff=0.4)
        hint = f" Is one of these meant: {', '.join(near)}?" if near else ""
        raise _UsageError(f"--{kind} {name}: there is no such {kind} among the {len(changes)}.{hint}")
    return changes[name]


def _listening_socket(options: argparse.Namespace) -> socket.socket:
    host, port = options.host, options.port
    if not 0 <= port < 1 << 16:
        raise _UsageError(f"--port {port} is not a port. Give a number from 1 to 65535, or 0 for a free port.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
    except OSError as error:
        raise _UsageError(f"{host} port {port} is not an address to serve on: {error}.") from error
    if not ipaddress.ip_address(address[0]).is_loopback and not options.expose:
        raise _UsageError(
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
        raise _UsageError(
            f"{host} port {port} cannot be served: {error.strerror}. Name another --port, or 0 for a free port."
        ) from error
    return listener


def _tls_context(options: argparse.Namespace) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.tls_cert, options.tls_key)
        if options.client_ca:
            context.load_verify_locations(options.client_ca)
            # Optional, because only the login by certificate needs one.
            context.verify_mode = ssl.CERT_OPTIONAL
    except OSError as error:  # ssl.SSLError is one
        raise _UsageError(f"The TLS files cannot be used: {error}.") from error
    return context


def _environment(emulator: Emulator, options: argparse.Namespace, port: int, cast: Sequence[Role]) -> dict[str, str]:
    host = f"[{options.host}]" if ":" in options.host else options.host
    address = f"{'https' if options.tls_cert else 'http'}://{host}:{port}"
    environment = {
        "POD_URL": address + BASE,
        "POD_LOGIN_URL": f"{address}/login",
        "POD_SESSIONAUTH_URL": f"{address}/sessionauth",
        "POD_ALLOW_WRITES": "1",
    }
    if options.tls_cert and _is_self_signed(options.tls_cert):
        environment["POD_CA_BUNDLE"] = str(options.tls_cert.resolve())
    store = emulator.pod.store
    for role in cast:
        user = played_by(store, role)
        environment[f"POD_{role.name}_USER_ID"] = str(user.id)
        if role.given_token or (role.has_session and not options.keys):
            token = emulator.sessions.open(user.id, role.given_token)
        if role.has_session and options.keys:
            environment[f"POD_{role.name}_USERNAME"] = role.username
            environment[f"POD_{role.name}_PRIVATE_KEY"] = str(key_file(options.keys, role.key_name))
        elif role.has_session:
            environment[f"POD_{role.name}_TOKEN"] = token
    environment["POD_UNKNOWN_USER_ID"] = str(unknown_user_id(store, cast))
    return environment


def _is_self_signed(path: Path) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.issuer == certificate.subject


def _announce(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}")
    print(READY, flush=True)


def _late(seconds: float) -> Modifier:
    async def late(call: Call, proceed: Proceed) -> Answer:
        await asyncio.sleep(seconds)
        return await proceed(call)

    return late


class _Server(uvicorn.Server):
    """Calls a function when the server is ready."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


def _run(emulator: Emulator, tls: ssl.SSLContext | None, listener: socket.socket, announce: Callable[[], None]) -> None:
    config = uvicorn.Config(
        emulator.application(),
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
    _Server(config, announce).run([listener])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
