"""Throttling: how long to wait before a request is sent again."""

import email.utils
import math
import time

import httpx

MOST_THROTTLED = 6  # how often one request is sent while the pod throttles it
MOST_WAIT = 120.0  # seconds in all for one request
_FIRST_WAIT = 0.25  # seconds, where the answer has no Retry-After; then twice as long each time


def wait_before(status: int, retry_after: str | None, attempt: int) -> float | None:
    """How long to wait before a request is sent again.

    Args:
        status: The status of the answer.
        retry_after: The answer's Retry-After: seconds or a date.
        attempt: How often the request was throttled before.

    Returns:
        Seconds, from 0 to infinity; None if the answer does not throttle. A 429 throttles, and so does a 400 with
        Retry-After, which an Agent in front of the pod may send.
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
