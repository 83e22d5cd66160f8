"""Proves the suite: it has to find every defective pod, and it must not accuse a lawful one.

This room may import every other room and the emulated pod. No room imports it.
"""
