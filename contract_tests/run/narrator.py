"""What a run says to people while it goes on."""

from ..contract.exchange import Exchange
from ..contract.rules import Rule, rules
from ..report.display import STYLES, WIDTH
from ..report.escaping import shortened, visible
from ..report.output import Output
from ..target.target import Target
from ..verdict.ledger import Finding, Record
from .dry_run import Listing
from .duration import Duration, usual_requests

QUIET, NORMAL, VERBOSE = -1, 0, 1
ALMOST = 0.95  # the most of a rule that is shown as done while it goes on


class Narrator:
    """Says what a run does, line by line.

    A person at a terminal sees a bar and the findings. A log has a line for each rule. With ``-v`` both have a line
    for each rule and each request, and with ``-q`` none of it. A dry run lists the requests and nothing else.

    Args:
        output: Takes the secrets out, and writes.
        listing: Lists the requests of a dry run; None in any other run.
        verbosity: ``QUIET``, ``NORMAL`` or ``VERBOSE``.

    Attributes:
        rules_in_all: How many rules the run has.
    """

    def __init__(self, output: Output, listing: Listing | None, verbosity: int = NORMAL) -> None:
        self._output = output
        self._listing = listing
        self._verbosity = verbosity
        self._rules_done = 0
        self._rule = ""
        self._requests = 0
        self._seconds_done = 0.0
        self._duration: Duration | None = None
        self.rules_in_all = 0

    @property
    def tells_details(self) -> bool:
        """Whether the findings are printed with all their details: in a log, or where they were asked for."""
        in_a_log = self._verbosity == NORMAL and not self._output.display.is_terminal
        return self._listing is None and (in_a_log or self._verbosity == VERBOSE)

    def say(self, line: str) -> None:
        """Say something about the run that nobody must miss."""
        self._output.say(f"contract: {line}")

    def tell(self, line: str) -> None:
        """Say something about the run that is as it should be."""
        if self._verbosity > QUIET:
            self.say(line)

    def introduce(self, target: Target, *, emulated: bool, seed: int) -> None:
        """Say what is about to be checked."""
        if self._listing is None and self._verbosity > QUIET:
            what = "the emulated pod" if emulated else "the pod"
            writes = "may change connections" if target.allow_writes else "read-only"
            self.say(f"{what} at {target.url} ({writes}), seed {seed}")

    def begin_rules(self, duration: Duration, *, settles: bool) -> None:
        """Say about how long the run takes, and show how far it is from now on.

        Args:
            duration: How long each rule takes.
            settles: Whether changes have to reach another pod, which takes time that nobody knows yet.
        """
        self._duration = duration
        if self._listing is not None or self._verbosity == QUIET:
            return
        longer = "; longer if changes are slow to reach the other pod" if settles else ""
        self.say(f"this takes {duration}{longer}")
        if self._verbosity == NORMAL:
            self._output.display.begin_progress(duration.seconds)

    def exchanged(self, exchange: Exchange) -> None:
        """List a request of a dry run, or of a verbose one; show the progress of any other."""
        if self._listing is not None:
            self._output.say(self._listing.line(exchange))
            return
        if self._verbosity == VERBOSE:
            request = exchange.request
            session = f" by the {request.role}" if request.role else ""
            about = f" ({request.about})" if request.about else ""
            outcome = exchange.failure if exchange.answer is None else exchange.answer.status
            self._output.say(f"         {request.sent_method} {request.path}{session}{about}: {outcome}", "dim")
        self._requests = self._requests + 1 if exchange.rule == self._rule else 1
        self._rule = exchange.rule
        self._show_progress()

    def session(self, what: str, role: str) -> None:
        """List a login or logout of a dry run."""
        if self._listing is not None:
            self._output.say(self._listing.session_line(what, role))

    def found(self, finding: Finding) -> None:
        """Say that a rule is not kept."""
        if self._verbosity == QUIET:
            return
        verdict = "broken" if rules()[finding.rule].level == "MUST" else "warned"
        found = f"{finding.rule}: expected {finding.expected}; found {shortened(finding.found)}"
        if self._output.display.is_terminal and self._verbosity == NORMAL:
            line = visible(f"{verdict}  {found}")  # one line above the progress; the screen at the end has the whole
            self._output.say(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…", STYLES[verdict])
            return
        self._output.say(f"         {verdict:<12} {found}", STYLES[verdict])

    def rule_done(self, rule: Rule, record: Record) -> None:
        """Say how far the run is, and the verdict of the rule that was verified last."""
        self._rules_done += 1
        self._rule, self._requests = "", 0
        if self._duration is not None:
            self._seconds_done += self._duration.of(rule.id)
        if self._listing is not None or self._verbosity == QUIET:
            return
        self._show_progress()
        if self._verbosity == NORMAL and self._output.display.is_terminal and record.verdict != "error":
            return
        reason = f"  {shortened(record.reason)}" if record.verdict in ("not verified", "error") else ""
        self._output.say(
            f"{self._rules_done:>3}/{self.rules_in_all:<3}  {record.verdict:<12} {rule.id:<36} "
            f"{record.requests:>5} requests {record.seconds:>6.2f} s{reason}",
            STYLES[record.verdict],
        )

    def end_progress(self) -> None:
        """Show the progress no more."""
        self._output.display.end_progress()

    def _show_progress(self) -> None:
        if self._duration is None:
            return
        usual = usual_requests(self._rule)
        share = min(ALMOST, self._requests / usual) if usual else 0.0
        done = self._seconds_done + share * self._duration.of(self._rule)
        doing = f"{self._rules_done} of {self.rules_in_all} rules"
        self._output.display.progress(min(done, self._duration.seconds), self._duration.seconds, doing)
