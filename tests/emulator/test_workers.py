"""Several worker processes that serve one state."""

import contextlib
import json
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from contract_tests import FOLDER
from contract_tests.emulator.process import EmulatorError, emulated_pod
from contract_tests.emulator.running import PodUser, RunningPods

WORKERS = 3


def parent(process: int) -> int:
    """The process id of a process's parent."""
    return int(Path(f"/proc/{process}/status").read_text(encoding="utf-8").partition("PPid:")[2].split()[0])


def workers() -> set[int]:
    """The process ids of all workers of pods that this process has started."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_worker = b".emulator.worker" in (folder / "cmdline").read_bytes()
            if is_worker and parent(parent(int(folder.name))) == os.getpid():
                found.add(int(folder.name))
    return found


@pytest.fixture(scope="module")
def running() -> Iterator[RunningPods]:
    """Pods with several workers."""
    with (
        emulated_pod("--workers", str(WORKERS), "--propagation", "0", federation=True) as environment,
        RunningPods(environment) as pods,
    ):
        yield pods


@pytest.fixture
def pods(running: RunningPods) -> RunningPods:
    """The pods, reset."""
    running.reset()
    return running


def post(user: PodUser, verb: str, other: PodUser) -> int:
    """Post to a pod over a connection of its own, so that any worker may get it; return the status."""
    return httpx.post(
        f"{user.url}/v1/connection/{verb}",
        headers={"sessionToken": user.token},
        json={"userId": other.id},
        trust_env=False,
        timeout=60,
    ).status_code


def test_there_are_so_many_processes(pods: RunningPods) -> None:
    assert (len(workers()), len(pods.health())) == (WORKERS, 4)


def test_concurrent_requests_over_all_workers_are_atomic(pods: RunningPods) -> None:
    pods.set_connection(pods.requester.id, pods.caller.id, "PENDING")
    with ThreadPoolExecutor(20) as pool:
        verbs = ["accept", "reject"] * 50
        statuses = list(pool.map(lambda verb: (verb, post(pods.caller, verb, pods.requester)), verbs))
    won = [verb for verb, status in statuses if status == 200]
    assert Counter(status for _, status in statuses) == {200: 1, 400: 99}
    final = {"accept": "ACCEPTED", "reject": "REJECTED"}[won[0]]
    assert [pods.status(pods.caller, pods.requester), pods.status(pods.requester, pods.caller)] == [final, final]


def test_what_is_set_by_one_worker_holds_at_all(pods: RunningPods) -> None:
    pods.add_fault("status", status=503, times=10)
    with ThreadPoolExecutor(10) as pool:
        statuses = Counter(pool.map(lambda _: post(pods.caller, "accept", pods.user("COLLEAGUE")), range(40)))
    assert statuses == {503: 10, 200: 30}
    assert len(pods.journal(path="/accept")) == 40
    pods.reset()
    assert pods.journal() == []


@pytest.mark.parametrize("kind", ["drop", "cut"])
def test_faults_of_the_wire_reach_the_client(pods: RunningPods, kind: str) -> None:
    pods.add_fault(kind)  # type: ignore[arg-type] # two of its literals
    with pytest.raises(httpx.RemoteProtocolError):
        post(pods.caller, "accept", pods.user("COLLEAGUE"))


def test_a_body_that_is_too_large_is_refused(pods: RunningPods) -> None:
    answer = httpx.post(
        f"{pods.caller.url}/v1/connection/accept",
        headers={"sessionToken": pods.caller.token, "content-type": "application/json"},
        content=b" " * (3 << 20),
        trust_env=False,
    )
    assert answer.status_code == 400


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(pods: RunningPods) -> None:
    pods.set_connection(pods.requester.id, pods.caller.id, "ACCEPTED")
    before = workers()
    for process in before:
        os.kill(process, signal.SIGKILL)
    # The listening sockets are the parent's too, so this waits in their queue for the first worker to come.
    assert post(pods.caller, "accept", pods.requester) in (200, 400)
    assert pods.status(pods.requester, pods.caller) == "ACCEPTED"
    assert before & workers() == set()


def test_they_end_with_the_one_that_holds_the_pods_and_keep_its_state(tmp_path: Path) -> None:
    others = workers()
    arguments = ["--workers", "2", "--state", str(tmp_path / "state.db")]
    with emulated_pod(*arguments, federation=True) as environment, RunningPods(environment) as pods:
        token = pods.caller.token
        pods.set_connection(pods.requester.id, pods.caller.id, "ACCEPTED")
        assert len(workers() - others) == 2
    assert workers() - others == set()
    with emulated_pod(*arguments, federation=True) as environment, RunningPods(environment) as pods:
        assert pods.status(pods.caller, pods.requester) == "ACCEPTED"
        answer = httpx.get(f"{pods.caller.url}/v2/sessioninfo", headers={"sessionToken": token}, trust_env=False)
        assert answer.status_code == 200


def test_they_end_when_the_one_that_holds_the_pods_is_killed(running: RunningPods) -> None:
    others = workers()
    with emulated_pod("--workers", "2", federation=True):
        left = [(process, os.pidfd_open(process)) for process in workers() - others]
        os.kill(parent(left[0][0]), signal.SIGKILL)
        assert [select.select([gone], [], [], 30)[0] for _, gone in left] == [[gone] for _, gone in left]
    for _, gone in left:
        os.close(gone)
    assert running.health()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_they_end_without_a_word_and_close_what_is_under_way(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "contract_tests.emulator.serve", "--port=0", "--workers=2", "--latency=60000"]
    with subprocess.Popen(
        [*command, "--one-address", "--print-env=json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=FOLDER.parent,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        url = httpx.URL(json.loads(process.stdout.readline())["POD_URL"])
        with socket.create_connection((url.host, url.port or 0), timeout=30) as asking:
            asking.sendall(b"GET /pod/v2/sessioninfo HTTP/1.1\r\nHost: pod\r\n\r\n")
            httpx.get(url.copy_with(path="/emulator/health"), trust_env=False)  # the other request is before it
            process.send_signal(number)
            assert asking.recv(1000) == b""
        _, errors = process.communicate(timeout=30)  # until the workers have closed it too
    assert (errors, process.returncode) == (b"", -number if number == signal.SIGKILL else 0)


def test_they_serve_https(tmp_path: Path) -> None:
    certificate, key = tmp_path / "pod.crt", tmp_path / "pod.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=pod"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        capture_output=True,
        check=True,
    )
    tls = ["--tls-cert", str(certificate), "--tls-key", str(key)]
    with emulated_pod("--workers", "2", *tls, federation=True) as environment, RunningPods(environment) as pods:
        answer = httpx.get(
            f"{pods.caller.url}/v2/sessioninfo",
            headers={"sessionToken": pods.caller.token},
            verify=ssl.create_default_context(cafile=str(certificate)),
            trust_env=False,
        )
    assert answer.json()["id"] == pods.caller.id


def test_the_number_is_checked() -> None:
    with (
        pytest.raises(EmulatorError, match="--workers 0: give a number from 1 to 64"),
        emulated_pod("--workers", "0"),
    ):
        pass
