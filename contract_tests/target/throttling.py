"""Throttling: how long a pod asks to be left alone."""

import email.utils
import math
import time

import httpx

MOST_THROTTLED = 6  # times one request is sent, each answered with a wish to be left alone
MOST_WAIT = 120.0  # seconds in all for one request
_FIRST_WAIT = 0.25  # seconds, where the pod does not say how many; then twice as many each time


def wait_before(status: int, retry_after: str | None, attempt: int) -> float | None:
    """How long to wait before a request is sent again.

    Args:
        status: Of the answer.
        retry_after: The answer's Retry-After: seconds or a date.
        attempt: How often the request was sent before this time.

    Returns:
        Seconds, from 0 to infinity; None where the answer is no throttling. Throttling is a 429; or, from
        an Agent in front of the pod, a 400 with Retry-After.
    """
    throttled = status == httpx.codes.TOO_MANY_REQUESTS or (status == httpx.codes.BAD_REQUEST and retry_after)
    return retry_seconds(retry_after, attempt) if throttled else None


def retry_seconds(retry_after: str | None, attempt: int) -> float:
    """The seconds that a Retry-After asks for; without one, a time that doubles with each attempt."""
    try:
        seconds = float(retry_after or "")
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(retry_after or "").timestamp() - time.time()
        except (ValueError, OverflowError):
            seconds = math.nan
    return _FIRST_WAIT * 2**attempt if math.isnan(seconds) else max(seconds, 0.0)
