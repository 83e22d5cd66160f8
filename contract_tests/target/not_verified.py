"""The exception that ends a test whose rule cannot be verified."""


class NotVerified(Exception):
    """Something that a rule needs is missing; the message says what.

    Args:
        reason: What is missing.
        applies: Whether the rule says something about this pod. A token without letters, for one, has no other case.
    """

    def __init__(self, reason: str, *, applies: bool = True) -> None:
        super().__init__(reason)
        self.applies = applies
