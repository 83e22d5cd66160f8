"""Requests that have to be refused, sent where it would show if they were not."""

from contract_tests.check import Check
from contract_tests.exchange import Exchange, Request
from contract_tests.lawful import INCOMING, Lawful
from contract_tests.wire import NotVerified


class Refusals:
    """Sends requests that a pod has to refuse, at a pending request if there can be one.

    With permission to write and a requester, every request names the requester, whose request is
    waiting: a pod that carries it out all the same is seen to. Without, it names nobody.

    Args:
        check: The work on the rule.
        no_effect_rule: The id of the rule that a refused request changes nothing.

    Attributes:
        user_id: Whom to name.
    """

    def __init__(self, check: Check, no_effect_rule: str) -> None:
        self._check = check
        self._no_effect_rule = no_effect_rule
        self._pending = False
        self._can_arrange = check.target.allow_writes and check.target.has_session("requester")
        if self._can_arrange:
            try:
                check.arranger.bring(INCOMING)
                self._pending = True
            except NotVerified as reason:
                self._can_arrange = False
                check.ledger.not_verified(no_effect_rule, str(reason))
        self.user_id = check.user_id("requester") if self._can_arrange else check.nobody()

    def expect(self, lawful: Lawful, request: Request) -> Exchange:
        """Send a request, hold the answer against what is lawful, and see that nothing changed."""
        if self._can_arrange and not self._pending:
            self._check.arranger.bring(INCOMING)
        exchange = self._check.send(request)
        self._check.expect(lawful, exchange)
        if self._can_arrange:
            found = self._check.expect_state(INCOMING, "caller", "requester", after=exchange, rule=self._no_effect_rule)
            self._pending = found == INCOMING
        return exchange
