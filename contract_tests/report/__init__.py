"""Turns the results of a run into reports: JSON Lines, JUnit, HTML, Markdown, a badge and lines for the terminal.

One writer writes everything, and removes the secrets.
It imports ``verdict``, ``target`` and ``contract``. It sends nothing and judges nothing.
"""
