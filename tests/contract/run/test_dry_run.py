"""A dry run lists what a run sends. The tests compare its list with what the emulated pod received."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from contract_tests.emulator.process import emulated_pod
from contract_tests.report.shell import printf_format
from tests.contract.pods import Seen
from tests.contract.recording import recording_pod
from tests.contract.runs import run_suite

LINE = re.compile(r"(\S+) +(\S+) +(\S+)  \((.*?)\)(?:  (.*))?")
# The ids of the caller and the requester are exchanged: a dry run lists the target's own ids, not the usual ones.
IDS = {"CALLER": 13056700579841, "REQUESTER": 7078106103809, "BYSTANDER": 14499809591297, "STRANGER": 444444444441}
# These rules send every kind of request, and a run of them is quick. The rules that send several requests at once
# are left out: what they send next depends on which request came first.
SOME = (
    "session-missing-*,session-truncated-*,session-extended-*,session-only-*,session-ended-*,session-decides-*,"
    "sequence-lawful,implicit-*,bystander-*,unknown-*,impossible-*,body-malformed-refused,no-*"
)


def listed(said: str) -> Counter[tuple[str, str, str]]:
    """The method, the path and the body of every line that a dry run prints."""
    matches = [LINE.fullmatch(line) for line in said.splitlines()]
    assert None not in matches
    return Counter((match[2], with_one_name(match[3]), with_one_name(match[5] or "")) for match in matches if match)


def with_one_name(text: str) -> str:
    """The text with the same name in place of every token."""
    return re.sub(r"\$POD_\w+_TOKEN", "$TOKEN", text)


def sent(seen: Iterable[Seen], environment: dict[str, str]) -> Counter[tuple[str, str, str]]:
    """The method, the path and the body of every request that a pod received, in the form of a dry run."""
    found: Counter[tuple[str, str, str]] = Counter()
    base = environment["POD_URL"].removesuffix("/pod")
    for request in seen:
        if request.path.startswith("/pod"):
            path, body = request.path.removeprefix("/pod"), printf_format(request.body)
            # The token stands in a path or a body of these tests only under this name.
            path, body = (re.sub(r"(sessionToken(?:=|\": \"))[\w-]+", r"\1$TOKEN", t) for t in (path, body))
        else:
            path, body = base + request.path, ""
        found[request.method, path, body] += 1
    return found


def assert_lists_what_is_sent(folder: Path, emulated: dict[str, str], selected: str, least: int) -> None:
    """Make a dry run and a run, and compare what they list and send."""
    chosen = ("--seed", "5", "--select", selected)
    with recording_pod(emulated) as (environment, seen):
        dry = run_suite(folder / "dry", *chosen, "--dry-run", environment=environment)
        assert (dry.status, seen) == (0, [])
        run_suite(folder / "contract", *chosen, environment=environment)
        assert listed(dry.said) == sent(seen, environment)
    assert len(seen) > least


def test_with_keys_it_lists_what_a_run_sends(tmp_path: Path) -> None:
    with emulated_pod("--keys", str(tmp_path / "keys")) as emulated:
        assert_lists_what_is_sent(tmp_path, emulated, SOME, 300)


def test_with_tokens_and_exchanged_ids_it_lists_what_a_run_sends(tmp_path: Path) -> None:
    cast = tmp_path / "cast.json"
    cast.write_text(json.dumps({role: {"id": user_id} for role, user_id in IDS.items()}), encoding="utf-8")
    with emulated_pod("--cast", str(cast)) as emulated:
        assert_lists_what_is_sent(tmp_path, emulated, "bystander-*,implicit-*,unknown-*,session-extended-*", 50)


def test_every_request_is_a_line_of_printable_ascii(tmp_path: Path) -> None:
    dry = run_suite(tmp_path / "dry", "--select", "body-malformed-refused,session-unknown-refused", "--dry-run")
    assert [line for line in dry.said.splitlines() if not (line.isascii() and line.isprintable())] == []
    assert r"\000" in dry.said


def test_each_request_is_listed_with_the_address_of_the_pod_that_gets_it(tmp_path: Path) -> None:
    """What each pod offers is asked without a session, so the line's role does not say which pod it is."""
    with emulated_pod(federation=True) as environment:
        dry = run_suite(tmp_path / "dry", "--select", "no-*", "--dry-run", environment=environment)
    asked = {line.split()[2] for line in dry.said.splitlines() if "/connection/create  (no session)" in line}
    pods = {environment[f"POD_{role}URL"] for role in ("", "REQUESTER_", "BYSTANDER_")}
    assert (asked, len(pods)) == ({f"{pod}/v1/connection/create" for pod in pods}, 3)
