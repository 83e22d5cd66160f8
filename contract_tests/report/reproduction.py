"""Says how to see a finding again: a block to paste into a shell, and the command that repeats the run."""

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import COMMAND, PACKAGE
from ..contract.exchange import Request
from ..target.target import ROLES_WITH_SESSION, Target
from .shell import curl, quoted

_TOKEN_VARIABLE = re.compile(r"\$\{?POD_([A-Z]+)_TOKEN\b")
_NOT_IN_COMMENTS = re.compile(r"[^A-Za-z0-9 .,:/+=@_-]+")


@dataclass(frozen=True)
class Reproduction:
    """How a run was started, and how a shell reaches the pod of that run.

    Attributes:
        assignments: Lines of a shell that set what the requests need: the pod's address first. Empty if the
            run itself started the pod and stopped it.
        seed: The seed of the run.
        selected: The value of ``--select``; None if it was not given.
        options: The other options of ``run``, as they were given.
        target_options: The options that name the target file.
        given_tokens: The roles whose token is in a variable of the environment.
        curl_options: Words of a shell that tell curl the way to the pod.
        pods: The base address of a role's pod, if it is another pod than the caller's.
        command: Starts the suite's command in a shell, in the folder in which the run was started.
    """

    assignments: tuple[str, ...] = ()
    seed: int = 0
    selected: str | None = None
    options: tuple[str, ...] = ()
    target_options: tuple[str, ...] = ()
    given_tokens: frozenset[str] = frozenset()
    curl_options: tuple[str, ...] = ()
    pods: Mapping[str, str] = field(default_factory=dict)
    command: str = COMMAND

    def run_command(self, rule: str | None = None) -> str:
        """Return the command that repeats the run, for any usual shell.

        Args:
            rule: Repeat the run for this rule alone.
        """
        selected = rule or self.selected
        words = [*self.target_options, *self.options, "--seed", str(self.seed)]
        words += [] if selected is None else ["--select", selected]
        return f"{self.command} run {' '.join(map(quoted, words))}"

    def curl(self, request: Request) -> str:
        """Return a command that sends a request again; see ``shell.curl``."""
        variable = f"POD_{request.role.upper()}_URL" if request.role in self.pods and request.role else "POD_URL"
        return curl(request, self.curl_options, variable)

    def block(self, rule: str, requests: Sequence[Request]) -> str:
        """Return lines that reproduce a finding in a POSIX shell, to be pasted as they are.

        They hold nothing that the pod has answered: a shell that does not know comments would run it.

        Args:
            rule: The rule's id.
            requests: The requests, in their order.
        """
        if not self.assignments:
            return self.run_command(rule)
        commands = [self.curl(request) for request in requests]
        lines = [comment(f"{rule}: {len(commands)} requests"), *self.assignments]
        for role, url in self.pods.items():
            if any(request.role == role for request in requests):
                lines.append(f"POD_{role.upper()}_URL={quoted(url)}")
        named = {name.lower() for command in commands for name in _TOKEN_VARIABLE.findall(command)}
        for role in ROLES_WITH_SESSION:
            if role in named and role not in self.given_tokens:
                words = " ".join(map(quoted, ("token", role, *self.target_options)))
                lines.append(f'POD_{role.upper()}_TOKEN="$({self.command} {words})"')
        for number, (request, command) in enumerate(zip(requests, commands, strict=True), start=1):
            lines += [comment(f"{number}. {request.about}"), command]
        return "\n".join(lines)


def reproduction(
    target: Target | None,
    environment: Mapping[str, str],
    *,
    seed: int,
    selected: str | None = None,
    options: Sequence[str] = (),
    target_options: Sequence[str] = (),
) -> Reproduction:
    """Say how a run can be repeated, and its findings be reproduced.

    Args:
        target: The pod; None if the run starts an emulated one.
        environment: The variables of the suite's interface.
        seed: The seed of the run.
        selected: The value of ``--select``, if it was given.
        options: The other options of ``run``, as they were given.
        target_options: The options that name the target file.
    """
    given = frozenset(role for role in ROLES_WITH_SESSION if environment.get(f"POD_{role.upper()}_TOKEN", "").strip())
    return Reproduction(
        assignments=() if target is None else tuple(_assignments(target, environment)),
        seed=seed,
        selected=selected,
        options=tuple(options),
        target_options=tuple(target_options),
        given_tokens=given,
        curl_options=() if target is None else tuple(_curl_options(target)),
        pods={} if target is None else {role: pod.url for role, pod in target.pods.items() if pod.url != target.url},
        command=_command(),
    )


def _command() -> str:
    """Start the suite with the Python that runs it: the user's own may have none of the packages."""
    own = Path(sys.executable)
    if shutil.which("python") == str(own):
        return COMMAND
    shown = own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own
    return f"{quoted(str(shown))} -m {PACKAGE}"


def _assignments(target: Target, environment: Mapping[str, str]) -> list[str]:
    lines = [f"POD_URL={quoted(target.url)}"]
    if target.proxy and not environment.get("POD_PROXY", "").strip():
        if "@" in target.proxy:
            lines.append(comment("Set POD_PROXY first: it has credentials, which are not shown."))
        else:
            lines.append(f"POD_PROXY={quoted(target.proxy)}")
    return lines


def _curl_options(target: Target) -> list[str]:
    words = ["--http1.1", "--max-time", f"{target.timeout:g}"]
    certificate, key = target.certificate or (None, None)
    for option, path in (("--cacert", target.ca_bundle), ("--cert", certificate), ("--key", key)):
        words += [] if path is None else [option, quoted(str(path))]
    # The suite obeys POD_PROXY and no variable that curl knows.
    return [*words, *(["--noproxy", "'*'"] if target.proxy is None else ["--noproxy", "''", "--proxy", '"$POD_PROXY"'])]


def comment(text: str) -> str:
    """Return a comment of a shell script, in characters that mean nothing to a shell that does not know comments."""
    return f"# {' '.join(_NOT_IN_COMMENTS.sub(' ', text).split())}"
