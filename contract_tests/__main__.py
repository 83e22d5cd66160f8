"""The command ``python -m contract_tests`` and its subcommands; ``--help`` lists them."""

import argparse
import difflib
import fnmatch
import json
import os
import secrets
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from . import COMMAND, FOLDER, PAGES, SCRIPT, suite_version
from .contract.rules import excluded, no_such_rule, page_findings, rules
from .extras import missing
from .report.escaping import visible
from .report.stream import print_line, print_no_more
from .run.exit_status import EXIT_FAILED, EXIT_STATUSES, EXIT_UNREACHED, EXIT_USAGE
from .run.unexpected_error import describe_without_message
from .target.interrupt import interruptible
from .target.load_target import load_target
from .target.target import ROLES, ROLES_WITH_SESSION, TargetError
from .verdict.known import load_known

OUTPUT = Path("build/contract")
ALL_RULES = "*"
DEFAULT_SEED = 0  # fixed: two runs of one job send the same requests
SHELLS = ("bash", "zsh", "fish")
OUTPUT_HELP = f"the folder of the results; {OUTPUT} by default"
TARGET_HELP = "a file with the same settings as the POD_… variables"


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand.

    Args:
        arguments: The command line without the program's name.

    Returns:
        The exit status: of ``run`` one of ``EXIT_STATUSES``.
    """
    status = 0
    try:
        try:
            status = _main(sys.argv[1:] if arguments is None else arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:  # the reader of standard output, such as `head`, has seen enough
        print_no_more(sys.stdout)
    return status


def _main(arguments: list[str]) -> int:
    if arguments[:1] == ["emulate"]:
        if absent := missing("emulator", "emulate"):
            return _usage(absent)
        from .emulator.serve import main as emulate

        return emulate(arguments[1:])
    options = _parser().parse_args(arguments)
    try:
        with interruptible():
            status: int = options.command(options)
    except KeyboardInterrupt:
        return _failed("interrupted")
    except BrokenPipeError:
        raise  # standard output has no reader any more, and that is no failure
    except Exception as error:  # Python's own status would be 1, which means that a rule is broken
        return _failed(f"the command failed: {describe_without_message(error)}")
    return status


def _parser(name: str = COMMAND) -> argparse.ArgumentParser:
    """The parser of the command line.

    Args:
        name: What the command is called.
    """
    parser = argparse.ArgumentParser(prog=name, description="Check whether a pod keeps its promises.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version of the suite, and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="check the pod at POD_URL, or the emulated pod",
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument("--target", type=_path, metavar="FILE.toml", help=TARGET_HELP)
    run.add_argument(
        "--targets",
        type=_path,
        nargs="+",
        metavar="PATH",
        help="check many pods: target files, and folders of them; one page for all. The status is 1 if a pod fails, "
        "else 4 if a run did not come to its end, else 3 if too little was measured at one of them",
    )
    run.add_argument(
        "--jobs", type=_count, default=None, metavar="N", help="with --targets: how many pods are checked at a time"
    )
    run.add_argument("--output", type=_path, metavar="DIR", default=OUTPUT, help=OUTPUT_HELP)
    run.add_argument("--select", metavar="RULES", default=ALL_RULES, help="rule ids and globs, separated by commas")
    run.add_argument(
        "--seed",
        type=_seed,
        default=DEFAULT_SEED,
        metavar="NUMBER",
        help=f"a run with the same seed sends the same requests; {DEFAULT_SEED} by default, or random",
    )
    run.add_argument(
        "--max-examples",
        type=_count,
        metavar="N",
        help="how many requests are generated for each of accept and reject, such as 5000 for a nightly run; 150 by "
        "default",
    )
    run.add_argument("--strict", action="store_true", help="exit with 1 also if a rule is warned or not verified")
    much = run.add_mutually_exclusive_group()
    much.add_argument("-q", "--quiet", action="store_true", help="say the verdict and nothing else")
    much.add_argument("-v", "--verbose", action="store_true", help="say every rule, every request and all details")
    run.set_defaults(command=_run)

    run.add_argument("--known", type=_path, metavar="FILE.toml", help="known failures that do not fail the run")
    run.add_argument(
        "--dry-run",
        action="store_true",
        help="send nothing to the pod; list the requests that a run with this seed sends to the emulated pod",
    )

    jobs = commands.add_parser("matrix", help="spread target files over the jobs of a CI system, as JSON")
    jobs.add_argument("targets", type=_path, nargs="+", metavar="PATH", help="target files, and folders of them")
    jobs.add_argument(
        "--runners", type=_count, default=20, metavar="N", help="how many jobs at the most; %(default)s by default"
    )
    jobs.set_defaults(command=_matrix)

    fuzz = commands.add_parser(
        "fuzz", help="run schemathesis with the suite's rules, ids and session against the pod, or the emulated pod"
    )
    fuzz.add_argument("--output", type=_path, metavar="DIR", default=OUTPUT, help=OUTPUT_HELP)
    fuzz.add_argument("--seed", type=_seed, default=DEFAULT_SEED, metavar="NUMBER", help="a number, or random")
    fuzz.add_argument("more", nargs="*", metavar="OPTION", help="after --, options of `schemathesis run`")
    fuzz.set_defaults(command=_fuzz)

    clean = commands.add_parser("clean", help="put back the connections that a run changed before it was cut off")
    clean.add_argument("--target", type=_path, metavar="FILE.toml", help=TARGET_HELP)
    clean.add_argument("--output", type=_path, metavar="DIR", default=OUTPUT, help=OUTPUT_HELP)
    clean.set_defaults(command=_clean)

    token = commands.add_parser("token", help="print the session token of a user, and nothing else")
    token.add_argument("role", metavar="ROLE", help=", ".join(ROLES_WITH_SESSION))
    token.add_argument("--target", type=_path, metavar="FILE.toml", help=TARGET_HELP)
    token.set_defaults(command=_token)

    listing = commands.add_parser("rules", help="list the rules, or explain one rule")
    listing.add_argument("rule", nargs="?", metavar="RULE")
    listing.add_argument("--markdown", action="store_true", help="print them as a table in Markdown")
    listing.add_argument("--coverage", action="store_true", help="print the sentences of each page that no rule quotes")
    listing.set_defaults(command=_rules)

    emulate = commands.add_parser("emulate", help="serve an emulated pod; `emulate --help` lists its options")
    emulate.set_defaults(command=None)

    report = commands.add_parser("report", help="make the reports again from the results of one run, or of many")
    report.add_argument(
        "files",
        type=_path,
        nargs="*",
        metavar="FILE",
        help="results.jsonl of a run; several make one page of all; by default the one in the folder of --output",
    )
    report.add_argument(
        "--compare",
        type=_path,
        action="append",
        default=[],
        metavar="FILE",
        help="results.jsonl of an earlier run: say what changed since; may be given for each of several runs",
    )
    report.add_argument(
        "--output",
        type=_path,
        metavar="DIR",
        help=f"the folder of the reports; by default the folder of a single FILE, else {OUTPUT}",
    )
    report.set_defaults(command=_report)

    completion = commands.add_parser(
        "completion", help="print a script that completes the words of the command in a shell"
    )
    completion.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    completion.set_defaults(command=_completion)
    return parser


class _Version(argparse.Action):
    """Prints the version when the option is met: it takes long to find, and no other command needs it."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"{SCRIPT} {suite_version()}")
        parser.exit()


def _path(text: str) -> Path:
    """A path of the command line; a shell leaves the ``~`` in ``--target=~/pod.toml`` as it is."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None


def _seed(text: str) -> int:
    """A seed of the command line: a number, or ``random``."""
    try:
        return secrets.randbelow(2**32) if text == "random" else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number or random, found {text!r}") from None


def _run(options: argparse.Namespace) -> int:
    if options.targets:
        return _run_fleet(options)
    if options.jobs is not None:
        return _usage("--jobs: expected --targets with it: one pod is checked by one run.")
    if absent := missing("run", "run"):
        return _usage(absent)
    # Imported here: the other subcommands start faster without it.
    import pytest

    from .checks.check import DEFAULT_EXAMPLES
    from .run.narrator import NORMAL, QUIET, VERBOSE
    from .run.open_run import open_run
    from .run.options import Options
    from .run.plugin import ContractPlugin
    from .target.session import SessionError

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
            return _usage(str(error))
        settings = ("-s", "--assert=plain", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:schemathesis")
        files = _files(how.selected)
        pytest.main([*files, "-c", str(FOLDER / "pytest.ini"), *settings], plugins=[ContractPlugin(run)])
        return run.exit_status()


def _run_fleet(options: argparse.Namespace) -> int:
    from .run.fleet import AT_ONCE, Fleet, check_targets, groups_by_address, target_files

    if options.target is not None or options.dry_run:
        other = "--dry-run" if options.target is None else "--target"
        return _usage(f"--targets: expected no {other} with it. Give {other} one target file with --target.")
    more = [] if options.select == ALL_RULES else ["--select", options.select]
    more += ["--seed", str(options.seed), *_as_given(options, without_output=True)]
    more += [flag for flag, given in (("-q", options.quiet), ("-v", options.verbose)) if given]
    try:
        _selected(options.select)
        if options.known:
            load_known(options.known)
        files = target_files(options.targets)
        check_targets(files, os.environ)
        return Fleet(options.output, more, os.environ, options.jobs or AT_ONCE).run(groups_by_address(files))
    except TargetError as error:
        for line in str(error).splitlines():
            _complain(line)
        return EXIT_USAGE


def _matrix(options: argparse.Namespace) -> int:
    from .run.fleet import groups_by_address, matrix, target_files

    try:
        groups = groups_by_address(target_files(options.targets))
    except TargetError as error:
        for line in str(error).splitlines():
            _complain(line)
        return EXIT_USAGE
    print(json.dumps({"include": matrix(groups, options.runners)}))
    return 0


def _fuzz(options: argparse.Namespace) -> int:
    from .run.fuzz import fuzz
    from .target.session import SessionError

    try:
        return fuzz(os.environ, options.output, options.seed, options.more)
    except (TargetError, SessionError) as error:
        return _usage(str(error))


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return number


def _as_given(options: argparse.Namespace, *, without_output: bool = False) -> list[str]:
    """The options of a run as they were given, but for the target file, the rules, the seed and the verbosity."""
    words: list[str] = []
    words += [] if options.output is OUTPUT or without_output else ["--output", str(options.output)]
    words += [] if options.known is None else ["--known", str(options.known)]
    words += [] if options.max_examples is None else ["--max-examples", str(options.max_examples)]
    return [*words, *(["--strict"] if options.strict else [])]


def _files(selected: tuple[str, ...]) -> list[str]:
    """Find the files that test the selected rules. A run of few rules starts faster without the other files."""

    def tests_one(path: Path) -> bool:
        text = path.read_text(encoding="utf-8")
        if "JUDGING_ANSWERS" in text:
            return any(rules()[rule].judges == "answers" for rule in selected)
        return any(f'rule("{rule}")' in text for rule in selected)

    return [str(path) for path in sorted((FOLDER / "checks").glob("test_*.py")) if tests_one(path)]


def _clean(options: argparse.Namespace) -> int:
    from .arranging.preflight import PREFLIGHT, open_sessions
    from .arranging.record import Record
    from .arranging.restore import Restorer
    from .arranging.session_owners import check_owners
    from .arranging.unreached import Unreached
    from .report.output import Output
    from .report.redact import Redactor
    from .run.output_folder import locked
    from .target.session import SessionError
    from .target.wire import Wire

    try:
        target = load_target(os.environ, options.target)
        if target is None:
            return _usage("clean: POD_URL is not set. Set it to the pod of the run that was cut off.")
        if not target.allow_writes:
            return _usage("clean: POD_ALLOW_WRITES is not set. It permits the changes; set it to 1.")
        wire = Wire(target, lambda _: None)
    except (TargetError, SessionError) as error:
        return _usage(str(error))
    output = Output(options.output, Redactor(lambda: [*target.secrets(), *wire.sessions.known_tokens()]))
    try:
        with locked(options.output):
            if not Record(options.output).read():
                output.say("contract: there is nothing to put back")
                return 0
            check_owners(wire, open_sessions(wire), PREFLIGHT)
            restored = Restorer(wire, options.output).restore()
    except TargetError as error:
        return _usage(str(error))
    except Unreached as error:
        output.say(f"contract: {error}")
        return EXIT_UNREACHED
    finally:
        wire.close()
    for line in restored.done or ["nothing had to be put back"]:
        output.say(f"contract: {line}")
    for line in (*restored.left, *restored.elsewhere):
        output.say(f"contract: {line}")
    return EXIT_FAILED if restored.left else EXIT_USAGE if restored.elsewhere else 0


def _token(options: argparse.Namespace) -> int:
    from .report.redact import Redactor
    from .target.session import SessionError
    from .target.wire import Wire

    role, with_session = options.role, ", ".join(ROLES_WITH_SESSION)
    try:
        if role not in ROLES_WITH_SESSION:
            if role in ROLES:
                return _usage(f"token: the {role} has no session. The roles that have one are {with_session}.")
            nearest = difflib.get_close_matches(role.lower(), ROLES_WITH_SESSION, n=1)
            meant = f" Is {nearest[0]} meant?" if nearest else ""
            return _usage(f"token: no such role: {role}.{meant} The roles are {with_session}.")
        target = load_target(os.environ, options.target)
        if target is None:
            return _usage("token: POD_URL is not set. Set it to the pod's base address.")
        if not target.has_session(role):
            prefix = f"POD_{role.upper()}"
            return _usage(
                f"token: the {role} has no way to a session. Set {prefix}_USER_ID, and {prefix}_TOKEN or "
                f"{prefix}_USERNAME and {prefix}_PRIVATE_KEY."
            )
        wire = Wire(target, lambda _: None)
    except (TargetError, SessionError) as error:
        return _usage(str(error))
    try:
        token = wire.token(role)
    except SessionError as error:
        return _unreached(Redactor(target.secrets).redact(str(error)))
    finally:
        wire.close()
    if not (token.isascii() and token.isprintable()):
        return _unreached(f"token: the pod gave the {role} a token with characters that no header can carry.")
    print(token)
    return 0


def _completion(options: argparse.Namespace) -> int:
    import shtab  # imported here: the other subcommands start faster without it

    print(shtab.complete(_parser(SCRIPT), shell=options.shell))
    return 0


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


def _rules(options: argparse.Namespace) -> int:
    if options.coverage:
        from .contract.coverage import unquoted

        if not PAGES.is_dir():
            return _usage("--coverage: expected openapi/pages beside the suite, found none.")
        for page, sentences in unquoted(PAGES).items():
            print(f"{page}: {len(sentences)} sentences that no rule quotes", *sentences, sep="\n  ")
        return 0
    if options.markdown:
        print("| rule | level | says | source |\n|---|---|---|---|")
        for rule in rules().values():
            print(f"| `{rule.id}` | {rule.level} | {rule.says} | {', '.join(rule.pages)} |")
        return 0
    if options.rule is None:
        for rule in rules().values():
            print(f"{rule.level:<6}  {rule.id:<36}  {rule.says}")
        for promise in excluded():
            print(f"{'excluded':<6}  {promise.says} {promise.reason}")
        for finding in page_findings():
            print(f"{'page':<6}  {finding.says}")
        return 0
    if options.rule not in rules():
        return _usage(no_such_rule(options.rule))
    rule = rules()[options.rule]
    print(f"{rule.id} ({rule.level})\n{rule.says}\n")
    print(f"source    {', '.join(rule.pages)}: {rule.quote}")
    print(f"needs     {', '.join(rule.needs)}{', POD_ALLOW_WRITES=1' if rule.writes else ''}")
    if rule.companion:
        print(f"companion {', '.join(rule.companion)}")
    print(f"sent      {rule.sent}\nexpected  {rule.expected}\nbroken by {rule.example}")
    if absent := missing("emulator", "the list of the defects that prove it"):
        print(f"proved by {absent}")
        return 0
    from .emulator.defects import DEFECTS  # imported here: the list is printed faster without it

    print("proved by " + ", ".join(defect.name for defect in DEFECTS.values() if rule.id in defect.breaks))
    return 0


def _report(options: argparse.Namespace) -> int:
    from .report.join import report_many, report_one
    from .report.output import Output
    from .report.redact import Redactor
    from .report.results import NAME, ResultsError

    files = options.files or [(options.output or OUTPUT) / NAME]
    folder = options.output or (files[0].parent if len(files) == 1 else OUTPUT)
    output = Output(folder, Redactor(list))  # the runs that wrote the results removed the secrets
    try:
        if len(files) > 1:
            ended = report_many(files, output, options.compare).outcome
        elif len(options.compare) > 1:
            return _usage("report: expected one --compare for one FILE. Name the one earlier run.")
        else:
            ended = report_one(files[0], output, next(iter(options.compare), None))
    except ResultsError as error:
        return _usage(str(error))
    except OSError as error:
        return _usage(f"report: {error.filename or folder}: cannot be written to: {error.strerror}.")
    output.say(f"contract: {ended.word}: {ended.why}")
    output.say(f"reports in {folder}/")
    return 0


def _failed(message: str) -> int:
    _complain(message)
    return EXIT_FAILED


def _unreached(message: str) -> int:
    _complain(message)
    return EXIT_UNREACHED


def _usage(message: str) -> int:
    _complain(message)
    return EXIT_USAGE


def _complain(message: str) -> None:
    with suppress(OSError):  # standard error may be closed
        print_line(visible(f"contract: {message}"), sys.stderr)


def command() -> None:
    """Run the installed command and end with its exit status."""
    sys.exit(main())


if __name__ == "__main__":
    command()
