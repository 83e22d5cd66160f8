"""The exit statuses of a run, and what each of them means."""

EXIT_HELD, EXIT_BROKEN, EXIT_USAGE, EXIT_UNREACHED, EXIT_FAILED = range(5)

EXIT_STATUSES = """\
exit status:
  0  Nothing is broken, and every rule that needs nothing but the caller's session was verified.
  1  A rule is broken. With --strict also: a rule is warned or not verified.
  2  The command line or the configuration is wrong.
  3  Too little was measured: the pod cannot be reached, nothing there answers as a pod, the pod refuses the
     caller's session, or a rule that needs nothing but the caller's session was not verified.
  4  The suite failed, was interrupted, or could not put everything back.
"""
"""What each status means, for ``--help``."""
