"""The suite inside ``schemathesis run``: ``SCHEMATHESIS_HOOKS=<this package>.schemathesis schemathesis run …``.

The target is the one of the ``POD_…`` variables. Each rule that judges a single answer becomes a check with the
rule's name, so that every report of schemathesis shows it.
"""

import atexit
import os
from collections.abc import Callable
from typing import Any

import schemathesis
from schemathesis import AuthContext, CheckContext, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData, UndefinedStatusCode

from .checks.schemathesis_hooks import AnyCase, PodHooks, judging_rules
from .contract.rules import Rule
from .target.load_target import load_target
from .target.target import TargetError

ABOUT_STATUSES = (RejectedPositiveData, AcceptedNegativeData, UndefinedStatusCode)


def _hooks() -> PodHooks:
    target = load_target(os.environ)
    if target is None:
        raise TargetError("POD_URL is not set. Set it to the pod's base address, and the POD_CALLER_… variables.")
    if not target.has_session("caller"):
        raise TargetError("the caller has no way to a session: set POD_CALLER_USER_ID and POD_CALLER_TOKEN.")
    return PodHooks(target)


_POD = _hooks()
atexit.register(_POD.close)


@schemathesis.auth()
class CallersSession:
    """The session of the caller."""

    def get(self, case: AnyCase, context: AuthContext) -> str:  # noqa: ARG002 # as schemathesis calls it
        """Return the caller's token."""
        return _POD.token()

    def set(self, case: AnyCase, data: str, context: AuthContext) -> None:  # noqa: ARG002 # as schemathesis calls it
        """Send the token in place of a generated one. The check ``ignored_auth`` sends requests without it."""
        case.headers["sessionToken"] = data


@schemathesis.hook
def before_call(context: HookContext, case: AnyCase, kwargs: dict[str, Any]) -> None:  # noqa: ARG001 # likewise
    """Let a request name nobody but the cast."""
    _POD.prepare(case)


@schemathesis.hook
def after_call(context: HookContext, case: AnyCase, response: Response) -> None:  # noqa: ARG001 # likewise
    """Judge an answer."""
    _POD.judge(case, response)


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:  # noqa: ARG001
    """Drop what schemathesis says of a status that the pages allow, such as 400 to a caller who names itself."""
    return not (isinstance(failure, ABOUT_STATUSES) and _POD.is_lawful(response))


def _check_of(rule: Rule) -> Callable[[CheckContext, Response, AnyCase], bool | None]:
    def check(_: CheckContext, response: Response, __: AnyCase) -> bool | None:
        fault = _POD.fault(response, rule)
        if fault is not None:
            raise AssertionError(fault)
        return None

    check.__name__ = check.__qualname__ = rule.id.replace("-", "_")
    check.__doc__ = rule.says
    return check


for _rule in judging_rules():
    schemathesis.check(_check_of(_rule))
