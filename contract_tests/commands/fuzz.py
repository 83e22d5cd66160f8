"""``fuzz``: run schemathesis with the suite's rules against a pod."""

import argparse
import os

from ..target.target import TargetError
from .complaint import usage
from .options import Commands, add_output, add_seed, add_target


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "fuzz", help="run schemathesis with the suite's rules, ids and session against the pod, or the emulated pod"
    )
    add_target(parser)
    add_output(parser)
    add_seed(parser)
    parser.add_argument("more", nargs="*", metavar="OPTION", help="after --, options of `schemathesis run`")
    parser.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> int:
    from ..run.fuzz import fuzz
    from ..target.session import SessionError

    try:
        return fuzz(os.environ, options.target, options.output, options.seed, options.more)
    except (TargetError, SessionError) as error:
        return usage(str(error))
