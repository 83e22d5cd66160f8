"""One run: it opens the way to the pod, runs the checks as a plugin of pytest, and ends with a verdict.

It may import every room below it and, alone with ``proof`` and the command, start an emulated pod.
It does not import ``proof``.
"""
