"""``make bad-requests``: bad requests to the emulated pods, a million unless told otherwise, over both HTTP protocols.

Raw bytes, huge headers and bodies, wrong lengths, shapes that smuggle requests, deep JSON, wrong encodings, and clients
that go away. Each gets an answer that is documented, or a closed connection; what is no whole request may also be
waited for. The pods have no 5xx of their own, write no stack trace and next to no log, do not grow, and answer a plain
request at the end. A seed repeats a run. Exit status: 0, all of that is so; 1, it is not.
"""

import argparse
import contextlib
import json
import math
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from contract_tests import FOLDER

DOCUMENTED = {200, 400, 401, 403, 404, 405}
LONGEST_WAIT = 20.0
"""Seconds for the answer to a whole request."""
PATIENCE = 0.2
"""Seconds for the answer to what may be no whole request."""
CLOSED, WAITING, NO_HTTP = 0, 1, 2
"""What came in place of a status."""
MOST_LOGGED_IN_A_MINUTE = 1_000
"""Bytes on stderr, however many requests there are: each warning comes once a minute."""
MOST_GROWTH = 40
"""Megabytes by which the process may grow after the first tenth of the requests: journal, sockets, fragments."""
THREADS = 32


@dataclass(frozen=True, slots=True)
class Target:
    """A running pod: its address, a session token, the id of another user, and the process."""

    host: str
    port: int
    token: str
    other_id: int
    pid: int


@dataclass(slots=True)
class Seen:
    """What came of the requests.

    Attributes:
        answers: How often each status came.
        wrong: Requests with an answer that is not documented.
    """

    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def head(target: Target, path: str = "/pod/v1/connection/accept", method: str = "POST") -> bytes:
    """The head of a request with a session, without its end."""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: pod\r\nContent-Type: application/json\r\nsessionToken: {target.token}\r\n"
    ).encode()


def posted(target: Target, body: bytes) -> bytes:
    """A request to accept, with a body."""
    return head(target) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def raw(_: Target, randomness: random.Random) -> bytes:
    """Bytes that are no HTTP."""
    return randomness.randbytes(randomness.randint(1, 2000)) + b"\r\n\r\n"


def mutated(target: Target, randomness: random.Random) -> bytes:
    """A sound request in which bytes were replaced, removed or repeated."""
    content = bytearray(posted(target, b'{"userId":%d}' % target.other_id))
    for _ in range(randomness.randint(1, 8)):
        at = randomness.randrange(len(content))
        match randomness.randrange(3):
            case 0:
                content[at] = randomness.randrange(256)
            case 1:
                del content[at : at + randomness.randint(1, 6)]
            case _:
                content[at:at] = content[at : at + randomness.randint(1, 60)]
    return bytes(content)


def huge_head(target: Target, randomness: random.Random) -> bytes:
    """A header, a path or many headers that are too long."""
    size = randomness.choice([8_000, 70_000, 300_000])
    match randomness.randrange(3):
        case 0:
            return head(target) + b"X-Long: " + b"a" * size + b"\r\n\r\n"
        case 1:
            return head(target, "/pod/" + "a" * size, "GET") + b"\r\n"
        case _:
            return head(target) + b"A: b\r\n" * (size // 6) + b"\r\n"


def huge_body(target: Target, randomness: random.Random) -> bytes:
    """A body above the limit, whole or only announced."""
    size = (1 << 20) + randomness.randint(1, 100_000)
    announced = head(target) + b"Content-Length: %d\r\n\r\n" % size
    return announced + (b" " * size if randomness.random() < 0.1 else b"{")


def smuggling(target: Target, randomness: random.Random) -> bytes:
    """Framing about which two servers could disagree."""
    second = b"GET /pod/v2/sessioninfo HTTP/1.1\r\nHost: pod\r\n\r\n"
    framing = randomness.choice(
        [
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            b"Content-Length: 5\r\nContent-Length: 6\r\n",
            b"Content-Length: +5\r\n",
            b"Content-Length: 5, 5\r\n",
            b"Content-Length : 5\r\n",
            b"Content-Length: 0x5\r\n",
            b"Content-Length: -1\r\n",
            b"Content-Length: 99999999999999999999\r\n",
            b"Transfer-Encoding: xchunked\r\n",
            b"Transfer-Encoding: chunked, chunked\r\n",
            b"Transfer-Encoding:\x0bchunked\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            b" Transfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: chunked\nX: y\r\n",
            b"Upgrade: websocket\r\nConnection: upgrade\r\n",
            b"Expect: 100-continue\r\nContent-Length: 0\r\n",
        ]
    )
    return head(target) + framing + b"\r\n0\r\n\r\n" + second


def deep(target: Target, randomness: random.Random) -> bytes:
    """JSON that is nested deeply, or has numbers and strings beyond measure."""
    size = randomness.choice([10, 1_000, 100_000])
    body = randomness.choice(
        [
            b"[" * size,
            b"[" * size + b"]" * size,
            b'{"a":' * size + b"1" + b"}" * size,
            b'{"userId":' + b"9" * size + b"}",
            b'{"userId":1e' + b"9" * min(size, 1_000) + b"}",
            b'{"userId":0.' + b"0" * size + b"1}",
            b'{"userId":"' + b"\\u0000" * min(size, 10_000) + b'"}',
            b'{"userId":1,' * min(size, 1_000) + b'"userId":2' + b"}" * min(size, 1_000),
        ]
    )
    return posted(target, body)


def encoded(target: Target, randomness: random.Random) -> bytes:
    """A body in another encoding, or one that is none."""
    text = '{"userId":"\u00e9\u4e2d\U0001f600"}'
    body = randomness.choice(
        [
            text.encode(randomness.choice(["utf-16", "utf-32", "utf-7", "utf-8-sig"])),
            text.encode()[: randomness.randint(1, len(text))],
            b'{"userId":"\xc3\x28\xed\xa0\x80\xff"}',
            b"\x1f\x8b\x08" + randomness.randbytes(50),
            b'{"userId":NaN}',
        ]
    )
    return posted(target, body)


def other_value(target: Target, randomness: random.Random) -> bytes:
    """A body that is JSON, of any value."""
    value: object = randomness.choice(
        [None, True, [], {}, "1", 1.5, -1, 2**63, {"userId": None}, {"userId": [1]}, {"userId": {}}, {"userId": 0}]
    )
    return posted(target, json.dumps(value).encode())


def path_or_query(target: Target, randomness: random.Random) -> bytes:
    """A path, a query or a method of any kind."""
    odd = "".join(randomness.choice("/%.;?#&=\\\"'<>{}|^`~!$()*,:@[]aZ09 ") for _ in range(randomness.randint(1, 80)))
    method = randomness.choice(["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "HEAD", "X"])
    start = randomness.choice(["/pod/v1/connection/", "/pod/v1/connection/list?", "/pod/v1/connection/user/", "/", ""])
    return head(target, start + odd, method) + b"\r\n"


def token(target: Target, randomness: random.Random) -> bytes:
    """A session token of any bytes."""
    odd = bytes(randomness.choice(b" \t\x01\x7f\x80\xffaZ09-_.=;,\"'") for _ in range(randomness.randint(0, 200)))
    return head(target).rpartition(b"sessionToken")[0] + b"sessionToken: " + odd + b"\r\nContent-Length: 2\r\n\r\n{}"


def elsewhere(target: Target, randomness: random.Random) -> bytes:
    """A login, or a call of the control interface, with a body that is none of its bodies."""
    path = randomness.choice(
        ["/login/pubkey/authenticate", "/relay/pubkey/authenticate", "/sessionauth/v1/authenticate"]
        + [f"/emulator/{name}" for name in ("clock", "faults", "sessions", "snapshots", "users", "view", "nowhere")]
    )
    body = randomness.choice([deep, encoded, other_value])(target, randomness).partition(b"\r\n\r\n")[2]
    begun = head(target, path).replace(b"Host: pod", b"Host: localhost")
    return begun + b"Content-Length: %d\r\n\r\n" % len(body) + body


KINDS: tuple[Callable[[Target, random.Random], bytes], ...] = (
    raw,
    mutated,
    mutated,
    mutated,
    huge_head,
    huge_body,
    smuggling,
    smuggling,
    deep,
    encoded,
    other_value,
    other_value,
    path_or_query,
    path_or_query,
    token,
    elsewhere,
)

WHOLE = {deep, encoded, other_value, token, elsewhere}
"""The kinds that make whole requests."""


def main(argv: list[str]) -> int:
    """Fuzz both protocols; see the module's docstring for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulator.bad_requests", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    failures = []
    for arguments in ((), ("--fast",)):
        name = "httptools" if arguments else "h11"
        failures += [f"{name}: {failure}" for failure in fuzz(options.requests // 2, options.seed, *arguments)]
    for failure in failures:
        print(f"bad-requests: {failure}", file=sys.stderr)
    return int(bool(failures))


def fuzz(requests: int, seed: int, *arguments: str) -> list[str]:
    """Send requests to a pod of its own, and return what was wrong.

    Args:
        requests: How many.
        seed: Of the requests.
        *arguments: Of the command ``emulate``.
    """
    start = time.monotonic()
    with tempfile.TemporaryFile() as log:
        with _pod(log, *arguments) as target:
            failures, counts = _judged(target, requests, seed)
        log.seek(0)
        said = log.read()
    seconds = time.monotonic() - start
    print(f"bad-requests {' '.join(arguments)}: {counts}, {len(said)} bytes of log, {seconds:.0f} s", flush=True)
    if b"Traceback" in said or len(said) > MOST_LOGGED_IN_A_MINUTE * math.ceil(seconds / 60):
        failures.append(f"{len(said)} bytes of log: {said[:400]!r}")
    return failures


def _judged(target: Target, requests: int, seed: int) -> tuple[list[str], str]:
    """Send requests, and return what was wrong and a summary."""
    seen = _send(target, requests // 10, seed)
    size = _megabytes(target.pid)
    more = _send(target, requests - requests // 10, seed + 1)
    growth = _megabytes(target.pid) - size
    still = _status(target, posted(target, b'{"userId":0}'))
    words = {CLOSED: "closed", WAITING: "waited for", NO_HTTP: "no HTTP"}
    answers = sorted((seen.answers + more.answers).items())
    counts = ", ".join(f"{words.get(status, status)} {count:,}" for status, count in answers)
    failures = (seen.wrong + more.wrong)[:10]
    if still != 404:
        failures.append(f"a plain request is answered {still} in the end")
    if growth > MOST_GROWTH:
        failures.append(f"the process has grown by {growth:.0f} MB")
    return failures, f"{counts}; {growth:+.0f} MB"


def _send(target: Target, requests: int, seed: int) -> Seen:
    seen, lock = Seen(), threading.Lock()

    def send(number: int) -> None:
        mine = Seen()
        randomness = random.Random(f"{seed} {number}")
        for _ in range(requests // THREADS):
            kind = randomness.choice(KINDS)
            content = kind(target, randomness)
            is_whole = kind in WHOLE
            if randomness.random() < 0.1:
                content, is_whole = content[: randomness.randrange(len(content)) + 1], False
            leaves = randomness.random() < 0.2
            status = _status(target, content, LONGEST_WAIT if is_whole else PATIENCE, leaves=leaves)
            mine.answers[status] += 1
            if status not in DOCUMENTED and status != CLOSED and (is_whole or status != WAITING):
                mine.wrong.append(f"{kind.__name__}: {status} to {content[:300]!r}")
        with lock:
            seen.answers.update(mine.answers)
            seen.wrong.extend(mine.wrong)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def _status(target: Target, content: bytes, seconds: float = LONGEST_WAIT, *, leaves: bool = False) -> int:
    """The status of the answer to some bytes, or what came in its place."""
    try:
        with socket.create_connection((target.host, target.port), timeout=LONGEST_WAIT) as wire:
            wire.sendall(content)
            if leaves:
                return CLOSED
            wire.settimeout(seconds)
            answer = wire.recv(65536)
    except TimeoutError:
        return WAITING
    except ConnectionError:
        return CLOSED
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"))
    return int(found[1]) if found else (NO_HTTP if answer else CLOSED)


@contextlib.contextmanager
def _pod(log: IO[bytes], *arguments: str) -> Iterator[Target]:
    command = [sys.executable, "-m", "contract_tests.emulator.serve", "--port", "0", "--one-address"]
    with subprocess.Popen(
        [*command, "--print-env", "json", *arguments],
        cwd=FOLDER.parent,
        stdout=subprocess.PIPE,
        stderr=log,
        env=dict(os.environ),
    ) as process:
        try:
            assert process.stdout is not None
            pod = json.loads(process.stdout.readline())
            url = urlsplit(pod["POD_URL"])
            host, port = str(url.hostname), url.port or 0
            yield Target(host, port, pod["POD_CALLER_TOKEN"], int(pod["POD_STRANGER_USER_ID"]), process.pid)
        finally:
            process.terminate()


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
