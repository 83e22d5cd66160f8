"""The command ``emulate``: it serves emulated pods on loopback and prints the environment for clients.

Exit status: 0, a signal ended it (SIGINT or SIGTERM); 2, it could not start (usage, a taken port, a file).
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from starlette.types import ASGIApp

from .addresses import AddressError, by_first_segment, by_port, listening_sockets, origin, tls_context
from .cast import USER_BITS, CastFileError
from .control import control
from .control.interface import control_application, with_control
from .control.state import health_route
from .defects import DEFECTS
from .emulation import ChangeError, Emulation
from .environment import FORMATS, environment
from .journal import log_line
from .keys import KeyFileError
from .options import UsageError, parser, require_sense
from .server import serve
from .start import emulation_of, settings_of
from .state_file import StateFileError
from .variants import VARIANTS
from .workers import WorkerError, hold
from .world import EVERYWHERE
from .world_file import WorldFileError

_EXPECTED = (
    UsageError,
    AddressError,
    StateFileError,
    KeyFileError,
    CastFileError,
    WorldFileError,
    ChangeError,
    WorkerError,
)


def main(argv: list[str]) -> int:
    """Serve emulated pods until SIGINT or SIGTERM.

    Args:
        argv: The arguments, without the program's name.

    Returns:
        The exit status.
    """
    options = parser().parse_args(argv)
    if options.list_defects or options.list_variants:
        _list(options)
        return 0
    try:
        _serve(options)
    except _EXPECTED as error:
        print(f"emulate: {error}", file=sys.stderr)
        return 2
    return 0


def _list(options: argparse.Namespace) -> None:
    chosen = [
        *(DEFECTS.values() if options.list_defects else ()),
        *(VARIANTS.values() if options.list_variants else ()),
    ]
    for change in chosen:
        print(f"{change.name}: {change.sentence}")


def _serve(options: argparse.Namespace) -> None:
    require_sense(options)
    tls = tls_context(options) if options.tls_cert else None
    settings = settings_of(options)
    with ExitStack() as stack:
        count = 1 if options.one_address or options.one_port else len(settings.world_of(USER_BITS).pods)
        listeners = [stack.enter_context(listener) for listener in listening_sockets(options, count)]
        emulation = emulation_of(settings, options, stack)
        if options.request_log:
            emulation.journal.on_entry = lambda entry: print(
                log_line(entry, emulation.known_tokens), file=sys.stderr, flush=True
            )
        application, origins = _addressed(options, emulation, [origin(options, listener) for listener in listeners])
        emulation.environment = environment(emulation, origins, options)

        def on_ready() -> None:
            emulation.federation.network.resume()
            print(FORMATS[options.print_env](emulation.environment), flush=True)

        if options.workers > 1:
            asyncio.run(hold(application, listeners, options, on_ready))
        else:
            serve(application, listeners, tls, on_ready, parent=options.exit_with_parent, is_fast=options.fast)


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
        return with_control(pods, control_application([health_route(emulation)], is_loopback_only=False)), origins
    return with_control(pods, control(emulation, origins, is_loopback_only=not options.expose_control)), origins


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
