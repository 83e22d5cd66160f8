"""How a run is to be made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..contract.rules import rules
from ..verdict.known import Known

DEFAULT_OUTPUT = Path("build/contract")


@dataclass(frozen=True)
class Options:
    """How a run is to be made.

    Attributes:
        folder: The folder of the results.
        seed: The seed of everything that is generated.
        selected: The ids of the rules to run.
        strict: Whether a rule that is warned or not verified fails the run.
        known: Known failures, by rule.
        dry_run: Whether the run lists its requests and sends the pod nothing.
    """

    folder: Path = DEFAULT_OUTPUT
    seed: int = 0
    selected: tuple[str, ...] = tuple(rules())
    strict: bool = False
    known: Mapping[str, Known] = field(default_factory=dict)
    dry_run: bool = False
