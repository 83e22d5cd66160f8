"""MDX → Markdown with the same lines.

MDX has elements where Markdown has HTML, and no code by indentation: within an element Markdown goes on.
"""

import re

_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})")
_ELEMENT = re.compile(r"^\s*</?[A-Za-z][\w.]*(?:\s[^<>]*)?/?>\s*$|^\s*</?>\s*$")


def as_markdown(lines: list[str]) -> list[str]:
    """Take the elements that fill a line out, and the indentation of fences and of what stands in them.

    Args:
        lines: The lines of a page.

    Returns:
        As many lines.
    """
    made = []
    indent, fence = 0, ""
    for line in lines:
        opening = _FENCE.match(line)
        if fence:
            made.append(line[min(indent, len(line) - len(line.lstrip(" \t"))) :])
            stripped = line.strip()
            if stripped and set(stripped) == {fence[0]} and len(stripped) >= len(fence):
                fence = ""
        elif opening:
            indent, fence = len(opening[1]), opening[2]
            made.append(line[indent:])
        else:
            made.append("" if _ELEMENT.match(line) else line)
    return made
