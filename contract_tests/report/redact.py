"""The one way out: whatever leaves the suite passes here, and no secret does."""

from collections.abc import Callable, Iterable
from pathlib import Path

from contract_tests.oracle import SHORTEST_SECRET, written_forms

REDACTED = "[redacted]"


class Redactor:
    """Takes secrets out of texts, in every way in which they may be written.

    Args:
        secrets: Gives the secrets as they are known by now: tokens, keys (PEM) and passwords.
    """

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        self._secrets = secrets
        self._known: set[str] = set()
        self._written: list[str] = []

    def redact(self, text: str) -> str:
        """The text without any secret."""
        if new := set(self._secrets()) - self._known:
            self._known |= new
            # The longest first, so that none leaves a part of itself behind.
            forms = {*self._written, *(form for secret in new for form in _forms(secret))}
            self._written = sorted(forms, key=len, reverse=True)
        for form in self._written:
            text = text.replace(form, REDACTED)
        return text


def _forms(secret: str) -> Iterable[str]:
    yield from written_forms(secret)
    if "-----BEGIN" in secret:
        # A key is known by each of its lines; the last one may be short.
        lines = [line.strip() for line in secret.splitlines() if not line.startswith("-----")]
        for line in lines:
            if len(line) >= SHORTEST_SECRET:
                yield from written_forms(line)
        yield "".join(lines)


class Output:
    """Writes files and lines for people, all of them redacted.

    Args:
        folder: Where the files go; made when the first one is written.
        redactor: Takes the secrets out.
    """

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self.folder = folder
        self._redactor = redactor

    def write(self, name: str, text: str) -> None:
        """Write a file whole; a reader never sees a half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        partial = path.with_name(f".{name}.partial")
        partial.write_text(self._redactor.redact(text), encoding="utf-8")
        partial.replace(path)

    def say(self, line: str = "") -> None:
        """Write a line for people, at once."""
        print(self._redactor.redact(line), flush=True)

    def redact(self, text: str) -> str:
        """The text without any secret."""
        return self._redactor.redact(text)
