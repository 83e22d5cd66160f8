"""The command ``emulate``: it serves emulated pods on loopback and prints the environment for clients.

Exit status: 0, a signal ended it (SIGINT or SIGTERM); 2, it could not start (usage, a taken port, a file).
"""

import argparse
import asyncio
import difflib
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.types import ASGIApp

from .. import COMMAND
from .addresses import AddressError, by_first_segment, by_port, listening_sockets, origin, tls_context
from .app import Answer, Call, Emulator, Modifier, Proceed
from .cast import CAST, CastFileError, Role, read_cast
from .changes import Change
from .defects import DEFECTS
from .environment import environment
from .federation import Federation, at_one_address, federate, pod_names
from .keys import KeyFileError, public_key
from .network import Network
from .server import serve
from .store import StateFileError, Store
from .variants import VARIANTS

READY = "# ready"
PROPAGATION = 20
"""Milliseconds from pod to pod, unless ``--propagation`` says otherwise."""


class _UsageError(Exception):
    """The command cannot start; the message says why and what to do."""


def main(argv: list[str]) -> int:
    """Serve emulated pods until SIGINT or SIGTERM.

    Args:
        argv: The arguments, without the program's name.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(argv)
    try:
        _serve(options)
    except (_UsageError, AddressError, StateFileError, KeyFileError, CastFileError) as error:
        print(f"emulate: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{COMMAND} emulate",
        description="Serve a federation of emulated pods: each private pod has an address of its own.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: %(default)s)")
    parser.add_argument("--expose", action="store_true", help="allow a --host that other machines can reach")
    parser.add_argument(
        "--port",
        type=int,
        default=8080,
        help="port of the caller's pod; the other pods take the ports after it; 0 picks free ones "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--one-port", action="store_true", help="serve all pods on one port, each with a context path: /acme/pod"
    )
    parser.add_argument(
        "--one-address", action="store_true", help="serve all private pods at one address, as if they were one pod"
    )
    parser.add_argument(
        "--propagation",
        type=int,
        metavar="MS",
        help=f"milliseconds until a change at one pod has reached the other (default: {PROPAGATION})",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="SQLite file that keeps the state; with FILE state.db the pods have state-acme.db, state-beta.db, …",
    )
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
    _require_sense(options)
    changes = [_chosen("defect", name, DEFECTS) for name in options.defect]
    changes += [_chosen("variant", name, VARIANTS) for name in options.variant]
    for change in changes:
        if change.needs_keys and not options.keys:
            raise _UsageError(f"{change.name} can be seen only by users who log in. Add --keys DIR.")
        if change.needs_federation and options.one_address:
            raise _UsageError(f"{change.name} concerns several pods. Leave out --one-address.")
    tls = tls_context(options) if options.tls_cert else None
    cast = read_cast(options.cast) if options.cast else CAST
    keys = _keys(options, cast)
    with ExitStack() as stack:
        pods = 1 if options.one_address or options.one_port else len(pod_names(cast))
        listeners = [stack.enter_context(listener) for listener in listening_sockets(options, pods)]
        federation = _federation(options, cast, keys, stack)
        for change in changes:
            change.install(federation)
        federation.populate(cast)
        if options.latency > 0:
            for emulator in federation.emulators:
                emulator.around.append(_late(options.latency / 1000))
        origins = [origin(options, listener) for listener in listeners]
        application, origin_of = _addressed(options, federation, origins)
        variables = environment(federation, origin_of, options, cast)

        def on_ready() -> None:
            federation.network.resume()
            _announce(variables)

        serve(application, listeners, tls, on_ready)


def _require_sense(options: argparse.Namespace) -> None:
    if bool(options.tls_cert) != bool(options.tls_key):
        raise _UsageError("--tls-cert and --tls-key belong together; one of them is missing.")
    if options.client_ca and not options.tls_cert:
        raise _UsageError("--client-ca needs --tls-cert and --tls-key: client certificates are part of TLS.")
    if options.one_address and options.one_port:
        raise _UsageError("--one-port serves several pods, and --one-address makes them one. Leave one of them out.")
    if options.one_address and options.propagation is not None:
        raise _UsageError("--propagation concerns several pods, and --one-address makes them one.")
    if options.propagation is not None and options.propagation < 0:
        raise _UsageError(f"--propagation {options.propagation} is negative. Give a number of milliseconds.")
    if options.latency < 0:
        raise _UsageError(f"--latency {options.latency} is negative. Give a number of milliseconds.")


def _chosen(kind: str, name: str, changes: Mapping[str, Change]) -> Change:
    if name not in changes:
        near = difflib.get_close_matches(name, changes, n=3, cutoff=0.4)
        hint = f" Is one of these meant: {', '.join(near)}?" if near else ""
        raise _UsageError(f"--{kind} {name}: there is no such {kind} among the {len(changes)}.{hint}")
    return changes[name]


def _keys(options: argparse.Namespace, cast: Sequence[Role]) -> dict[str, dict[str, RSAPublicKey]]:
    """The keys for logins, by pod and username; none without ``--keys``."""
    keys: dict[str, dict[str, RSAPublicKey]] = {name: {} for name in pod_names(cast)}
    for role in cast:
        if options.keys and role.has_session:
            keys[role.pod][role.username] = public_key(options.keys, role.key_name)
    return keys


def _federation(
    options: argparse.Namespace,
    cast: Sequence[Role],
    keys: Mapping[str, Mapping[str, RSAPublicKey]],
    stack: ExitStack,
) -> Federation:
    if options.one_address:
        emulator = Emulator(
            _store(options.state, stack), {name: key for pod in keys.values() for name, key in pod.items()}
        )
        return at_one_address(emulator, cast)
    stores = {}
    for name in pod_names(cast):
        path = options.state and options.state.with_name(f"{options.state.stem}-{name}{options.state.suffix}")
        stores[name] = _store(path, stack)
    milliseconds = PROPAGATION if options.propagation is None else options.propagation
    return federate(stores, keys, Network(milliseconds / 1000))


def _store(path: Path | None, stack: ExitStack) -> Store:
    store = Store(path)
    stack.callback(store.close)
    return store


def _addressed(
    options: argparse.Namespace, federation: Federation, origins: Sequence[str]
) -> tuple[ASGIApp, dict[str, str]]:
    """The application for all sockets, and the address of each pod without its path."""
    names = list(federation.pods)
    if options.one_address:
        return federation.emulators[0].application(), dict.fromkeys(names, origins[0])
    applications = {name: emulator.application() for name, emulator in federation.pods.items()}
    if options.one_port:
        return by_first_segment(applications), {name: f"{origins[0]}/{name}" for name in names}
    ports = [int(origin.rpartition(":")[2]) for origin in origins]
    return by_port(dict(zip(ports, applications.values(), strict=True))), dict(zip(names, origins, strict=True))


def _announce(variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print(READY, flush=True)


def _late(seconds: float) -> Modifier:
    async def late(call: Call, proceed: Proceed) -> Answer:
        await asyncio.sleep(seconds)
        return await proceed(call)

    return late


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
