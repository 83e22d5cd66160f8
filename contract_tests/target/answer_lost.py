"""The exception that says that a request has to be sent again from the start of its step."""

from ..contract.exchange import Request


class AnswerLost(Exception):
    """The pod's answer was lost, and the pod may have carried the request out.

    The connection dropped, or a gateway in front of the pod answered in its place. Whoever sent the request
    reads what it did, brings the connection back into its state, and sends the request again.

    Attributes:
        request: What was sent.
    """

    def __init__(self, request: Request, cause: str) -> None:
        super().__init__(f"{request.operation}: {cause}")
        self.request = request
