"""What a run has done while its emulated pods start."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from contract_tests.checks.generate import make_ready
from contract_tests.run import open_run
from contract_tests.run.options import Options


class Asked(Exception):
    """Ends the making of a run where it asks for emulated pods."""


@pytest.mark.parametrize(
    ("rule", "made"), [("fuzzed-request-lawful", [make_ready]), ("sides-agree", [])], ids=["generated", "written"]
)
def test_the_generator_is_made_ready_while_the_pods_start_where_requests_are_generated(
    rule: str, made: list[Callable[[], None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Callable[[], None]] = []

    def emulated_pod(*_: str, federation: bool, meanwhile: Callable[[], None] | None) -> None:
        assert federation
        if meanwhile is not None:
            meanwhile()
        raise Asked

    monkeypatch.setattr(open_run, "emulated_pod", emulated_pod)
    monkeypatch.setattr("contract_tests.checks.generate.make_ready", lambda: done.append(make_ready))
    with ExitStack() as stack, pytest.raises(Asked):
        open_run.open_run(stack, {}, Options(folder=tmp_path / "contract", selected=(rule,)))
    assert done == made
