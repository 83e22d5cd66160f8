"""A pod that runs anywhere: what the suite is checked against, and what clients can be tried with.

It shares ``generated/openapi.json`` with the suite and nothing else. The suite starts it in a process
of its own, through :mod:`contract_tests.emulator.process`.
"""
