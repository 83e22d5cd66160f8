"""Reads the results of one or many runs, and makes their reports again."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from .fleet import Ended, Member, write_fleet
from .outcome import Outcome, outcome
from .output import Output
from .redact import Redactor
from .results import Results, ResultsError, read_results
from .write import write_reports

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def report_one(file: Path, output: Output, earlier: Path | None = None) -> Outcome:
    """Make the reports of one run again.

    Args:
        file: Its ``results.jsonl``.
        output: Writes the reports.
        earlier: The ``results.jsonl`` of an earlier run, to say what changed since.

    Raises:
        ResultsError: One of the files cannot be read, or holds no whole results.
    """
    results = read_results(file)
    write_reports(output, results, None if earlier is None else read_results(earlier))
    return outcome(results)


def report_many(
    files: Sequence[Path],
    output: Output,
    earlier: Sequence[Path] = (),
    lost: Mapping[str, str] | None = None,
) -> Ended:
    """Make one page for many runs, and the reports of each of them where they are not there already.

    The reports of a run stay where they are if its results are in the output folder. Else they are made in a folder of
    the run's name beneath it.

    Args:
        files: The ``results.jsonl`` of each run.
        output: Writes the reports of all.
        earlier: The ``results.jsonl`` of earlier runs. A run is compared with the one that has its name, or else with
            the one against the same pod.
        lost: Why a run has no results, by its name.

    Returns:
        How the runs ended.

    Raises:
        ResultsError: One of the files cannot be read, or holds no whole results, or is given twice.
    """
    before = _Earlier(earlier)
    members = [Member(name, None, why) for name, why in (lost or {}).items()]
    names = _names(files)
    read = {name: read_results(file) for name, file in names.items()}  # all of them, before anything is written
    for name, results in read.items():
        file = names[name]
        compared = before.of(name, results)
        folder = file.parent if file.resolve().is_relative_to(output.folder.resolve()) else output.folder / name
        if folder.resolve() == output.folder.resolve():
            folder = output.folder / name
        if folder != file.parent or compared is not None or not (folder / "report.html").is_file():
            write_reports(Output(folder, Redactor(list)), results, compared)
        page = Path(os.path.relpath(folder, output.folder), "report.html").as_posix()
        members.append(Member(name, results, earlier=compared, page=page))
    return write_fleet(output, members)


def _names(files: Sequence[Path]) -> dict[str, Path]:
    """A short name for each file: the name of its folder, with as many folders above it as tell it from the others.

    Raises:
        ResultsError: A file is given twice.
    """
    paths = [file.resolve() for file in files]
    for path, file in zip(paths, files, strict=True):
        if paths.count(path) > 1:
            raise ResultsError(f"{file}: the file is given twice. Name each file once.")
    depth = 1
    most = max((len(path.parts) for path in paths), default=1)
    while True:
        # A file of another name than usual says more than its folder does.
        stems = [path.with_suffix("").parts if path.name != "results.jsonl" else path.parent.parts for path in paths]
        names = [_NOT_IN_NAMES.sub("-", "-".join(parts[-depth:])).strip(".-") or "pod" for parts in stems]
        if len({name.lower() for name in names}) == len(names) or depth > most:
            break
        depth += 1
    if len({name.lower() for name in names}) < len(names):
        names = [f"{name}-{number}" for number, name in enumerate(names, start=1)]
    return dict(zip(names, files, strict=True))


class _Earlier:
    """The earlier runs, by name and by the address of the pod."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._by_name = {name: read_results(file) for name, file in _names(files).items()}
        self._by_url = {results.header["target"]["url"]: results for results in self._by_name.values()}

    def of(self, name: str, results: Results) -> Results | None:
        """The earlier run to compare a run with; None if there is none."""
        return self._by_name.get(name) or self._by_url.get(results.header["target"]["url"])
