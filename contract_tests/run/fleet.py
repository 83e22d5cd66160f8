"""Checks many pods: a run of its own for each target file, several at a time, and one page for all of them."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ..report.display import STYLES
from ..report.join import report_many
from ..report.outcome import outcome
from ..report.output import Output
from ..report.redact import Redactor
from ..report.results import NAME, ResultsError, read_results
from ..target.load_target import load_target
from ..target.settings import POD_KEYS, addresses_in, setting_name, suite_settings
from ..target.target import TargetError
from .exit_status import EXIT_FAILED
from .forked import Command, ForkedProcess
from .output_folder import locked
from .step import tell_github

LOG = "run.log"
TAIL = 5  # lines of a log in which the reason is looked for why a run has no results
AT_ONCE = 2 * (os.cpu_count() or 1)
FOR_ALL = {setting_name("pod", key) for key in POD_KEYS} - {"POD_URL", "POD_LOGIN_URL", "POD_SESSIONAUTH_URL"}
"""The variables that may be set for all pods. The others say which pod and which users, as each file does."""


def target_files(paths: Sequence[Path]) -> list[Path]:
    """The target files: the given ones, and those in the given folders, in the order of their names.

    Raises:
        TargetError: There is none, or two have one name.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    if not files:
        raise TargetError(f"--targets {' '.join(map(str, paths))}: expected target files, *.toml, found none.")
    names = [file.stem.lower() for file in files]
    if twice := sorted({file.name for file, name in zip(files, names, strict=True) if names.count(name) > 1}):
        raise TargetError(f"--targets: {', '.join(twice)}: two target files have one name. Give each its own.")
    return files


def check_targets(files: Iterable[Path], environment: Mapping[str, str]) -> None:
    """Read every target file, before anything is sent to any pod.

    Args:
        files: The target files.
        environment: The variables that are set for all pods, and the secrets that the files name.

    Raises:
        TargetError: A file, or the environment, is wrong. The message has a line for each fault.
    """
    if own := sorted(suite_settings(environment) - FOR_ALL):
        them = "it" if len(own) == 1 else "them"
        raise TargetError(f"{', '.join(own)}: set, but the files of --targets name the pods. Unset {them}.")
    faults = []
    for file in files:
        try:
            load_target(environment, file)
        except TargetError as fault:
            faults.append(str(fault) if str(file) in str(fault) else f"{file}: {fault}")
    if faults:
        raise TargetError("\n".join(faults))


def groups_by_address(files: Iterable[Path]) -> list[list[Path]]:
    """Put target files that share an address into one group: two runs at one pod change each other's connections.

    Raises:
        TargetError: A file cannot be read.
    """
    groups: list[tuple[set[str], list[Path]]] = []
    for file in files:
        urls = addresses_in(file)
        shared = [group for group in groups if group[0] & urls]
        groups = [group for group in groups if not group[0] & urls]
        together = [path for _, paths in shared for path in paths]
        groups.append((urls.union(*(group[0] for group in shared)), [*together, file]))
    return [paths for _, paths in groups]


def matrix(groups: Iterable[list[Path]], runners: int) -> list[dict[str, str]]:
    """Spread target files over jobs of a CI system. Files that share an address stay together.

    Args:
        groups: The target files, as ``groups_by_address`` gives them.
        runners: How many jobs there are at the most.

    Returns:
        For each job a ``name`` and its ``targets``, the paths of its files with spaces between them.
    """
    jobs: list[list[Path]] = [[] for _ in range(runners)]
    for group in sorted(groups, key=len, reverse=True):
        min(jobs, key=len).extend(group)
    filled = [sorted(job) for job in jobs if job]
    width = len(str(len(filled)))
    return [
        {"name": f"pods-{number:0{width}}", "targets": " ".join(map(str, job))}
        for number, job in enumerate(filled, start=1)
    ]


class Fleet:
    """Runs the suite against many pods.

    Args:
        main: The function of the command, which takes arguments and returns an exit status.
        folder: The folder of the results; each pod has a folder in it.
        arguments: More options for each run.
        environment: The environment of each run.
        at_once: How many runs go on at a time.
    """

    def __init__(
        self,
        main: Callable[[list[str]], int],
        folder: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        at_once: int,
    ) -> None:
        self._main = main
        self._folder = folder
        self._arguments = arguments
        self._environment = environment
        self._at_once = at_once
        self._output = Output(folder, Redactor(list))  # the runs remove the secrets
        self._under_way: set[ForkedProcess] = set()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._done = 0

    def run(self, groups: Sequence[list[Path]]) -> int:
        """Run every target, and make one page of all.

        Returns:
            The exit status: 0 if every pod passed, 1 if one failed; else 4 if a run did not come to its end, or 3.
        """
        files = [file for group in groups for file in group]
        with ExitStack() as stack:
            stack.enter_context(locked(self._folder))
            kept = Path(stack.enter_context(TemporaryDirectory(prefix="contract-earlier-")))
            earlier = [copy for file in files if (copy := self._earlier(file, kept))]
            complete = self._run_all(groups, len(files))
            results = [self._folder / file.stem / NAME for file in files]
            lost = {path.parent.name: why for path in results if (why := self._why_lost(path))}
            whole = [path for path in results if path.parent.name not in lost]
            ended = report_many(whole, self._output, earlier, lost)
            word = ended.outcome.word
            self._output.say(f"{word}  {ended.outcome.why}", STYLES[word])
            self._output.say(f"one page for all of them: {self._folder}/report.html")
            status = ended.status if complete else EXIT_FAILED
            tell_github(self._folder, status, {"pods": len(files), "lost": len(lost)})
            return status

    def _run_all(self, groups: Sequence[list[Path]], count: int) -> bool:
        """Run the groups side by side. Returns whether all came to their end: False after a signal."""
        with ThreadPoolExecutor(self._at_once) as pool:
            try:
                self._output.say(f"contract: {count} pods, {self._at_once} at a time")
                for future in [pool.submit(self._run_group, group, count) for group in groups]:
                    future.result()
            except KeyboardInterrupt:
                self._ended.set()
                with self._lock:
                    for process in self._under_way:
                        process.terminate()  # each puts its connections back
                return False
        return True

    def _run_group(self, group: list[Path], count: int) -> None:
        for file in group:
            if self._ended.is_set():
                return
            self._run_one(file)
            with self._lock:
                self._done += 1
                path = self._folder / file.stem / NAME
                why = self._why_lost(path)
                ended = None if why else outcome(read_results(path))
                word = ended.word if ended else "INCOMPLETE"
                text = ended.why if ended else why
                self._output.say(f"{self._done:>4}/{count:<4}  {word:<10}  {file.stem}: {text}", STYLES[word])

    def _run_one(self, file: Path) -> None:
        folder = self._folder / file.stem
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NAME).unlink(missing_ok=True)
        arguments = ["run", "--target", str(file), "--output", str(folder), *self._arguments]
        # No command of GitHub's in a log that nobody reads as one; the summary of all is written once.
        quiet = {name: value for name, value in self._environment.items() if not name.startswith("GITHUB_")}
        log = folder / LOG
        process = ForkedProcess(Command(self._main, arguments, quiet, Path.cwd(), log, log))
        with self._lock:
            self._under_way.add(process)
        if self._ended.is_set():
            process.terminate()
        process.wait()
        with self._lock:
            self._under_way.discard(process)

    def _earlier(self, file: Path, kept: Path) -> Path | None:
        """Keep the results of an earlier run against a target; None if there are no whole ones."""
        path = self._folder / file.stem / NAME
        try:
            read_results(path)
        except ResultsError:
            return None
        copy = kept / file.stem / NAME
        copy.parent.mkdir()
        return Path(shutil.copy(path, copy))

    def _why_lost(self, path: Path) -> str | None:
        """Why there are no results at a path; None if there are."""
        try:
            read_results(path)
        except ResultsError as error:
            log = path.with_name(LOG)
            said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:] if log.is_file() else []
            return next((line for line in reversed(said) if line.startswith("contract: ")), str(error))
        return None
