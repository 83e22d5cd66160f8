"""The control interface as a small Python class."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from .interface import PREFIX

Status = Literal["PENDING", "ACCEPTED", "REJECTED", "NONE"]
Action = Literal["ask", "accept", "reject", "remove"]
Kind = Literal["status", "delay", "throttle", "drop", "cut", "garbage"]


class ControlRefused(Exception):
    """The control interface refused a call; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PodInfo:
    """A pod.

    Attributes:
        name: Its name.
        url: Its address with the context path, for ``POD_URL`` or a client.
        login_url: The address of its logins by RSA key.
        sessionauth_url: The address of its logins by certificate.
        cross_pod: Whether it has crossPod enabled towards each other pod.
    """

    name: str
    url: str
    login_url: str
    sessionauth_url: str
    cross_pod: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class UserInfo:
    """A user: id, name for logins, pod, and whether the user may work with connections."""

    id: int
    username: str
    pod: str
    entitled: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a connection: what its owner sees."""

    owner_id: int
    other_id: int
    status: str
    has_asked: bool
    first_requested_at: int
    updated_at: int
    request_counter: int


class EmulatedPods:
    """The emulated pods, held from outside.

    Args:
        url: The address of any of the pods, such as ``POD_URL`` or ``http://127.0.0.1:8080``.
        timeout: Seconds for an answer.
        transport: The way to the pods; None is HTTP.
        ca_bundle: A PEM file with the certificate that the pods serve https with.

    Every method raises ``ControlRefused`` if the pods refuse the call, and ``httpx.TransportError`` if they cannot
    be reached.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 10.0,
        *,
        transport: httpx.BaseTransport | None = None,
        ca_bundle: str | None = None,
    ) -> None:
        address = httpx.URL(url)
        self._http = httpx.Client(
            base_url=address.copy_with(path=PREFIX, query=None, fragment=None),
            timeout=timeout,
            transport=transport,
            # Without https httpx would load the authorities for nothing, which takes longer than the calls.
            verify=ssl.create_default_context(cafile=ca_bundle) if ca_bundle else address.scheme == "https",
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the pods."""
        self._http.close()

    def health(self) -> list[str]:
        """The names of the pods, which are ready."""
        return list(self._call("GET", "/health")["pods"])

    def variables(self) -> dict[str, str]:
        """The environment variables that point a client at the pods, with the tokens of the start."""
        return dict(self._call("GET", "/environment"))

    def reset(self) -> None:
        """Go back to the start: users, connections, sessions, clock, faults, journal and changes."""
        self._call("POST", "/reset")

    def snapshot(self, name: str | None = None) -> str:
        """Keep the state of all pods; return the name of the snapshot."""
        return str(self._call("POST", "/snapshots", {} if name is None else {"name": name})["name"])

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""
        self._call("POST", f"/snapshots/{name}/restore")

    def forget_snapshot(self, name: str) -> None:
        """Forget a snapshot."""
        self._call("DELETE", f"/snapshots/{name}")

    def snapshots(self) -> list[str]:
        """The names of the snapshots."""
        return list(self._call("GET", "/snapshots"))

    def pods(self) -> dict[str, PodInfo]:
        """The pods by their names."""
        return {
            pod["name"]: PodInfo(pod["name"], pod["url"], pod["loginUrl"], pod["sessionauthUrl"], pod["crossPod"])
            for pod in self._call("GET", "/pods")
        }

    def set_cross_pod(self, pod: str, towards: str, *, enabled: bool) -> None:
        """Switch crossPod of one pod towards another on or off; the other pod has its own setting."""
        self._call("PUT", f"/pods/{pod}/crossPod/{towards}", {"enabled": enabled})

    def users(self, pod: str | None = None) -> list[UserInfo]:
        """The users of all pods, or of one."""
        return [UserInfo(**user) for user in self._call("GET", "/users", query={"pod": pod})]

    def add_user(self, pod: str, username: str, *, user_id: int | None = None, entitled: bool = True) -> UserInfo:
        """Add a user to a pod."""
        body = {"pod": pod, "username": username, "entitled": entitled}
        return UserInfo(**self._call("POST", "/users", body if user_id is None else {**body, "id": user_id}))

    def set_entitled(self, user_id: int, *, entitled: bool) -> UserInfo:
        """Give a user the entitlement to work with connections, or take it away."""
        return UserInfo(**self._call("PATCH", f"/users/{user_id}", {"entitled": entitled}))

    def act(self, user_id: int, action: Action, other_id: int) -> int | None:
        """Ask, accept, reject or remove as a user, by a request to the user's pod.

        Returns:
            The status of the pod's answer; None if a fault has closed the connection.
        """
        answer = self._call("POST", f"/users/{user_id}/connections/{other_id}", {"action": action})
        return None if answer["status"] is None else int(answer["status"])

    def connections(self, user_id: int | None = None) -> list[Side]:
        """The sides of all connections, or of one user's, as their owners see them."""
        return [_side(side) for side in self._call("GET", "/connections", query={"user": user_id})]

    def set_connection(self, requester_id: int, receiver_id: int, status: Status) -> list[Side]:
        """Set both sides of a connection at once; ``NONE`` removes it."""
        body = {"requester": requester_id, "receiver": receiver_id, "status": status}
        return [_side(side) for side in self._call("PUT", "/connections", body)]

    def now(self) -> int:
        """The time at the pods, in milliseconds since 1970."""
        return int(self._call("GET", "/clock")["now"])

    def advance_clock(self, milliseconds: int) -> int:
        """Set the clock of the pods forward, or back if negative; return the time there."""
        return int(self._call("POST", "/clock", {"advance": milliseconds})["now"])

    def set_clock(self, milliseconds: int) -> int:
        """Set the clock of the pods to a time in milliseconds since 1970; return the time there."""
        return int(self._call("POST", "/clock", {"now": milliseconds})["now"])

    def messages(self) -> list[dict[str, Any]]:
        """The messages between pods that have not arrived yet."""
        return list(self._call("GET", "/messages"))

    def deliver_messages(self) -> int:
        """Let all messages between pods arrive now; return how many there were."""
        return int(self._call("POST", "/messages/deliver")["delivered"])

    def open_session(self, user_id: int, token: str | None = None) -> str:
        """Open a session for a user; return its token."""
        return str(self._call("POST", "/sessions", {"user": user_id, **({"token": token} if token else {})})["token"])

    def revoke_session(self, token: str) -> int:
        """End a session; return how many were open, 0 or 1."""
        return int(self._call("POST", "/sessions/revoke", {"token": token})["revoked"])

    def revoke_sessions_of(self, user_id: int) -> int:
        """End all sessions of a user; return how many were open."""
        return int(self._call("POST", "/sessions/revoke", {"user": user_id})["revoked"])

    def journal(
        self,
        *,
        pod: str | None = None,
        method: str | None = None,
        path: str | None = None,
        user_id: int | None = None,
        status: int | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The requests and answers that match, the oldest first, without secrets.

        Args:
            pod: The name of the pod.
            method: The HTTP method.
            path: A part of the path.
            user_id: The user of the session.
            status: The status of the answer.
            after: Only entries with a larger number.
            limit: Only so many, the latest.
        """
        query = {"pod": pod, "method": method, "path": path, "user": user_id, "status": status}
        return list(self._call("GET", "/journal", query={**query, "after": after, "limit": limit}))

    def clear_journal(self) -> None:
        """Empty the journal."""
        self._call("DELETE", "/journal")

    def add_fault(
        self,
        kind: Kind,
        *,
        pod: str | None = None,
        operation: str | None = None,
        user_id: int | None = None,
        status: int | None = None,
        milliseconds: int | None = None,
        retry_after: int | None = None,
        carried_out: bool | None = None,
        times: int | None = None,
        probability: float | None = None,
        seed: int | None = None,
    ) -> int:
        """Set a fault; return its number.

        Args:
            kind: ``status``, ``delay``, ``throttle``, ``drop``, ``cut`` or ``garbage``.
            pod: Only requests to this pod.
            operation: Only requests of this operationId.
            user_id: Only requests with a session of this user.
            status: The status of the answer, for ``status`` (500).
            milliseconds: The delay, for ``delay`` (0).
            retry_after: The seconds in ``Retry-After``, for ``throttle`` (1).
            carried_out: Whether the request is carried out before ``status``, ``throttle`` or ``drop``.
            times: How many requests it concerns; without it, all.
            probability: The probability with which it concerns a request (1).
            seed: The seed of the probability (0).
        """
        members = {
            "kind": kind,
            "pod": pod,
            "operation": operation,
            "user": user_id,
            "status": status,
            "milliseconds": milliseconds,
            "retryAfter": retry_after,
            "carriedOut": carried_out,
            "times": times,
            "probability": probability,
            "seed": seed,
        }
        body = {name: value for name, value in members.items() if value is not None}
        return int(self._call("POST", "/faults", body)["number"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are set."""
        return list(self._call("GET", "/faults"))

    def remove_fault(self, number: int) -> None:
        """Remove a fault."""
        self._call("DELETE", f"/faults/{number}")

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._call("DELETE", "/faults")

    def defects(self) -> dict[str, bool]:
        """The defects by their names, and whether they are on."""
        return {change["name"]: change["on"] for change in self._call("GET", "/defects")}

    def variants(self) -> dict[str, bool]:
        """The variants by their names, and whether they are on."""
        return {change["name"]: change["on"] for change in self._call("GET", "/variants")}

    def set_defect(self, name: str, *, on: bool) -> None:
        """Switch a defect on or off."""
        self._call("PUT" if on else "DELETE", f"/defects/{name}")

    def set_variant(self, name: str, *, on: bool) -> None:
        """Switch a variant on or off."""
        self._call("PUT" if on else "DELETE", f"/variants/{name}")

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, Any] | None = None
    ) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        answer = self._http.request(method, path.lstrip("/"), json=body, params=given)
        if answer.is_error:
            raise ControlRefused(f"{method} {PREFIX}{path}: {answer.status_code}: {_message(answer)}")
        return answer.json()


def _side(side: Mapping[str, Any]) -> Side:
    return Side(
        side["ownerId"],
        side["otherId"],
        side["status"],
        side["hasAsked"],
        side["firstRequestedAt"],
        side["updatedAt"],
        side["requestCounter"],
    )


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return "there is no control interface at this address"
