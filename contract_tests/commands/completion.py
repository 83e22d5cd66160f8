"""``completion``: print a script that completes the words of the command in a shell."""

import argparse

from .. import SCRIPT
from .options import Commands

SHELLS = ("bash", "zsh", "fish")


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("completion", help="print a script that completes the words of the command in a shell")
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    parser.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> int:
    import shtab

    from .parser import command_line  # not above: that file imports this one

    print(shtab.complete(command_line(SCRIPT), shell=options.shell))
    return 0
