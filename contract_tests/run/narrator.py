"""What a run says to people while it goes on."""

from ..contract.exchange import Exchange
from ..contract.rules import Rule, rules
from ..report.escaping import shortened
from ..report.output import Output
from ..target.target import Target
from ..verdict.ledger import Finding, Record
from .dry_run import Listing


class Narrator:
    """Says what a run does, line by line.

    In a dry run it says the requests and nothing else.

    Args:
        output: Takes the secrets out, and writes.
        listing: Lists the requests of a dry run; None in any other run.
    """

    def __init__(self, output: Output, listing: Listing | None) -> None:
        self._output = output
        self._listing = listing
        self._rules_done = 0
        self.rules_in_all = 0

    def say(self, line: str) -> None:
        """Say something about the run."""
        self._output.say(f"contract: {line}")

    def introduce(self, target: Target, *, emulated: bool, seed: int) -> None:
        """Say what is about to be checked."""
        if self._listing is None:
            what = "the emulated pod" if emulated else "the pod"
            writes = "may change connections" if target.allow_writes else "read-only"
            self.say(f"{what} at {target.url} ({writes}), seed {seed}")

    def exchanged(self, exchange: Exchange) -> None:
        """List a request of a dry run."""
        if self._listing is not None:
            self._output.say(self._listing.line(exchange))

    def session(self, what: str, role: str) -> None:
        """List a login or logout of a dry run."""
        if self._listing is not None:
            self._output.say(self._listing.session_line(what, role))

    def found(self, finding: Finding) -> None:
        """Say that a rule is not kept."""
        verdict = "broken" if rules()[finding.rule].level == "MUST" else "warned"
        self._output.say(
            f"         {verdict:<12} {finding.rule}: expected {finding.expected}; found {shortened(finding.found)}"
        )

    def rule_done(self, rule: Rule, record: Record) -> None:
        """Say how far the run is, and the verdict of the rule that was verified last."""
        self._rules_done += 1
        if self._listing is not None:
            return
        reason = f"  {shortened(record.reason)}" if record.verdict in ("not verified", "error") else ""
        self._output.say(
            f"{self._rules_done:>3}/{self.rules_in_all:<3}  {record.verdict:<12} {rule.id:<36} "
            f"{record.requests:>5} requests {record.seconds:>6.2f} s{reason}"
        )
