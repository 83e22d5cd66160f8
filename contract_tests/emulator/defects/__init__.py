"""A catalogue of defective pods: each one small, named after what it does wrong, and tied to the rules it breaks."""

from ..changes import catalogue
from . import (
    bodies,
    companions,
    encodings,
    headers,
    leaks,
    methods,
    races,
    rights,
    sessions,
    shapes,
    states,
    statuses,
    texts,
    transitions,
    values,
    wire,
)

DEFECTS = catalogue(
    family.FAMILY
    for family in (
        sessions,
        bodies,
        texts,
        headers,
        methods,
        rights,
        states,
        transitions,
        races,
        statuses,
        values,
        shapes,
        encodings,
        wire,
        leaks,
        companions,
    )
)
"""Every defect by its name."""
