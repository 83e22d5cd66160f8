"""Which exit status a run ends with, and whether it measured too little."""

from ..contract.rules import Rule
from ..verdict.ledger import Ledger
from .exit_status import EXIT_BROKEN, EXIT_FAILED, EXIT_HELD, EXIT_UNREACHED
from .options import Options


def exit_status_of(
    ledger: Ledger, options: Options, *, complaints: list[str], ended_early: bool, left_changed: bool
) -> int:
    """The exit status of a run that came to its end.

    Args:
        ledger: What was seen of each rule.
        options: How the run was made.
        complaints: What is wrong with the list of known failures.
        ended_early: Whether a session ended or the pod throttled without end, so that not everything was sent.
        left_changed: Whether a connection could not be put back.
    """
    judged = ledger.counts(without=options.known)
    if _mostly_refused(ledger):
        return EXIT_FAILED if left_changed else EXIT_UNREACHED
    if judged["broken"] or complaints:
        return EXIT_BROKEN
    if ledger.counts()["error"] or left_changed:
        return EXIT_FAILED
    if ended_early or why_too_little(ledger):
        return EXIT_UNREACHED
    if options.strict and (judged["warned"] or judged["not verified"]):
        return EXIT_BROKEN
    return EXIT_HELD


def why_too_little(ledger: Ledger) -> str | None:
    """Why a run measured too little to end with 0; None where it measured enough."""
    if _mostly_refused(ledger):
        return "the pod refused most requests with 401, so too little was measured"
    if not ledger.judged:
        return "no rule could be verified, so nothing was measured"
    records = ledger.records.values()
    missed = [r.rule.id for r in records if needs_only_the_caller(r.rule) and r.verdict == "not verified" and r.applies]
    if missed:
        return "too little was measured: not verified, though the caller's session is all they need: " + ", ".join(
            missed
        )
    return None


def needs_only_the_caller(rule: Rule) -> bool:
    """Whether the caller's session is all that a rule takes to be verified."""
    return rule.needs == ("caller",) and not rule.writes and not rule.companion and rule.judges == "requests"


def _mostly_refused(ledger: Ledger) -> bool:
    return not ledger.past_authentication or ledger.unauthorized > ledger.past_authentication
