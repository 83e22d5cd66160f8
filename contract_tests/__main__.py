"""The command ``python -m contract_tests``; ``--help`` lists its subcommands, and ``commands/`` has a file for each."""

import sys

from .commands.complaint import failed, usage
from .commands.parser import command_line
from .extras import missing
from .report.stream import print_no_more
from .run.unexpected_error import describe_without_message
from .target.interrupt import interruptible


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand.

    Args:
        arguments: The command line without the program's name.

    Returns:
        The exit status: of ``run`` one of ``EXIT_STATUSES``.
    """
    status = 0
    try:
        try:
            status = _main(sys.argv[1:] if arguments is None else arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:  # the reader of standard output, such as `head`, has seen enough
        print_no_more(sys.stdout)
    return status


def _main(arguments: list[str]) -> int:
    if arguments[:1] == ["emulate"]:
        if absent := missing("emulator", "emulate"):
            return usage(absent)
        from .emulator.serve import main as emulate

        return emulate(arguments[1:])
    options = command_line().parse_args(arguments)
    try:
        with interruptible():
            status: int = options.command(options)
    except KeyboardInterrupt:
        return failed("interrupted")
    except BrokenPipeError:
        raise  # standard output has no reader any more, and that is no failure
    except Exception as error:  # Python's own status would be 1, which means that a rule is broken
        return failed(f"the command failed: {describe_without_message(error)}")
    return status


def command() -> None:
    """Run the installed command and end with its exit status."""
    sys.exit(main())


if __name__ == "__main__":
    command()
