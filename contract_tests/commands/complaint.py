"""Says on standard error why a command did not do its work. Each function returns the exit status for it."""

import sys
from contextlib import suppress

from ..report.escaping import visible
from ..report.stream import print_line
from ..run.exit_status import EXIT_FAILED, EXIT_UNREACHED, EXIT_USAGE


def usage(message: str) -> int:
    """A mistake in the arguments or the settings. Each line of the message is one mistake."""
    for line in message.splitlines():
        _complain(line)
    return EXIT_USAGE


def unreached(message: str) -> int:
    """The pod cannot be reached, or refuses the session."""
    _complain(message)
    return EXIT_UNREACHED


def failed(message: str) -> int:
    """The suite itself failed, or was interrupted."""
    _complain(message)
    return EXIT_FAILED


def _complain(message: str) -> None:
    with suppress(OSError):  # standard error may be closed
        print_line(visible(f"contract: {message}"), sys.stderr)
