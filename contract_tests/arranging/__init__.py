"""Brings a connection into a state before a test, writes down how it was found, and puts it back.

The preflight is here too: it opens every session before anything else is sent.
It imports ``verdict``, ``target`` and ``contract``; it imports neither checks nor reports.
"""
