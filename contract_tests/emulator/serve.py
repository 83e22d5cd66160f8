"""The command ``emulate``: it serves emulated pods on loopback and prints the environment for clients.

Exit status: 0, a signal ended it (SIGINT or SIGTERM); 2, it could not start (usage, a taken port, a file).
"""

import argparse
import difflib
import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from .. import COMMAND
from .addresses import AddressError, by_first_segment, by_port, listening_sockets, origin, tls_context
from .cast import CAST, USER_BITS, CastFileError, read_cast, world_of_cast
from .changes import Change
from .control import control
from .control.interface import with_control
from .defects import DEFECTS
from .emulation import EVERYWHERE, ChangeError, Emulation, Settings, require_possible, stores_of
from .environment import environment
from .journal import log_line
from .keys import KeyFileError, public_key
from .server import fast_protocol, serve
from .store import StateFileError, Store
from .variants import VARIANTS
from .world import World
from .world_file import WorldFile, WorldFileError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

READY = "# ready"
PROPAGATION = 20
"""Milliseconds from pod to pod, unless ``--propagation`` says otherwise."""


class _UsageError(Exception):
    """The command cannot start; the message says why and what to do."""


_EXPECTED = (
    _UsageError,
    AddressError,
    StateFileError,
    KeyFileError,
    CastFileError,
    WorldFileError,
    ChangeError,
)


def main(argv: list[str]) -> int:
    """Serve emulated pods until SIGINT or SIGTERM.

    Args:
        argv: The arguments, without the program's name.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(argv)
    if options.list_defects or options.list_variants:
        _list(options)
        return 0
    try:
        _serve(options)
    except _EXPECTED as error:
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
    parser.add_argument(
        "--world", type=Path, metavar="FILE", help="TOML file with pods, users and connections, in place of the cast"
    )
    parser.add_argument(
        "--print-env",
        choices=tuple(FORMATS),
        default="shell",
        help="how the environment is printed once the pods are ready (default: %(default)s)",
    )
    parser.add_argument("--request-log", action="store_true", help="print a line for every request to stderr")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when the process that started this one is gone"
    )
    parser.add_argument(
        "--expose-control",
        action="store_true",
        help="with --expose: serve the control interface under /emulator/ too, which can do everything",
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="serve with uvloop and httptools, which the extra `fast` brings, several times as many requests a second",
    )
    parser.add_argument("--list-defects", action="store_true", help="list the defects, and end")
    parser.add_argument("--list-variants", action="store_true", help="list the variants, and end")
    parser.add_argument("--defect", action="append", default=[], metavar="NAME", help="add this defect")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME", help="add this variant")
    parser.add_argument(
        "--latency", type=int, default=0, metavar="MS", help="delay every answer by this many milliseconds"
    )
    return parser


def _list(options: argparse.Namespace) -> None:
    chosen = [
        *(DEFECTS.values() if options.list_defects else ()),
        *(VARIANTS.values() if options.list_variants else ()),
    ]
    for change in chosen:
        print(f"{change.name}: {change.sentence}")


def _serve(options: argparse.Namespace) -> None:
    _require_sense(options)
    changes = [_chosen("defect", name, DEFECTS) for name in options.defect]
    changes += [_chosen("variant", name, VARIANTS) for name in options.variant]
    for change in changes:
        require_possible(change, is_one_address=options.one_address, has_keys=bool(options.keys))
    tls = tls_context(options) if options.tls_cert else None
    world_of = _world_of(options)
    world = world_of(USER_BITS)
    settings = Settings(
        world_of,
        (PROPAGATION if options.propagation is None else options.propagation) / 1000,
        options.latency / 1000,
        tuple(changes),
        _keys(options, world),
    )
    with ExitStack() as stack:
        count = 1 if options.one_address or options.one_port else len(world.pods)
        listeners = [stack.enter_context(listener) for listener in listening_sockets(options, count)]
        stores = stores_of(world, lambda name: _store(options, name, stack), is_one_address=options.one_address)
        emulation = Emulation(settings, stores)
        if options.request_log:
            emulation.journal.on_entry = lambda entry: print(
                log_line(entry, emulation.session_tokens()), file=sys.stderr, flush=True
            )
        application, origins = _addressed(options, emulation, [origin(options, listener) for listener in listeners])
        variables = environment(emulation, origins, options)

        def on_ready() -> None:
            emulation.federation.network.resume()
            print(FORMATS[options.print_env](variables), flush=True)

        serve(application, listeners, tls, on_ready, ends_with_parent=options.exit_with_parent, is_fast=options.fast)


def _require_sense(options: argparse.Namespace) -> None:
    if options.fast:
        _require_fast()
    if bool(options.tls_cert) != bool(options.tls_key):
        raise _UsageError("--tls-cert and --tls-key belong together; one of them is missing.")
    if options.client_ca and not options.tls_cert:
        raise _UsageError("--client-ca needs --tls-cert and --tls-key: client certificates are part of TLS.")
    if options.one_address and options.one_port:
        raise _UsageError("--one-port serves several pods, and --one-address makes them one. Leave one of them out.")
    if options.one_address and options.propagation is not None:
        raise _UsageError("--propagation concerns several pods, and --one-address makes them one.")
    if options.world and options.cast:
        raise _UsageError("--cast and --world both describe the users. Leave one of them out.")
    if options.expose_control and not options.expose:
        raise _UsageError("--expose-control needs --expose.")
    if options.propagation is not None and options.propagation < 0:
        raise _UsageError(f"--propagation {options.propagation} is negative. Give a number of milliseconds.")
    if options.latency < 0:
        raise _UsageError(f"--latency {options.latency} is negative. Give a number of milliseconds.")


def _require_fast() -> None:
    try:
        fast_protocol()
    except ModuleNotFoundError as error:
        raise _UsageError(
            f"--fast needs {error.name}. Install it: pip install 'symphony-pod-contract[emulator,fast]'."
        ) from error


def _chosen(kind: str, name: str, changes: Mapping[str, Change]) -> Change:
    if name not in changes:
        near = difflib.get_close_matches(name, changes, n=3, cutoff=0.4)
        hint = f" Is one of these meant: {', '.join(near)}?" if near else ""
        raise _UsageError(f"--{kind} {name}: there is no such {kind} among the {len(changes)}.{hint}")
    return changes[name]


def _world_of(options: argparse.Namespace) -> Callable[[int], World]:
    if options.world:
        return WorldFile(options.world).world
    cast = read_cast(options.cast) if options.cast else CAST
    return lambda user_bits: world_of_cast(cast, user_bits)


def _keys(options: argparse.Namespace, world: World) -> "dict[str, dict[str, RSAPublicKey]]":
    """The keys for logins, by pod and username; none without ``--keys``."""
    if not options.keys:
        return {}
    keys: dict[str, dict[str, RSAPublicKey]] = {name: {} for name in world.pods}
    for resident in world.residents:
        if resident.key_name:
            keys[resident.user.pod][resident.user.username] = public_key(options.keys, resident.key_name)
    return keys


def _store(options: argparse.Namespace, name: str | None, stack: ExitStack) -> Store:
    path: Path | None = options.state
    if path and name:
        path = path.with_name(f"{path.stem}-{name}{path.suffix}")
    store = Store(path)
    stack.callback(store.close)
    return store


def _addressed(
    options: argparse.Namespace, emulation: Emulation, listening: Sequence[str]
) -> tuple[ASGIApp, dict[str, str]]:
    """The application for all sockets, and the address of each pod without its path."""
    names = emulation.world.pods
    if options.one_address:
        origins, pods = dict.fromkeys(names, listening[0]), emulation.application(EVERYWHERE)
    elif options.one_port:
        origins = {name: f"{listening[0]}/{name}" for name in names}
        pods = by_first_segment({name: emulation.application(name) for name in names})
    else:
        origins = dict(zip(names, listening, strict=True))
        pods = by_port({int(url.rpartition(":")[2]): emulation.application(name) for name, url in origins.items()})
    if options.expose and not options.expose_control:
        return pods, origins
    return with_control(pods, control(emulation, origins, is_loopback_only=not options.expose_control)), origins


def _shell(variables: Mapping[str, str]) -> str:
    return "\n".join([*(f"export {name}={shlex.quote(value)}" for name, value in variables.items()), READY])


def _dotenv(variables: Mapping[str, str]) -> str:
    return "\n".join([*(f"{name}={json.dumps(value)}" for name, value in variables.items()), READY])


FORMATS: Mapping[str, Callable[[Mapping[str, str]], str]] = {"shell": _shell, "dotenv": _dotenv, "json": json.dumps}
"""How ``--print-env`` writes the environment, by the name of the format."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
