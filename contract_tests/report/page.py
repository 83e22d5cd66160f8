"""Makes ``report.html``, one page that loads no other file."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from ..contract.rules import excluded, page_findings, rules
from .detail import answer_lines
from .escaping import visible, visible_lines
from .results import Results, shown_verdict
from .summary import before_the_pod, by_verdict, operation_name, verdict_line


def page(results: Results) -> str:
    """Make an HTML page of the results. Every value is shown in printable characters, and escaped for HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=lambda value: visible(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja").render(
        answer_lines=answer_lines,
        before_the_pod=before_the_pod,
        visible_lines=visible_lines,
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
