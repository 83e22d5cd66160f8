"""Runs the command, and says at its end how much processor time this process took, in seconds."""

import sys
import time

from contract_tests.__main__ import main


def timed(arguments: list[str]) -> int:
    """Run the command. The last line of standard error is the processor time."""
    status = main(arguments)
    print(time.process_time(), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(timed(sys.argv[1:]))
