"""How many defective pods Dredd, Specmatic and Prism find, of every twentieth of the catalogue.

Each gets what it can use: the description of accept and reject alone, with examples that name users of the cast whose
requests are waiting, and a session token. It has found a defect if it reports anything that it does not report about
the correct pod. ``python -m tests.benchmarks.other_testers --every 5`` tries more of the catalogue.
"""

import argparse
import copy
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from contract_tests import DESCRIPTION_PATH
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.process import EmulatorError, emulated_pod
from tests.contract.runs import ROOT

PROGRAMS = ROOT / "build" / "testers" / "node_modules" / ".bin"
INSTALL = "npm install --prefix build/testers dredd @stoplight/prism-cli specmatic"
SECONDS = 180.0
NAMED = {"200": "ACCEPTED_OR_REJECTED", "400": "NO_USER_ID", "401": "NO_SESSION", "403": "UNENTITLED", "404": "UNKNOWN"}
Findings = frozenset[str]


def main(arguments: Iterable[str] = ()) -> int:
    """Print a row for each program that is installed. Returns 0."""
    parser = argparse.ArgumentParser(description="Count the defects that other testers find.")
    parser.add_argument("--every", type=int, default=20, metavar="N", help="try every Nth defect")
    every = parser.parse_args(list(arguments)).every
    chosen = [defect for defect in list(DEFECTS.values())[::every] if not defect.needs_keys]
    for name, run in (("dredd", dredd), ("specmatic", specmatic), ("prism", prism_proxy)):
        if not (PROGRAMS / name).exists():
            print(f"{name} is missing: {INSTALL}", file=sys.stderr)
            continue
        # Twice, because generated requests differ from run to run.
        usual = findings(run) | findings(run)
        found = [defect.name for defect in chosen if not findings(run, defect.name) <= usual]
        print(f"| {name}: findings at the correct pod | | {len(usual)} | | |")
        print(f"| {name}: defects found, of every nth | | {len(found)} of {len(chosen)} | | |", flush=True)
    return 0


def findings(run: Callable[[Path, Mapping[str, str]], Findings], defect: str = "") -> Findings:
    """What a program reports of the correct pod, or of a defective one; nothing if it does not come to its end."""
    federation = bool(defect) and DEFECTS[defect].needs_federation
    try:
        with (
            TemporaryDirectory() as folder,
            emulated_pod(*(["--defect", defect] if defect else []), federation=federation) as environment,
        ):
            ask_to_connect(environment)
            description = Path(folder, "openapi.json")
            description.write_text(json.dumps(with_examples(environment)), encoding="utf-8")
            return run(description, environment)
    except (EmulatorError, subprocess.TimeoutExpired, httpx.HTTPError):
        return frozenset()


def ask_to_connect(environment: Mapping[str, str]) -> None:
    """Have the requester and the bystander ask the caller to connect."""
    for role in ("REQUESTER", "BYSTANDER"):
        httpx.post(
            f"{environment.get(f'POD_{role}_URL', environment['POD_URL'])}/v1/connection/create",
            json={"userId": int(environment["POD_CALLER_USER_ID"])},
            headers={"sessionToken": environment[f"POD_{role}_TOKEN"]},
            timeout=5,
        )


def requests(environment: Mapping[str, str], operation: str) -> dict[str, tuple[dict[str, int], str]]:
    """The body and the token with which each documented status is reached."""
    waiting = "REQUESTER" if operation == "accept" else "BYSTANDER"
    user, token = {"userId": int(environment[f"POD_{waiting}_USER_ID"])}, environment["POD_CALLER_TOKEN"]
    return {
        "200": (user, token),
        "400": ({}, token),
        "401": (user, "no-such-session-token-of-anybody"),
        "403": (user, environment["POD_UNENTITLED_TOKEN"]),
        "404": ({"userId": int(environment["POD_UNKNOWN_USER_ID"])}, token),
    }


def with_examples(environment: Mapping[str, str]) -> dict[str, Any]:
    """The description of accept and reject alone, with an example for each documented status."""
    whole = json.loads(DESCRIPTION_PATH.read_text(encoding="utf-8"))
    paths = {path: item for path, item in whole["paths"].items() if path.endswith(("/accept", "/reject"))}
    made: dict[str, Any] = {**copy.deepcopy(whole), "paths": copy.deepcopy(paths)}
    for path, item in made["paths"].items():
        operation = item["post"]
        sent = requests(environment, path.rpartition("/")[2])
        body = operation["requestBody"]["content"]["application/json"]
        body["examples"] = {NAMED[status]: {"value": value} for status, (value, _) in sent.items()}
        # As a parameter, because none of them takes an example of a security scheme.
        operation.pop("security")
        tokens = {NAMED[status]: {"value": token} for status, (_, token) in sent.items()}
        token = {"name": "sessionToken", "in": "header", "required": True, "schema": {"type": "string"}}
        operation["parameters"] = [{**token, "examples": tokens}]
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                if status in sent:
                    state = "ACCEPTED" if path.endswith("accept") else "REJECTED"
                    success = {**sent["200"][0], "status": state}
                    error = {"code": int(status), "message": "as documented"}
                    content["examples"] = {NAMED[status]: {"value": success if status == "200" else error}}
    return made


def output_of(*command: str, folder: Path) -> str:
    """What a command writes, to either stream."""
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False
    )
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def dredd(description: Path, environment: Mapping[str, str]) -> Findings:
    """Dredd's command. It takes one example of a request, which it sends for every documented status."""
    text = json.loads(description.read_text(encoding="utf-8"))
    for item in text["paths"].values():
        body = item["post"]["requestBody"]["content"]["application/json"]
        body["example"] = body.pop("examples")[NAMED["200"]]["value"]
        for parameter in item["post"]["parameters"]:
            parameter["example"] = parameter.pop("examples")[NAMED["200"]]["value"]
    description.write_text(json.dumps(text), encoding="utf-8")
    said = output_of(str(PROGRAMS / "dredd"), str(description), environment["POD_URL"], folder=description.parent)
    lines = [re.sub(r" duration: .*", "", line.strip()) for line in said.splitlines()]
    return frozenset(line for line in lines if re.match(r"(fail|error): |(statusCode|body|headers): ", line))


def specmatic(description: Path, environment: Mapping[str, str]) -> Findings:
    """Specmatic's contract test, with the examples of the description."""
    command = [str(PROGRAMS / "specmatic"), "test", str(description), "--testBaseURL", environment["POD_URL"]]
    said = output_of(*command, folder=description.parent).rpartition("Unsuccessful Scenarios:")[2]
    lines = [line.strip() for line in said.splitlines()]
    return frozenset(line for line in lines if re.match(r'"Scenario|R\d{4}: |>> |Specification expected', line))


def prism_proxy(description: Path, environment: Mapping[str, str]) -> Findings:
    """Prism as a validating proxy, with the ten requests of the documented statuses."""
    found = set()
    with proxy(description, environment["POD_URL"]) as url:
        for operation in ("accept", "reject"):
            for status, (body, token) in requests(environment, operation).items():
                answer = httpx.post(
                    f"{url}/v1/connection/{operation}", json=body, headers={"sessionToken": token}, timeout=15
                )
                violations = answer.headers.get("sl-violations", "")
                problem = answer.text if "stoplight.io/prism" in answer.text else ""
                if str(answer.status_code) != status or violations or problem:
                    found.add(f"{operation} {status}: {answer.status_code} {violations} {problem}")
    return frozenset(found)


@contextmanager
def proxy(description: Path, pod: str) -> Iterator[str]:
    """Prism in front of a pod. Yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(PROGRAMS / "prism"), "proxy", str(description), pod, "--port", str(port), "--host", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "is listening" in line:
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
