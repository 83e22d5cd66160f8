"""What a rule needs, and which settings are missing for it. Nothing here sends a request."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TypedDict

from ..contract.rules import Rule
from ..target.settings import setting_name
from ..target.target import ROLES_WITH_SESSION, Target
from .companion_operations import why_no_arranging

ALLOW_WRITES = "POD_ALLOW_WRITES=1"


class Missing(TypedDict):
    """Settings that are missing, and the rules for which nothing else is missing.

    Attributes:
        set: The settings, as names of variables.
        rules: The ids of the rules.
    """

    set: list[str]
    rules: list[str]


def why_not_verifiable(rule: Rule, target: Target, refused: Mapping[str, str], absent: Collection[str]) -> str | None:
    """Why a rule cannot be verified; None where it can.

    Args:
        rule: The rule.
        target: The pods, the cast and the permission.
        refused: The roles whose session the pod does not accept, and why.
        absent: The companion operations that the pod does not offer.
    """
    settings = missing_settings(rule, target)
    if settings:
        more = " (or another way to a session)" if any(name.endswith("_TOKEN") for name in settings) else ""
        return f"needs {' and '.join(settings)}{more}"
    for role in rule.needs:
        if role in refused:
            return refused[role]
    return _why_not_offered(rule, absent)


def missing_by_settings(
    rules: Iterable[Rule], target: Target, refused: Mapping[str, str], absent: Collection[str]
) -> list[Missing]:
    """Which settings make which rules verifiable, those with the fewest settings first.

    A rule is left out where no setting helps, because the pod does not offer an operation that the rule needs.

    Args:
        rules: The rules of the run.
        target: The pods, the cast and the permission.
        refused: The roles whose session the pod does not accept, and why.
        absent: The companion operations that the pod does not offer.
    """
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for rule in rules:
        settings = missing_settings(rule, target, refused)
        if settings and _why_not_offered(rule, absent) is None:
            found[tuple(settings)].append(rule.id)
    return [Missing(set=[*settings], rules=found[settings]) for settings in sorted(found, key=len)]


def missing_settings(rule: Rule, target: Target, refused: Collection[str] = ()) -> list[str]:
    """All the settings that a rule still needs, as names of variables.

    Args:
        rule: The rule.
        target: The pods, the cast and the permission.
        refused: The roles whose session the pod does not accept: it takes another token, key or certificate.
    """
    missing = [ALLOW_WRITES] if rule.writes and not target.allow_writes else []
    for need in rule.needs:
        if need == "two-pods":
            if target.pod_of("requester").url == target.pod_of("caller").url:
                missing.append(setting_name("requester", "url"))
            continue
        if need == "caller-login":
            if not target.can_log_in("caller"):
                missing += ["POD_CALLER_USERNAME", "POD_CALLER_PRIVATE_KEY"]
            continue
        if need not in target.users:
            missing.append(setting_name(need, "user_id"))
        if need in ROLES_WITH_SESSION and (need in refused or not target.has_session(need)):
            missing.append(setting_name(need, _session_key(target, need)))
    return missing


def _session_key(target: Target, role: str) -> str:
    """The setting by which a role comes to a session."""
    user = target.users.get(role)
    if user is None or user.token or not target.can_log_in(role):
        return "token"
    return "private_key" if user.private_key else "client_cert"


def _why_not_offered(rule: Rule, absent: Collection[str]) -> str | None:
    if "create" in rule.companion and rule.judges == "requests":
        return why_no_arranging(set(absent))
    return None
