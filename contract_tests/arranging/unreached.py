"""Says why nothing can be measured at an address, and which setting to look at. Nothing here sends a request."""

import json
from urllib.parse import urlsplit

import httpx

from ..contract.exchange import Answer
from ..target.settings import setting_name
from ..target.target import Target

CONTEXT_PATH = "/pod"
NO_CERTIFICATE = ("certificate_required", "handshake_failure", "bad_certificate", "unknown_ca", "unknown ca")
NO_TLS = (
    "wrong_version_number",
    "wrong version number",
    "record layer failure",
    "http_request",
    "unknown_protocol",
    "packet_length",
)
NO_HOST = ("name or service", "nodename", "getaddrinfo", "name resolution", "no address associated")
NO_LISTENER = ("refused", "all connection attempts failed", "unreachable")
CLOSED = ("without sending a response", "reset by peer", "readerror", "broken pipe")
ASKS_FOR_CERTIFICATE = ("ssl certificate", "client certificate", "tls certificate")


class Unreached(Exception):
    """The pod cannot be reached, nothing there is a pod, or it refuses the caller. Nothing was measured."""


def is_pods(answer: Answer) -> bool:
    """Whether an answer can be a pod's own: its body is a JSON object or array."""
    try:
        return isinstance(json.loads(answer.body), dict | list)
    except (ValueError, RecursionError):
        return False


def differ(one: Answer, other: Answer) -> bool:
    """Whether two answers differ in their status or in the kind of their bodies, and one of them is a pod's."""
    if not (is_pods(one) or is_pods(other)):
        return False
    return one.status != other.status or _kind(one) != _kind(other)


def _kind(answer: Answer) -> str:
    try:
        return type(json.loads(answer.body)).__name__
    except (ValueError, RecursionError):
        return "no JSON"


def describe(answer: Answer) -> str:
    """Describe an answer by what tells who sent it: the status, Server, Location, Content-Type."""
    names = ("server", "via", "location", "content-type")
    shown = [f"{name.title()}: {value}" for name in names if (value := answer.header(name))]
    return f"{answer.status}{' ' + answer.reason if answer.reason else ''} ({'; '.join(shown) or 'no Server header'})"


def address_setting(target: Target, role: str) -> str:
    """The variable that names the pod of a role."""
    return setting_name(role, "url") if role in target.pods else "POD_URL"


def advice_on_answer(answer: Answer, target: Target, role: str) -> str:
    """What to try where an answer is not a pod's.

    Args:
        answer: The answer.
        target: The target, for the settings that are given.
        role: The role whose session was sent.
    """
    name, url = address_setting(target, role), target.pod_of(role).url
    text = answer.body[:4096].decode("utf-8", "replace").lower()
    if answer.status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
        return _proxy_advice(target)
    if "https port" in text:
        return f"The server expects https, and {name} is http. Set {name} to the https address."
    if any(words in text for words in ASKS_FOR_CERTIFICATE):
        return _certificate_advice(target, role)
    if 300 <= answer.status < 400 and answer.header("location"):
        return f"The server redirects. Set {name} to the address of the pod itself, with its context path."
    if answer.status in (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT):
        return "A gateway answers in the place of the pod. Is the pod running?"
    advice = f"{name} has to be the base address of a pod, with its context path."
    if not urlsplit(url).path:
        advice += f" Is {url}{CONTEXT_PATH} meant?"
    if answer.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        advice += f" If a server in front of the pod refuses the request: {_certificate_advice(target, role)}"
    return advice


def advice_on_failure(failure: str, target: Target, role: str) -> str:
    """What to try where no answer came.

    Args:
        failure: Why, in the words of the transport.
        target: The target, for the settings that are given.
        role: The role whose session was sent.
    """
    words, name = failure.lower(), address_setting(target, role)
    if "407" in words or "proxy" in words:
        return _proxy_advice(target)
    if "certificate_verify_failed" in words:
        return _authority_advice(words, target, name)
    if any(mark in words for mark in NO_CERTIFICATE):
        return _certificate_advice(target, role)
    if any(mark in words for mark in NO_TLS):
        proxy = " or POD_PROXY" if target.proxy else ""
        return f"The server does not speak https there. Check {name}{proxy}: its scheme, host and port."
    through = " POD_PROXY is set: check also that the proxy is there." if target.proxy else ""
    if any(mark in words for mark in NO_HOST):
        return f"There is no such host. Check {name}.{through}"
    if any(mark in words for mark in NO_LISTENER):
        advice = f"Nothing answers at that host and port. Check {name}, and that the pod is running."
        return advice + (through or " If the pod is behind a proxy, set POD_PROXY.")
    if any(mark in words for mark in CLOSED):
        if urlsplit(target.pod_of(role).url).scheme == "http":
            return f"The server closes the connection. It may expect https: check the scheme of {name}."
        return f"The server closes the connection. {_certificate_advice(target, role)}"
    if "no whole answer within" in words:
        return f"Check {name}, or allow more time with POD_TIMEOUT.{through}"
    return f"Check {name}."


def _proxy_advice(target: Target) -> str:
    if target.proxy is None:
        return "A proxy answers, and no proxy is set. Set POD_PROXY to http://user:password@host:port."
    if "@" in target.proxy:
        return "The proxy refuses the request. Check the user and the password in POD_PROXY."
    return "The proxy refuses the request. Set POD_PROXY to http://user:password@host:port if it asks for a password."


def _authority_advice(words: str, target: Target, name: str) -> str:
    if "hostname mismatch" in words or "not valid for" in words:
        return f"The certificate is another host's. Check the host in {name}."
    if "expired" in words:
        return "The server's certificate has expired."
    if target.ca_bundle:
        return (
            f"The server's certificate is not signed by an authority of POD_CA_BUNDLE ({target.ca_bundle}). "
            "Set POD_CA_BUNDLE to a PEM file with the authority that signed it."
        )
    return (
        "The server's certificate is signed by an authority that this machine does not know. "
        "Set POD_CA_BUNDLE to a PEM file with that authority."
    )


def _certificate_advice(target: Target, role: str) -> str:
    user = target.users.get(role)
    own = user is not None and user.certificate is not None
    names = f"POD_{role.upper()}_CLIENT_CERT and …_KEY" if own else "POD_CLIENT_CERT and POD_CLIENT_KEY"
    if target.certificate_of(role):
        return f"Check {names}: the server may not accept that client certificate."
    return f"If the server asks for a client certificate, set {names}."
