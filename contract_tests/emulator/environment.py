"""The environment variables that point a client, or the suite, at the emulated pods."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography import x509

from .cast import Role, played_by, unknown_user_id
from .federation import Federation
from .keys import key_file


def environment(
    federation: Federation, origins: Mapping[str, str], options: argparse.Namespace, cast: Sequence[Role]
) -> dict[str, str]:
    """Open a session for each role that has one, and return the variables.

    Args:
        federation: The pods, with the cast.
        origins: The address of each pod, without its path, by the pod's name.
        options: The options of the command.
        cast: The members of the cast.
    """
    caller = next(role for role in cast if role.name == "CALLER")
    variables = {**_addresses(federation, origins, caller, "POD"), "POD_ALLOW_WRITES": "1"}
    if options.tls_cert and _is_self_signed(options.tls_cert):
        variables["POD_CA_BUNDLE"] = str(options.tls_cert.resolve())
    for role in cast:
        if role.has_session and role is not caller and len(federation.emulators) > 1:
            variables |= _addresses(federation, origins, role, f"POD_{role.name}")
        variables |= _user(federation, options, role)
    variables["POD_UNKNOWN_USER_ID"] = str(unknown_user_id(federation.of(caller).pod.store, cast))
    return variables


def _addresses(federation: Federation, origins: Mapping[str, str], role: Role, prefix: str) -> dict[str, str]:
    origin = origins[role.pod]
    return {
        f"{prefix}_URL": origin + federation.of(role).base,
        f"{prefix}_LOGIN_URL": f"{origin}/login",
        f"{prefix}_SESSIONAUTH_URL": f"{origin}/sessionauth",
    }


def _user(federation: Federation, options: argparse.Namespace, role: Role) -> dict[str, str]:
    emulator = federation.of(role)
    user = played_by(emulator.pod.store, role)
    variables = {f"POD_{role.name}_USER_ID": str(user.id)}
    if role.given_token or (role.has_session and not options.keys):
        token = emulator.sessions.open(user.id, role.given_token)
    if role.has_session and options.keys:
        variables[f"POD_{role.name}_USERNAME"] = role.username
        variables[f"POD_{role.name}_PRIVATE_KEY"] = str(key_file(options.keys, role.key_name))
    elif role.has_session:
        variables[f"POD_{role.name}_TOKEN"] = token
    return variables


def _is_self_signed(path: Path) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.issuer == certificate.subject
