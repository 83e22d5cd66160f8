"""Requests that a pod has to refuse, at a pod where no connection request can be made pending."""

import json
from pathlib import Path

import pytest

from contract_tests.emulator.process import emulated_pod
from tests.contract.pods import Reply, Seen
from tests.contract.recording import recording_pod
from tests.contract.runs import run_suite

ABOUT_EFFECTS = ("session-refused-no-effect", "body-refused-no-effect", "method-other-no-effect", "not-found-no-effect")


@pytest.mark.parametrize("status", [400, 404])
def test_the_rules_about_effects_are_not_verified(tmp_path: Path, status: int) -> None:
    refusal = Reply(status, json.dumps({"code": status, "message": "No."}).encode())

    def refuse(request: Seen) -> Reply | None:
        return refusal if request.path.endswith(("/create", "/remove")) else None

    with emulated_pod() as emulated, recording_pod(emulated, refuse) as (environment, _):
        run = run_suite(tmp_path / "contract", "--select", ",".join(ABOUT_EFFECTS), environment=environment)
    assert run.verdicts() == dict.fromkeys(ABOUT_EFFECTS, "not verified")
