"""One run against one pod: the preflight, the rules one by one, the putting back, and the verdict."""

import datetime
import secrets
import time
from collections.abc import Callable, Collection

from ..arranging.companion_operations import absent_for_arranging, find_absent
from ..arranging.needs import missing_by_settings, why_not_verifiable
from ..arranging.other_writer import find_other_writer
from ..arranging.preflight import PREFLIGHT, ask_plainly, open_sessions
from ..arranging.protected_connections import read_protected_connections
from ..arranging.restore import MOST_SECONDS, Restorer
from ..arranging.session_owners import check_both_sides, check_owners
from ..arranging.unreached import Unreached
from ..checks.check import Check
from ..checks.fuzz import order_first_round
from ..checks.generating import Generating
from ..contract.exchange import Exchange
from ..contract.rules import Rule
from ..report.output import Output
from ..report.redact import Redactor
from ..report.results import NAME, Results, rule_lines
from ..report.screen import screen
from ..report.summary import ORDER, verdict_line
from ..report.terminal import annotate, say_details
from ..report.write import write_reports
from ..target.answer_lost import AnswerLost
from ..target.guard import NotPermitted
from ..target.interrupt import uninterrupted
from ..target.not_verified import NotVerified
from ..target.target import Target
from ..target.wire import Wire
from ..verdict.ledger import Kept, Ledger, Record
from .dry_run import Listing
from .duration import GENERATED, Duration
from .exit_status import EXIT_FAILED, EXIT_HELD, EXIT_UNREACHED
from .header_and_footer import footer, header
from .narrator import Narrator
from .options import Options
from .output_folder import remove_reports
from .run_status import exit_status_of, why_too_little
from .step import tell_github
from .unexpected_error import describe

MOST_LOOKS = 8  # for somebody else who changes the same connections
# Two runs that began together find the same at the same time. If both looked equally long, neither would see the other.
READINGS_OF_A_LOOK = range(16, 81)
INTERRUPTED_SECONDS = 6.0  # for putting things back: a cancelled CI job is killed after 10 s
MOST_TESTS = 5  # runs of one test in which answers are lost


class ContractRun:
    """One run against one pod.

    Args:
        target: The pod.
        options: How the run is to be made.
        emulated: Whether the pod is the emulated one that this run started.
        listing: Lists the requests of a dry run.

    Attributes:
        wire: The way to the pod.
        ledger: What was seen of each rule.
        output: Writes files and lines for people, without secrets.
        narrator: Says what the run does.
    """

    def __init__(
        self, target: Target, options: Options, *, emulated: bool = False, listing: Listing | None = None
    ) -> None:
        self.target = target
        self.options = options
        self.output = Output(options.folder, Redactor(self.secrets))
        self.narrator = Narrator(self.output, listing, options.verbosity)
        self.wire = Wire(target, self._on_exchange)
        self.wire.sessions.on_session = self.narrator.session
        user_ids = {role: user.user_id for role, user in target.users.items()}
        known_tokens = self.wire.sessions.known_tokens
        self.ledger = Ledger(options.selected, known_tokens, self.narrator.found, target.url, user_ids)
        self._emulated = emulated
        self._lists_only = listing is not None
        self._started = time.perf_counter()
        self._started_at = datetime.datetime.now(datetime.UTC)
        self._sent_secrets: dict[str, None] = {}
        self._generating = Generating()
        self._restorer = Restorer(self.wire, options.folder, self.ledger)
        self._refused_sessions: dict[str, str] = {}
        self._status: int | None = None
        self._remembers = False
        self._left_changed: list[str] | None = None
        self._incomplete: str | None = None
        self._other_writer: str | None = None
        self._looks_left = MOST_LOOKS
        self._answer_seconds: list[float] = []

    def secrets(self) -> list[str]:
        """Everything that must not be seen, as far as it is known by now."""
        return [*self.target.secrets(), *self.wire.sessions.known_tokens(), *self._sent_secrets]

    def exit_status(self) -> int:
        """The documented exit status; 4 for a run that did not come to its end."""
        return EXIT_FAILED if self._status is None else self._status

    def _on_exchange(self, exchange: Exchange) -> None:
        self._sent_secrets |= dict.fromkeys(exchange.request.secrets)
        self.ledger.note(exchange)
        if exchange.rule == PREFLIGHT and exchange.answer is not None:
            self._answer_seconds.append(exchange.answer.seconds)
        self.narrator.exchanged(exchange)

    # ── before the rules ──────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """Say what is about to be checked, see that it is there, and write down how it was found.

        Raises:
            Unreached: The pod cannot be reached, or does not accept the caller's session.
            TargetError: A session belongs to another user than the one whose id is set, or the record of an
                earlier run cannot be read.
        """
        if not self._lists_only:
            header_only = Results(self._header(), [], {}).text().splitlines(keepends=True)[0]
            remove_reports(self.output.folder)
            self.output.write(NAME, header_only)
        self.narrator.introduce(self.target, emulated=self._emulated, seed=self.options.seed)
        self._refused_sessions = open_sessions(self.wire)
        for reason in self._refused_sessions.values():
            self.narrator.say(reason)
        sure = check_owners(self.wire, self._refused_sessions, PREFLIGHT)
        for url in self.target.urls:
            role = next(role for role in ("caller", *self.target.pods) if self.target.pod_of(role).url == url)
            absent = self.wire.absent_at(role)
            absent |= find_absent(self.wire, role, PREFLIGHT)
            if absent:
                self.narrator.say(f"the pod at {url} does not offer {', '.join(sorted(absent))}")
        ask_plainly(self.wire)
        if self.target.allow_writes:
            both = [role for role in ("caller", "requester") if self.target.has_session(role)]
            if len(set(both) - self._refused_sessions.keys()) == 2 and not sure.issuperset(both):
                check_both_sides(self.wire, PREFLIGHT)
            if somebody := find_other_writer(self.wire, PREFLIGHT):
                raise Unreached(somebody)
            self._remember()

    def stop(self, reason: str, status: int) -> None:
        """End the run before its rules, with an exit status."""
        self.narrator.say(reason)
        self._status = status
        self._incomplete = reason

    def _remember(self) -> None:
        """Read and write down how the connections are, before the first change."""
        protected = read_protected_connections(self.wire, PREFLIGHT)
        self.ledger.kept |= {pair: Kept(reading) for pair, reading in protected.items()}
        if self._emulated:
            return  # what is done to this pod ends with it
        self._remembers = True
        for sentence in self._restorer.remember(self._refused_sessions):
            self.narrator.say(sentence)

    def begin_rules(self, selected: Collection[str]) -> None:
        """Say about how long the rules take, and have the first requests generated.

        Args:
            selected: The ids of the rules that will be run.
        """
        verifiable = [
            record.rule
            for rule_id, record in self.ledger.records.items()
            if rule_id in selected
            and why_not_verifiable(record.rule, self.target, self._refused_sessions, self._absent()) is None
        ]
        rate, examples = self.target.rate, self.options.max_examples
        duration = Duration(verifiable, self._answer_seconds, rate, examples)
        settles = bool(self.target.settle) and self.target.allow_writes and not self._emulated
        self.narrator.begin_rules(duration, settles=settles)
        if fuzzed := [rule for rule in verifiable if rule.id == GENERATED]:
            order_first_round(self.check_of(*fuzzed))

    # ── a rule ────────────────────────────────────────────────────────────────────────────────────

    def check_of(self, rule: Rule) -> Check:
        """The work on a rule."""
        options = self.options
        return Check(
            rule,
            self.wire,
            self.ledger,
            seed=options.seed,
            max_examples=options.max_examples,
            generating=self._generating,
        )

    def verify(self, rule: Rule, test: Callable[[], None]) -> Record:
        """Run the test of a rule, and note what comes of it.

        Args:
            rule: The rule.
            test: Sends the rule's requests and judges the answers.

        Returns:
            What was seen of the rule until now.
        """
        record = self.ledger.records[rule.id]
        before = self.ledger.findings
        start = time.perf_counter()
        try:
            if reason := why_not_verifiable(rule, self.target, self._refused_sessions, self._absent()):
                raise NotVerified(reason)
            _repeat(test)
            if not record.checked and not record.before_the_pod and rule.judges == "requests":
                self.ledger.error(rule.id, "the rule should have run, and nothing was sent for it")
        except (NotVerified, NotPermitted, AnswerLost) as cause:
            self.ledger.not_verified(rule.id, self.output.redact(str(cause)))
            record.applies = getattr(cause, "applies", True)
        except Exception as error:  # whatever it is, it is the suite that failed, and not the pod
            self.ledger.error(rule.id, self.output.redact(describe(error)))
        finally:
            self._look_for_other_writer(record, before)
            self.ledger.spent(rule.id, start)
            self.narrator.rule_done(rule, record)
        return record

    def _look_for_other_writer(self, record: Record, before: int) -> None:
        """If something was not kept or not verified where connections were arranged, see if somebody else is at work.

        Args:
            record: What was seen of the rule that was run.
            before: How many findings there were before it. A finding may be of another rule than the one that is run.
        """
        is_doubtful = self.ledger.findings > before or (record.not_verified and record.rule.writes)
        if not record.arranged or not is_doubtful or not self._looks_left or self._other_writer:
            return
        self._looks_left -= 1
        self._other_writer = find_other_writer(
            self.wire, record.rule.id, sorted(record.arranged), secrets.choice(READINGS_OF_A_LOOK)
        )
        if self._other_writer:
            self.narrator.say(self._other_writer)

    # ── after the rules ───────────────────────────────────────────────────────────────────────────

    def finish(self, *, complete: bool) -> int | None:
        """Put things back, write the results and say the verdict.

        The results of a run that was interrupted or failed say that they are incomplete.

        Args:
            complete: Whether every rule was run.

        Returns:
            The exit status; None for a run that did not come to its end.
        """
        self.narrator.end_progress()
        try:
            self._put_back()
            self._conclude(complete=complete)
        except OSError as error:
            self._fail(f"{self.output.folder}: cannot be written to: {error.strerror}")
        except Exception as error:  # Python's own status for it is 1, which says that a rule is broken
            self.fail(error)
        return self._status

    def interrupted(self) -> None:
        """Put things back and say that the run did not come to its end."""
        self._incomplete = "the run was interrupted"
        self.narrator.end_progress()
        self._put_back(INTERRUPTED_SECONDS)  # first: the terminal to which it is said may be gone
        self.narrator.say("interrupted: the run did not come to its end, and there is no verdict")

    def fail(self, error: BaseException) -> None:
        """Say in one line what went wrong in the suite."""
        self._fail(describe(error))

    def end(self) -> None:
        """Put things back where that has not been done, and close every connection."""
        try:
            self.narrator.end_progress()
            self._put_back()
        finally:
            self._generating.close()
            self.wire.close()

    def _put_back(self, seconds: float = MOST_SECONDS) -> None:
        if not self._remembers or self._left_changed is not None:
            return
        with uninterrupted():
            restored = self._restorer.restore(seconds)
            self._left_changed = restored.left
        if self._lists_only:
            return
        for line in restored.done:
            self.narrator.tell(line)
        for line in (*restored.left, *restored.elsewhere):
            self.narrator.say(line)

    def _fail(self, reason: str) -> None:
        self._status = EXIT_FAILED
        self._incomplete = f"the suite failed: {reason}"
        self.narrator.say(self._incomplete)

    def _conclude(self, *, complete: bool) -> None:
        if self._lists_only:
            self._status = EXIT_HELD if complete and self._status is None else self._status
            return
        if self._other_writer:
            self.ledger.withdraw(self._other_writer)
        complaints = self._complaints() if complete else []
        if complete and self._status is None:
            self._status = exit_status_of(
                self.ledger,
                self.options,
                complaints=complaints,
                ended_early=bool(self._other_writer or self.wire.renewal.dead_sessions or self.wire.given_up),
                left_changed=bool(self._left_changed),
            )
        elif self._incomplete is None:
            self._incomplete = "the run did not come to its end"
        results = self._results(complaints)
        write_reports(self.output, results)
        self._say_verdict(results)
        self.output.say(f"results in {self.output.folder}/")
        counts = results.counts()
        tell_github(self.output.folder, self.exit_status(), {verdict: counts[verdict] for verdict in ORDER})

    def _results(self, complaints: list[str]) -> Results:
        more = {
            "incomplete": self._incomplete,
            "known": complaints,
            "missing": missing_by_settings(
                (record.rule for record in self.ledger.records.values()),
                self.target,
                self._refused_sessions,
                self._absent(),
            ),
            "too_little": self._why_too_little(),
            "left_changed": self._left_changed or [],
            "seconds": round(time.perf_counter() - self._started, 2),
            "exit_status": self.exit_status(),
        }
        if self._incomplete is not None:
            self.ledger.end_early("the run ended before this rule")
        lines = rule_lines(self.ledger, self.options.known, self.options.reproduction)
        return Results(self._header(), lines, footer(self.ledger, self.wire, more))

    def _say_verdict(self, results: Results) -> None:
        if times := sum(address.repeating.unavailable for address in self.wire.addresses.values()):
            self.narrator.say(f"gateway unavailable, {times} times (502, 503 or 504); no rule is held to it")
        for user_id, operation_id in self.ledger.used_up.items():
            self.narrator.say(
                f"the request of {user_id} was answered by {operation_id}; it is used up, and not put back"
            )
        if self._incomplete is None and (reason := why_too_little(self.ledger)):
            self.narrator.say(reason)
        if self._incomplete is None and self.narrator.tells_details:
            say_details(self.output, results)
        annotate(self.output, results)
        self.output.draw(screen(results, self.output.folder))
        self.narrator.say(verdict_line(results))

    def _why_too_little(self) -> str | None:
        """Why too little was measured for a verdict; None if enough was, or if the run ended before it could be."""
        if self._status != EXIT_UNREACHED:
            return None
        ended = [f"the session of the {role} ended" for role in sorted(self.wire.renewal.dead_sessions)]
        return next(filter(None, [why_too_little(self.ledger), self._other_writer, self.wire.given_up, *ended]), None)

    def _absent(self) -> set[str]:
        return absent_for_arranging(address.absent for address in self.wire.addresses.values())

    def _complaints(self) -> list[str]:
        today = datetime.datetime.now(datetime.UTC).date()
        verdicts = {rule_id: record.verdict for rule_id, record in self.ledger.records.items()}
        found = [known.complaint(verdicts.get(rule_id, ""), today) for rule_id, known in self.options.known.items()]
        return [complaint for complaint in found if complaint is not None]

    def _header(self) -> dict[str, object]:
        options = self.options
        again = options.reproduction.run_command()
        started = self._started_at.isoformat(timespec="seconds")
        return header(self.target, emulated=self._emulated, seed=options.seed, again=again, started=started)


def _repeat(test: Callable[[], None]) -> None:
    """Run a test; again from its start where an answer was lost that none of its steps could get again.

    Raises:
        AnswerLost: An answer was lost each time.
    """
    for _ in range(MOST_TESTS - 1):
        try:
            return test()
        except AnswerLost:
            continue
    return test()
