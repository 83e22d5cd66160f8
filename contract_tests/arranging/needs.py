"""What a rule needs, and what of it is missing."""

from collections.abc import Collection, Mapping

from ..contract.rules import Rule
from ..target.target import ROLES_WITH_SESSION, Target
from .companion_operations import why_no_arranging


def missing(rule: Rule, target: Target, refused: Mapping[str, str], absent: Collection[str]) -> str | None:
    """What a rule needs and does not have; None where it can be verified.

    Args:
        rule: The rule.
        target: The pod, the cast and the permission.
        refused: The roles whose session the pod does not accept, and why.
        absent: The companion operations that the pod does not offer.
    """
    for need in rule.needs:
        if need == "caller-login":
            if not target.can_log_in("caller"):
                return "needs a caller who can log in: POD_CALLER_USERNAME and POD_CALLER_PRIVATE_KEY"
        elif need not in target.users:
            return f"needs POD_{need.upper()}_USER_ID"
        elif need in ROLES_WITH_SESSION and not target.has_session(need):
            return f"needs a session of the {need}: POD_{need.upper()}_TOKEN, or a user name and a private key"
        elif need in refused:
            return refused[need]
    if rule.writes and not target.allow_writes:
        return "needs POD_ALLOW_WRITES=1"
    if "create" in rule.companion and rule.judges == "requests":
        return why_no_arranging(set(absent))
    return None
