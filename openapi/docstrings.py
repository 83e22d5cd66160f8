"""Text of a description in the docstrings of the client, and in its README."""

import re
import textwrap
import unicodedata
from typing import Any


def docstring_text(found: Any) -> str:
    """Text of a description for a docstring: readable, and nothing in it ends the string or changes its order."""
    return _readable(found).replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()


def markdown_line(found: Any) -> str:
    """Text of a description for a line of Markdown: nothing in it is taken for Markdown or HTML."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", " ".join(_readable(found).split()))


def _readable(found: Any) -> str:
    """Text of a description, without the characters that cannot be seen."""
    text = str(getattr(found, "get_untrusted_value", lambda: found or "")()).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        if character == "\n" or unicodedata.category(character)[0] != "C"
        else " "
        if character == "\t"
        else ""
        for character in text
    )


def closed(text: str) -> str:
    """Text that can stand before the quotes that end a docstring."""
    return f"{text} " if text.endswith('"') else text


def item(name: str, text: str) -> str:
    """A line of a section of a docstring, such as an argument with its description."""
    return f"    {name}: {' '.join(text.split())}"


def wrapped(paragraph: str) -> str:
    """A paragraph of a docstring in lines that fit."""
    lines: list[str] = []
    for line in paragraph.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        more = indent + ("    " if indent or line.startswith("- ") else "")
        more = "  " if line.startswith("- ") else more
        lines += textwrap.wrap(line, 108, subsequent_indent=more, break_long_words=False) or [""]
    return "\n".join(lines)
