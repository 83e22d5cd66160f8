"""A catalogue of lawful pods: each differs from the right one in a thing that the pages leave open."""

from contract_tests.emulator.changes import catalogue
from contract_tests.emulator.variants import answers, choices, companions, http, requests, sessions

VARIANTS = catalogue(family.FAMILY for family in (answers, choices, requests, sessions, http, companions))
"""Every variant by its name."""
