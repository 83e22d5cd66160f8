"""How a pod says no."""


class Refusal(Exception):
    """A request is not carried out, and has changed nothing.

    Args:
        status: The HTTP status of the answer.
        message: The ``message`` of the ``Error`` in its body.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
