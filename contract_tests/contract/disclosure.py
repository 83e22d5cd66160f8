"""Where a secret stands in a text, in whichever of the usual ways it is written there."""

import base64
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, takewhile
from typing import NamedTuple

SHORTEST_TOKEN = 8  # characters; less than that is found in any text
SHORTEST_PART = 16  # characters of a secret that count as the secret, where they are half of it at least
MOST_LAYERS = 5  # of encodings around one another

_INDEXED = 8  # characters of a form by which it is found quickly
_ESCAPE = re.compile(
    r"%(?P<percent>[0-9A-Fa-f]{2})"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});)"
    r"|\\+(?:u(?P<u>[0-9A-Fa-f]{4})|x(?P<x>[0-9A-Fa-f]{2})|(?P<line_end>[rn])|(?P<escaped>[^\\]))"
    r"|(?P<nothing>\\+|[\r\n\0]+[ \t]*)"
)
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class _View(NamedTuple):
    """A way to read a text: its characters in lower case, and where each begins and ends in the text."""

    characters: str
    starts: Sequence[int]
    ends: Sequence[int]


class Text:
    """A text that may show a secret.

    It is read as it stands, and once more with every encoding taken off: percent, JSON's and Python's
    backslashes, HTML's entities, each around another too; without line ends, and in either case.

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
        """The text in both readings."""
        return frozenset(view.characters for view in self._views)

    def shows(self, forms: Iterable[str]) -> bool:
        """Whether a secret, given in its written forms, stands in the text, or enough of it."""
        for form in forms:
            least = _least(form)
            if any(part in view.characters for view in self._views for part in (form[:least], form[-least:])):
                return True
        return False

    def spans(self, forms: Iterable[str]) -> list[tuple[int, int]]:
        """Where secrets, given in their written forms, stand in the text: from, to; in order and apart."""
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
    """The written forms of many secrets, of which the few that may stand in a text are quickly told."""

    def __init__(self) -> None:
        self._forms: defaultdict[str, set[str]] = defaultdict(set)
        self._short_forms: set[str] = set()

    def add(self, forms: Iterable[str]) -> None:
        """Look for more forms."""
        for form in forms:
            if len(form) < _INDEXED:
                self._short_forms.add(form)
                continue
            least = _least(form)
            for part in (form[:least], form[-least:]):
                self._forms[part[:_INDEXED]].add(form)

    def candidates(self, text: Text) -> set[str]:
        """The forms of which something stands in a text."""
        found = set(self._short_forms)
        for characters in text.forms():
            pieces = {characters[at : at + _INDEXED] for at in range(len(characters) - _INDEXED + 1)}
            for piece in self._forms.keys() & pieces:
                found |= self._forms[piece]
        return found


@cache
def written_forms(secret: str, shortest: int = SHORTEST_TOKEN) -> frozenset[str]:
    """What to look for in a ``Text``: a secret as it is, backwards, in hexadecimal, in base64 at any offset.

    Args:
        secret: The secret.
        shortest: The least number of characters that a secret, or a form of one, must have to be looked for.
    """
    if len(secret) < shortest:
        return frozenset()
    data = secret.encode("utf-8", errors="surrogateescape")
    written = {secret, secret[::-1], data.hex(), data.decode("latin-1")}
    for offset in range(3):
        # The first and last characters of a base64 text depend on what stands around the secret.
        encoded = base64.b64encode(bytes(offset) + data).decode("ascii").rstrip("=")
        core = encoded[(0, 2, 3)[offset] : len(encoded) - (1 if (offset + len(data)) % 3 else 0)]
        written |= {core, core.replace("+", "-").replace("/", "_")}
    forms = chain.from_iterable(Text(form).forms() for form in written)
    return frozenset(form for form in forms if len(form) >= shortest)


def _least(form: str) -> int:
    """How many characters from either end of a form count as the whole."""
    return min(len(form), max(SHORTEST_PART, (len(form) + 1) // 2))


def _places(characters: str, form: str) -> Iterator[tuple[int, int]]:
    """Where a form, or enough of its beginning or of its end, stands."""
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
    """How many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _decode(view: _View) -> _View:
    """Take one layer of encodings off; the same view where there is none."""
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
