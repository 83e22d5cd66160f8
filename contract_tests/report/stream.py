"""Prints a line to a stream, whatever its encoding, and also if its reader has gone."""

import os
import sys
from contextlib import suppress
from typing import TextIO


def print_line(line: str, stream: TextIO | None = None) -> None:
    """Print a line and flush it. Escapes stand for characters that the stream's encoding does not have.

    If the reader is gone, as ``head`` is after its last line, nothing more is printed and the program goes on.

    Args:
        line: The line.
        stream: Standard output by default.
    """
    stream = sys.stdout if stream is None else stream
    if stream is None:
        return  # the program was started without it
    encoding = stream.encoding or "utf-8"
    line = line.encode(encoding, errors="backslashreplace").decode(encoding)
    try:
        print(line, file=stream, flush=True)
    except BrokenPipeError:
        print_no_more(stream)


def print_no_more(stream: TextIO) -> None:
    """Send what a stream still holds, and all that follows, to nowhere: its reader is gone."""
    with suppress(OSError, ValueError):  # a stream of a test has no file descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
