"""The environment variables that point a client, or the suite, at the emulated pods."""

import argparse
import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from .cast import unknown_user_id
from .emulation import Emulation
from .keys import key_file
from .world import Resident

READY = "# ready"
"""The last line that the command prints once the pods are ready."""


def environment(emulation: Emulation, origins: Mapping[str, str], options: argparse.Namespace) -> dict[str, str]:
    """The variables for the users of the world that have a role.

    Args:
        emulation: The pods.
        origins: The address of each pod, without its path, by the pod's name.
        options: The options of the command.
    """
    world = emulation.world
    first = world.pods[0]
    variables = {**addresses(emulation, origins, first, "POD"), "POD_ALLOW_WRITES": "1"}
    if options.tls_cert and _is_self_signed(options.tls_cert):
        variables["POD_CA_BUNDLE"] = str(options.tls_cert.resolve())
    for resident in world.residents:
        if resident.role is None:
            continue
        if resident.has_session and resident.role != "CALLER" and not emulation.is_one_address:
            variables |= addresses(emulation, origins, resident.user.pod, f"POD_{resident.role}")
        variables |= _user(emulation, options, resident, resident.role)
    local = next((resident.user for resident in world.residents if resident.user.pod == first), None)
    if local:
        store = emulation.federation.pods[first].pod.store
        variables["POD_UNKNOWN_USER_ID"] = str(unknown_user_id(store, local.id))
    return variables


def addresses(emulation: Emulation, origins: Mapping[str, str], pod: str, prefix: str) -> dict[str, str]:
    """The addresses of a pod and of its logins, in variables with a prefix."""
    return {
        f"{prefix}_URL": origins[pod] + emulation.federation.pods[pod].base,
        f"{prefix}_LOGIN_URL": f"{origins[pod]}/login",
        f"{prefix}_SESSIONAUTH_URL": f"{origins[pod]}/sessionauth",
    }


def _user(emulation: Emulation, options: argparse.Namespace, resident: Resident, role: str) -> dict[str, str]:
    variables = {f"POD_{role}_USER_ID": str(resident.user.id)}
    if resident.has_session and options.keys and resident.key_name:
        variables[f"POD_{role}_USERNAME"] = resident.user.username
        variables[f"POD_{role}_PRIVATE_KEY"] = str(key_file(options.keys, resident.key_name))
    elif resident.has_session:
        variables[f"POD_{role}_TOKEN"] = emulation.tokens[role]
    return variables


def _is_self_signed(path: Path) -> bool:
    from cryptography import x509  # where there is a certificate, because it takes its time

    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.issuer == certificate.subject


def _shell(variables: Mapping[str, str]) -> str:
    return "\n".join([*(f"export {name}={shlex.quote(value)}" for name, value in variables.items()), READY])


def _dotenv(variables: Mapping[str, str]) -> str:
    return "\n".join([*(f"{name}={_quoted(value)}" for name, value in variables.items()), READY])


def _quoted(value: str) -> str:
    """A value as dotenv and shells read it. Between single quotes a dollar and a backslash are themselves."""
    if "'" not in value and any(character in value for character in '$`\\"'):
        return f"'{value}'"
    escaped = re.sub(r'[$`\\"]', r"\\\g<0>", value)
    return f'"{escaped}"'


FORMATS: Mapping[str, Callable[[Mapping[str, str]], str]] = {"shell": _shell, "dotenv": _dotenv, "json": json.dumps}
"""How ``--print-env`` writes the environment, by the name of the format."""
