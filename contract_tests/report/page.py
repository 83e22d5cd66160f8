"""Makes ``report.html``, one page that loads no other file."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from .. import COMMAND
from ..contract.rules import excluded, page_findings, rules
from .results import Results, shown_verdict
from .summary import by_verdict, operation_name, verdict_line


def page(results: Results) -> str:
    """Make an HTML page of the results."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html.jinja").render(
        command=COMMAND,
        header=results.header,
        lines=by_verdict(results),
        footer=results.footer,
        verdict=verdict_line(results),
        rules=rules(),
        excluded=excluded(),
        page_findings=page_findings(),
        operation_name=operation_name,
        shown_verdict=shown_verdict,
    )
