"""Says in one word and one sentence how a run ended: the same word and sentence stand in every report."""

from typing import Literal, NamedTuple

from .causes import causes
from .escaping import visible
from .results import Results

BROKEN, TOO_LITTLE, FAILED = 1, 3, 4  # exit statuses of `run`


class Outcome(NamedTuple):
    """How a run ended.

    Attributes:
        word: ``PASS`` if nothing is broken and enough was measured, ``FAIL`` if a rule is broken, ``INCOMPLETE`` if
            the run does not say either.
        why: One sentence that says why, in printable characters.
    """

    word: Literal["PASS", "FAIL", "INCOMPLETE"]
    why: str


def outcome(results: Results) -> Outcome:
    """Say how a run ended. A run that was interrupted or that measured too little is never a pass."""
    counts, footer = results.counts(), results.footer
    status = footer.get("exit_status")
    if incomplete := footer.get("incomplete"):
        found = f" Until then {_broken(results)}." if counts["broken"] else ""
        return Outcome("INCOMPLETE", visible(f"{_sentence(incomplete)}{found}"))
    if status == TOO_LITTLE:
        return Outcome("INCOMPLETE", visible(_sentence(footer.get("too_little") or "too little was measured")))
    if status == FAILED and (left := footer.get("left_changed")):
        return Outcome("INCOMPLETE", visible(f"Not everything could be put back: {_sentence(left[0])}"))
    if counts["broken"]:
        first = causes(results.rules)[0]
        return Outcome("FAIL", visible(f"{_upper(_broken(results))}. The likeliest cause: {first.title}."))
    if footer["known"]:
        return Outcome("FAIL", visible(_sentence(footer["known"][0])))
    if counts["error"] or status == FAILED:
        return Outcome("INCOMPLETE", f"The suite itself failed at {_rules(counts['error'])}.")
    if status == BROKEN:
        return Outcome("FAIL", f"Nothing is broken, but the run is strict: {_rest(results)}.")
    if rest := _rest(results):
        held = f"{counts['held']} of {_rules(len(results.rules))} held, {rest}"
    else:
        held = f"{_rules(counts['held'])} held"
    return Outcome("PASS", f"Nothing is broken: {held}.")


def _broken(results: Results) -> str:
    count, of = results.counts()["broken"], len(results.rules)
    return f"{count} of {_rules(of)} {'is' if count == 1 else 'are'} broken"


def _rest(results: Results) -> str:
    counts = results.counts()
    return ", ".join(
        f"{counts[verdict]} {verdict}" for verdict in ("warned", "known", "not verified") if counts[verdict]
    )


def _rules(count: int) -> str:
    return f"{count} {'rule' if count == 1 else 'rules'}"


def _sentence(text: str) -> str:
    return f"{_upper(text).removesuffix('.')}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
