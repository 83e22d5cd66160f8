"""The catalogue of defective pods. Each defect changes one thing and names the rules that it breaks."""

from ..changes import catalogue
from . import (
    bodies,
    companions,
    encodings,
    federation,
    gateways,
    headers,
    leaks,
    messages,
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
        gateways,
        leaks,
        companions,
        messages,
        federation,
    )
)
"""Every defect by its name."""
