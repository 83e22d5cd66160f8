"""The run: opens the way to the pod, runs the rules under pytest, and gives the verdict."""

import datetime
import inspect
import os
import platform
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from .. import DESCRIPTION_PATH
from ..arranging.companion_operations import find_absent, why_no_arranging
from ..arranging.preflight import PREFLIGHT, Unreached, open_sessions
from ..arranging.protected_connections import read_protected_connections
from ..arranging.record import Record
from ..arranging.restore import Restorer
from ..checks.check import Check
from ..contract.exchange import Exchange
from ..contract.rules import Rule, rules
from ..emulator.process import emulated_pod
from ..report.redact import Output, Redactor
from ..report.results import NAME, Results, rule_lines
from ..report.terminal import verdict_lines
from ..report.write import write_reports
from ..target.guard import NotPermitted
from ..target.interrupt import uninterrupted
from ..target.target import ROLES_WITH_SESSION, Target, TargetError, load_target
from ..target.wire import ConnectionDropped, NotVerified, Wire
from ..verdict.known import Known
from ..verdict.ledger import Finding, Kept, Ledger
from .dry_run import Listing, stand_in
from .output_folder import locked, remove_reports
from .unexpected_error import told

EXIT_HELD, EXIT_BROKEN, EXIT_USAGE, EXIT_UNREACHED, EXIT_FAILED = range(5)
DEFAULT_OUTPUT = Path("build/contract")


@dataclass(frozen=True)
class Options:
    """How a run is to be made.

    Attributes:
        folder: Where the results go.
        seed: Of everything that is generated.
        selected: The ids of the rules to run.
        strict: Whether a rule that is warned or not verified fails the run.
        known: Known failures, by rule.
        dry_run: Whether the requests are to be listed, and none sent to the pod.
    """

    folder: Path = DEFAULT_OUTPUT
    seed: int = 0
    selected: tuple[str, ...] = tuple(rules())
    strict: bool = False
    known: Mapping[str, Known] = field(default_factory=dict)
    dry_run: bool = False


def open_run(
    stack: ExitStack, environment: Mapping[str, str], options: Options, file: Path | None = None
) -> "ContractRun":
    """Make a run against the pod that is named, or against an emulated pod that lives as long as the stack.

    Args:
        stack: Ends what was started here.
        environment: The variables of the suite's interface.
        options: How the run is to be made.
        file: A target file.

    Raises:
        TargetError: The target is described wrongly, or the folder is taken or cannot be written to.
        SessionError: One of the target's PEM files is none.
    """
    named = load_target(environment, file)
    # Nothing of hypothesis's own stays in the folder from which the suite is started.
    storage = stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-hypothesis-"))
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", storage)
    if not options.dry_run:
        stack.enter_context(locked(options.folder))
        Record(options.folder).read()  # so that a file that is none is told of before anything is sent
    run = _made(stack, named, options)
    stack.callback(run.end)
    return run


def _made(stack: ExitStack, named: Target | None, options: Options) -> "ContractRun":
    if named is not None and not options.dry_run:
        return ContractRun(named, options)
    # With keys rather than tokens, so that sessions that end and begin anew are seen too.
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-emulated-"))
    in_folder = replace(options, folder=Path(folder))  # a dry run writes down there how things were found
    if named is not None:
        return ContractRun(stack.enter_context(stand_in(named, Path(folder))), in_folder, listing=Listing(named))
    emulated = load_target(stack.enter_context(emulated_pod("--keys", folder)))
    if emulated is None:
        raise TargetError("the emulated pod does not say its POD_URL")
    if options.dry_run:
        return ContractRun(emulated, in_folder, emulated=True, listing=Listing(emulated))
    return ContractRun(emulated, options, emulated=True)


class ContractRun:
    """One run against one pod, as a plugin of pytest.

    Args:
        target: The pod.
        options: How the run is to be made.
        emulated: Whether the pod is the emulated one that this run started.
        listing: Lists the requests of a dry run.
    """

    def __init__(
        self, target: Target, options: Options, *, emulated: bool = False, listing: Listing | None = None
    ) -> None:
        self.target = target
        self.options = options
        self.output = Output(options.folder, Redactor(self.secrets))
        self._emulated = emulated
        self._listing = listing
        self._started = time.perf_counter()
        self._sent_secrets: dict[str, None] = {}
        self.wire = Wire(target, self._on_exchange)
        self.wire.sessions.on_session = self._on_session
        self.ledger = Ledger(options.selected, self.wire.sessions.known_tokens, self._on_finding, target.url)
        self._restorer = Restorer(self.wire, options.folder, self.ledger)
        self._refused_sessions: dict[str, str] = {}
        self._items_done = 0
        self._items = 0
        self._status: int | None = None
        self._remembers = False
        self._left_changed: list[str] | None = None

    def secrets(self) -> list[str]:
        """Everything that must not be seen, as it is known by now."""
        return [*self.target.secrets(), *self.wire.sessions.known_tokens(), *self._sent_secrets]

    def exit_status(self) -> int:
        """The documented exit status; 4 for a run that did not come to its end."""
        return EXIT_FAILED if self._status is None else self._status

    def _on_exchange(self, exchange: Exchange) -> None:
        self._sent_secrets |= dict.fromkeys(exchange.request.secrets)
        self.ledger.note(exchange)
        if self._listing is not None:
            self.output.say(self._listing.line(exchange))

    def _on_session(self, what: str, role: str) -> None:
        if self._listing is not None:
            self.output.say(self._listing.session_line(what, role))

    def _on_finding(self, finding: Finding) -> None:
        verdict = "broken" if rules()[finding.rule].level == "MUST" else "warned"
        self.output.say(f"         {verdict:<12} {finding.rule}: expected {finding.expected}; found {finding.found}")

    # ── before the rules ──────────────────────────────────────────────────────────────────────────

    def pytest_sessionstart(self) -> None:
        """Say what is about to be checked, see that it is there, and write down how it was found."""
        if self._listing is None:
            header_only = Results(self._header(), [], {}).text().splitlines(keepends=True)[0]
            remove_reports(self.output.folder)
            self.output.write(NAME, header_only)
            what = "the emulated pod" if self._emulated else "the pod"
            writes = "may change connections" if self.target.allow_writes else "read-only"
            self.output.say(f"contract: {what} at {self.target.url} ({writes}), seed {self.options.seed}")
        try:
            self._refused_sessions = open_sessions(self.wire)
        except Unreached as cause:
            self.output.say(f"contract: {cause}")
            self._status = EXIT_UNREACHED
            pytest.exit(self.output.redact(str(cause)), returncode=EXIT_UNREACHED)
        for reason in self._refused_sessions.values():
            self.output.say(f"contract: {reason}")
        self.wire.absent |= find_absent(self.wire, PREFLIGHT)
        if self.wire.absent:
            self.output.say(f"contract: the pod does not offer {', '.join(sorted(self.wire.absent))}")
        if self.target.allow_writes:
            protected = read_protected_connections(self.wire, PREFLIGHT)
            self.ledger.kept |= {pair: Kept(reading) for pair, reading in protected.items()}
        # What is done to the emulated pod ends with it.
        if self.target.allow_writes and not self._emulated:
            self._remembers = True
            if self._restorer.remember(self._refused_sessions):
                self.output.say("contract: an earlier run was cut off; what it had found is put back after this one")

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Order the tests by the catalogue, and leave out what was not selected."""
        order = list(rules())
        chosen = [item for item in items if rule_of(item).id in self.ledger.records]
        left_out = [item for item in items if rule_of(item).id not in self.ledger.records]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        items[:] = sorted(chosen, key=lambda item: order.index(rule_of(item).id))
        self._items = len(items)

    # ── a rule ────────────────────────────────────────────────────────────────────────────────────

    @pytest.fixture
    def check(self, request: pytest.FixtureRequest) -> Check:
        """The work on the test's rule."""
        return Check(rule_of(request.node), self.wire, self.ledger, self.options.seed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Run the test of a rule, and turn what comes of it into the rule's verdict."""
        rule = rule_of(pyfuncitem)
        record = self.ledger.records[rule.id]
        before = 0 if rule.judges == "answers" else record.findings
        start = time.perf_counter()
        try:
            if reason := self._missing(rule):
                raise NotVerified(reason)
            self._call(pyfuncitem)
            if not record.checked and rule.judges == "requests":
                self.ledger.error(rule.id, "the rule should have run, and nothing was sent for it")
        except (NotVerified, NotPermitted) as cause:
            self.ledger.not_verified(rule.id, self.output.redact(str(cause)))
        except Exception as error:  # whatever it is, it is the suite that failed, and not the pod
            self.ledger.error(rule.id, self.output.redact(told(error)))
        finally:
            self.ledger.spent(rule.id, start)
            self._say_progress(rule)
        if record.findings > before:
            pytest.fail(self.output.redact(record.reason), pytrace=False)
        if record.verdict == "error":
            pytest.fail(f"the suite itself failed: {record.reason}", pytrace=False)
        if record.verdict == "not verified" and record.not_verified:
            pytest.skip(record.reason)
        return True

    def _call(self, item: pytest.Function) -> None:
        """Call a test; once more where the connection dropped, since what was sent may have been carried out.

        A connection may close at any time (RFC 9112, 9.5). Where it is the same request each time, it is the request.
        """
        arguments = {name: item.funcargs[name] for name in inspect.signature(item.obj).parameters}
        try:
            item.obj(**arguments)
        except ConnectionDropped as first:
            try:
                item.obj(**arguments)
            except ConnectionDropped as again:
                if again.request == first.request:
                    dropped = Exchange(again.request, None, str(again), rule_of(item).id)
                    self.ledger.check("answer-whole", f"the connection dropped twice: {again}", (dropped,))
                raise NotVerified(f"the connection dropped twice: {first}; {again}") from None

    def _missing(self, rule: Rule) -> str | None:
        """What a rule takes and is not there."""
        for need in rule.needs:
            if need == "caller-login":
                if not self.wire.sessions.can_log_in("caller"):
                    return "needs a caller who can log in: POD_CALLER_USERNAME and POD_CALLER_PRIVATE_KEY"
            elif need not in self.target.users:
                return f"needs POD_{need.upper()}_USER_ID"
            elif need in ROLES_WITH_SESSION and not self.target.has_session(need):
                return f"needs a session of the {need}: POD_{need.upper()}_TOKEN, or a user name and a private key"
            elif need in self._refused_sessions:
                return self._refused_sessions[need]
        if rule.writes and not self.target.allow_writes:
            return "needs POD_ALLOW_WRITES=1"
        if "create" in rule.companion and rule.judges == "requests":
            return why_no_arranging(self.wire.absent)
        return None

    def _say_progress(self, rule: Rule) -> None:
        record = self.ledger.records[rule.id]
        self._items_done += 1
        if self._listing is not None:
            return
        reason = f"  {record.reason}" if record.verdict in ("not verified", "error") else ""
        self.output.say(
            f"{self._items_done:>3}/{self._items:<3}  {record.verdict:<12} {rule.id:<36} "
            f"{record.requests:>5} requests {record.seconds:>6.2f} s{reason}"
        )

    # ── after the rules ───────────────────────────────────────────────────────────────────────────

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Put things back, write the results and say the verdict."""
        yield
        if self._status is not None:
            return
        interrupted = session.exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        try:
            self._put_back()
            if self._listing is None and not interrupted and self._items_done:
                self._conclude()
            elif self._listing is not None and not interrupted:
                self._status = EXIT_HELD
        except OSError as error:
            self._fail(f"{self.output.folder}: cannot be written to: {error.strerror}")
        except Exception as error:  # pytest's own status for it is 1, which says that a rule is broken
            self._fail(told(error))
        if not interrupted and self._status is not None:
            session.exitstatus = self._status

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Say that the run did not come to its end."""
        if isinstance(excinfo.value, KeyboardInterrupt):
            self._put_back()  # first: the terminal to which it is said may be gone
            self.output.say("contract: interrupted: the run did not come to its end, and there is no verdict")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Say in one line what went wrong."""
        self._fail(told(excinfo.value))
        return True

    def end(self) -> None:
        """Put things back where that has not been done, and close every connection."""
        try:
            self._put_back()
        finally:
            self.wire.close()

    def _put_back(self) -> None:
        if not self._remembers or self._left_changed is not None:
            return
        with uninterrupted():
            restored = self._restorer.restore()
            self._left_changed = restored.left
        if self._listing is not None:
            return
        for line in (*restored.done, *restored.left, *restored.elsewhere):
            self.output.say(f"contract: {line}")

    def _fail(self, reason: str) -> None:
        self._status = EXIT_FAILED
        self.output.say(f"contract: the suite failed: {reason}")

    def _conclude(self) -> None:
        complaints = self._complaints()
        self._status = self._verdict(complaints)
        results = Results(self._header(), rule_lines(self.ledger, self.options.known), self._footer(complaints))
        write_reports(self.output, results)
        for line in verdict_lines(results):
            self.output.say(line)
        self.output.say(f"results in {self.output.folder}/")

    def _complaints(self) -> list[str]:
        today = datetime.datetime.now(datetime.UTC).date()
        verdicts = {rule_id: record.verdict for rule_id, record in self.ledger.records.items()}
        found = [known.complaint(verdicts.get(rule_id, ""), today) for rule_id, known in self.options.known.items()]
        return [complaint for complaint in found if complaint is not None]

    def _verdict(self, complaints: list[str]) -> int:
        ledger = self.ledger
        status = EXIT_HELD
        counts, judged = ledger.counts(), ledger.counts(without=self.options.known)
        if not ledger.past_authentication or ledger.unauthorized > ledger.past_authentication:
            status = EXIT_UNREACHED
        elif judged["broken"] or complaints:
            return EXIT_BROKEN
        elif counts["error"] or self.wire.dead_sessions or self.wire.given_up:
            status = EXIT_FAILED
        elif not counts["held"] + counts["broken"] + counts["warned"]:
            self.output.say("contract: no rule could be verified, so nothing was measured")
            status = EXIT_UNREACHED
        elif self.options.strict and (judged["warned"] or judged["not verified"]):
            return EXIT_BROKEN
        return EXIT_FAILED if self._left_changed else status

    def _header(self) -> dict[str, Any]:
        target = self.target
        return {
            "target": {
                "url": target.url,
                "login_url": target.login_url,
                "sessionauth_url": target.sessionauth_url,
                "emulated": self._emulated,
                "allow_writes": target.allow_writes,
                "users": {role: user.user_id for role, user in target.users.items()},
            },
            "versions": {
                "python": platform.python_version(),
                **{package: version(package) for package in ("schemathesis", "hypothesis", "pytest", "httpx")},
                "description": sha256(DESCRIPTION_PATH.read_bytes()).hexdigest(),
            },
            "seed": self.options.seed,
        }

    def _footer(self, complaints: list[str]) -> dict[str, Any]:
        ledger, wire = self.ledger, self.wire
        return {
            "counts": ledger.counts(),
            "known": complaints,
            "requests": dict(wire.sent),
            "statuses": {name: dict(sorted(counter.items())) for name, counter in sorted(ledger.statuses.items())},
            "unreached": ledger.unreached(self._why_unreached),
            "past_authentication": ledger.past_authentication,
            "unauthorized": ledger.unauthorized,
            "dropped": wire.dropped,
            "throttled": wire.throttled,
            "renewed": wire.renewed,
            "absent": sorted(wire.absent),
            "left_changed": self._left_changed or [],
            "seconds": round(time.perf_counter() - self._started, 2),
            "exit_status": self._status,
        }

    def _why_unreached(self, operation_id: str, status: int) -> str:
        if operation_id in self.wire.absent:
            return "the pod does not offer the operation"
        if status == 500:
            return "nothing that a client may send makes a pod fail on purpose"
        if (operation_id, status) == ("listConnections", 404):
            return "a list that nothing matches is empty"
        if status == 403 and not self.target.has_session("unentitled"):
            return "it takes a session of the unentitled"
        if status == 200 and not self.target.allow_writes:
            return "it takes POD_ALLOW_WRITES=1"
        if len(self.ledger.records) < len(rules()):
            return "not every rule was selected"
        return "no request of the run led to it"


def rule_of(item: pytest.Item) -> Rule:
    """The rule that a test verifies.

    Raises:
        pytest.UsageError: The test names none, or one that the catalogue does not have.
    """
    marker = item.get_closest_marker("rule")
    if marker is None or marker.args[0] not in rules():
        raise pytest.UsageError(f"{item.nodeid}: expected @pytest.mark.rule with the id of a rule of rules.toml.")
    return rules()[marker.args[0]]
