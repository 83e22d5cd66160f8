"""``make interop``: Symphony's own SDKs against the emulated pod, and the client in everything that it has to work in.

Each has an environment of its own under ``build/interop``, made from a lock file and used again while that stays the
same. ``--lock`` pins everything anew. Names of environments of the client run these alone, without the SDKs. Exit
status: 0 everything worked; 1 something did not; 2 usage.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.interop import sdks
from tests.interop.client import matrix


def main(argv: list[str]) -> int:
    """Run the SDKs and the client, or pin everything anew; returns the exit status."""
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
            sdks.run()
    except subprocess.CalledProcessError as error:
        print(f"interop: {Path(error.cmd[0]).name} failed with status {error.returncode}", file=sys.stderr)
        return 1
    except (sdks.UnexpectedRequestsError, FileNotFoundError) as error:
        print(f"interop: {error}", file=sys.stderr)
        return 1
    except subprocess.TimeoutExpired:
        print(f"interop: the SDK was not done after {sdks.LONGEST_RUN} seconds", file=sys.stderr)
        return 1
    return 0


def _lock() -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-annotate", "--upgrade", "-o", str(sdks.LOCK)]
    command += ["--custom-compile-command", "python -m tests.interop.run --lock", str(sdks.HERE / "requirements.in")]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
