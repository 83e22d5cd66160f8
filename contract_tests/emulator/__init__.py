"""A pod that runs anywhere: the suite is checked against it, and clients can be tried with it.

It reads the same description as the suite and imports no room of it, so that neither shares the other's mistakes.
Only ``run``, ``proof`` and the command start it, in a process of its own.
"""
