"""The cast with sessions at a served pod, for tests."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from contract_tests.emulator.cast import CAST, Role, played_by, populate, unknown_user_id
from contract_tests.emulator.federation import Federation
from contract_tests.emulator.memory_store import MemoryStore
from contract_tests.emulator.store import Store


def ids_in(store: Store) -> dict[str, int]:
    """The ids of the cast in a populated store, and an id that belongs to nobody."""
    ids = {role.name: played_by(store, role).id for role in CAST}
    return {**ids, "UNKNOWN": unknown_user_id(store, ids["CALLER"])}


def _usual_ids() -> dict[str, int]:
    store = MemoryStore()
    populate(store, 0)
    ids = ids_in(store)
    store.close()
    return ids


IDS = _usual_ids()


_TLS = ssl.create_default_context()
"""Shared, because making one takes longer than a hundred requests."""


class Users:
    """The cast, each member with a session at its own pod.

    Args:
        federation: The pods, populated.
        origins: The address of each pod without its path, by the pod's name.
    """

    def __init__(self, federation: Federation, origins: Mapping[str, str]) -> None:
        self.federation = federation
        self.origins = origins
        self.emulator = federation.emulators[0]
        self.tokens = {role.name: self._open_session(role) for role in CAST}
        self.http = httpx.Client(base_url=origins["acme"], timeout=10, verify=_TLS)

    def _open_session(self, role: Role) -> str:
        emulator = self.federation.of(role)
        return emulator.sessions.open(played_by(emulator.pod.store, role).id)

    def address(self, role: str | None) -> str:
        """The address of a member's pod with its path; that of the caller's pod for None."""
        pod = next(member.pod for member in CAST if member.name == (role or "CALLER"))
        return self.origins[pod] + self.federation.pods[pod].base

    def send(
        self, role: str | None, method: str, path: str, *, at: str | None = None, **request: Any
    ) -> httpx.Response:
        """Send a request as a member of the cast, or without a session.

        Args:
            role: Whose session the request has.
            method: The HTTP method.
            path: The path of the operation.
            at: The member to whose pod the request is sent; None is the pod of the session's user.
            **request: Arguments of ``httpx.Client.request``.
        """
        headers = {**({"sessionToken": self.tokens[role]} if role else {}), **request.pop("headers", {})}
        return self.http.request(method, self.address(at or role) + path, headers=headers, **request)

    def hide_tokens(self, content: bytes) -> bytes:
        """Replace the tokens in an answer by the names of their roles."""
        for role, token in self.tokens.items():
            content = content.replace(token.encode(), f"<{role}>".encode())
        return content

    def post(self, role: str | None, verb: str, other: str | int) -> httpx.Response:
        """Accept, reject or create."""
        user_id = IDS[other] if isinstance(other, str) else other
        return self.send(role, "POST", f"/v1/connection/{verb}", json={"userId": user_id})

    def session_info(self, role: str) -> httpx.Response:
        return self.send(role, "GET", "/v2/sessioninfo")

    def accept(self, role: str, other: str | int) -> httpx.Response:
        return self.post(role, "accept", other)

    def reject(self, role: str, other: str | int) -> httpx.Response:
        return self.post(role, "reject", other)

    def create(self, role: str, other: str | int) -> httpx.Response:
        return self.post(role, "create", other)

    def get(self, role: str, other: str) -> httpx.Response:
        return self.send(role, "GET", f"/v1/connection/user/{IDS[other]}/info")

    def remove(self, role: str, other: str) -> httpx.Response:
        return self.send(role, "POST", f"/v1/connection/user/{IDS[other]}/remove")

    def list(self, role: str, **query: str) -> list[Any]:
        answer = self.send(role, "GET", "/v1/connection/list", params=query)
        assert answer.status_code == 200
        listed = answer.json()
        assert isinstance(listed, list)
        return listed

    def status(self, role: str, other: str) -> str | None:
        """The status that one member reads of the connection with another; None if it is not found."""
        answer = self.get(role, other)
        assert answer.status_code in (200, 404)
        return str(answer.json()["status"]) if answer.status_code == 200 else None

    def statuses(self, role: str = "CALLER", other: str = "REQUESTER") -> tuple[str | None, str | None]:
        """The statuses that both sides read."""
        return self.status(role, other), self.status(other, role)
