"""The one writer of the suite: every file and every line for people passes through it.

It removes the secrets, and it shows what is not printable as an escape.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from .escaping import visible
from .redact import Redactor


class Output:
    """Writes files and lines for people, all of them without secrets.

    Args:
        folder: The folder of the files. It is made when the first one is written.
        redactor: Removes the secrets.
    """

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self.folder = folder
        self._redactor = redactor

    def write(self, name: str, text: str) -> None:
        """Write a document of redacted values. Another process never sees a part of it.

        The reports escape their values before they format them, each as its format needs it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        partial = path.with_name(f".{name}.partial")
        partial.write_text(self._redactor.redact_document(text), encoding="utf-8")
        partial.replace(path)

    def say(self, line: str = "") -> None:
        """Write one line for people to standard output, without delay."""
        print_line(self.line(line))

    def line(self, text: str) -> str:
        """Return a text as one printable line without any secret, for a terminal or a log."""
        return visible(self._redactor.redact(text))

    def redact(self, text: str) -> str:
        """Return the text without any secret."""
        return self._redactor.redact(text)

    def redact_values(self, value: Any) -> Any:
        """Return a JSON value without any secret."""
        return self._redactor.redact_values(value)


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
