"""The sentences that the rules of the suite quote from the pages.

``contract_tests/contract/rules.toml`` says of each rule which words of which page it stands on. Where a page no longer
holds them, the rule stands on nothing, and somebody has to read both.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

CATALOGUE = Path("contract_tests") / "contract" / "rules.toml"


@dataclass(frozen=True)
class Quote:
    """The words that an entry of the rule catalogue quotes.

    Attributes:
        entry: What quotes them: ``rule session-missing-refused``, or the kind of the entry and its first words.
        rule: The rule's id; None in an entry that is no rule.
        page: The page that holds them, by its name in the folder of the pages.
        words: The words, to the letter.
    """

    entry: str
    rule: str | None
    page: str
    words: str


def read_quotes(root: Path) -> list[Quote]:
    """Every quote of the rule catalogue, in its order; none where the project has no rules.

    Args:
        root: The project.
    """
    try:
        catalogue = tomllib.loads((root / CATALOGUE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [
        Quote(
            f"rule {entry['id']}" if "id" in entry else f"{kind.replace('_', ' ')} {entry['says'][:60]!r}",
            entry.get("id"),
            page,
            entry["quote"],
        )
        for kind in ("rule", "excluded", "page_finding")
        for entry in catalogue.get(kind, ())
        for page in entry["pages"]
        if "quote" in entry
    ]


def lost(quotes: list[Quote], pages: dict[str, str]) -> list[Quote]:
    """The quotes whose page does not hold their words.

    Args:
        quotes: The quotes to look for.
        pages: The text of each page by its name.
    """
    return [quote for quote in quotes if quote.words not in pages.get(quote.page, "")]


def lost_messages(root: Path, pages: dict[str, str]) -> list[str]:
    """What to say of each quote that is lost: one message for the same words of the same page.

    Args:
        root: The project.
        pages: The text of each page by its name.
    """
    entries: dict[tuple[str, str], list[str]] = {}
    for quote in lost(read_quotes(root), pages):
        entries.setdefault((quote.page, quote.words), []).append(quote.entry)
    return [
        f"openapi/pages/{page}: {', '.join(who)} in {CATALOGUE.as_posix()} quotes words that "
        + ("the page does not hold" if page in pages else "stand in a page that is not there")
        + f":\n  {words}\nRead what the page says now, and change the rule or take it out."
        for (page, words), who in entries.items()
    ]
