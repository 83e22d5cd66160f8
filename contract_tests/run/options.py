"""How a run is to be made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..checks.check import DEFAULT_EXAMPLES
from ..contract.rules import rules
from ..report.reproduction import Reproduction
from ..verdict.known import Known

DEFAULT_OUTPUT = Path("build/contract")


@dataclass(frozen=True)
class Options:
    """How a run is to be made.

    Attributes:
        folder: The folder of the results.
        seed: The seed of everything that is generated.
        max_examples: How many requests are generated for each operation.
        selected: The ids of the rules to run.
        strict: Whether a rule that is warned or not verified fails the run.
        known: Known failures, by rule.
        dry_run: Whether the run lists its requests and sends the pod nothing.
        select: The value of ``--select``; None if it was not given.
        arguments: The other options of the command line, as they were given, but for the target file and the seed.
        verbosity: How much is said: ``QUIET``, ``NORMAL`` or ``VERBOSE`` of the narrator.
        reproduction: How this run, and what it finds, can be seen again. ``open_run`` sets it.
    """

    folder: Path = DEFAULT_OUTPUT
    seed: int = 0
    max_examples: int = DEFAULT_EXAMPLES
    selected: tuple[str, ...] = tuple(rules())
    strict: bool = False
    known: Mapping[str, Known] = field(default_factory=dict)
    dry_run: bool = False
    select: str | None = None
    arguments: tuple[str, ...] = ()
    verbosity: int = 0
    reproduction: Reproduction = field(default_factory=Reproduction)
