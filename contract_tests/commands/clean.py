"""``clean``: put back the connections that a run changed before it was cut off."""

import argparse
import os

from ..run.exit_status import EXIT_FAILED, EXIT_UNREACHED, EXIT_USAGE
from ..target.load_target import load_target
from ..target.target import TargetError
from .complaint import usage
from .options import Commands, add_output, add_target


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("clean", help="put back the connections that a run changed before it was cut off")
    add_target(parser)
    add_output(parser)
    parser.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> int:
    from ..arranging.preflight import PREFLIGHT, open_sessions
    from ..arranging.record import Record
    from ..arranging.restore import Restorer
    from ..arranging.session_owners import check_owners
    from ..arranging.unreached import Unreached
    from ..report.output import Output
    from ..report.redact import Redactor
    from ..run.output_folder import locked
    from ..target.session import SessionError
    from ..target.wire import Wire

    try:
        target = load_target(os.environ, options.target)
        if target is None:
            return usage("clean: POD_URL is not set. Set it to the pod of the run that was cut off.")
        if not target.allow_writes:
            return usage("clean: POD_ALLOW_WRITES is not set. It permits the changes; set it to 1.")
        wire = Wire(target, lambda _: None)
    except (TargetError, SessionError) as error:
        return usage(str(error))
    output = Output(options.output, Redactor(lambda: [*target.secrets(), *wire.sessions.known_tokens()]))
    try:
        with locked(options.output):
            if not Record(options.output).read():
                output.say("contract: there is nothing to put back")
                return 0
            check_owners(wire, open_sessions(wire), PREFLIGHT)
            restored = Restorer(wire, options.output).restore()
    except TargetError as error:
        return usage(str(error))
    except Unreached as error:
        output.say(f"contract: {error}")
        return EXIT_UNREACHED
    finally:
        wire.close()
    for line in restored.done or ["nothing had to be put back"]:
        output.say(f"contract: {line}")
    for line in (*restored.left, *restored.elsewhere):
        output.say(f"contract: {line}")
    return EXIT_FAILED if restored.left else EXIT_USAGE if restored.elsewhere else 0
