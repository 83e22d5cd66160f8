"""Sends requests that a pod has to refuse, in a state in which an effect would show."""

from ..arranging.arrange import change_between
from ..contract.exchange import Exchange, Request
from ..contract.lawful import INCOMING, Lawful
from ..target.not_verified import NotVerified
from .check import Check

AT_ONCE = 8

Case = tuple[Lawful, Request]


class Refusals:
    """Sends requests that a pod has to refuse, while a connection request is pending.

    If the suite may change connections, the requests name the asker, whose connection request is pending. A pod
    that carries one of them out changes that connection, and the suite sees it. Otherwise the requests name an
    id that belongs to no user.

    Refused requests change nothing, so several are sent at once, and the connection is read after them. If it
    has changed, they are sent again one by one, to find the request that changed it.

    Args:
        check: The work on the rule.
        no_effect_rule: The id of the rule that says that a refused request changes nothing.
        asker: The role whose connection request is pending.
        asked: The role that received the connection request.

    Attributes:
        user_id: The id that the requests are to name.
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
        self.user_id = check.user_id(asker) if self._can_arrange else check.unused_id()

    def expect_all(self, cases: list[Case]) -> None:
        """Send requests, judge each answer, and expect that the connection did not change."""
        for start in range(0, len(cases), AT_ONCE):
            batch = cases[start : start + AT_ONCE]
            exchanges = self._check.send_together([request for _, request in batch])
            for (lawful, _), exchange in zip(batch, exchanges, strict=True):
                self._check.expect(lawful, exchange)
            if not self._can_arrange:
                continue
            self._before = self._check.arranger.brought(self._asker, self._asked) or self._before
            now = self._check.arranger.read_exchange(self._asked, self._asker)
            if change := change_between(self._before, now, self.user_id):
                self._send_one_by_one(batch, exchanges, change)
            for exchange in exchanges:
                self._check.ledger.check(self._no_effect_rule, None, (exchange,))

    def _bring(self) -> Exchange:
        return self._check.arranger.bring(INCOMING, asker=self._asker, asked=self._asked)

    def _send_one_by_one(self, batch: list[Case], exchanges: list[Exchange], change: str) -> None:
        """Find the request that changed the connection: send each again, with a connection request of its own pending.

        If no single request changes the connection, the finding names all of them.
        """
        found = False
        for _, request in batch:
            before = {(self._asked, self._asker): self._bring()}
            exchange = self._check.send(request)
            found = not self._check.expect_unchanged(before, exchange, rule=self._no_effect_rule) or found
        self._before = self._bring()
        if not found:
            fault = f"requests sent at once changed the connection: {change}"
            self._check.ledger.check(self._no_effect_rule, fault, tuple(exchanges))
