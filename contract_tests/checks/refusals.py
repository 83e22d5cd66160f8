"""Sends requests that a pod has to refuse, in a state in which an effect would show."""

from ..arranging.arrange import change_between
from ..contract.exchange import Exchange, Request
from ..contract.gateway import is_answer_of_http
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
    has changed, they are sent again one by one, to find the request that changed it. The rule about the effect says
    nothing about a request that was answered with a success: that answer is the finding.

    Args:
        check: The work on the rule.
        no_effect_rule: The id of the rule that says that a refused request changes nothing.
        asker: The role whose connection request is pending.
        asked: The role that received the connection request.
        judge_answers: Whether the answers are judged too; else only the effect.

    Raises:
        NotVerified: Only the effect is judged, and no connection request could be made pending.

    Attributes:
        user_id: The id that the requests are to name.
    """

    def __init__(
        self,
        check: Check,
        no_effect_rule: str,
        *,
        asker: str = "requester",
        asked: str = "caller",
        judge_answers: bool = True,
    ) -> None:
        self._check = check
        self._no_effect_rule = no_effect_rule
        self._asker, self._asked = asker, asked
        self._judge_answers = judge_answers
        self._can_arrange = check.can_arrange()
        if self._can_arrange:
            try:
                self._before = self._bring()
            except NotVerified as reason:
                if not judge_answers:
                    raise  # without a pending request no effect would show
                self._can_arrange = False
                check.ledger.not_verified(no_effect_rule, str(reason))
        self.user_id = check.user_id(asker) if self._can_arrange else check.unused_id()

    def expect_all(self, cases: list[Case]) -> None:
        """Send requests, judge each answer, and expect that the connection did not change."""
        for start in range(0, len(cases), AT_ONCE):
            batch = cases[start : start + AT_ONCE]
            exchanges = self._check.send_together([request for _, request in batch])
            if self._judge_answers:
                for (lawful, _), exchange in zip(batch, exchanges, strict=True):
                    self._check.expect(lawful, exchange)
            if not self._can_arrange:
                continue
            refused = [exchange for exchange in exchanges if _is_refused(exchange)]
            self._before = self._check.arranger.brought(self._asker, self._asked) or self._before
            receivers = {exchange.request.receiver for exchange in exchanges}
            self._check.wire.settling.wait(receivers, [self._asked])
            now = self._check.arranger.read_exchange(self._asked, self._asker)
            if change := change_between(self._before, now, self.user_id):
                self._send_one_by_one(refused, change, is_explained=len(refused) < len(exchanges))
            for exchange in refused:
                if exchange not in self._check.ledger.before_the_pod:
                    self._check.ledger.check(self._no_effect_rule, None, (exchange,))
        record = self._check.ledger.records.get(self._no_effect_rule)
        if self._can_arrange and not self._judge_answers and record is not None and not record.checked:
            raise NotVerified("the pod refused none of the requests")

    def _bring(self) -> Exchange:
        return self._check.arranger.bring(INCOMING, asker=self._asker, asked=self._asked)

    def _send_one_by_one(self, refused: list[Exchange], change: str, *, is_explained: bool) -> None:
        """Find the request that changed the connection: send each again, with a connection request of its own pending.

        If no single request changes the connection, the finding names all of them.

        Args:
            refused: The requests of one batch that were refused.
            change: What has changed.
            is_explained: Whether the batch had a request that was answered with a success, which may have made the
                change.
        """
        found = False
        for before in refused:
            pending = {(self._asked, self._asker): self._bring()}
            exchange = self._check.send(before.request)
            if _is_refused(exchange):
                found = not self._check.expect_unchanged(pending, exchange, rule=self._no_effect_rule) or found
        self._before = self._bring()
        if not found and not is_explained:
            fault = f"requests sent at once changed the connection: {change}"
            self._check.ledger.check(self._no_effect_rule, fault, tuple(refused))


def _is_refused(exchange: Exchange) -> bool:
    """Whether the request was refused, or the pod failed at it; neither may have an effect.

    A success that HTTP itself defines, such as that of OPTIONS, may have no effect either.
    """
    answer = exchange.answer
    return not exchange.is_success or (answer is not None and is_answer_of_http(exchange.request, answer))
