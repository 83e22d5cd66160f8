"""Turns results into files and lines: JSON Lines, JUnit, HTML, Markdown, the badge and the terminal.

Everything goes through one writer, which takes secrets out.
It imports ``verdict``, ``target`` and ``contract``; it sends nothing and judges nothing.
"""
