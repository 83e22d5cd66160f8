"""The requests that bring a connection from where the run found it to where it is now.

A run puts the connections back at its end. So a finding can be reproduced only together with the requests that
bring the connection into the state in which it was.
"""

from collections import defaultdict

from ..contract.description import operation
from ..contract.exchange import Exchange, Request, act
from ..contract.lawful import ACCEPTED, INCOMING, NONE, OTHER_SIDE, OUTGOING, REJECTED
from .guard import named_users
from .target import Target

MOST_STEPS = 8
# The state that each operation makes, as the user who is asked sees it.
_MADE = {
    "createConnection": INCOMING,
    "acceptConnection": ACCEPTED,
    "rejectConnection": REJECTED,
    "removeConnection": NONE,
}

Pair = tuple[str, str]  # who asks, who is asked


class History:
    """How the run found the connections that it arranged, and the requests that lead to where they are.

    Args:
        target: The target, for its users.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._found: dict[Pair, str] = {}
        self._steps: defaultdict[str, dict[Pair, tuple[Request, ...]]] = defaultdict(dict)
        self._said: dict[frozenset[str], tuple[str, str]] = {}

    def arrange(self, rule: str, asker: str, asked: str) -> None:
        """From now on a rule depends on the connection between two users."""
        self._steps[rule].pop((asked, asker), None)
        self._steps[rule].setdefault((asker, asked), ())

    def read(self, rule: str, viewer: str, other: str, state: str) -> None:
        """The viewer has read the state of the connection with another user."""
        for asker, asked, seen in ((other, viewer, state), (viewer, other, OTHER_SIDE[state])):
            found = self._found.setdefault((asker, asked), seen)
            if (asker, asked) in self._steps[rule]:
                self._steps[rule][asker, asked] = self._way(found, seen, asker, asked)

    def done(self, exchange: Exchange) -> None:
        """A request was answered. The requests after it may depend on what it changed."""
        request = exchange.request
        if exchange.status != 200 or (request.method or operation(request.operation).method) == "GET":
            return
        self._note_what_it_says(exchange)
        for pair, steps in self._steps[exchange.rule].items():
            if self.concerns(request, pair):
                self._steps[exchange.rule][pair] = (*steps, request)

    def said(self, viewer: str, other: str) -> str | None:
        """The state that the last answer to a request between two users named, as the viewer would read it.

        None where no request was answered, or the last one was a removal: its answer names no state.
        """
        actor, state = self._said.get(frozenset((viewer, other)), (viewer, None))
        return state if state is None or actor == viewer else OTHER_SIDE[state]

    def _note_what_it_says(self, exchange: Exchange) -> None:
        request = exchange.request
        if request.role is None or exchange.answer is None:
            return
        named = named_users(request, self._target.user_ids)
        others = [role for role, user in self._target.users.items() if user.user_id in named and role != request.role]
        if len(others) != 1:
            return
        pair = frozenset((request.role, others[0]))
        state = exchange.answer.member("status")
        if request.operation != "removeConnection" and isinstance(state, str) and state in OTHER_SIDE:
            self._said[pair] = (request.role, state)
        else:
            self._said.pop(pair, None)

    def before(self, request: Request, rule: str) -> tuple[Request, ...]:
        """The requests that bring the connections of a request into their present states."""
        steps = self._steps[rule].items()
        return tuple(step for pair, way in steps if self.concerns(request, pair) for step in way)

    def concerns(self, request: Request, pair: Pair) -> bool:
        """Whether a request is about the connection of two users, or a careless pod could read it so."""
        if request.role is not None and request.role not in pair:
            return False
        users = self._target.users
        named = named_users(request, {user.user_id for user in users.values()})
        return not named or any(users[role].user_id in named for role in pair)

    def _way(self, found: str, wanted: str, asker: str, asked: str) -> tuple[Request, ...]:
        """The requests from the state that was found to another, by way of none: so they can be sent again."""
        if wanted == OUTGOING:
            return self._way(OTHER_SIDE[found], INCOMING, asked, asker)
        # There may be a connection though none was found: the requests of another finding may have made it.
        away = _steps(found, NONE, asker, asked) or [("removeConnection", asked, asker)]
        return tuple(
            change(operation_id, role, self._target.users[other].user_id, about=f"first, by the {role}")
            for operation_id, role, other in [*away, *_steps(NONE, wanted, asker, asked)]
        )


def change(operation_id: str, role: str, user_id: int, *, about: str) -> Request:
    """A well-formed request by which a role accepts, rejects, creates or removes its connection with a user."""
    if operation_id == "removeConnection":
        return Request(operation_id, role, path_parameters=(("uid", str(user_id)),), about=about)
    return act(operation_id, role, user_id, about=about)


def next_step(current: str, wanted: str, asker: str, asked: str) -> tuple[str, str, str]:
    """The next operation on the way from one state to another: its id, the role that sends it, the other role."""
    if current == NONE:
        return "createConnection", asker, asked
    if current == INCOMING:
        return ("rejectConnection" if wanted == REJECTED else "acceptConnection"), asked, asker
    if current == OUTGOING:
        return "acceptConnection", asker, asked
    if current == REJECTED:
        return "createConnection", asker, asked
    return "removeConnection", asked, asker


def _steps(current: str, wanted: str, asker: str, asked: str) -> list[tuple[str, str, str]]:
    steps: list[tuple[str, str, str]] = []
    while current != wanted and len(steps) < MOST_STEPS:
        steps.append(next_step(current, wanted, asker, asked))
        current = _MADE[steps[-1][0]]
    return steps
