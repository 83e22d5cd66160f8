"""Options of ``emulate`` that make no sense."""

import re
from pathlib import Path

import pytest

from contract_tests.emulator.options import UsageError, parser, require_sense


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--state", ""], "--state '.' names a folder. Name a file, such as state.db."),
        (["--state", "/"], "--state '/' names a folder"),
        (["--state", str(Path(__file__).parent)], "names a folder"),
        (["--latency", "-1"], "--latency -1: give a number of milliseconds from 0 to 3600000."),
        (["--latency", "9" * 20], f"--latency {'9' * 20}: give a number of milliseconds from 0 to 3600000."),
        (["--propagation", "-1"], "--propagation -1: give a number of milliseconds from 0 to 3600000."),
        (["--propagation", "3600001"], "--propagation 3600001: give"),
    ],
)
def test_an_option_that_makes_no_sense_is_an_error(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        require_sense(parser().parse_args(arguments))


@pytest.mark.parametrize("arguments", [["--state", "state.db"], ["--latency", "3600000"], ["--propagation", "0"]])
def test_the_limits_are_allowed(arguments: list[str]) -> None:
    require_sense(parser().parse_args(arguments))
