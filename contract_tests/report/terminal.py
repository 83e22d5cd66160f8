"""Makes the lines that a run ends with on the terminal."""

from collections.abc import Iterator

from .detail import detail
from .missing import missing_lines
from .results import Results, shown_verdict
from .settling import settling_lines
from .summary import before_the_pod, operation_name, verdict_line


def verdict_lines(results: Results) -> Iterator[str]:
    """Yield the findings, the answers that were reached, and the verdict."""
    for line in results.rules:
        if line["evidence"]:
            yield ""
            yield f"── {shown_verdict(line)}: {line['rule']} ──"
            yield from detail(line).lines()
    yield ""
    footer = results.footer
    for operation_id, statuses in footer["statuses"].items():
        yield f"{operation_name(operation_id)}: " + ", ".join(
            f"{count} × {status}" for status, count in statuses.items()
        )
    yield from footer["unreached"]
    yield from before_the_pod(footer)
    yield from settling_lines(footer.get("settling", []))
    sent = sum(footer["requests"].values())
    yield f"{sent} requests, {footer['past_authentication']} past authentication, in {footer['seconds']:.1f} s"
    if any(line["evidence"] for line in results.rules):
        yield "This command repeats the run:"
        yield results.header["again"]
    yield from missing_lines(footer["missing"])
    for complaint in footer["known"]:
        yield f"contract: {complaint}"
    yield f"contract: {verdict_line(results)}"
