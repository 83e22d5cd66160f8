"""The exit statuses of a run, and which one a run ends with."""

from ..verdict.ledger import Ledger
from .options import Options

EXIT_HELD, EXIT_BROKEN, EXIT_USAGE, EXIT_UNREACHED, EXIT_FAILED = range(5)


def exit_status_of(
    ledger: Ledger, options: Options, *, complaints: list[str], ended_early: bool, is_silent: bool, left_changed: bool
) -> int:
    """The exit status of a run that came to its end.

    Args:
        ledger: What was seen of each rule.
        options: How the run was made.
        complaints: What is wrong with the list of known failures.
        ended_early: Whether a session ended or the pod throttled without end, so that not everything was sent.
        is_silent: Whether the pod gave no answer any more.
        left_changed: Whether a connection could not be put back.
    """
    status = EXIT_HELD
    counts, judged = ledger.counts(), ledger.counts(without=options.known)
    if is_silent or not ledger.past_authentication or ledger.unauthorized > ledger.past_authentication:
        status = EXIT_UNREACHED
    elif judged["broken"] or complaints:
        return EXIT_BROKEN
    elif counts["error"] or ended_early:
        status = EXIT_FAILED
    elif not ledger.judged:
        status = EXIT_UNREACHED
    elif options.strict and (judged["warned"] or judged["not verified"]):
        return EXIT_BROKEN
    return EXIT_FAILED if left_changed else status
