"""``make container``: the container of the emulated pods, built by an engine, or its steps without one.

With a container engine the image is built and started until it is healthy. Without one the steps of the Containerfile
are carried out in a folder of their own: files are copied as it says, commands run, and the emulated pods are started
as its user, if this process may change its user. Exit status: 0 the pods were healthy; 1 a step failed.
"""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "symphony-pods"
PORT = "8080"
"""The port of the container."""
_LONGEST_STEP = 300
_LONGEST_START = 30


class StepFailed(Exception):
    """A step of the Containerfile failed; the message says which and why."""


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Containerfile: the word that they begin with, and the rest of the line."""
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


class Container:
    """A folder that the steps have filled, and what is known of the container.

    Args:
        folder: The folder that stands for the container's working folder.
        python: The interpreter that stands for the base image's.

    Attributes:
        user: The user and group with which it runs, as numbers.
        command: The command that it runs.
        health: The command that says whether it is healthy.
    """

    def __init__(self, folder: Path, python: str) -> None:
        self.user: tuple[int, int] | None = None
        self.command: list[str] = []
        self.health: list[str] = []
        self._folder = folder
        self._python = python
        self._working_folder = ""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._free_port = str(free.getsockname()[1])

    def carry_out(self, word: str, rest: str) -> None:
        """Carry out an instruction.

        Raises:
            StepFailed: It failed, or is not known here.
        """
        match word:
            case "FROM" | "EXPOSE":
                pass
            case "WORKDIR":
                self._working_folder = rest
            case "COPY":
                source, target = (Path(path) for path in rest.split())
                self._copy(ROOT / source, self._folder / target)
            case "RUN":
                words = [self._python if part == "python" else part for part in shlex.split(rest)]
                self._run(words, rest)
            case "USER":
                user, group = rest.split(":")
                self.user = int(user), int(group)
            case "HEALTHCHECK":
                self.health = self._here(json.loads(rest.partition(" CMD ")[2]))
            case "ENTRYPOINT" | "CMD":
                self.command += self._here(json.loads(rest))
            case _:
                raise StepFailed(f"{word}: this instruction is not known to {Path(__file__).name}. Teach it.")

    def _copy(self, source: Path, target: Path) -> None:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)

    def _run(self, words: Sequence[str], step: str) -> None:
        done = subprocess.run(
            words, cwd=self._folder, capture_output=True, text=True, timeout=_LONGEST_STEP, check=False
        )
        if done.returncode:
            raise StepFailed(f"RUN {step}: status {done.returncode}\n{done.stderr}")

    def _here(self, words: Sequence[str]) -> list[str]:
        """A command of the container as it is here: in another folder, and at a port that is free here."""
        prefix = f"{self._working_folder}/"
        words = [str(self._folder / word.removeprefix(prefix)) if word.startswith(prefix) else word for word in words]
        return [word.replace(PORT, self._free_port) for word in words]


def without_engine() -> None:
    """Carry out the steps, start the pods, and see that they become healthy and end when they are told.

    Raises:
        StepFailed: A step failed.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        container = Container(folder, _python_for_all())
        for word, rest in instructions((ROOT / "Containerfile").read_text(encoding="utf-8")):
            container.carry_out(word, rest)
        user, group = container.user if container.user and os.geteuid() == 0 else (None, None)
        environment = {"PATH": os.environ["PATH"]}
        with subprocess.Popen(
            container.command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            user=user,
            group=group,
        ) as process:
            try:
                if process.stdout is None or not process.stdout.readline().startswith("export POD_URL="):
                    raise StepFailed(f"{shlex.join(container.command)}: did not start")
                owner = os.stat(f"/proc/{process.pid}").st_uid if Path("/proc").is_dir() else None
                subprocess.run(
                    container.health,
                    cwd=folder,
                    env=environment,
                    timeout=_LONGEST_START,
                    check=True,
                    capture_output=True,
                )
            except subprocess.CalledProcessError as error:
                raise StepFailed(f"HEALTHCHECK: {error.stderr.decode()}") from error
            finally:
                process.terminate()
        if process.returncode:
            raise StepFailed(f"status {process.returncode} after SIGTERM")
        print(f"container: its steps, without an engine, give healthy pods, run by user {owner}")


def _python_for_all() -> str:
    """An interpreter that another user may run too: root's own folder is often closed to others."""
    own = Path(sys.executable).resolve()
    closed = [folder for folder in own.parents if not folder.stat().st_mode & 0o001]
    return "/usr/bin/python3" if closed and os.geteuid() == 0 else sys.executable


def with_engine(engine: str) -> None:
    """Build the image, start it, and wait until it is healthy.

    Raises:
        StepFailed: It was not healthy in time.
        subprocess.CalledProcessError: The engine failed.
    """
    subprocess.run([engine, "build", "--quiet", "-f", "Containerfile", "-t", IMAGE, "."], cwd=ROOT, check=True)
    started = subprocess.run(
        [engine, "run", "--detach", "--rm", IMAGE], capture_output=True, text=True, check=True
    ).stdout.strip()
    try:
        question = [engine, "inspect", "--format", "{{.State.Health.Status}} {{.Config.User}}", started]
        limit = time.monotonic() + _LONGEST_START
        while (said := subprocess.check_output(question, text=True).split())[0] != "healthy":
            if time.monotonic() > limit:
                raise StepFailed(f"the container is {said[0]} after {_LONGEST_START} seconds")
            time.sleep(0.5)
        print(f"container: {engine} has built {IMAGE}, and its pods are healthy, run by user {said[1]}")
    finally:
        subprocess.run([engine, "stop", started], check=False, stdout=subprocess.DEVNULL)


def engine() -> str | None:
    """The container engine of this machine; None if there is none that runs."""
    for name in ("docker", "podman"):
        if shutil.which(name) and not subprocess.run([name, "info"], capture_output=True, check=False).returncode:
            return name
    return None


def main() -> int:
    """Build the container, or carry out its steps; returns the exit status."""
    try:
        if found := engine():
            with_engine(found)
        without_engine()
    except (StepFailed, subprocess.SubprocessError) as error:
        print(f"container: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
