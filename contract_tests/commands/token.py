"""``token``: print the session token of a user."""

import argparse
import difflib
import os

from ..target.load_target import load_target
from ..target.target import ROLES, ROLES_WITH_SESSION, TargetError
from .complaint import unreached, usage
from .options import Commands, add_target


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("token", help="print the session token of a user, and nothing else")
    parser.add_argument("role", metavar="ROLE", help=", ".join(ROLES_WITH_SESSION))
    add_target(parser)
    parser.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> int:
    from ..report.redact import Redactor
    from ..target.session import SessionError
    from ..target.wire import Wire

    role = options.role
    if role not in ROLES_WITH_SESSION:
        return usage(f"token: {_no_session(role)}")
    try:
        target = load_target(os.environ, options.target)
        if target is None:
            return usage("token: POD_URL is not set. Set it to the pod's base address.")
        if not target.has_session(role):
            prefix = f"POD_{role.upper()}"
            return usage(
                f"token: the {role} has no way to a session. Set {prefix}_USER_ID, and {prefix}_TOKEN or "
                f"{prefix}_USERNAME and {prefix}_PRIVATE_KEY."
            )
        wire = Wire(target, lambda _: None)
    except (TargetError, SessionError) as error:
        return usage(str(error))
    try:
        token = wire.token(role)
    except SessionError as error:
        return unreached(Redactor(target.secrets).redact(str(error)))
    finally:
        wire.close()
    if not (token.isascii() and token.isprintable()):
        return unreached(f"token: the pod gave the {role} a token with characters that no header can carry.")
    print(token)
    return 0


def _no_session(role: str) -> str:
    """Why there is no session of a role, or no such role."""
    with_session = ", ".join(ROLES_WITH_SESSION)
    if role in ROLES:
        return f"the {role} has no session. The roles that have one are {with_session}."
    nearest = difflib.get_close_matches(role.lower(), ROLES_WITH_SESSION, n=1)
    meant = f" Is {nearest[0]} meant?" if nearest else ""
    return f"no such role: {role}.{meant} The roles are {with_session}."
