"""The run: opens the way to the pod, runs the rules under pytest, and gives the verdict."""

import inspect
import os
import platform
import tempfile
import time
import traceback
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.check import Check
from contract_tests.description import DESCRIPTION_PATH
from contract_tests.emulator.process import emulated_pod
from contract_tests.exchange import JSON, Exchange, Request
from contract_tests.guard import NotPermitted
from contract_tests.ledger import Finding, Ledger
from contract_tests.report.junit import detail, junit
from contract_tests.report.redact import Output, Redactor
from contract_tests.report.results import NAME, Results, rule_lines
from contract_tests.report.summary import summary, verdict_line
from contract_tests.rules import Rule, rules
from contract_tests.session import SessionError
from contract_tests.target import ROLES_WITH_SESSION, Target, TargetError, load_target
from contract_tests.wire import ConnectionDropped, NotVerified, Wire

EXIT_HELD, EXIT_BROKEN, EXIT_USAGE, EXIT_UNREACHED, EXIT_FAILED = range(5)
PREFLIGHT = "preflight"
DEFAULT_OUTPUT = Path("build/contract")


def open_run(
    stack: ExitStack,
    environment: Mapping[str, str],
    *,
    file: Path | None = None,
    folder: Path = DEFAULT_OUTPUT,
    seed: int = 0,
    selected: list[str] | None = None,
    strict: bool = False,
) -> "ContractRun":
    """Make a run against the pod that is named, or against an emulated pod that lives as long as the stack.

    Args:
        stack: Ends what was started here.
        environment: The variables of the suite's interface.
        file: A target file.
        folder: Where the results go.
        seed: Of everything that is generated.
        selected: The ids of the rules to run; all of them if left out.
        strict: Whether a rule that is warned or not verified fails the run.

    Raises:
        TargetError: The target is described wrongly.
        SessionError: One of the target's PEM files is none.
    """
    target = load_target(environment, file)
    emulated = target is None
    if target is None:
        # With keys rather than tokens, so that the sessions that end and begin anew are seen too.
        keys = stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-keys-"))
        target = load_target(stack.enter_context(emulated_pod("--keys", keys)))
        if target is None:
            raise TargetError("the emulated pod does not say its POD_URL")
    return ContractRun(target, folder, seed=seed, selected=selected or list(rules()), strict=strict, emulated=emulated)


class Unreached(Exception):
    """The pod cannot be reached, or accepts none of the sessions: nothing was measured."""


class ContractRun:
    """One run against one pod, as a plugin of pytest.

    Args:
        target: The pod.
        folder: Where the results go.
        seed: Of everything that is generated.
        selected: The ids of the rules to run.
        strict: Whether a rule that is warned or not verified fails the run.
        emulated: Whether the pod is the emulated one that this run started.
    """

    def __init__(
        self, target: Target, folder: Path, *, seed: int, selected: list[str], strict: bool, emulated: bool
    ) -> None:
        self.target = target
        self.output = Output(folder, Redactor(self.secrets))
        self.seed = seed
        self.strict = strict
        self._emulated = emulated
        self._started = time.perf_counter()
        self._sent_secrets: dict[str, None] = {}
        self.wire = Wire(target, self._on_exchange)
        self.ledger = Ledger(selected, self.wire.sessions.known_tokens, self._on_finding)
        self._refused_sessions: dict[str, str] = {}
        self._items_done = 0
        self._items = 0
        self._finished = False
        self._interrupted = False
        self._unreached = False

    def secrets(self) -> list[str]:
        """Everything that must not be seen, as it is known by now."""
        return [*self.target.secrets(), *self.wire.sessions.known_tokens(), *self._sent_secrets]

    def _on_exchange(self, exchange: Exchange) -> None:
        self._sent_secrets |= dict.fromkeys(exchange.request.secrets)
        self.ledger.note(exchange)

    def _on_finding(self, finding: Finding) -> None:
        verdict = "broken" if rules()[finding.rule].level == "MUST" else "warned"
        self.output.say(f"         {verdict:<12} {finding.rule}: expected {finding.expected}; found {finding.found}")

    # ── before the rules ──────────────────────────────────────────────────────────────────────────

    def pytest_sessionstart(self) -> None:
        """Say what is about to be checked, and see that it is there."""
        self.output.write(NAME, Results(self._header(), [], {}).text().splitlines(keepends=True)[0])
        what = "the emulated pod" if self._emulated else "the pod"
        writes = "may change connections" if self.target.allow_writes else "read-only"
        self.output.say(f"contract: {what} at {self.target.url} ({writes}), seed {self.seed}")
        try:
            self._preflight()
        except Unreached as reason:
            self.output.say(f"contract: {reason}")
            self._unreached = True
            self.wire.close()
            pytest.exit(str(self.output.redact(str(reason))), returncode=EXIT_UNREACHED)

    def _preflight(self) -> None:
        """Open a session for each role that has one, and see which of them the pod accepts."""
        roles = [role for role in ROLES_WITH_SESSION if self.target.has_session(role)]
        if not roles:
            raise Unreached(
                f"nothing can be measured at {self.target.url} without a session: set POD_CALLER_USER_ID and "
                "POD_CALLER_TOKEN, or POD_CALLER_USERNAME and POD_CALLER_PRIVATE_KEY."
            )
        for role in roles:
            try:
                exchange = self._probe(role)
            except SessionError as reason:
                self._refused_sessions[role] = str(reason)
                continue
            if exchange.answer is None:
                raise Unreached(f"{self.target.url} cannot be reached: {exchange.failure}")
            if exchange.status == httpx.codes.UNAUTHORIZED:
                self._refused_sessions[role] = f"the pod does not accept the {role}'s session (401)"
        for refused in self._refused_sessions.values():
            self.output.say(f"contract: {refused}")
        if len(self._refused_sessions) == len(roles):
            raise Unreached(f"{self.target.url} accepts none of the sessions, so nothing was measured.")

    def _probe(self, role: str) -> Exchange:
        """Ask for something that changes nothing whatever the pod makes of it."""
        request = Request("acceptConnection", role, b"{}", JSON, about="is the session accepted?")
        try:
            self.wire.token(role)
            exchange = self.wire.send(request, PREFLIGHT)
        except (ConnectionDropped, NotVerified):
            try:
                exchange = self.wire.send(request, PREFLIGHT)
            except (ConnectionDropped, NotVerified) as again:
                raise Unreached(f"{self.target.url} cannot be reached: {again}") from None
        if exchange.answer is not None and exchange.status != httpx.codes.UNAUTHORIZED:
            self.wire.set_probe(request)
        return exchange

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
        return Check(rule_of(request.node), self.wire, self.ledger, self.seed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Run the test of a rule, and turn what comes of it into the rule's verdict."""
        rule = rule_of(pyfuncitem)
        record = self.ledger.records[rule.id]
        before = 0 if rule.judges == "answers" else record.findings
        taken = inspect.signature(pyfuncitem.obj).parameters
        arguments = {name: pyfuncitem.funcargs[name] for name in taken}
        start = time.perf_counter()
        try:
            if reason := self._missing(rule):
                raise NotVerified(reason)
            self._call(pyfuncitem, arguments)
        except (NotVerified, NotPermitted) as reason:
            self.ledger.not_verified(rule.id, self.output.redact(str(reason)))
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(last.filename)}:{last.lineno}"
            self.ledger.error(rule.id, self.output.redact(f"{type(error).__name__}: {error} ({where})"))
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

    def _call(self, item: pytest.Function, arguments: dict[str, Any]) -> None:
        """Call a test; once more where the connection dropped, since what was sent may have been carried out."""
        try:
            item.obj(**arguments)
        except ConnectionDropped:
            try:
                item.obj(**arguments)
            except ConnectionDropped as again:
                request = Request("acceptConnection", None, about="a connection that dropped twice in a row")
                self.ledger.check("answer-whole", str(again), (Exchange(request, None, str(again), rule_of(item).id),))
                raise NotVerified(f"the connection dropped twice: {again}") from None

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
        return None

    def _say_progress(self, rule: Rule) -> None:
        record = self.ledger.records[rule.id]
        self._items_done += 1
        reason = f"  {record.reason}" if record.verdict in ("not verified", "error") else ""
        self.output.say(
            f"{self._items_done:>3}/{self._items:<3}  {record.verdict:<12} {rule.id:<36} "
            f"{record.requests:>5} requests {record.seconds:>6.2f} s{reason}"
        )

    # ── after the rules ───────────────────────────────────────────────────────────────────────────

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that the run was cut off: it gives no verdict."""
        self._interrupted = True

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Write the results and say the verdict."""
        yield
        if self._unreached:
            return
        if self._items_done == 0 or self._interrupted:
            self.wire.close()
            return
        results = Results(self._header(), rule_lines(self.ledger), self._footer())
        self.output.write(NAME, results.text())
        self.output.write("junit.xml", junit(results))
        self.output.write("summary.md", summary(results))
        self._finished = True
        self._say_verdict(results)
        self.wire.close()
        if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = self.exit_status()

    def exit_status(self) -> int:
        """The documented exit status of the run as it stands."""
        if self._unreached:
            return EXIT_UNREACHED
        if self._items_done == 0 or self._interrupted or not self._finished:
            return EXIT_FAILED
        if not self.ledger.past_authentication or self.ledger.unauthorized > self.ledger.past_authentication:
            return EXIT_UNREACHED
        counts = self.ledger.counts()
        if counts["broken"]:
            return EXIT_BROKEN
        if counts["error"]:
            return EXIT_FAILED
        return EXIT_BROKEN if self.strict and (counts["warned"] or counts["not verified"]) else EXIT_HELD

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
            "seed": self.seed,
        }

    def _footer(self) -> dict[str, Any]:
        ledger, wire = self.ledger, self.wire
        return {
            "counts": ledger.counts(),
            "requests": dict(wire.sent),
            "statuses": {name: dict(sorted(counter.items())) for name, counter in sorted(ledger.statuses.items())},
            "unreached": ledger.unreached(),
            "past_authentication": ledger.past_authentication,
            "unauthorized": ledger.unauthorized,
            "dropped": wire.dropped,
            "throttled": wire.throttled,
            "renewed": wire.renewed,
            "absent": sorted(wire.absent),
            "seconds": round(time.perf_counter() - self._started, 2),
        }

    def _say_verdict(self, results: Results) -> None:
        say = self.output.say
        for line in results.rules:
            if line["verdict"] in ("broken", "warned"):
                say()
                say(f"── {line['verdict']}: {line['rule']} ──")
                say(detail(line))
        say()
        footer = results.footer
        for operation_id, statuses in footer["statuses"].items():
            say(f"{operation_id}: " + ", ".join(f"{count} × {status}" for status, count in statuses.items()))
        for operation_id, missing in footer["unreached"].items():
            if missing:
                say(f"{operation_id} never answered {', '.join(map(str, missing))}")
        sent = sum(footer["requests"].values())
        say(f"{sent} requests, {footer['past_authentication']} past authentication, in {footer['seconds']:.1f} s")
        say(f"contract: {verdict_line(footer)}")
        say(f"results in {self.output.folder}/")


def rule_of(item: pytest.Item) -> Rule:
    """The rule that a test verifies.

    Raises:
        pytest.UsageError: The test names none, or one that the catalogue does not have.
    """
    marker = item.get_closest_marker("rule")
    if marker is None or marker.args[0] not in rules():
        raise pytest.UsageError(f"{item.nodeid}: expected @pytest.mark.rule with the id of a rule of rules.toml.")
    return rules()[marker.args[0]]
