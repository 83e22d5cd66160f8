"""Results → every file of the output folder."""

from .badge import badge
from .junit import junit
from .page import page
from .redact import Output
from .results import NAME, Results
from .summary import summary


def write_reports(output: Output, results: Results) -> None:
    """Write the reports, and last the results: whoever finds the results finds the rest.

    Secrets are taken out before anything is formatted: in a JSON string within a JSON string, or between
    HTML's entities, they would be harder to know, and what is put in their place could break the format.
    """
    results = Results(*(output.redact_values(part) for part in results))
    output.write("junit.xml", junit(results))
    output.write("summary.md", summary(results))
    output.write("report.html", page(results))
    output.write("badge.json", badge(results))
    output.write(NAME, results.text())
