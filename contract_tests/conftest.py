"""Registers the run where pytest was started without the command."""

import os
from contextlib import ExitStack

import pytest

from .report.escaping import visible
from .run.open_run import open_run
from .run.options import Options
from .run.plugin import ContractPlugin
from .target.session import SessionError
from .target.target import TargetError


def pytest_configure(config: pytest.Config) -> None:
    """Take the run that the command has made, or make one from the environment."""
    has_run = any(isinstance(plugin, ContractPlugin) for plugin in config.pluginmanager.get_plugins())
    if has_run or config.option.collectonly:
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        config.pluginmanager.register(ContractPlugin(open_run(stack, os.environ, Options())))
    except (TargetError, SessionError) as error:
        raise pytest.UsageError(visible(str(error))) from None
