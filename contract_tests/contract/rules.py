"""The rule catalogue, ``rules.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

CATALOGUE = files(__package__) / "rules.toml"


@dataclass(frozen=True)
class Rule:
    """One sentence of the contract that a pod can keep or break.

    Attributes:
        id: A slug.
        level: ``MUST`` breaks the run, ``SHOULD`` warns.
        says: The sentence, in our words.
        pages: The published pages that it stands on.
        quote: The words of those pages, to the letter.
        needs: The roles whose id (and session, where a role has one) the rule takes; ``caller-login``
            is a caller who can log in anew.
        sent: What is sent.
        expected: What is expected.
        example: An answer, or an effect, that breaks the rule.
        companion: The companion operations that the rule takes: ``create``, ``read``, ``remove``.
        writes: Whether the rule can change connections.
        judges: ``requests``: the requests sent for the rule; ``answers``: every answer of the run.
    """

    id: str
    level: Literal["MUST", "SHOULD"]
    says: str
    pages: tuple[str, ...]
    quote: str
    needs: tuple[str, ...]
    sent: str
    expected: str
    example: str
    companion: tuple[str, ...] = ()
    writes: bool = False
    judges: Literal["requests", "answers"] = "requests"


@dataclass(frozen=True)
class Excluded:
    """A promise of the pages that HTTP cannot show, and why."""

    says: str
    pages: tuple[str, ...]
    quote: str
    reason: str


@dataclass(frozen=True)
class PageFinding:
    """Something about the pages themselves that is wrong or left open; never held against a pod."""

    says: str
    pages: tuple[str, ...]
    quote: str


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its id, in the order in which a failure explains the next."""
    return {
        entry["id"]: Rule(**{**entry, **{name: tuple(entry.get(name, ())) for name in ("pages", "needs", "companion")}})
        for entry in _catalogue()["rule"]
    }


@cache
def excluded() -> tuple[Excluded, ...]:
    """What the pages promise and no rule can show."""
    return tuple(Excluded(**{**entry, "pages": tuple(entry["pages"])}) for entry in _catalogue()["excluded"])


@cache
def page_findings() -> tuple[PageFinding, ...]:
    """What is to be said of the pages themselves."""
    return tuple(PageFinding(**{**entry, "pages": tuple(entry["pages"])}) for entry in _catalogue()["page_finding"])


@cache
def _catalogue() -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return loaded
