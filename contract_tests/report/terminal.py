"""Says the details of a run's results in a log, line by line."""

from collections.abc import Iterator

from .detail import detail
from .missing import missing_lines
from .output import Output
from .results import Results, shown_verdict
from .settling import settling_lines
from .summary import before_the_pod, operation_name

MOST_ANNOTATIONS = 10  # of each level; GitHub shows no more for a step


def say_details(output: Output, results: Results) -> None:
    """Say each finding with all that shows it, and what was reached. GitHub folds each of them."""
    for line in results.rules:
        if line["evidence"]:
            title = f"{shown_verdict(line)}: {line['rule']}"
            output.say()
            with output.folded(title):
                output.say(f"── {title} ──")
                for part in detail(line).lines():
                    output.say(part)
    output.say()
    with output.folded("what was reached"):
        for part in reached_lines(results):
            output.say(part)


def reached_lines(results: Results) -> Iterator[str]:
    """Yield the answers that were reached, what settled how quickly, and which settings are missing."""
    footer = results.footer
    for operation_id, statuses in footer["statuses"].items():
        yield f"{operation_name(operation_id)}: " + ", ".join(
            f"{count} × {status}" for status, count in statuses.items()
        )
    yield from footer["unreached"]
    yield from before_the_pod(footer)
    yield from settling_lines(footer.get("settling", []))
    sent = sum(footer["requests"].values())
    accepted = footer["past_authentication"]
    yield f"{sent} requests, {accepted} of them with an accepted session, in {footer['seconds']:.1f} s"
    if any(line["evidence"] for line in results.rules):
        yield "This command repeats the run:"
        yield results.header["again"]
    yield from missing_lines(footer["missing"])
    for complaint in footer["known"]:
        yield f"contract: {complaint}"


def annotate(output: Output, results: Results) -> None:
    """Put the findings on the page of the workflow run, where the reader is GitHub."""
    if incomplete := results.footer.get("incomplete"):
        output.annotate("error", "contract: incomplete", incomplete)
    for level, verdicts in (("error", ("broken", "error")), ("warning", ("warned",))):
        lines = [line for line in results.rules if shown_verdict(line) in verdicts]
        for line in lines[: MOST_ANNOTATIONS - 1]:
            output.annotate(level, f"{line['verdict']}: {line['rule']}", line["reason"])
        if left := lines[MOST_ANNOTATIONS - 1 :]:
            output.annotate(level, f"{len(left)} more", "\n".join(line["rule"] for line in left))
