"""Writes the workflow commands that GitHub Actions reads in a log: annotations."""

from collections.abc import Iterable

_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_TITLE = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def annotation(level: str, title: str, lines: Iterable[str]) -> str:
    """Make the workflow command that adds a note to the page of the workflow run.

    Args:
        level: ``error``, ``warning`` or ``notice``.
        title: The title, one printable line.
        lines: The text, as printable lines.
    """
    return f"::{level} title={_escaped(title, _IN_TITLE)}::{_escaped(chr(10).join(lines), _IN_TEXT)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
