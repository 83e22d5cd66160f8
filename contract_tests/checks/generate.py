"""Generates requests with schemathesis."""

import json
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core import NOT_SET

from ..contract.description import description, operation
from ..contract.exchange import JSON, Request
from .fuzzed_ids import with_known_id
from .generating import Generated, Wanted

# hypothesis makes near copies of earlier examples. It makes few of them if there are few examples with many requests.
EXAMPLES = 10


def generate(wanted: Wanted) -> list[Generated]:
    """Generate requests: the wanted number, or a few more. Nothing is sent."""
    # Not while they are sent: hypothesis reports a test as flaky if a repeated example behaves differently.
    generated: list[Generated] = []
    examples = max(1, min(EXAMPLES, wanted.number))
    size = -(-wanted.number // examples)
    one = st.tuples(
        cases(wanted.operation_id, wanted.mode), st.sampled_from(wanted.sessions), st.sampled_from(wanted.user_ids)
    )

    @seed(wanted.seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(many=st.lists(one, min_size=size, max_size=size))
    def make(many: list[tuple[Any, str, int]]) -> None:
        for case, session, user_id in many:
            body, media_type = serialized(case, user_id)
            request = Request(
                wanted.operation_id,
                role=session if session in ("caller", "unentitled") else None,
                body=body,
                media_type=media_type,
                token="invalid" if session == "invalid" else None,
                token_shell="invalid",
                about="generated",
            )
            generated.append(Generated(request, session))

    make()
    return generated


def make_ready() -> None:
    """Load the packages, and have hypothesis make its tables, which the first request would wait for."""
    generate(Wanted("acceptConnection", "positive", number=1, seed=0, sessions=("none",), user_ids=(0,)))


def cases(operation_id: str, mode: str) -> st.SearchStrategy[Any]:
    """The requests that schemathesis generates for an operation: ``positive`` or ``negative`` ones."""
    described = operation(operation_id)
    # With a codec, schemathesis spends a second on a table of UTF-8. Without one the characters are the same.
    generation = GenerationConfig(with_security_parameters=False, allow_x00=True, codec=None)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    schema = schemathesis.openapi.from_dict(description(), config=config)
    made = schema[described.path][described.method].as_strategy(generation_mode=GenerationMode(mode))
    strategy: st.SearchStrategy[Any] = made
    return strategy


def serialized(case: Any, user_id: int) -> tuple[bytes | None, str | None]:
    """The body and the media type of a generated request. A known id replaces everything that could be a user's id."""
    if case.body is NOT_SET:
        return None, None
    if isinstance(case.body, bytes):
        return case.body, JSON
    return json.dumps(with_known_id(case.body, user_id)).encode(), JSON
