"""Symphony's own SDKs for Python and Node, unchanged, log in to the emulated pods by RSA key and use them over TLS."""

import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from contract_tests import DESCRIPTION_PATH, FOLDER
from contract_tests.emulator.process import emulated_pod
from tests.client.certificates import Authority

ROOT = FOLDER.parent
HERE = Path(__file__).resolve().parent
BUILD = ROOT / "build" / "interop"
LOCK = HERE / "requirements.lock"
LONGEST_RUN = 120
"""Seconds for one SDK."""

_LOGINS = ("/login/pubkey/authenticate", "/relay/pubkey/authenticate", "/sessionauth/v1/logout")
_BEYOND = {
    "/pod/v2/user": "the emulated pod has no directory of users; its answer is 404 with an Error",
}
"""What the SDKs were asked to call beyond connections and sessions, and why it is answered as it is."""


class UnexpectedRequestsError(Exception):
    """An SDK has called what neither the description nor the logins have."""


def run() -> None:
    """Run both SDKs, each against pods of its own.

    The one for Python also runs with its bots at two addresses. The one for Node keeps one address for a process.

    Raises:
        subprocess.CalledProcessError: A step of an SDK failed; it has printed which.
        subprocess.TimeoutExpired: It was not done in time.
        UnexpectedRequestsError: It called something that is not accounted for.
    """
    for federation in (False, True):
        _run([_python(), "-I", HERE / "bdk.py"], federation=federation)
    if shutil.which("npm"):
        folder = _node()
        _run(["node", HERE / "node" / "connections.js"], folder)
    elif os.environ.get("CI") == "true":
        raise FileNotFoundError("npm is missing: apt-get install npm")
    else:
        print("interop: symphony-api-client-node is not tried, since npm is missing: apt-get install npm")


def _run(command: list[str | Path], folder: Path | None = None, *, federation: bool = False) -> None:
    with tempfile.TemporaryDirectory() as name:
        authority = Authority(Path(name), "authority")
        certificate, key = authority.issue("pod")
        options = ("--keys", f"{name}/keys", "--tls-cert", certificate, "--tls-key", key)
        with emulated_pod(*options, federation=federation) as pod:
            # Without our PYTHONPATH, so that nothing of this project or its environment is imported.
            environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            bundle = str(authority.bundle)
            environment |= {**pod, "POD_CA_BUNDLE": bundle, "NODE_EXTRA_CA_CERTS": bundle}
            subprocess.run(command, check=True, env=environment, timeout=LONGEST_RUN, cwd=folder or name)
            _account_for(_journal(pod["POD_URL"], authority.bundle))


def _journal(pod_url: str, bundle: Path) -> list[dict[str, object]]:
    origin = urlsplit(pod_url)
    with httpx.Client(verify=ssl.create_default_context(cafile=str(bundle)), trust_env=False) as http:
        answer = http.get(f"{origin.scheme}://{origin.netloc}/emulator/journal").raise_for_status()
    return list(answer.json())


def _account_for(journal: list[dict[str, object]]) -> None:
    """Require that every request was one of the description, a login, or one that is said to be neither."""
    routes = json.loads(DESCRIPTION_PATH.read_text(encoding="utf-8"))["paths"]
    described = [f"/pod{route}".split("/") for route in routes]
    called = {str(entry["path"]) for entry in journal}
    unknown = sorted(path for path in called if not _is_described(path, described) and path not in _LOGINS)
    for path in unknown:
        if path not in _BEYOND:
            raise UnexpectedRequestsError(f"the SDK called {path}, which nothing here accounts for")
        print(f"interop: {path}: {_BEYOND[path]}")
    faults = [
        f"{entry['method']} {entry['path']}" for entry in journal if not entry["status"] or entry["status"] == 500
    ]
    if faults:
        raise UnexpectedRequestsError(f"the pod failed at {', '.join(faults)}")


def _is_described(path: str, described: list[list[str]]) -> bool:
    parts = path.split("/")
    return any(
        len(route) == len(parts)
        and all(one.startswith("{") or one == other for one, other in zip(route, parts, strict=True))
        for route in described
    )


def _python() -> Path:
    """The interpreter of an environment that holds what the lock file says."""
    environment = BUILD / "sdk"
    python = environment / "bin" / "python"
    if _is_stale(environment, LOCK, sys.version):
        print(f"interop: setting up {environment.relative_to(ROOT)} from {LOCK.relative_to(ROOT)}", flush=True)
        venv.create(environment, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "--require-hashes", "-r", LOCK], check=True)
        _mark(environment, LOCK, sys.version)
    return python


def _node() -> Path:
    """A folder that holds the packages that the lock file says."""
    folder, lock = BUILD / "node", HERE / "node" / "package-lock.json"
    if _is_stale(folder, lock):
        print(f"interop: setting up {folder.relative_to(ROOT)} from {lock.relative_to(ROOT)}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(lock.with_name(name), folder / name)
        command = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        subprocess.run(command, check=True)
        _mark(folder, lock)
    return folder


def _wanted(lock: Path, *others: str) -> str:
    return " ".join([hashlib.sha256(lock.read_bytes()).hexdigest(), *others])


def _is_stale(folder: Path, lock: Path, *others: str) -> bool:
    mark = folder / ".ready"
    return not mark.is_file() or mark.read_text(encoding="utf-8") != _wanted(lock, *others)


def _mark(folder: Path, lock: Path, *others: str) -> None:
    (folder / ".ready").write_text(_wanted(lock, *others), encoding="utf-8")
