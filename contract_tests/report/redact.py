"""The one way out: whatever leaves the suite passes here, and no secret does."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from .. import FOLDER
from ..contract.disclosure import SHORTEST_TOKEN, Sought, Text, written_forms
from ..target.target import SHORTEST_SECRET

REDACTED = "[redacted]"

# Members of the results whose values are words of the suite, never of a pod.
_OURS = frozenset({"rule", "level", "verdict", "operation", "method", "session"})


class Redactor:
    """Takes secrets out, in whichever way they are written.

    Args:
        secrets: Gives the secrets as they are known by now: tokens, keys (PEM) and passwords.
    """

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        self._secrets = secrets
        self._known: set[str] = set()
        self._sought = Sought()

    def redact(self, text: str) -> str:
        """A text for people, or from a pod, without any secret."""
        return self._without(text, lambda _: True)

    def redact_values(self, value: Any) -> Any:
        """Results, as JSON has them, with no secret in any string but in the suite's own words."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, list):
            return [self.redact_values(entry) for entry in value]
        if isinstance(value, dict):
            return {key: entry if key in _OURS else self.redact_values(entry) for key, entry in value.items()}
        return value

    def redact_document(self, text: str) -> str:
        """A document made of redacted values, once more, in case one was not.

        What stands in the suite's own files, or is a number, is left: a document is full of it.
        """
        return self._without(text, _is_foreign)

    def _without(self, text: str, is_secret: Callable[[str], bool]) -> str:
        if new := set(self._secrets()) - self._known:
            self._known |= new
            self._sought.add(form for secret in new for form in _forms(secret))
        reading = Text(text)
        parts = []
        done = 0
        for start, end in reading.spans(filter(is_secret, self._sought.candidates(reading))):
            parts += [text[done:start], REDACTED]
            done = end
        return "".join([*parts, text[done:]])


def _is_foreign(form: str) -> bool:
    return len(form) >= SHORTEST_TOKEN and not form.isdigit() and not _own_words().shows([form])


def _forms(secret: str) -> Iterable[str]:
    yield from written_forms(secret, SHORTEST_SECRET)
    if "-----BEGIN" in secret:
        # A key is known by each of its lines; the last one may be short.
        for line in secret.splitlines():
            if not line.startswith("-----") and len(line.strip()) >= SHORTEST_TOKEN:
                yield from written_forms(line.strip())


@cache
def _own_words() -> Text:
    own = [path for path in sorted(FOLDER.rglob("*")) if path.suffix in (".py", ".toml", ".jinja")]
    return Text("\n".join(path.read_text(encoding="utf-8") for path in own))


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
        """Write a document, made of redacted values, whole; a reader never sees a half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        partial = path.with_name(f".{name}.partial")
        partial.write_text(self._redactor.redact_document(text), encoding="utf-8")
        partial.replace(path)

    def say(self, line: str = "") -> None:
        """Write a line for people, at once."""
        print(self._redactor.redact(line), flush=True)

    def redact(self, text: str) -> str:
        """The text without any secret."""
        return self._redactor.redact(text)

    def redact_values(self, value: Any) -> Any:
        """Results, as JSON has them, without any secret."""
        return self._redactor.redact_values(value)
