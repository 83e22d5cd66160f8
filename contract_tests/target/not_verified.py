"""The exception that ends a test whose rule cannot be verified."""


class NotVerified(Exception):
    """Something that a rule needs is missing; the message says what."""
