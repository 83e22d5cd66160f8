"""The client in environments of their own, one for each thing that it has to work with.

An environment is made under ``build/interop`` from ``locks/NAME.lock``, and used again while that stays the same.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
ENVIRONMENTS = {
    "asyncio": [],
    "uvloop": ["uvloop"],
    "trio": ["trio"],
    "fastapi": ["fastapi"],
    "threads": ["django"],
    "prefork": [],
    "gevent": ["gevent"],
    "respx": ["respx"],
    "pytest-httpx": ["pytest-httpx"],
    "opentelemetry": ["opentelemetry-instrumentation-httpx", "opentelemetry-sdk"],
    "sentry": ["sentry-sdk"],
    "http2": ["httpx[http2,socks]"],
    "oldest": ["attrs==23.2", "httpx==0.27"],
    "newest": [],
}
_LONGEST_RUN = 120


def lock() -> None:
    """Pin each environment anew."""
    for name, packages in ENVIRONMENTS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-annotate", "--upgrade", "-o", str(_lock_file(name))]
        command += ["--custom-compile-command", "python -m tests.interop.run --lock", "-"]
        requirements = "\n".join(["attrs>=23.2", "httpx>=0.27,<0.29", *packages])
        subprocess.run(command, input=requirements, text=True, check=True)


def run(names: list[str]) -> list[str]:
    """Run the checks of some environments, or of all; returns the names of those that failed."""
    failed = []
    with _pod() as url:
        for name in names or ENVIRONMENTS:
            # Nothing of this project but the client is on the path.
            environment = {**os.environ, "PYTHONPATH": str(ROOT / "generated"), "PYTHONWARNINGS": "ignore"}
            command = [_python(name), HERE / "checks.py", name, url]
            try:
                done = subprocess.run(command, env=environment, check=False, timeout=_LONGEST_RUN)
            except subprocess.TimeoutExpired:
                print(f"interop: {name}: not done after {_LONGEST_RUN} seconds", file=sys.stderr)
                failed.append(name)
                continue
            if done.returncode != 0:
                failed.append(name)
    return failed


def _lock_file(name: str) -> Path:
    return HERE / "locks" / f"{name}.lock"


def _python(name: str) -> Path:
    """The interpreter of an environment that holds what its lock file says."""
    folder = ROOT / "build" / "interop" / name
    python, mark = folder / "bin" / "python", folder / ".ready"
    wanted = f"{sys.version} {hashlib.sha256(_lock_file(name).read_bytes()).hexdigest()}"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        install = [*uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", _lock_file(name)]
        subprocess.run(install, check=True)
        mark.write_text(wanted, encoding="utf-8")
    return python


@contextmanager
def _pod() -> Iterator[str]:
    with subprocess.Popen([sys.executable, HERE / "pod.py"], stdout=subprocess.PIPE, text=True) as pod:
        try:
            assert pod.stdout is not None
            yield f"http://127.0.0.1:{int(pod.stdout.readline())}/pod"
        finally:
            pod.terminate()
