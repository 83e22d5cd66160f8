"""Measurements for the project's claims about speed: both sides in one run, medians."""
