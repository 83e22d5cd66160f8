"""Emulated pods that are held by their control interface."""

from collections.abc import Iterator

import httpx
import pytest

from contract_tests.emulator.control.client import EmulatedPods
from contract_tests.emulator.process import emulated_pod
from tests.emulator.control.cast import PROPAGATION_MS, Cast


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[dict[str, str], httpx.Client, EmulatedPods]]:
    """Emulated pods for all tests of the control interface."""
    with (
        emulated_pod("--propagation", str(PROPAGATION_MS), federation=True) as environment,
        httpx.Client(trust_env=False) as http,
        EmulatedPods(environment["POD_REQUESTER_URL"]) as pods,
    ):
        yield environment, http, pods


@pytest.fixture
def pods(running: tuple[dict[str, str], httpx.Client, EmulatedPods]) -> EmulatedPods:
    """The emulated pods, reset."""
    running[2].reset()
    return running[2]


@pytest.fixture
def users(running: tuple[dict[str, str], httpx.Client, EmulatedPods]) -> Cast:
    """The cast at the pods."""
    return Cast(running[0], running[1])
