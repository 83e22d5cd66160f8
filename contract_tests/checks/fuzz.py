"""Generates requests, sends them, and judges each answer by the request and the state of the connection."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from operator import or_

from ..contract.description import UNDER_TEST
from ..contract.exchange import Exchange, Request
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
from ..target.guard import NotPermitted, check_permitted, named_users
from ..target.not_verified import NotVerified
from ..target.target import Target
from .check import Check
from .fuzzed_ids import IMPOSSIBLE
from .generating import Generated, Wanted, rounds, shares
from .smaller import smaller_bodies

AT_ONCE = 8
MOST_SMALLER = 40  # requests that are sent in order to find a smaller one that breaks the rule too
SESSIONS = ("caller",) * 8 + ("none", "invalid", "unentitled")


def order_first_round(check: Check) -> None:
    """Have the requests of the first round generated, so that the rule finds them there."""
    check.generating.order(*wanted_in_round(check, *next(rounds(check.seed, check.max_examples))))


def wanted_in_round(check: Check, seed_of_round: int | str, count: int) -> list[Wanted]:
    """What is generated in a round.

    Args:
        check: The work on the rule.
        seed_of_round: The seed of the round.
        count: How many requests for each operation.
    """
    sessions = tuple(name for name in SESSIONS if name in ("none", "invalid") or check.target.has_session(name))
    user_ids = _user_ids(check.target, can_arrange=check.can_arrange())
    return [
        Wanted(operation_id, mode, share, seed_of_round, sessions, user_ids)
        for operation_id in UNDER_TEST
        for mode, share in shares(count).items()
    ]


def _user_ids(target: Target, *, can_arrange: bool) -> tuple[int, ...]:
    users = target.users
    user_ids = sorted(set(IMPOSSIBLE) - {user.user_id for user in users.values()})
    if "unknown" in users:
        user_ids.append(users["unknown"].user_id)
    if target.allow_writes:
        # Not the bystander, whose connection must never change, and not the unentitled user, who only sends.
        named = ("requester",) * 3 + ("colleague", "stranger", "isolated", "caller")
        user_ids += [users[role].user_id for role in named if role in users and (can_arrange or role != "requester")]
    return tuple(user_ids)


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
        self._waiting: list[Generated] = []
        self._changing = 0
        self._smaller_left = MOST_SMALLER
        if self._tracks:
            try:
                self._arranger.bring(INCOMING)
                self._state = INCOMING
            except NotVerified as reason:
                self._tracks = False
                check.ledger.not_verified(
                    "fuzzed-request-lawful", f"no connection request could be made pending: {reason}"
                )

    def run(self, wanted: Wanted) -> None:
        """Send generated requests.

        Args:
            wanted: What is generated.

        Raises:
            NotVerified: A connection request could be made pending before, and cannot be any more.
        """
        generated = [each for each in self._check.generating.take(wanted) if self._may_be_sent(each.request)]
        for request, session in generated[: wanted.number]:
            changes = session == "caller" and self._names_requester(request)
            if changes:
                self._changing += 1
                if self._changing % self._check.share_of_changes():
                    continue
                self._flush()
            self._waiting.append(Generated(request, session))
            if changes or len(self._waiting) == AT_ONCE:
                self._flush()
        self._flush()

    def _may_be_sent(self, request: Request) -> bool:
        """Whether no pod could read random bytes as somebody's id, and every change that is made would be noticed."""
        requester = {user_id for user_id, role in self._relations.items() if role == "requester"}
        return self._is_permitted(request) and (self._tracks or not named_users(request, requester) & requester)

    def _names_requester(self, request: Request) -> bool:
        return self._relations.get(read_body(request).user_id or 0) == "requester"

    def _flush(self) -> None:
        """Send the waiting requests: several at once if they change nothing, or the one that does."""
        if self._tracks and self._state != INCOMING:
            self._refill()
        exchanges = self._check.send_together([request for request, _ in self._waiting])
        broken = []
        for (request, session), exchange in zip(self._waiting, exchanges, strict=True):
            if not self._check.expect(self._lawful(request, session), exchange) and exchange.answer is not None:
                broken.append((request, session))
            if exchange.status == 200 and self._names_requester(request):
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
