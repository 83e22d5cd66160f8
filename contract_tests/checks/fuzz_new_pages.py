"""Generated requests to the operations of pages that no rule is about: each answer has to be a documented one.

The suite may change nothing but the connections of its cast. So an operation that can change something is asked without
a session alone; one that only reads, with the caller's too.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from ..contract.description import operation
from ..contract.exchange import JSON, Request
from ..contract.lawful import Lawful
from ..contract.new_pages import documented_statuses, new_operations
from ..target.guard import NotPermitted, check_permitted
from .check import Check
from .generate import cases, serialized
from .generating import shares

AT_ONCE = 8
MOST = 20  # requests to one operation
_PLAIN = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]+")
SAFE = ("GET", "HEAD", "OPTIONS")  # RFC 9110, 9.2.1


def fuzz_new_pages(check: Check, seed_of_round: int | str, count: int) -> None:
    """Generate requests to each of these operations, send them, and judge the answers.

    Args:
        check: The work on the rule.
        seed_of_round: The seed from which they are generated.
        count: How many requests for each operation.
    """
    for operation_id in new_operations():
        lawful = Lawful(documented_statuses(operation_id))
        requests = list(_requests(check, operation_id, seed_of_round, min(count, MOST)))
        for start in range(0, len(requests), AT_ONCE):
            for exchange in check.send_together(requests[start : start + AT_ONCE]):
                check.expect(lawful, exchange)


def _requests(check: Check, operation_id: str, seed_of_round: int | str, count: int) -> Iterator[Request]:
    roles = ["caller", None] if operation(operation_id).method in SAFE else [None]
    for mode, share in shares(count).items():
        for case, role in _generated(
            st.tuples(cases(operation_id, mode), st.sampled_from(roles)), share, seed_of_round
        ):
            request = _request(operation_id, role, case)
            if not all(_PLAIN.fullmatch(value) for _, value in request.path_parameters):
                continue  # a server in front may read another path out of it
            try:
                check_permitted(request, check.target)
            except NotPermitted:
                continue  # a pod could read the id of a user out of it
            yield request


def _generated(one: st.SearchStrategy[Any], count: int, seed_of_round: int | str) -> list[Any]:
    found: list[Any] = []

    @seed(seed_of_round)
    @settings(
        max_examples=max(1, count),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(one)
    def generate(drawn: Any) -> None:
        found.append(drawn)

    with contextlib.suppress(Unsatisfiable):  # where any request is one that the description allows
        generate()
    return found[:count]


def _request(operation_id: str, role: str | None, case: Any) -> Request:
    body, media_type = serialized(case, 0) if case.media_type in (None, JSON) else (None, None)
    return Request(
        operation_id,
        role=role,
        body=body,
        media_type=media_type,
        path_parameters=tuple((name, _text(value)) for name, value in (case.path_parameters or {}).items()),
        query=urlencode([(name, _text(value)) for name, value in (case.query or {}).items()], doseq=True),
        about="generated",
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
