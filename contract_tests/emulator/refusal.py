"""The exception for a request that the pod refuses."""


class Refusal(Exception):
    """The request is refused and has changed nothing.

    Args:
        status: The HTTP status of the answer.
        message: The ``message`` of the ``Error`` in its body.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
