"""The catalogue of lawful pods. Each variant differs from the default pod in one thing that the pages leave open."""

from ..changes import catalogue
from . import answers, choices, companions, federation, gateways, http, requests, sessions

VARIANTS = catalogue(
    family.FAMILY for family in (answers, choices, requests, sessions, http, gateways, companions, federation)
)
"""Every variant by its name."""
