"""Everything that can go wrong: each error is a `PodError`, can be pickled, and does not show the session token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._http import Headers, Request
    from .models import ErrorModel
else:
    Headers = Request = ErrorModel = Any  # for `typing.get_type_hints`, without an import of the HTTP library


class PodError(Exception):
    """A call that failed.

    Attributes:
        request: What was sent, without the session token and other secret headers; None where there was no request.
    """

    request: Request | None = None


class UsageError(PodError, ValueError):
    """What the caller gave cannot be sent, or not safely. Nothing was sent."""


class TransportError(PodError):
    """No whole answer came. The error of the transport is the `__cause__`."""


class ConnectError(TransportError):
    """No connection: name, network, proxy, TLS, or no free connection in time. Nothing was sent."""


class ConnectionLostError(TransportError):
    """The connection broke, the answer was cut off, or it was no HTTP. The pod may have carried out the request."""


class CallTimeoutError(TransportError):
    """No whole answer came in time. The pod may have carried out the request."""


class DecodeError(PodError):
    """A value that is not what the description declares, or an answer that is too large.

    Attributes:
        status: The HTTP status of the answer that held the value; None where it was in no answer.
        headers: The answer's headers, without the session token.
        body: The answer's body, without the session token; empty where the answer was too large.
    """

    status: int | None = None
    headers: Headers | None = None
    body: bytes = b""

    def __init__(self, fault: str, place: str = "") -> None:
        super().__init__(f"{place}: {fault}" if place else fault)
        self.fault = fault
        self.place = place

    def within(self, name: str) -> DecodeError:
        """The same fault, seen from the object or array that holds the value under this name."""
        joint = "." if self.place and not self.place.startswith("[") else ""
        return DecodeError(self.fault, f"{name}{joint}{self.place}")


class StatusError(PodError):
    """The pod answered with another status than the operation documents for success.

    Attributes:
        status: The HTTP status, any number.
        headers: The answer's headers, without the session token.
        body: The answer's body, or as much of it as came, without the session token.
        error: The body as the description's error object, or None where it is none.
        retry_after: The seconds that Retry-After asks to wait, or None.
    """

    status: int = 0
    headers: Headers
    body: bytes = b""
    error: ErrorModel | None = None
    retry_after: float | None = None

    @staticmethod
    def kind(status: int) -> type[StatusError]:
        """The class of the errors with this status."""
        return ServerError if 500 <= status <= 599 else _KINDS.get(status, StatusError)


class BadRequestError(StatusError):
    """400: the request cannot be carried out as it was sent."""


class UnauthorizedError(StatusError):
    """401: the session token is unknown or no longer valid."""


class ForbiddenError(StatusError):
    """403: the caller lacks an entitlement."""


class NotFoundError(StatusError):
    """404: what the request names does not exist."""


class TooManyRequestsError(StatusError):
    """429: too many requests; `retry_after` says when to come again."""


class ServerError(StatusError):
    """Any 5xx: the pod, or something in front of it, failed. The request may have been carried out."""


_KINDS: dict[int, type[StatusError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    429: TooManyRequestsError,
}
