"""Renders the templates of ``html/`` as one file that loads nothing, and in which a browser runs nothing else."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .escaping import visible, visible_lines

FOLDER = Path(__file__).parent / "html"


def document(template: str, **values: object) -> str:
    """Render a page. Every value is shown in printable characters, and escaped for HTML.

    Args:
        template: The name of the template.
        **values: What it shows.
    """
    return _environment().get_template(template).render(policy=_policy(), visible_lines=visible_lines, **values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: object) -> object:
    """A value as it is shown. A macro of a template has made what it returns of such values."""
    return value if isinstance(value, Markup) else visible(str(value))


@cache
def _policy() -> str:
    """The page's Content-Security-Policy: its own style sheet and script, by their hashes, and nothing else."""
    style, script = (_hash(_environment().get_template(name).render()) for name in ("page.css", "page.js"))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
