"""The plugin of pytest that the distribution brings: the fixture ``symphony_pods``.

pytest imports it in every run, so it imports nothing heavy before a test asks for the pods.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

from ..extras import missing

if TYPE_CHECKING:
    from .running import RunningPods


@pytest.fixture(scope="session")
def symphony_pods_arguments() -> Sequence[str]:
    """Arguments of the command ``emulate``, such as ``["--world", "world.toml"]``. Override it in a conftest."""
    return ()


@pytest.fixture(scope="session")
def symphony_pods_running(symphony_pods_arguments: Sequence[str]) -> Iterator["RunningPods"]:
    """Emulated pods in a process of their own until the session of this pytest process ends; no test resets them."""
    if absent := missing("emulator", "the fixture symphony_pods"):
        pytest.fail(absent, pytrace=False)
    from .process import emulated_pod
    from .running import RunningPods

    # In a test, what is done at one pod is read at the other at once, unless the arguments say otherwise.
    at_once = () if "--one-address" in symphony_pods_arguments else ("--propagation", "0")
    with (
        emulated_pod(*at_once, *symphony_pods_arguments, federation=True) as environment,
        RunningPods(environment) as pods,
    ):
        yield pods


@pytest.fixture
def symphony_pods(symphony_pods_running: "RunningPods") -> "RunningPods":
    """Emulated pods of this pytest process, reset before the test."""
    symphony_pods_running.reset()
    return symphony_pods_running
