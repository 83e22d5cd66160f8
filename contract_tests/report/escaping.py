"""Makes text from outside harmless where it is written: on a terminal, in a CI log, in Markdown, HTML and XML.

A pod chooses what it answers, and so could try to move the cursor of a terminal, forge a heading of a page, send a
command to a CI job or turn the order of a text round. The functions here show such characters as escapes.
"""

import re
import unicodedata
from collections.abc import Iterable

MOST_LINE = 2000  # characters of a message; the rest is not shown

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Letters and digits of scripts that are written from right to left. They also turn round the text beside them.
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Characters that Unicode lets a program leave out when it shows a text (Default_Ignorable_Code_Point), and a blank
# that no space is. Python takes them for printable.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# GitHub Actions reads `::` at the start of a line and `##[` anywhere; others have names: `##vso[`, `##teamcity[`.
_COMMAND_AT_START = re.compile(r"^( *):(?=:)")
_COMMAND_ANYWHERE = re.compile(r"##(?=[\w-]*\[)")


def visible(text: str) -> str:
    r"""Return a text as one line of printable characters; every other character is shown as an escape.

    Escapes look as in Python: ``\n``, ``\x1b``, ``\u202e``. Letters of scripts that run from right to left are
    escaped too. No CI system takes the line, or a line that contains it, for a command.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible_character, text))
    return _COMMAND_ANYWHERE.sub(r"#\\x23", _COMMAND_AT_START.sub(r"\1\\x3a", text))


def visible_lines(text: str) -> list[str]:
    """Split a text at its line ends, and return each line as ``visible`` does."""
    return [visible(line) for line in text.replace("\r\n", "\n").split("\n")]


def shortened(text: str, most: int = MOST_LINE) -> str:
    """Return the beginning of a text that is too long to read, and how long the whole is."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters in all)"


def markdown_code(text: str) -> str:
    """Return a text as code within a line of Markdown or a cell of a table: nothing in it is markup."""
    line = visible(text).replace("|", "\\|")  # the table takes the backslash away again, also from code
    if not line:
        return ""
    mark = "`" * (_longest_run(line) + 1)
    return f"{mark} {line} {mark}" if line[0] in "` " or line[-1] in "` " else f"{mark}{line}{mark}"


def markdown_block(lines: Iterable[str]) -> list[str]:
    """Return lines as a block of code in Markdown, within a fence that none of them can close."""
    shown = [visible(line) for line in lines]
    fence = "`" * max(3, 1 + max(map(_longest_run, shown), default=0))
    return [fence, *shown, fence]


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _visible_character(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    shown = (
        character.isprintable()
        and not _INVISIBLE.match(character)
        and unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT
    )
    if shown:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
