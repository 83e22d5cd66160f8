"""One file for each subcommand: its options, and what it does.

Each has ``add_to``, which adds the subcommand to the parser. What only some commands need is imported inside the
functions, so that the others start faster.
"""
