"""The client in environments of their own, one for each thing that it has to work with.

An environment is made under ``build/interop`` from ``locks/NAME.lock``, and used again while that stays the same.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openapi.vendor import vendor
from tests.client.certificates import Authority

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
    "oldest": ["attrs==23.2", "httpx==0.27.1"],
    "newest": [],
}
_LONGEST_RUN = 120


def lock() -> None:
    """Pin each environment anew."""
    for name, packages in ENVIRONMENTS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-annotate", "--upgrade", "-o", str(_lock_file(name))]
        command += ["--custom-compile-command", "python -m tests.interop.run --lock", "-"]
        requirements = "\n".join(["attrs>=23.2", "httpx>=0.27.1,<0.29", *packages])
        subprocess.run(command, input=requirements, text=True, check=True)


def run(names: list[str]) -> list[str]:
    """Run the checks of some environments, or of all; returns the names of those that failed."""
    failed = []
    with _pod() as url, tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder), "authority")
        certificate, key = authority.issue("server")
        tls = {"AUTHORITY": str(authority.bundle), "CERTIFICATE": certificate, "KEY": key}
        for name in names or ENVIRONMENTS:
            # Nothing of this project but the client is on the path.
            environment = {**os.environ, "PYTHONPATH": str(ROOT / "generated"), "PYTHONWARNINGS": "ignore"} | tls
            command = [str(_python(name)), str(HERE / "checks.py"), name, url]
            try:
                done = subprocess.run(command, env=environment, check=False, timeout=_LONGEST_RUN)
            except subprocess.TimeoutExpired:
                print(f"interop: {name}: not done after {_LONGEST_RUN} seconds", file=sys.stderr)
                failed.append(name)
                continue
            if done.returncode != 0:
                failed.append(name)
    if not names and not _types_are_clean():
        failed.append("types")
    return failed


APPLICATION = """
from collections.abc import Iterable

from app._vendor.symphony_pod_client import (
    UNSET, AsyncPodClient, NotFoundError, PodClient, Retries, UserConnection, rsa_login,
)


def ids(pod: PodClient, users: Iterable[int]) -> list[int]:
    found: list[UserConnection] = pod.connections.list(user_ids=users, timeout=3, retries=Retries(repeat_safe=True))
    return [connection.user_id for connection in found if connection.user_id is not UNSET]


async def status(pod: AsyncPodClient) -> str:
    try:
        return str((await pod.connections.accept(user_id=1)).status)
    except NotFoundError as error:
        return f"{error.error.message if error.error else error.body!r} {error.request and error.request.url}"


def main() -> None:
    with PodClient("https://acme.example.com/pod", session_token=rsa_login("bot", "bot.pem"), http2=False) as pod:
        raw = pod.connections.with_raw_response.get(user_id=1)
        print(ids(pod, {1, 2}), raw.status, raw.headers["x"], raw.parsed.updated_at_datetime)
        pod.logout()
"""


def _types_are_clean() -> bool:
    """Whether a vendored copy and its caller pass three type checkers with nothing but attrs and httpx installed."""
    python = str(_python("newest"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app").mkdir()
        vendor(Path(folder) / "app" / "_vendor")
        for package in ("app", "app/_vendor"):
            (Path(folder) / package / "__init__.py").touch()
        (Path(folder) / "main.py").write_text(APPLICATION, encoding="utf-8")
        (Path(folder) / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
        checkers = {
            "mypy": [
                "mypy",
                "--strict",
                "--python-executable",
                python,
                "--cache-dir",
                f"{folder}/cache",
                "main.py",
                "app",
            ],
            "pyright": ["pyright", "--pythonpath", python, "-p", "."],
            "ty": ["ty", "check", "--python", python, "--error-on-warning"],
        }
        clean = True
        for name, arguments in checkers.items():
            command = [sys.executable, "-m", *arguments]
            environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MYPYPATH")}
            done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
            print(
                f"interop: types: {name}: {'clean' if done.returncode == 0 else done.stdout + done.stderr}", flush=True
            )
            clean = clean and done.returncode == 0
    return clean


def _lock_file(name: str) -> Path:
    return HERE / "locks" / f"{name}.lock"


def _python(name: str) -> Path:
    """The interpreter of an environment that holds what its lock file says."""
    folder = ROOT / "build" / "interop" / name
    python, mark = folder / "bin" / "python", folder / ".ready"
    wanted = f"{sys.version} {hashlib.sha256(_lock_file(name).read_bytes()).hexdigest()}"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        install = [*uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes"]
        install += ["-r", str(_lock_file(name))]
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
