"""Brings a connection into a state before a test, writes down how the run found it, and puts it back.

The preflight is here too: it opens every session before the suite sends anything else.
This room imports ``verdict``, ``target`` and ``contract``. It imports neither ``checks`` nor ``report``.
"""
