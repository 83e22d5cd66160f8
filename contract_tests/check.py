"""What a test of a rule works with: it sends, and holds what comes against what is lawful."""

from contract_tests.arrange import Arranger, state_of
from contract_tests.exchange import Exchange, Request, act
from contract_tests.lawful import Lawful
from contract_tests.ledger import Ledger
from contract_tests.offered import why_no_arranging
from contract_tests.rules import Rule
from contract_tests.wire import Wire


class Check:
    """The work on one rule.

    Args:
        rule: The rule.
        wire: The way to the pod.
        ledger: Keeps what is seen.
        seed: Of everything that is generated.

    Attributes:
        arranger: Brings connections into states.
    """

    def __init__(self, rule: Rule, wire: Wire, ledger: Ledger, seed: int) -> None:
        self.rule = rule
        self.wire = wire
        self.target = wire.target
        self.ledger = ledger
        self.seed = seed
        self.arranger = Arranger(wire, rule.id, ledger)

    def user_id(self, role: str) -> int:
        """The id of a role of the cast."""
        return self.target.users[role].user_id

    def nobody(self) -> int:
        """An id that is nobody's: the unknown user's, or one that cannot exist."""
        unknown = self.target.users.get("unknown")
        return unknown.user_id if unknown else -1

    def can_arrange(self) -> bool:
        """Whether the connection of caller and requester may be changed, can be, and can be put back."""
        target = self.target
        sessions = target.has_session("caller") and target.has_session("requester")
        return target.allow_writes and sessions and why_no_arranging(self.wire.absent) is None

    def send(self, request: Request) -> Exchange:
        """Send a request for this rule."""
        return self.wire.send(request, self.rule.id)

    def act(self, operation_id: str, role: str, other: str) -> Exchange:
        """Accept, reject or create, by a role, of another."""
        return self.send(act(operation_id, role, self.user_id(other)))

    def expect(self, lawful: Lawful, exchange: Exchange, *, rule: str | None = None) -> bool:
        """Hold an answer against what is lawful; whether it is."""
        fault = lawful.fault(exchange)
        self.ledger.check(rule or self.rule.id, fault, (exchange,), str(lawful))
        return fault is None

    def expect_state(
        self, expected: str | set[str], viewer: str, other: str, *, after: Exchange, rule: str | None = None
    ) -> str:
        """Read a connection and hold it against what it must be after an exchange; the state that was read."""
        wanted = {expected} if isinstance(expected, str) else expected
        reading = self.arranger.read_exchange(viewer, other)
        found = state_of(reading, self.user_id(other))
        fault = None if found in wanted else f"{_answered(after)}, and the {viewer} reads {found}"
        text = f"the {viewer} to read {' or '.join(sorted(wanted))} of the {other}"
        self.ledger.check(rule or self.rule.id, fault, (after, reading), text)
        return found

    def expect_true(self, kept: bool, expected: str, found: str, *trail: Exchange) -> None:
        """Note whether the rule was kept, in words."""
        self.ledger.check(self.rule.id, None if kept else found, trail, expected)


def _answered(exchange: Exchange) -> str:
    if exchange.answer is None:
        return f"{exchange.request.operation}: {exchange.failure}"
    return f"{exchange.request.operation} answered {exchange.answer.status}"
