"""``run``: check a pod, or with ``--targets`` many pods."""

import argparse
import fnmatch
import os
from contextlib import ExitStack
from pathlib import Path

from .. import COMMAND, FOLDER
from ..contract.rules import no_such_rule, rules
from ..extras import missing
from ..run.exit_status import EXIT_STATUSES
from ..target.target import TargetError
from ..verdict.known import load_known
from .complaint import usage
from .options import OUTPUT, Commands, add_output, add_seed, add_target, count, path

ALL_RULES = "*"


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "run",
        help="check the pod at POD_URL, or the emulated pod",
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_target(parser)
    parser.add_argument(
        "--targets",
        type=path,
        nargs="+",
        metavar="PATH",
        help="check many pods: target files, and folders of them; one page for all. The status is 1 if a pod fails, "
        "else 4 if a run did not come to its end, else 3 if too little was measured at one of them",
    )
    parser.add_argument(
        "--jobs", type=count, default=None, metavar="N", help="with --targets: how many pods are checked at a time"
    )
    add_output(parser)
    parser.add_argument("--select", metavar="RULES", default=ALL_RULES, help="rule ids and globs, separated by commas")
    add_seed(parser)
    parser.add_argument(
        "--max-examples",
        type=count,
        metavar="N",
        help="how many requests are generated for each of accept and reject, such as 5000 for a nightly run; 150 by "
        "default",
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 also if a rule is warned or not verified")
    much = parser.add_mutually_exclusive_group()
    much.add_argument("-q", "--quiet", action="store_true", help="say the verdict and nothing else")
    much.add_argument("-v", "--verbose", action="store_true", help="say every rule, every request and all details")
    parser.add_argument("--known", type=path, metavar="FILE.toml", help="known failures that do not fail the run")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="send nothing to the pod; list the requests that a run with this seed sends to the emulated pod",
    )
    parser.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> int:
    if options.targets:
        return _run_fleet(options)
    if options.jobs is not None:
        return usage("--jobs: expected --targets with it: one pod is checked by one run.")
    if absent := missing("run", "run"):
        return usage(absent)
    import pytest

    from ..checks.check import DEFAULT_EXAMPLES
    from ..run.narrator import NORMAL, QUIET, VERBOSE
    from ..run.open_run import open_run
    from ..run.options import Options
    from ..run.plugin import ContractPlugin
    from ..target.session import SessionError

    with ExitStack() as stack:
        try:
            how = Options(
                folder=options.output,
                seed=options.seed,
                max_examples=options.max_examples or DEFAULT_EXAMPLES,
                selected=_selected(options.select),
                strict=options.strict,
                known=load_known(options.known) if options.known else {},
                dry_run=options.dry_run,
                select=None if options.select == ALL_RULES else options.select,
                arguments=tuple(_as_given(options)),
                verbosity=VERBOSE if options.verbose else QUIET if options.quiet else NORMAL,
            )
            run = open_run(stack, os.environ, how, options.target)
        except (TargetError, SessionError) as error:
            return usage(str(error))
        settings = ("-s", "--assert=plain", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:schemathesis")
        files = _files(how.selected)
        pytest.main([*files, "-c", str(FOLDER / "pytest.ini"), *settings], plugins=[ContractPlugin(run)])
        return run.exit_status()


def _run_fleet(options: argparse.Namespace) -> int:
    from ..__main__ import main  # not above: that file imports this one
    from ..run.fleet import AT_ONCE, Fleet, check_targets, groups_by_address, target_files

    if options.target is not None or options.dry_run:
        other = "--dry-run" if options.target is None else "--target"
        return usage(f"--targets: expected no {other} with it. Give {other} one target file with --target.")
    more = [] if options.select == ALL_RULES else ["--select", options.select]
    more += ["--seed", str(options.seed), *_as_given(options, without_output=True)]
    more += [flag for flag, given in (("-q", options.quiet), ("-v", options.verbose)) if given]
    try:
        _selected(options.select)
        if options.known:
            load_known(options.known)
        files = target_files(options.targets)
        check_targets(files, os.environ)
        fleet = Fleet(main, options.output, more, os.environ, options.jobs or AT_ONCE)
        return fleet.run(groups_by_address(files))
    except TargetError as error:
        return usage(str(error))


def _as_given(options: argparse.Namespace, *, without_output: bool = False) -> list[str]:
    """The options of a run as they were given, but for the target file, the rules, the seed and the verbosity."""
    words: list[str] = []
    words += [] if options.output is OUTPUT or without_output else ["--output", str(options.output)]
    words += [] if options.known is None else ["--known", str(options.known)]
    words += [] if options.max_examples is None else ["--max-examples", str(options.max_examples)]
    return [*words, *(["--strict"] if options.strict else [])]


def _selected(patterns: str) -> tuple[str, ...]:
    chosen: list[str] = []
    for pattern in filter(None, (part.strip() for part in patterns.split(","))):
        matching = fnmatch.filter(rules(), pattern)
        if not matching:
            raise TargetError(f"--select: {no_such_rule(pattern)}")
        chosen += matching
    if not chosen:
        raise TargetError(f"--select {patterns!r}: expected rule ids or globs. `{COMMAND} rules` lists them.")
    return tuple(chosen)


def _files(selected: tuple[str, ...]) -> list[str]:
    """Find the files that test the selected rules. A run of few rules starts faster without the other files."""

    def tests_one(file: Path) -> bool:
        text = file.read_text(encoding="utf-8")
        if "JUDGING_ANSWERS" in text:
            return any(rules()[rule].judges == "answers" for rule in selected)
        return any(f'rule("{rule}")' in text for rule in selected)

    return [str(file) for file in sorted((FOLDER / "checks").glob("test_*.py")) if tests_one(file)]
