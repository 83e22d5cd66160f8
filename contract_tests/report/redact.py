"""Removes secrets from everything that leaves the suite."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from .. import FOLDER
from ..contract.disclosure import SHORTEST_TOKEN, Sought, Text, written_forms
from ..target.target import SHORTEST_SECRET

REDACTED = "[redacted]"

# Members of the results whose values are the suite's own words, never text of a pod.
_OURS = frozenset({"rule", "level", "verdict", "operation", "method", "session"})


class Redactor:
    """Removes secrets from texts, also where they are encoded.

    Args:
        secrets: Returns the secrets that are known so far: tokens, keys (PEM) and passwords.
    """

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        self._secrets = secrets
        self._known: set[str] = set()
        self._sought = Sought()

    def redact(self, text: str) -> str:
        """Return a text without any secret."""
        return self._without(text, lambda _: True)

    def redact_values(self, value: Any) -> Any:
        """Return a JSON value without any secret in its strings. The suite's own words stay as they are."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, list):
            return [self.redact_values(entry) for entry in value]
        if isinstance(value, dict):
            return {key: entry if key in _OURS else self.redact_values(entry) for key, entry in value.items()}
        return value

    def redact_document(self, text: str) -> str:
        """Remove secrets from a whole document, in case one of its values still has one.

        A secret that is a number, or that is also a text of the suite's own files, is left: a document is full
        of numbers and of such texts.
        """
        return self._without(text, _is_foreign)

    def _without(self, text: str, is_secret: Callable[[str], bool]) -> str:
        if new := set(self._secrets()) - self._known:
            self._known |= new
            self._sought.add(form for secret in new for form in _forms(secret))
        if not self._known:
            return text
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
        # Each line of a key is a secret. The last line may be too short to look for.
        for line in secret.splitlines():
            if not line.startswith("-----") and len(line.strip()) >= SHORTEST_TOKEN:
                yield from written_forms(line.strip())


@cache
def _own_words() -> Text:
    own = [path for path in sorted(FOLDER.rglob("*")) if path.suffix in (".py", ".toml", ".jinja", ".css", ".js")]
    return Text("\n".join(path.read_text(encoding="utf-8") for path in own))
