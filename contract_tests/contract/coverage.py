"""Which sentences of the published pages no rule quotes."""

import re
from pathlib import Path

from .rules import Excluded, PageFinding, Rule, excluded, page_findings, rules

_SENTENCE = re.compile(r"[^\s#>|*`<-][^\n]*?(?:[.!?](?=\s|<|$)|(?=\n|$))")
_DESCRIPTION = re.compile(r'"(?:description|summary)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_YAML_DESCRIPTION = re.compile(
    r"^([ \t>]*)(?:- )?(?:description|summary):[ \t]+(?:[|>][-+\d]*[ \t]*((?:\n(?:\1[ \t]+.*|[ \t>]*))+)|(\S.*))$",
    re.MULTILINE,
)
_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1`*~*[ \t]*$", re.MULTILINE | re.DOTALL)


def unquoted(folder: Path) -> dict[str, list[str]]:
    """Find the sentences that no rule, excluded promise or finding quotes.

    Args:
        folder: The published pages.

    Returns:
        For each page, by its place in the folder, the sentences of its prose and of the descriptions in its document,
        each once, in their order.
    """
    quotes: dict[str, list[str]] = {}
    entries: list[Rule | Excluded | PageFinding] = [*rules().values(), *excluded(), *page_findings()]
    for entry in entries:
        for page in entry.pages:
            quotes.setdefault(page, []).append(entry.quote)
    found = {}
    for path in sorted(folder.rglob("*.m*")):
        name = path.relative_to(folder).as_posix()
        text = path.read_text(encoding="utf-8")
        quoted = [span for quote in quotes.get(name, ()) for span in _spans(text, quote)]
        fences = [match.span() for match in _FENCE.finditer(text)]
        sentences = [
            *(match for match in _SENTENCE.finditer(text) if not _overlaps(match.span(), fences)),
            *_DESCRIPTION.finditer(text),
            *(match for match in _YAML_DESCRIPTION.finditer(text) if _overlaps(match.span(), fences)),
        ]
        open_ones = [match for match in sentences if not _overlaps(match.span(), quoted)]
        found[name] = list(dict.fromkeys(_shown(match[match.lastindex or 0]) for match in open_ones))
    return found


def _spans(text: str, words: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(re.escape(words), text)]


def _overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _shown(sentence: str) -> str:
    plain = " ".join(re.sub(r"<[^>]*>|\\n", " ", sentence).split())
    return "".join(character for character in plain if character.isprintable())
