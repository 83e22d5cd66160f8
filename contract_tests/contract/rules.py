"""Reads the rule catalogue, ``rules.toml``."""

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from .. import COMMAND

NEAR = 0.6  # how similar a name must be to a rule's to be taken for it
CATALOGUE = files(__package__) / "rules.toml"


@dataclass(frozen=True)
class Rule:
    """One sentence of the contract that a pod can keep or break.

    Attributes:
        id: A short name of words with hyphens between them.
        level: A broken ``MUST`` fails the run. A broken ``SHOULD`` is a warning.
        says: The rule in our words.
        pages: The published pages that promise it.
        quote: The words of those pages, byte for byte.
        needs: The roles that the rule needs: the session of a role that has one, else the user id.
            ``caller-login`` is a caller who can log in during the run. ``two-pods`` is a requester whose pod has
            another address than the caller's.
        sent: What is sent.
        expected: What is expected.
        example: An answer or an effect that breaks the rule.
        companion: The companion operations that the rule needs: ``create``, ``read``, ``remove``.
        writes: Whether the rule can change connections.
        waiting: Whether a request of ``POD_WAITING_USER_IDS`` does as well as a requester.
        judges: ``requests`` for the requests that are sent for the rule, ``answers`` for every answer of the run.
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
    waiting: bool = False


@dataclass(frozen=True)
class Family:
    """Rules about one subject, which stand one after the other in the catalogue.

    Attributes:
        id: A short name of words with hyphens between them.
        name: The subject, for people.
        rules: The ids of its rules.
    """

    id: str
    name: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Excluded:
    """A promise of the pages that HTTP cannot show, with the reason."""

    says: str
    pages: tuple[str, ...]
    quote: str
    reason: str


@dataclass(frozen=True)
class PageFinding:
    """Something that is wrong in the pages, or that they leave open. No pod is blamed for it."""

    says: str
    pages: tuple[str, ...]
    quote: str


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by its id, in the order in which a failure explains the next one."""
    return {
        entry["id"]: Rule(**{**entry, **{name: tuple(entry.get(name, ())) for name in ("pages", "needs", "companion")}})
        for entry in _catalogue()["rule"]
    }


@cache
def families() -> tuple[Family, ...]:
    """Return the families of rules, in the catalogue's order. Every rule is in one of them."""
    order, entries = list(rules()), _catalogue()["family"]
    starts = [order.index(entry["first"]) for entry in entries]
    ends = [*starts[1:], len(order)]
    return tuple(
        Family(entry["id"], entry["name"], tuple(order[start:end]))
        for entry, start, end in zip(entries, starts, ends, strict=True)
    )


@cache
def family_of(rule_id: str) -> Family:
    """Return the family of a rule."""
    return next(family for family in families() if rule_id in family.rules)


def no_such_rule(name: str) -> str:
    """Say that there is no such rule, and which one may be meant.

    Args:
        name: The id of a rule, or a glob that no rule matches.
    """
    families = sorted({f"{rule.split('-')[0]}-*" for rule in rules()}) if "*" in name else []
    nearest = difflib.get_close_matches(name, [*rules(), *families], n=1, cutoff=NEAR)
    meant = f" Is {nearest[0]} meant?" if nearest else ""
    return f"no such rule: {name}.{meant} `{COMMAND} rules` lists them."


@cache
def excluded() -> tuple[Excluded, ...]:
    """Return the promises of the pages that no rule can show."""
    return tuple(Excluded(**{**entry, "pages": tuple(entry["pages"])}) for entry in _catalogue()["excluded"])


@cache
def page_findings() -> tuple[PageFinding, ...]:
    """Return the findings about the pages themselves."""
    return tuple(PageFinding(**{**entry, "pages": tuple(entry["pages"])}) for entry in _catalogue()["page_finding"])


@cache
def _catalogue() -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return loaded
