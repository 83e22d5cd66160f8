"""The emulated pod: the suite is checked against it, and applications can be tried with it.

It reads the same description as the suite. It imports no room of the suite, so that neither shares the other's
mistakes. Only ``run``, ``proof`` and the command start it, in a process of its own.
"""
