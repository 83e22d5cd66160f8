"""Plain schemathesis finds nothing on the emulated pod: all phases, with a token, and no other setting."""

import subprocess
import sys
from pathlib import Path

from contract_tests import DESCRIPTION_PATH
from contract_tests.emulator.process import emulated_pod

SECONDS = 400.0


def test_plain_schemathesis_finds_nothing(tmp_path: Path) -> None:
    with emulated_pod(federation=True) as pod:
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                *("run", str(DESCRIPTION_PATH), "--url", pod["POD_URL"], "--continue-on-failure", "--seed", "1"),
                *("-H", f"sessionToken:{pod['POD_CALLER_TOKEN']}"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    assert done.returncode == 0, done.stdout[-4000:]
    assert "Stateful" in done.stdout
