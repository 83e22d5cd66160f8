"""The parser of the command line, with all subcommands."""

import argparse

from .. import COMMAND, SCRIPT, suite_version
from . import clean, completion, fuzz, matrix, report, rules, run, token


def command_line(name: str = COMMAND) -> argparse.ArgumentParser:
    """The parser of the command line.

    Args:
        name: What the command is called.
    """
    parser = argparse.ArgumentParser(prog=name, description="Check whether a pod keeps its promises.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version of the suite, and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for subcommand in (run, matrix, fuzz, clean, token, rules):
        subcommand.add_to(commands)
    # Carried out before this parser is asked: the emulated pod has a parser of its own.
    commands.add_parser("emulate", help="serve an emulated pod; `emulate --help` lists its options")
    for subcommand in (report, completion):
        subcommand.add_to(commands)
    return parser


class _Version(argparse.Action):
    """Prints the version when the option is met: it takes long to find, and no other command needs it."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"{SCRIPT} {suite_version()}")
        parser.exit()
