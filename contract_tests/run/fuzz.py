"""Runs ``schemathesis run`` with the suite's rules, ids and session against a pod, and puts things back."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from .. import DESCRIPTION_PATH, FOLDER, PACKAGE
from ..arranging.preflight import PREFLIGHT, open_sessions
from ..arranging.restore import Restorer
from ..arranging.session_owners import check_owners
from ..arranging.unreached import Unreached
from ..contract.description import UNDER_TEST, operation
from ..emulator.process import emulated_pod
from ..report.output import Output
from ..report.redact import Redactor
from ..target.load_target import load_target
from ..target.session import tls_context
from ..target.settings import collect_settings
from ..target.target import Target, TargetError
from ..target.wire import Wire
from .exit_status import EXIT_BROKEN, EXIT_FAILED, EXIT_HELD, EXIT_UNREACHED
from .output_folder import locked

REPORTS = "schemathesis"  # the folder of its reports, in the output folder
FORMATS = "junit,har,ndjson,json,allure"
HOOKS = f"{PACKAGE}.schemathesis"


def fuzz(environment: Mapping[str, str], file: Path | None, folder: Path, seed: int, more: Sequence[str]) -> int:
    """Run schemathesis against the pod that the environment or the file names, or against emulated pods.

    Args:
        environment: The variables of the suite's interface.
        file: A target file.
        folder: The folder of the results. The reports of schemathesis are in a folder in it.
        seed: The seed of the generated requests.
        more: More options for ``schemathesis run``.

    Returns:
        An exit status, as for ``run``.

    Raises:
        TargetError, SessionError: The target is described wrongly, or the folder is taken.
    """
    with ExitStack() as stack:
        target = load_target(environment, file)
        is_emulated = target is None
        if target is None:
            environment = {**environment, **stack.enter_context(emulated_pod(federation=True))}
            target = load_target(environment)
            if target is None:
                raise TargetError("the emulated pod does not say its POD_URL")
        elif file is not None:
            # The hooks run in a process of their own, and read variables alone.
            settings = collect_settings(environment, file).values()
            environment = {**environment, **{setting.name: setting.value for setting in settings}}
        tls_context(target)  # a PEM file that is none is an error before anything is sent
        stack.enter_context(locked(folder))
        wire = Wire(target, lambda _: None)
        stack.callback(wire.close)
        output = Output(folder, Redactor(lambda: [*target.secrets(), *wire.sessions.known_tokens()]))
        try:
            refused = open_sessions(wire)
            check_owners(wire, refused, PREFLIGHT)
        except Unreached as cause:
            output.say(f"contract: {cause}")
            return EXIT_UNREACHED
        restorer = Restorer(wire, folder)
        remembers = target.allow_writes and not is_emulated
        for sentence in restorer.remember(refused) if remembers else ():
            output.say(f"contract: {sentence}")
        try:
            status = _schemathesis(environment, target, output, ["--seed", str(seed), *more])
        finally:
            left = restorer.restore().left if remembers else []
            for line in left:
                output.say(f"contract: {line}")
        return EXIT_FAILED if left and status != EXIT_BROKEN else status


def _schemathesis(environment: Mapping[str, str], target: Target, output: Output, more: Sequence[str]) -> int:
    reports = output.folder / REPORTS
    shutil.rmtree(reports, ignore_errors=True)  # of an earlier run
    paths = "|".join(re.escape(operation(operation_id).path) for operation_id in UNDER_TEST)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(DESCRIPTION_PATH), "--url", target.url),
        *("--include-path-regex", f"^({paths})$", "--continue-on-failure", "--workers", "1", "--no-color"),
        *("--report", FORMATS, "--report-dir", str(reports), *_connection(target), *more),
    ]
    inherited = os.environ.get("PYTHONPATH", "")
    variables = {
        **environment,
        "SCHEMATHESIS_HOOKS": HOOKS,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(FOLDER.parent), inherited])),
    }
    process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with process:
        try:
            for line in process.stdout or ():
                output.say(line.rstrip("\n"))
        except BaseException:
            process.terminate()
            raise
    for path in reports.rglob("*"):
        if path.is_file():
            _remove_secrets(path, output)
    output.say(f"contract: reports of schemathesis in {reports}/")
    return _status(process.returncode, reports)


def _status(returned: int, reports: Path) -> int:
    """The exit status. Where schemathesis itself fails, Python's status is 1 too, and no finding is reported."""
    reported = sorted(reports.glob("json-*.json"))
    if returned not in (0, 1) or not reported:
        return EXIT_FAILED
    found = json.loads(reported[-1].read_text(encoding="utf-8"))
    if returned == 0 and found["test_cases"]["generated"]:
        return EXIT_HELD
    return EXIT_BROKEN if found["failures"] else EXIT_FAILED


def _connection(target: Target) -> list[str]:
    """The options by which schemathesis reaches the pod as the suite does."""
    options = ["--request-timeout", f"{target.timeout:g}"]
    options += ["--rate-limit", f"{max(1, round(target.rate))}/s"] if target.rate else []
    options += ["--proxy", target.proxy] if target.proxy else []
    options += ["--tls-verify", str(target.ca_bundle)] if target.ca_bundle else []
    if certificate := target.certificate_of("caller"):
        options += ["--request-cert", str(certificate.path)]
        options += ["--request-cert-key", str(certificate.key)] if certificate.key else []
    return options


def _remove_secrets(path: Path, output: Output) -> None:
    """Remove the secrets from a report: schemathesis hides a header, and not a body that repeats it."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # no text, such as a picture of a page
    redacted = output.redact_document(text)
    if redacted != text:
        path.write_text(redacted, encoding="utf-8")
