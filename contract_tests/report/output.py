"""The one writer of the suite: every file and every line for people passes through it.

It removes the secrets, and it shows what is not printable as an escape.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from .display import Display
from .escaping import visible
from .github import annotation
from .redact import Redactor


class Output:
    """Writes files and lines for people, all of them without secrets.

    Args:
        folder: The folder of the files. It is made when the first one is written.
        redactor: Removes the secrets.

    Attributes:
        display: What standard output can show.
    """

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self.folder = folder
        self.display = Display()
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

    def say(self, line: str = "", style: str = "") -> None:
        """Write one line for people to standard output, without delay.

        Args:
            line: The line.
            style: How it looks on a terminal, in the words of rich, such as ``bold red``.
        """
        self.display.line(self.line(line), style)

    def draw(self, drawing: RenderableType) -> None:
        """Draw something on standard output, all of whose texts went through ``line``."""
        self.display.draw(drawing)

    @contextmanager
    def folded(self, title: str) -> Iterator[None]:
        """Fold the lines that are said within the context, where the reader is GitHub."""
        if not self.display.on_github:
            yield
            return
        self.display.line(f"::group::{self.line(title)}")
        try:
            yield
        finally:
            self.display.line("::endgroup::")

    def annotate(self, level: str, title: str, text: str) -> None:
        """Add a note to the page of the workflow run, where the reader is GitHub.

        Args:
            level: ``error``, ``warning`` or ``notice``.
            title: The title.
            text: The text, of one line or several.
        """
        if self.display.on_github:
            lines = [self.line(line) for line in text.splitlines()]
            self.display.line(annotation(level, self.line(title), lines))

    def line(self, text: str) -> str:
        """Return a text as one printable line without any secret, for a terminal or a log."""
        return visible(self._redactor.redact(text))

    def redact(self, text: str) -> str:
        """Return the text without any secret."""
        return self._redactor.redact(text)

    def redact_document(self, text: str) -> str:
        """Return a whole document without any secret."""
        return self._redactor.redact_document(text)

    def redact_values(self, value: Any) -> Any:
        """Return a JSON value without any secret."""
        return self._redactor.redact_values(value)
