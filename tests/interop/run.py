"""``make interop``: Symphony's own SDK against the emulated pod, and the client in everything that it has to work in.

Each has an environment of its own under ``build/interop``, made from a lock file and used again while that stays the
same. ``--lock`` pins everything anew. Names of environments of the client run these alone, without the SDK. Exit
status: 0 everything worked; 1 something did not; 2 usage.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from contract_tests import FOLDER
from contract_tests.emulator.process import emulated_pod
from tests.interop.client import matrix

ROOT = FOLDER.parent
HERE = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / "build" / "interop" / "sdk"
LOCK = HERE / "requirements.lock"
_LONGEST_RUN = 120


def main(argv: list[str]) -> int:
    """Run the SDK, or pin it anew; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.run", description=__doc__)
    parser.add_argument("--lock", action="store_true", help="pin everything in requirements.in anew, and end")
    parser.add_argument("names", nargs="*", choices=[[], *matrix.ENVIRONMENTS], help="environments of the client")
    options = parser.parse_args(argv)
    try:
        if options.lock:
            _lock()
            matrix.lock()
            return 0
        if failed := matrix.run(options.names):
            print(f"interop: failed: {', '.join(failed)}", file=sys.stderr)
            return 1
        if not options.names:
            for federation in (False, True):
                _run(_python(), federation=federation)
    except subprocess.CalledProcessError as error:
        print(f"interop: {Path(error.cmd[0]).name} failed with status {error.returncode}", file=sys.stderr)
        return 1
    except subprocess.TimeoutExpired:
        print(f"interop: the SDK was not done after {_LONGEST_RUN} seconds", file=sys.stderr)
        return 1
    return 0


def _python() -> Path:
    """The interpreter of an environment that holds what the lock file says."""
    python = ENVIRONMENT / "bin" / "python"
    mark = ENVIRONMENT / ".ready"
    wanted = f"{sys.version} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        print(f"interop: setting up {ENVIRONMENT.relative_to(ROOT)} from {LOCK.relative_to(ROOT)}", flush=True)
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "--require-hashes", "-r", LOCK], check=True)
        mark.write_text(wanted, encoding="utf-8")
    return python


def _run(python: Path, *, federation: bool) -> None:
    with tempfile.TemporaryDirectory() as keys, emulated_pod("--keys", keys, federation=federation) as pod:
        # Without our PYTHONPATH, so that nothing of this project or its environment is imported.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        subprocess.run(
            [python, "-I", HERE / "bdk.py"], check=True, env={**environment, **pod}, timeout=_LONGEST_RUN, cwd=keys
        )


def _lock() -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-annotate", "--upgrade", "-o", str(LOCK)]
    command += ["--custom-compile-command", "python -m tests.interop.run --lock", str(HERE / "requirements.in")]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
