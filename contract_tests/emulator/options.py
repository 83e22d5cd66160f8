"""The options of the command ``emulate``."""

import argparse
import os
from pathlib import Path

from .. import COMMAND
from .cast import CAST
from .environment import FORMATS
from .server import fast_protocol

PROPAGATION = 20
"""Milliseconds from pod to pod, unless ``--propagation`` says otherwise."""

LARGEST_NUMBER_OF_WORKERS = 64
LONGEST = 3_600_000
"""Milliseconds that a message or an answer may take."""


class UsageError(Exception):
    """The pods cannot start; the message says why and what to do."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command's arguments."""
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
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="serve HTTP and TLS in this many processes, which share one state (default: %(default)s)",
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="serve with uvloop and httptools, which the extra `fast` brings, about twice as many requests a second",
    )
    parser.add_argument("--request-log", action="store_true", help="print a line for every request to stderr")
    parser.add_argument(
        "--exit-with-parent",
        type=int,
        nargs="?",
        const=os.getppid(),
        metavar="PID",
        help="end when the process that started this one is gone; with its PID, also where it was gone before that",
    )
    parser.add_argument(
        "--expose-control",
        action="store_true",
        help="with --expose: serve the control interface under /emulator/ too, which can do everything",
    )
    parser.add_argument("--list-defects", action="store_true", help="list the defects, and end")
    parser.add_argument("--list-variants", action="store_true", help="list the variants, and end")
    parser.add_argument("--defect", action="append", default=[], metavar="NAME", help="add this defect")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME", help="add this variant")
    parser.add_argument(
        "--latency", type=int, default=0, metavar="MS", help="delay every answer by this many milliseconds"
    )
    return parser


def require_sense(options: argparse.Namespace) -> None:
    """Require that the options do not contradict each other.

    Raises:
        UsageError: They do; the message says which.
    """
    if options.fast:
        _require_fast(options)
    if bool(options.tls_cert) != bool(options.tls_key):
        raise UsageError("--tls-cert and --tls-key belong together; one of them is missing.")
    if options.client_ca and not options.tls_cert:
        raise UsageError("--client-ca needs --tls-cert and --tls-key: client certificates are part of TLS.")
    if options.one_address and options.one_port:
        raise UsageError("--one-port serves several pods, and --one-address makes them one. Leave one of them out.")
    if options.one_address and options.propagation is not None:
        raise UsageError("--propagation concerns several pods, and --one-address makes them one.")
    if options.world and options.cast:
        raise UsageError("--cast and --world both describe the users. Leave one of them out.")
    if options.expose_control and not options.expose:
        raise UsageError("--expose-control needs --expose.")
    if options.state and (not options.state.name or options.state.is_dir()):
        raise UsageError(f"--state {str(options.state)!r} names a folder. Name a file, such as state.db.")
    if not 1 <= options.workers <= LARGEST_NUMBER_OF_WORKERS:
        raise UsageError(f"--workers {options.workers}: give a number from 1 to {LARGEST_NUMBER_OF_WORKERS}.")
    for name, milliseconds in (("latency", options.latency), ("propagation", options.propagation or 0)):
        if not 0 <= milliseconds <= LONGEST:
            raise UsageError(f"--{name} {milliseconds}: give a number of milliseconds from 0 to {LONGEST}.")


def _require_fast(options: argparse.Namespace) -> None:
    if options.workers > 1:
        raise UsageError("--fast and --workers are two ways to more requests a second. Leave one of them out.")
    try:
        fast_protocol()
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--fast needs {error.name}. Install it: pip install 'symphony-pod-contract[emulator,fast]'."
        ) from error
