"""To whom an operation is sent, and with which token."""

from collections.abc import Mapping
from typing import Any

from openapi.documents import Place, followed
from openapi.facts import SESSION, Facts, GeneratorInput


def take_server(made: GeneratorInput, operation: dict[str, Any], facts: Facts, place: Place) -> None:
    """Take note of the server of an operation, where it has one of its own."""
    servers = operation.get("servers")
    if not servers or servers == made.document.get("servers"):
        return
    address = str(servers[0].get("url", ""))
    for name, variable in servers[0].get("variables", {}).items():
        address = address.replace(f"{{{name}}}", str(variable.get("default", "")))
    if "{" in address:
        made.refuse(
            (*place, "servers", "0", "url"), "a variable of this address has no default. Add one by an overlay."
        )
    facts.server = "" if address == "/" else address


def take_security(made: GeneratorInput, operation: dict[str, Any], facts: Facts, place: Place) -> None:
    """Take note of the header that the token of an operation is sent in."""
    document = made.document
    requirements = operation.get("security", document.get("security", []))
    schemes = document.get("components", {}).get("securitySchemes", {})
    schemes = {name: followed(document, scheme) for name, scheme in schemes.items()}
    ways = [_way(requirement, schemes) for requirement in requirements]
    usable = [way for way in ways if isinstance(way, tuple)]
    facts.secured = bool(usable) and usable != [("", "")] * len(usable)
    if not requirements or ("", "") in usable:
        facts.secured = any(name for name, _ in usable)
    if facts.secured:
        facts.token = next((way for way in usable if way == SESSION), next(w for w in usable if w[0]))
    elif requirements and not usable:
        made.refuse(
            (*place, "security"), "; ".join(str(way) for way in ways) + " Say by an overlay what the client may send."
        )
    operation["security"] = [{"token": []}] if facts.secured else []


def _way(requirement: Mapping[str, Any], schemes: Mapping[str, Any]) -> tuple[str, str] | str:
    """The header and its prefix in which a token meets a requirement, or what stands against that."""
    needed = [schemes[name] for name in requirement if schemes.get(name, {}).get("type") != "mutualTLS"]
    if not needed:
        return "", ""
    if len(needed) > 1:
        return f"the client has one token, and {' and '.join(requirement)} are needed at once."
    scheme = needed[0]
    kind, place = scheme.get("type"), scheme.get("in")
    if kind == "apiKey" and place == "header":
        name = str(scheme["name"])
        return SESSION if name.lower() == SESSION[0].lower() else (name, "")
    if kind == "apiKey" and place == "cookie":
        return "Cookie", f"{scheme['name']}="
    if kind == "http" and str(scheme.get("scheme", "")).lower() == "bearer":
        return "Authorization", "Bearer "
    if kind in ("oauth2", "openIdConnect"):
        return "Authorization", "Bearer "
    what = f"{kind} {scheme.get('scheme') or ('in ' + str(place) if place else '')}".strip()
    return f"the security scheme {next(iter(requirement))} ({what}) is none that the client can send."
