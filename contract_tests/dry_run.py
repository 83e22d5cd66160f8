"""A dry run: the requests that a run would send, by rule, and not one of them sent to the pod.

What a run sends depends on what it is answered. So the emulated pod stands in for the target, with
as much of the cast and as much permission as the target has, and the listing names the target's users.
"""

from dataclasses import replace

from contract_tests.exchange import Exchange
from contract_tests.report.evidence import shown_body
from contract_tests.target import Target


def stand_in(target: Target, emulated: Target) -> Target:
    """The emulated pod with no more cast, sessions and permission than the target has."""
    users = {}
    for role in target.users:
        user = emulated.users[role]
        users[role] = user if target.has_session(role) else replace(user, token=None, username=None, private_key=None)
    return replace(emulated, users=users, allow_writes=target.allow_writes)


class Listing:
    """Lists requests as they would go to the target.

    Args:
        target: The pod that nothing is sent to.
        emulated: The one that stands in for it.
    """

    def __init__(self, target: Target, emulated: Target) -> None:
        self._names = {str(emulated.users[role].user_id): str(user.user_id) for role, user in target.users.items()}

    def line(self, exchange: Exchange) -> str:
        """One request, as it would go to the target."""
        request = exchange.request
        body = "" if request.body is None else f"  {shown_body(request.body)}"
        session = request.role or (f"token: {request.token_shell}" if request.token is not None else "no session")
        text = f"{exchange.rule:<36} {request.sent_method:<6} {request.path}  ({session}){body}"
        for emulated_id, real_id in self._names.items():
            text = text.replace(emulated_id, real_id)
        return text
