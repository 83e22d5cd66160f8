"""``matrix``: spread target files over the jobs of a CI system."""

import argparse
import json

from ..target.target import TargetError
from .complaint import usage
from .options import Commands, count, path


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("matrix", help="spread target files over the jobs of a CI system, as JSON")
    parser.add_argument("targets", type=path, nargs="+", metavar="PATH", help="target files, and folders of them")
    parser.add_argument(
        "--runners", type=count, default=20, metavar="N", help="how many jobs at the most; %(default)s by default"
    )
    parser.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> int:
    from ..run.fleet import groups_by_address, matrix, target_files

    try:
        groups = groups_by_address(target_files(options.targets))
    except TargetError as error:
        return usage(str(error))
    print(json.dumps({"include": matrix(groups, options.runners)}))
    return 0
