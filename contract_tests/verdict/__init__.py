"""What the suite saw of each rule, the verdict that follows, and the known failures that a team lists in a file.

This room sends nothing. It imports ``target`` and ``contract``.
"""
