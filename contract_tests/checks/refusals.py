"""Requests that have to be refused, sent where it would show if they were not."""

from ..arranging.arrange import change_between
from ..contract.exchange import Exchange, Request
from ..contract.lawful import INCOMING, Lawful
from ..target.not_verified import NotVerified
from .check import Check

AT_ONCE = 8

Case = tuple[Lawful, Request]


class Refusals:
    """Sends requests that a pod has to refuse, at a pending request if there can be one.

    With permission to write and a requester, every request names the one whose request is waiting (the
    requester, unless said otherwise): a pod that carries it out all the same is seen to. Without, it
    names nobody.

    Refused requests change nothing, so several are sent at once and the connection is read after
    them. Where it has changed, they are sent again one by one, to see which of them did it.

    Args:
        check: The work on the rule.
        no_effect_rule: The id of the rule that a refused request changes nothing.
        asker: The role whose request is to wait.
        asked: The role for which it is to wait.

    Attributes:
        user_id: Whom to name.
    """

    def __init__(self, check: Check, no_effect_rule: str, *, asker: str = "requester", asked: str = "caller") -> None:
        self._check = check
        self._no_effect_rule = no_effect_rule
        self._asker, self._asked = asker, asked
        self._can_arrange = check.can_arrange()
        if self._can_arrange:
            try:
                self._before = self._bring()
            except NotVerified as reason:
                self._can_arrange = False
                check.ledger.not_verified(no_effect_rule, str(reason))
        self.user_id = check.user_id(asker) if self._can_arrange else check.nobody()

    def expect_all(self, cases: list[Case]) -> None:
        """Send requests, hold each answer against what is lawful, and see that nothing changed."""
        for start in range(0, len(cases), AT_ONCE):
            batch = cases[start : start + AT_ONCE]
            exchanges = self._check.wire.send_together([request for _, request in batch], self._check.rule.id)
            for (lawful, _), exchange in zip(batch, exchanges, strict=True):
                self._check.expect(lawful, exchange)
            if not self._can_arrange:
                continue
            now = self._check.arranger.read_exchange(self._asked, self._asker)
            if change := change_between(self._before, now, self.user_id):
                self._find_culprit(batch, exchanges, change)
            for exchange in exchanges:
                self._check.ledger.check(self._no_effect_rule, None, (exchange,))

    def _bring(self) -> Exchange:
        return self._check.arranger.bring(INCOMING, asker=self._asker, asked=self._asked)

    def _find_culprit(self, batch: list[Case], exchanges: list[Exchange], change: str) -> None:
        """Send each again at a pending request of its own; if none of them did it alone, all did it together."""
        alone = False
        for _, request in batch:
            before = {(self._asked, self._asker): self._bring()}
            exchange = self._check.send(request)
            alone = not self._check.expect_unchanged(before, exchange, rule=self._no_effect_rule) or alone
        self._before = self._bring()
        if not alone:
            fault = f"sent at once, they changed the connection: {change}"
            self._check.ledger.check(self._no_effect_rule, fault, tuple(exchanges))
