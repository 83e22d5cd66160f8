"""``report``: make the reports again from the results of one run, or of many."""

import argparse

from .complaint import usage
from .options import OUTPUT, Commands, path


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("report", help="make the reports again from the results of one run, or of many")
    parser.add_argument(
        "files",
        type=path,
        nargs="*",
        metavar="FILE",
        help="results.jsonl of a run; several make one page of all; by default the one in the folder of --output",
    )
    parser.add_argument(
        "--compare",
        type=path,
        action="append",
        default=[],
        metavar="FILE",
        help="results.jsonl of an earlier run: say what changed since; may be given for each of several runs",
    )
    parser.add_argument(
        "--output",
        type=path,
        metavar="DIR",
        help=f"the folder of the reports; by default the folder of a single FILE, else {OUTPUT}",
    )
    parser.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> int:
    from ..report.join import report_many, report_one
    from ..report.output import Output
    from ..report.redact import Redactor
    from ..report.results import NAME, ResultsError

    files = options.files or [(options.output or OUTPUT) / NAME]
    folder = options.output or (files[0].parent if len(files) == 1 else OUTPUT)
    output = Output(folder, Redactor(list))  # the runs that wrote the results removed the secrets
    try:
        if len(files) > 1:
            ended = report_many(files, output, options.compare).outcome
        elif len(options.compare) > 1:
            return usage("report: expected one --compare for one FILE. Name the one earlier run.")
        else:
            ended = report_one(files[0], output, next(iter(options.compare), None))
    except ResultsError as error:
        return usage(str(error))
    except OSError as error:
        return usage(f"report: {error.filename or folder}: cannot be written to: {error.strerror}.")
    output.say(f"contract: {ended.word}: {ended.why}")
    output.say(f"reports in {folder}/")
    return 0
