"""The header and the footer of a run's results: what was checked and with what, what was counted and reached."""

import platform
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from .. import DESCRIPTION_PATH, suite_version
from ..contract.rules import rules
from ..target.target import Target
from ..target.wire import Wire
from ..verdict.ledger import Ledger


def header(target: Target, *, emulated: bool, seed: int, again: str, started: str) -> dict[str, Any]:
    """The target without its secrets, the versions, the seed, the command that repeats the run, when it started."""
    return {
        "target": {
            "url": target.url,
            "pods": {role: pod.url for role, pod in target.pods.items()},
            "settle": target.settle,
            "login_url": target.login_url,
            "sessionauth_url": target.sessionauth_url,
            "emulated": emulated,
            "allow_writes": target.allow_writes,
            "users": {role: user.user_id for role, user in target.users.items()},
        },
        "versions": {
            "suite": suite_version(),
            "python": platform.python_version(),
            **{package: version(package) for package in ("schemathesis", "hypothesis", "pytest", "httpx")},
            "description": sha256(DESCRIPTION_PATH.read_bytes()).hexdigest(),
        },
        "seed": seed,
        "started": started,
        "again": again,
    }


def footer(ledger: Ledger, wire: Wire, more: Mapping[str, Any]) -> dict[str, Any]:
    """What was counted and reached.

    Args:
        ledger: What was seen of each rule.
        wire: What went to the pod and back.
        more: What the run itself adds.
    """
    addresses = wire.addresses.values()
    return {
        "counts": ledger.counts(),
        "requests": dict(sum((address.transport.sent for address in addresses), Counter[str]())),
        "statuses": {name: dict(sorted(counter.items())) for name, counter in sorted(ledger.statuses.items())},
        "response_times": ledger.response_times.as_results(),
        "transitions": ledger.transitions.as_results(),
        "unreached": ledger.unreached(lambda operation_id, status: _why_unreached(operation_id, status, ledger, wire)),
        "past_authentication": ledger.past_authentication,
        "unauthorized": ledger.unauthorized,
        "dropped": sum(address.transport.dropped for address in addresses),
        "throttled": sum(address.repeating.throttled for address in addresses),
        "unavailable": sum(address.repeating.unavailable for address in addresses),
        "used_up": {str(user_id): operation_id for user_id, operation_id in ledger.used_up.items()},
        "settling": [settled._asdict() for settled in wire.settling.summary()],
        "renewed": wire.renewal.renewed,
        "absent": sorted({operation_id for address in addresses for operation_id in address.absent}),
        "answered_before_the_pod": ledger.before_the_pod.as_results(),
        **more,
    }


def _why_unreached(operation_id: str, status: int, ledger: Ledger, wire: Wire) -> str:
    if operation_id in wire.absent_at("caller"):
        return "the pod does not offer the operation"
    if status == 500:
        return "no request is meant to make a pod fail"
    if (operation_id, status) == ("listConnections", 404):
        return "a list that matches nothing is empty"
    if status == 403 and not wire.target.has_session("unentitled"):
        return "this status needs a session of the unentitled user"
    if status == 200 and not wire.target.allow_writes:
        return "this status needs POD_ALLOW_WRITES=1"
    if len(ledger.records) < len(rules()):
        return "not every rule was selected"
    return "no request of the run led to it"
