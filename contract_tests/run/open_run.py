"""Makes a run: against the pod that the user names, or against an emulated pod."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ..arranging.record import Record
from ..emulator.process import emulated_pod
from ..report.reproduction import reproduction
from ..target.load_target import load_target
from ..target.target import Target, TargetError
from .dry_run import Listing, stand_in
from .duration import GENERATED
from .options import Options
from .output_folder import locked
from .run import ContractRun


def open_run(
    stack: ExitStack, environment: Mapping[str, str], options: Options, file: Path | None = None
) -> ContractRun:
    """Make a run against the pod that is named, or against an emulated pod that lives as long as the stack.

    Args:
        stack: Ends what is started here.
        environment: The variables of the suite's interface.
        options: How the run is to be made.
        file: A target file.

    Raises:
        TargetError: The target is described wrongly, or the folder is taken or cannot be written to.
        SessionError: One of the target's PEM files is none.
    """
    named = load_target(environment, file)
    how = reproduction(
        named,
        environment,
        seed=options.seed,
        selected=options.select,
        options=options.arguments,
        target_options=() if file is None else ("--target", str(file)),
    )
    options = replace(options, reproduction=how)
    keep_no_files_of_hypothesis()
    if not options.dry_run:
        stack.enter_context(locked(options.folder))
        Record(options.folder).read()  # a file that cannot be read is an error before anything is sent
    run = _made(stack, named, options)
    stack.callback(run.end)
    return run


def keep_no_files_of_hypothesis() -> None:
    """Have hypothesis keep nothing of its own in the folder from which the suite is started."""
    # No folder can be made there. Hypothesis does without.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(os.devnull, "hypothesis"))


def _made(stack: ExitStack, named: Target | None, options: Options) -> ContractRun:
    if named is not None and not options.dry_run:
        return ContractRun(named, options)
    # The emulated pod's users log in by key, so that the run sees sessions end and begin anew.
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-emulated-"))
    in_folder = replace(options, folder=Path(folder))  # a dry run writes down there how things were found
    if named is not None:
        return ContractRun(stack.enter_context(stand_in(named, Path(folder))), in_folder, listing=Listing(named))
    meanwhile = _make_generator_ready if GENERATED in options.selected else None
    emulated = load_target(stack.enter_context(emulated_pod("--keys", folder, federation=True, meanwhile=meanwhile)))
    if emulated is None:
        raise TargetError("the emulated pod does not say its POD_URL")
    if options.dry_run:
        return ContractRun(emulated, in_folder, emulated=True, listing=Listing(emulated))
    return ContractRun(emulated, options, emulated=True)


def _make_generator_ready() -> None:
    # Imported here: it imports schemathesis, which takes long.
    from ..checks.generate import make_ready

    make_ready()
