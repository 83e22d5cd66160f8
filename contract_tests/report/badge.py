"""Makes ``badge.json``, which the endpoint badge of shields.io reads."""

import json
from typing import Any

from .outcome import outcome
from .results import Results


def badge(results: Results) -> str:
    """Make a badge with the number of rules that held or are broken. Known failures have their own number."""
    counts, word = results.counts(), outcome(results).word
    if word == "INCOMPLETE":
        message, color = "incomplete", "red"
    elif word == "FAIL":
        message, color = f"{counts['broken']} broken" if counts["broken"] else "failed", "red"
    elif counts["warned"] or counts["not verified"] or counts["known"]:
        known = f", {counts['known']} known" if counts["known"] else ""
        message, color = f"{counts['held']} of {len(results.rules)} held{known}", "yellow"
    else:
        message, color = f"{counts['held']} held", "brightgreen"
    return json.dumps(badge_of(message, color)) + "\n"


def badge_of(message: str, color: str) -> dict[str, Any]:
    """Make a badge with a message, as shields.io reads it."""
    return {"schemaVersion": 1, "label": "contract", "message": message, "color": color}
