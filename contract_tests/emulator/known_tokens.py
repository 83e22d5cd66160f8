"""Session tokens that pods have given out, to be kept out of texts."""

import re
from functools import cache

REDACTED = "<redacted>"

_PLAIN = re.compile(r"[\w-]+", re.ASCII)


class KnownTokens:
    """Tokens that are replaced in texts. The time that this takes does not grow with their number."""

    def __init__(self) -> None:
        self._tokens: set[str] = set()
        self._kinds: set[tuple[int, bool]] = set()

    def add(self, token: str) -> None:
        """Keep a token out of texts from now on."""
        self._tokens.add(token)
        # Most tokens have one length and one alphabet, so few places of a text can hold one.
        self._kinds.add((len(token), _PLAIN.fullmatch(token) is not None))

    def clear(self) -> None:
        """Forget all tokens."""
        self._tokens.clear()
        self._kinds.clear()

    def without(self, text: str) -> str:
        """A text in which the tokens are replaced, the longest first: one may be a part of another."""
        for length, is_plain in sorted(self._kinds, reverse=True):
            text = _runs(length, is_plain).sub(lambda run: self._replaced(run.group(), length), text)  # noqa: B023 - called at once
        return text

    def _replaced(self, run: str, length: int) -> str:
        start = 0
        while start + length <= len(run):
            if run[start : start + length] in self._tokens:
                run = run[:start] + REDACTED + run[start + length :]
                start += len(REDACTED)
            else:
                start += 1
        return run


@cache
def _runs(length: int, is_plain: bool) -> "re.Pattern[str]":
    """The parts of a text that may hold a token."""
    alphabet = r"[\w-]" if is_plain else "[ -~]"
    return re.compile(f"{alphabet}{{{length},}}", re.ASCII)
