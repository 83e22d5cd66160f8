"""Writes every file of the output folder."""

from .badge import badge
from .junit import junit
from .output import Output
from .page import page
from .results import NAME, Results
from .sarif import sarif
from .summary import summary


def write_reports(output: Output, results: Results, earlier: Results | None = None) -> None:
    """Write the reports, and the results last: if the results are there, the reports are there too.

    Secrets are removed before anything is formatted. A secret is hard to find in a JSON string inside a JSON
    string or between HTML entities, and replacing it there could break the format.

    Args:
        output: Writes the files.
        results: The results.
        earlier: The results of an earlier run, to say what changed since.
    """
    results = Results(*(output.redact_values(part) for part in results))
    output.write("junit.xml", junit(results))
    output.write("summary.md", summary(results, earlier))
    output.write("report.html", page(results, earlier))
    output.write("results.sarif", sarif(results))
    output.write("badge.json", badge(results))
    output.write(NAME, results.text())
