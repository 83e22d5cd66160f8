"""Registers the run; what a run does is in run.py."""

import os
from contextlib import ExitStack

import pytest

from .run.run import ContractRun, Options, open_run
from .target.session import SessionError
from .target.target import TargetError


def pytest_configure(config: pytest.Config) -> None:
    """Take the run that `python -m contract_tests run` made, or make one from the environment."""
    if (
        any(isinstance(plugin, ContractRun) for plugin in config.pluginmanager.get_plugins())
        or config.option.collectonly
    ):
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        config.pluginmanager.register(open_run(stack, os.environ, Options()))
    except (TargetError, SessionError) as error:
        raise pytest.UsageError(str(error)) from None
