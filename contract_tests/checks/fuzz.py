"""Generates requests, sends them, and judges each answer by the request and the state of the connection."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core import NOT_SET

from ..contract.description import description, operation
from ..contract.exchange import JSON, Exchange, Request
from ..contract.lawful import (
    FORBIDDEN,
    INCOMING,
    MADE_BY,
    NO_SESSION,
    NONE,
    REFUSED,
    REFUSED_OR_415,
    UNAUTHORIZED,
    Lawful,
    act_on_relation,
    read_body,
)
from ..target.guard import NotPermitted, check_permitted
from ..target.not_verified import NotVerified
from .check import Check
from .fuzzed_ids import IMPOSSIBLE, with_known_id
from .smaller import smaller_bodies

MOST_IN_A_ROUND = 150  # requests that are generated from one seed
NEGATIVE = 0.4  # the share of requests that the description does not allow
# hypothesis makes near copies of earlier examples. It makes few of them if there are few examples with many requests.
EXAMPLES = 10
AT_ONCE = 8
MOST_SMALLER = 40  # requests that are sent in order to find a smaller one that breaks the rule too
SESSIONS = ("caller",) * 8 + ("none", "invalid", "unentitled")


def rounds(first_seed: int, max_examples: int) -> Iterator[tuple[int | str, int]]:
    """The rounds in which requests are generated: the seed of each, and how many requests it has for an operation."""
    for number, start in enumerate(range(0, max_examples, MOST_IN_A_ROUND)):
        yield f"{first_seed}-{number}" if number else first_seed, min(MOST_IN_A_ROUND, max_examples - start)


def shares(count: int) -> dict[GenerationMode, int]:
    """How many of some requests the description allows, and how many it does not."""
    negative = round(count * NEGATIVE)
    return {GenerationMode.POSITIVE: count - negative, GenerationMode.NEGATIVE: negative}


class Fuzz:
    """Sends generated requests, and tracks the state that the connection must have after each answer.

    A request that breaks the rule is made smaller: less of it is sent, as long as that breaks the rule too, in up to
    ``MOST_SMALLER`` more requests for the whole rule.

    Args:
        check: The work on the rule.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self._arranger = check.arranger
        users = check.target.users
        self._relations = {user.user_id: role for role, user in users.items()}
        self._tracks = check.can_arrange()
        self._state = NONE
        self._last: Exchange | None = None
        self._waiting: list[tuple[Request, str]] = []
        self._changing = 0
        self._smaller_left = MOST_SMALLER
        self._ids = [
            *sorted(set(IMPOSSIBLE) - self._relations.keys()),
            *([users["unknown"].user_id] if "unknown" in users else []),
        ]
        if check.target.allow_writes:
            # Not the bystander, whose connection must never change, and not the unentitled user, who only sends.
            named = ("requester",) * 3 + ("colleague", "stranger", "isolated", "caller")
            self._ids += [
                users[role].user_id for role in named if role in users and (self._tracks or role != "requester")
            ]
        if self._tracks:
            try:
                self._arranger.bring(INCOMING)
                self._state = INCOMING
            except NotVerified as reason:
                self._tracks = False
                self._ids = [user_id for user_id in self._ids if self._relations.get(user_id) != "requester"]
                check.ledger.not_verified(
                    "fuzzed-request-lawful", f"no connection request could be made pending: {reason}"
                )

    def run(self, operation_id: str, mode: GenerationMode, count: int, seed_of_round: int | str) -> None:
        """Generate requests to one operation, then send them.

        Args:
            operation_id: acceptConnection or rejectConnection.
            mode: Whether the description allows the requests.
            count: How many requests.
            seed_of_round: The seed from which they are generated.

        Raises:
            NotVerified: A connection request could be made pending before, and cannot be any more.
        """
        for request, session in self._generated(operation_id, mode, count, seed_of_round):
            changes = session == "caller" and self._relations.get(read_body(request).user_id or 0) == "requester"
            if changes:
                self._changing += 1
                if self._changing % self._check.share_of_changes():
                    continue
                self._flush()
            self._waiting.append((request, session))
            if changes or len(self._waiting) == AT_ONCE:
                self._flush()
        self._flush()

    def _generated(
        self, operation_id: str, mode: GenerationMode, count: int, seed_of_round: int | str
    ) -> list[tuple[Request, str]]:
        # Nothing is sent here: hypothesis reports a test as flaky if a repeated example behaves differently.
        available = [name for name in SESSIONS if name in ("none", "invalid") or self._check.target.has_session(name)]
        generated: list[tuple[Request, str]] = []

        examples = max(1, min(EXAMPLES, count))
        size = -(-count // examples)
        one = st.tuples(cases(operation_id, mode), st.sampled_from(available), st.sampled_from(self._ids))

        @seed(seed_of_round)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(many=st.lists(one, min_size=size, max_size=size))
        def generate(many: list[tuple[Any, str, int]]) -> None:
            for case, session, user_id in many:
                body, media_type = serialized(case, user_id)
                request = Request(
                    operation_id,
                    role=session if session in ("caller", "unentitled") else None,
                    body=body,
                    media_type=media_type,
                    token="invalid" if session == "invalid" else None,
                    token_shell="invalid",
                    about="generated",
                )
                if self._is_permitted(request):  # a pod could read random bytes as the id of a user
                    generated.append((request, session))

        generate()
        return generated[:count]

    def _flush(self) -> None:
        """Send the waiting requests: several at once if they change nothing, or the one that does."""
        if self._tracks and self._state != INCOMING:
            self._refill()
        exchanges = self._check.send_together([request for request, _ in self._waiting])
        broken = []
        for (request, session), exchange in zip(self._waiting, exchanges, strict=True):
            if not self._check.expect(self._lawful(request, session), exchange) and exchange.answer is not None:
                broken.append((request, session))
            if exchange.status == 200 and self._relations.get(read_body(request).user_id or 0) == "requester":
                self._state = MADE_BY[request.operation]
            self._last = exchange
        self._waiting = []
        for request, session in broken:
            self._send_smaller(request, session)

    def _send_smaller(self, request: Request, session: str) -> None:
        """Send less of a request that breaks the rule, as long as that breaks it too. The report shows the smallest."""
        tried = {request.body}
        candidates = smaller_bodies(request.body or b"")
        while candidates and self._smaller_left:
            body = candidates.pop(0)
            smaller = replace(request, body=body, about="generated, and made smaller")
            if body in tried or not self._is_permitted(smaller):
                continue
            tried.add(body)
            self._smaller_left -= 1
            if self._tracks:
                self._last = None
                self._refill()
            (exchange,) = self._check.send_together([smaller])
            if not self._check.expect(self._lawful(smaller, session), exchange):
                candidates = smaller_bodies(body)
        if self._tracks:
            self._last = None
            self._refill()

    def _is_permitted(self, request: Request) -> bool:
        try:
            check_permitted(request, self._check.target)
        except NotPermitted:
            return False
        return True

    def _refill(self) -> None:
        """Expect the connection in the state that the answers made, then make a new connection request pending.

        Raises:
            NotVerified: No connection request can be made pending any more. Without one, further requests would show
                nothing new.
        """
        if self._last is not None:
            self._check.expect_state(self._state, "caller", "requester", after=self._last)
        try:
            self._arranger.bring(INCOMING)
        except NotVerified as reason:
            raise NotVerified(f"no more connection requests could be made pending: {reason}") from None
        self._state = INCOMING

    def _lawful(self, request: Request, session: str) -> Lawful:
        return lawful_answers(request, session, self._relations, [self._state])


def lawful_answers(request: Request, session: str, relations: Mapping[int, str], states: Iterable[str]) -> Lawful:
    """The lawful answers to a generated accept or reject, which may have several faults.

    Args:
        request: The request.
        session: Whose session it has: ``caller``, ``unentitled``, ``none`` or ``invalid``.
        relations: The role of each user of the cast, by id.
        states: The states that the connection of caller and requester may be in.
    """
    body = read_body(request)
    relation = "nobody" if body.refused else relations.get(body.user_id or 0, "nobody")
    outcome = reduce(or_, (act_on_relation(request.operation, relation, state) for state in states))
    form = REFUSED if request.media_type is not None else REFUSED_OR_415
    if session == "caller":
        return form if body.refused else outcome | form if body.refusable else outcome
    # A request with two faults may be refused for either.
    lawful = {"none": NO_SESSION, "invalid": UNAUTHORIZED, "unentitled": FORBIDDEN}[session]
    if body.refusable:
        lawful = lawful | form
    if session == "unentitled" and 200 not in outcome.statuses:
        lawful = lawful | REFUSED
    return lawful


def cases(operation_id: str, mode: GenerationMode) -> st.SearchStrategy[Any]:
    """The requests that schemathesis generates for an operation: those that the description allows, or the others."""
    described = operation(operation_id)
    # With a codec, schemathesis spends a second on a table of UTF-8. Without one the characters are the same.
    generation = GenerationConfig(with_security_parameters=False, allow_x00=True, codec=None)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    schema = schemathesis.openapi.from_dict(description(), config=config)
    strategy: st.SearchStrategy[Any] = schema[described.path][described.method].as_strategy(generation_mode=mode)
    return strategy


def serialized(case: Any, user_id: int) -> tuple[bytes | None, str | None]:
    """The body and the media type of a generated request. A known id replaces everything that could be a user's id."""
    if case.body is NOT_SET:
        return None, None
    if isinstance(case.body, bytes):
        return case.body, JSON
    return json.dumps(with_known_id(case.body, user_id)).encode(), JSON
