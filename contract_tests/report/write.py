"""Writes every file of the output folder."""

from .badge import badge
from .junit import junit
from .output import Output
from .page import page
from .results import NAME, Results
from .summary import summary


def write_reports(output: Output, results: Results) -> None:
    """Write the reports, and the results last: if the results are there, the reports are there too.

    Secrets are removed before anything is formatted. A secret is hard to find in a JSON string inside a JSON
    string or between HTML entities, and replacing it there could break the format.
    """
    results = Results(*(output.redact_values(part) for part in results))
    output.write("junit.xml", junit(results))
    output.write("summary.md", summary(results))
    output.write("report.html", page(results))
    output.write("badge.json", badge(results))
    output.write(NAME, results.text())
