"""Finds secrets in a text, also where they are encoded in one of the usual ways."""

import base64
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, takewhile
from typing import NamedTuple

SHORTEST_TOKEN = 8  # characters; any text may contain a shorter one by chance
SHORTEST_PART = 16  # characters; a part of a secret that is as long, and at least half of it, counts as the secret
MOST_LAYERS = 5  # encodings, one around the other

_INDEXED = 8  # characters at either end of a form; the index that finds forms quickly holds them
_ESCAPE = re.compile(
    r"%(?P<percent>[0-9A-Fa-f]{2})"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});)"
    r"|\\+(?:u(?P<u>[0-9A-Fa-f]{4})|x(?P<x>[0-9A-Fa-f]{2})|(?P<line_end>[rn])|(?P<escaped>[^\\]))"
    r"|(?P<nothing>\\+|[\r\n\0]+[ \t]*)"
)
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class _View(NamedTuple):
    """One reading of a text: its characters in lower case, and the place in the text where each begins and ends."""

    characters: str
    starts: Sequence[int]
    ends: Sequence[int]


class Text:
    """A text that may show a secret.

    There are two readings of it: the text as it is, and the text with every encoding removed. The encodings
    are percent encoding, the backslashes of JSON and Python, and HTML entities, also one around the other.
    The second reading has no line ends. Both ignore upper and lower case.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        positions = range(len(text) + 1)
        as_it_stands = _View(text, positions[:-1], positions[1:])
        decoded = as_it_stands
        for _ in range(MOST_LAYERS):
            again = _decode(decoded)
            if again is decoded:
                break
            decoded = again
        views = [as_it_stands] if decoded is as_it_stands else [as_it_stands, decoded]
        self._views = [view._replace(characters=view.characters.translate(_LOWER)) for view in views]

    def forms(self) -> frozenset[str]:
        """Return the text in both readings."""
        return frozenset(view.characters for view in self._views)

    def shows(self, forms: Iterable[str]) -> bool:
        """Whether the text contains a secret, or enough of it; the secret is given in its written forms."""
        for form in forms:
            least = _least(form)
            if any(part in view.characters for view in self._views for part in (form[:least], form[-least:])):
                return True
        return False

    def spans(self, forms: Iterable[str]) -> list[tuple[int, int]]:
        """Find the places of secrets in the text.

        Args:
            forms: The written forms of the secrets.

        Returns:
            The start and the end of each place, in order; no two places overlap or touch.
        """
        found = sorted(
            (view.starts[start], view.ends[end - 1])
            for form in forms
            for view in self._views
            for start, end in _places(view.characters, form)
        )
        apart: list[tuple[int, int]] = []
        for start, end in found:
            if apart and start <= apart[-1][1]:
                apart[-1] = apart[-1][0], max(end, apart[-1][1])
            else:
                apart.append((start, end))
        return apart


class Sought:
    """An index of the written forms of many secrets; it finds quickly which of them a text may contain."""

    def __init__(self) -> None:
        self._forms: defaultdict[str, set[str]] = defaultdict(set)
        self._short_forms: set[str] = set()

    def add(self, forms: Iterable[str]) -> None:
        """Add forms to the index."""
        for form in forms:
            if len(form) < _INDEXED:
                self._short_forms.add(form)
                continue
            least = _least(form)
            for part in (form[:least], form[-least:]):
                self._forms[part[:_INDEXED]].add(form)

    def candidates(self, text: Text) -> set[str]:
        """Return the forms that a text may contain, whole or in part."""
        found = set(self._short_forms)
        for characters in text.forms():
            pieces = {characters[at : at + _INDEXED] for at in range(len(characters) - _INDEXED + 1)}
            for piece in self._forms.keys() & pieces:
                found |= self._forms[piece]
        return found


@cache
def written_forms(secret: str, shortest: int = SHORTEST_TOKEN) -> frozenset[str]:
    """Return the forms of a secret to look for in a ``Text``: as it is, reversed, in hexadecimal, in base64.

    Args:
        secret: The secret.
        shortest: A secret or a form with fewer characters is left out.
    """
    if len(secret) < shortest:
        return frozenset()
    data = secret.encode("utf-8", errors="surrogateescape")
    written = {secret, secret[::-1], data.hex(), data.decode("latin-1")}
    for offset in range(3):
        # The first and last characters of a base64 text depend on the text around the secret.
        encoded = base64.b64encode(bytes(offset) + data).decode("ascii").rstrip("=")
        core = encoded[(0, 2, 3)[offset] : len(encoded) - (1 if (offset + len(data)) % 3 else 0)]
        written |= {core, core.replace("+", "-").replace("/", "_")}
    forms = chain.from_iterable(Text(form).forms() for form in written)
    return frozenset(form for form in forms if len(form) >= shortest)


def _least(form: str) -> int:
    """How many characters from either end of a form count as the whole form."""
    return min(len(form), max(SHORTEST_PART, (len(form) + 1) // 2))


def _places(characters: str, form: str) -> Iterator[tuple[int, int]]:
    """Find the places of a form, or of enough of its beginning or its end."""
    least = _least(form)
    at = characters.find(form[:least])
    while at >= 0:
        end = at + _agreeing(characters[at : at + len(form)], form)
        yield at, end
        at = characters.find(form[:least], end)
    at = characters.find(form[-least:])
    while at >= 0:
        end = at + least
        before = characters[max(0, end - len(form)) : end]
        yield end - _agreeing(before[::-1], form[::-1]), end
        at = characters.find(form[-least:], end)


def _agreeing(one: str, other: str) -> int:
    """The number of characters that two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _decode(view: _View) -> _View:
    """Remove one layer of encodings; return the same view if there is none."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _ESCAPE.finditer(view.characters):
        first, past = match.span()
        character = _character(match)
        parts += [view.characters[done:first], character]
        starts += view.starts[done:first]
        ends += view.ends[done:first]
        starts += [view.starts[first]] * len(character)
        ends += [view.ends[past - 1]] * len(character)
        done = past
    if not parts:
        return view
    return _View("".join([*parts, view.characters[done:]]), [*starts, *view.starts[done:]], [*ends, *view.ends[done:]])


def _character(match: re.Match[str]) -> str:
    kind, written = match.lastgroup, match[match.lastgroup or 0]
    if kind in ("percent", "u", "x"):
        return chr(int(written, 16))
    if kind == "entity":
        return html.unescape(written)
    return written if kind == "escaped" else ""
