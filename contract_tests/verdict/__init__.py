"""What was seen of each rule, and the verdict that follows; the known failures that a team has written down.

It imports ``target`` and ``contract``. It sends nothing.
"""
