import subprocess
import sys
from pathlib import Path

from tests.contract.runs import ROOT

INTERRUPTED_IN_SOURCE_TEXT = """
import signal, sys
from contract_tests.interrupt import interruptible
try:
    with interruptible():
        exec("signal.raise_signal(signal.SIGTERM)")
except KeyboardInterrupt:
    sys.exit(4)
"""


def test_the_exit_status_is_the_commands_wherever_the_signal_came(tmp_path: Path) -> None:
    (tmp_path / "command.py").write_text(INTERRUPTED_IN_SOURCE_TEXT, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "command"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False)
    assert 4 == done.returncode
