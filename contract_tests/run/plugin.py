"""The run as a plugin of pytest: hooks and nothing else."""

import inspect
from collections.abc import Generator

import pytest

from ..arranging.unreached import Unreached
from ..checks.check import Check
from ..contract.rules import Rule, rules
from ..target.target import TargetError
from .exit_status import EXIT_UNREACHED, EXIT_USAGE
from .run import ContractRun


class ContractPlugin:
    """Has pytest run the rules of a run.

    Args:
        run: The run.
    """

    def __init__(self, run: ContractRun) -> None:
        self._run = run

    def pytest_sessionstart(self) -> None:
        """Begin the run."""
        try:
            self._run.begin()
        except (Unreached, TargetError) as cause:
            status = EXIT_UNREACHED if isinstance(cause, Unreached) else EXIT_USAGE
            self._run.stop(str(cause), status)
            self._run.finish(complete=False)  # pytest does not say that a session ends that has not begun
            pytest.exit(self._run.output.line(str(cause)), returncode=status)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Order the tests as the catalogue does, and leave out the rules that were not selected."""
        order = list(rules())
        selected = self._run.ledger.records
        left_out = [item for item in items if rule_of(item).id not in selected]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        chosen = [item for item in items if rule_of(item).id in selected]
        items[:] = sorted(chosen, key=lambda item: order.index(rule_of(item).id))
        # pytest may be told to collect only some files or tests: the other rules are not part of this run.
        collected = {rule_of(item).id for item in items}
        for rule_id in [*selected]:
            if rule_id not in collected and selected[rule_id].rule.judges == "requests":
                del selected[rule_id]
        self._run.narrator.rules_in_all = len(items)
        self._run.begin_rules({rule_of(item).id for item in items})

    @pytest.fixture
    def check(self, request: pytest.FixtureRequest) -> Check:
        """The work on the test's rule."""
        return self._run.check_of(rule_of(request.node))

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Have the run verify the rule of a test, and tell pytest the verdict."""
        rule = rule_of(pyfuncitem)
        before = 0 if rule.judges == "answers" else self._run.ledger.records[rule.id].findings
        arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
        record = self._run.verify(rule, lambda: pyfuncitem.obj(**arguments))
        if record.findings > before:
            pytest.fail(self._run.output.line(record.reason), pytrace=False)
        if record.verdict == "error":
            pytest.fail(self._run.output.line(f"the suite itself failed: {record.reason}"), pytrace=False)
        if record.verdict == "not verified" and record.not_verified:
            pytest.skip(self._run.output.line(record.reason))
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Finish the run, and end pytest with the run's status."""
        yield
        came_to_its_end = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        status = self._run.finish(complete=came_to_its_end and session.testscollected > 0)
        if came_to_its_end and status is not None:
            session.exitstatus = status

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Say that the run did not come to its end."""
        if isinstance(excinfo.value, KeyboardInterrupt):
            self._run.interrupted()

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Say in one line what went wrong."""
        self._run.fail(excinfo.value)
        return True


def rule_of(item: pytest.Item) -> Rule:
    """The rule that a test verifies.

    Raises:
        pytest.UsageError: The test names none, or one that the catalogue does not have.
    """
    marker = item.get_closest_marker("rule")
    if marker is None or marker.args[0] not in rules():
        raise pytest.UsageError(f"{item.nodeid}: expected @pytest.mark.rule with the id of a rule of rules.toml.")
    return rules()[marker.args[0]]
