import math
import time
from email.utils import formatdate

import pytest

from contract_tests.target.throttling import wait_before


@pytest.mark.parametrize(
    ("status", "retry_after", "attempt", "expected"),
    [
        (200, "5", 0, None),
        (400, None, 0, None),
        (503, "5", 0, None),
        (429, "7", 0, 7.0),
        (429, "0.5", 0, 0.5),
        (429, "-3", 0, 0.0),
        (429, "inf", 0, math.inf),
        (429, None, 0, 0.25),
        (429, None, 3, 2.0),
        (429, "soon", 1, 0.5),
        (429, "nan", 1, 0.5),
        (429, "Thu, 01 Jan 1970 00:00:00 GMT", 0, 0.0),
        (400, "7", 0, 7.0),  # an Agent in front of the pod
    ],
)
def test_how_long_to_wait(status: int, retry_after: str | None, attempt: int, expected: float | None) -> None:
    assert wait_before(status, retry_after, attempt) == expected


def test_a_date_is_waited_for() -> None:
    wait = wait_before(429, formatdate(time.time() + 30, usegmt=True), 0)
    assert wait is not None
    assert 28 < wait <= 30
