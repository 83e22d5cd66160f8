import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.runs import ROOT

INTERRUPTED_IN_SOURCE_TEXT = """
import signal, sys
from contract_tests.target.interrupt import interruptible
try:
    with interruptible():
        exec("signal.raise_signal(signal.SIGTERM)")
except KeyboardInterrupt:
    sys.exit(4)
"""

INTERRUPTED_IN_A_FINALIZER = """
import signal, sys
from contract_tests.target.interrupt import check_interrupted, interruptible

class Ending:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

try:
    with interruptible():
        Ending()
        check_interrupted()
except KeyboardInterrupt:
    sys.exit(4)
"""


@pytest.mark.parametrize("source", [INTERRUPTED_IN_SOURCE_TEXT, INTERRUPTED_IN_A_FINALIZER])
def test_the_exit_status_is_the_commands_wherever_the_signal_came(tmp_path: Path, source: str) -> None:
    (tmp_path / "command.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "command"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == 4
