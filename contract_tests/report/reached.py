"""Which statuses each operation answered: documented, reached, undocumented; and how long it took."""

from typing import Any, NamedTuple

from ..contract.description import COMPANION, UNDER_TEST, operation
from .results import Results
from .summary import operation_name

BAR = 200  # the width of the longest bar


class Cell(NamedTuple):
    """A status of an operation: ``reached``, ``unreached``, ``undocumented`` or ``none``, and what to write there."""

    kind: str
    text: str


class StatusRow(NamedTuple):
    """The statuses of an operation, one cell for each status of the table."""

    name: str
    cells: list[Cell]


class Reached(NamedTuple):
    """A table of operations and statuses."""

    statuses: list[int]
    rows: list[StatusRow]


class Times(NamedTuple):
    """The response times of an operation in words, and how long their bars are."""

    name: str
    answers: int
    median: str
    p95: str
    longest: str
    median_bar: int
    p95_bar: int


def reached(results: Results) -> Reached:
    """Make the table of operations and statuses."""
    counted = results.footer["statuses"]
    operations = [*UNDER_TEST, *COMPANION]
    statuses = sorted(
        {
            *(status for name in operations for status in operation(name).responses),
            *(int(status) for counts in counted.values() for status in counts),
        }
    )
    rows = [
        StatusRow(operation_name(name), [_cell(name, status, counted.get(name, {})) for status in statuses])
        for name in operations
    ]
    return Reached(statuses, rows)


def _cell(name: str, status: int, counts: dict[str, int]) -> Cell:
    documented = status in operation(name).responses
    # The keys are numbers before the results are written, and texts after they are read.
    times = counts.get(str(status)) or counts.get(status, 0)  # type: ignore[call-overload] # see above
    if times:
        return Cell("reached", str(times)) if documented else Cell("undocumented", f"{times} !")
    return Cell("unreached", "–") if documented else Cell("none", "")


def response_times(results: Results) -> list[Times]:
    """Make the table of response times; empty for results of an older suite."""
    measured: dict[str, dict[str, Any]] = results.footer.get("response_times", {})
    most = max((entry["p95"] for entry in measured.values()), default=0) or 1
    return [
        Times(
            operation_name(name),
            entry["answers"],
            _duration(entry["median"]),
            _duration(entry["p95"]),
            _duration(entry["longest"]),
            max(1, round(BAR * entry["median"] / most)),
            max(1, round(BAR * entry["p95"] / most)),
        )
        for name, entry in measured.items()
    ]


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
