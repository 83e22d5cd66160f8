"""The cast with sessions at a served pod, for tests."""

import ssl
from typing import Any

import httpx

from contract_tests.emulator.app import BASE, Emulator
from contract_tests.emulator.cast import CAST, played_by, populate, unknown_user_id
from contract_tests.emulator.store import Store


def ids_in(store: Store) -> dict[str, int]:
    """The ids of the cast in a populated store, and an id that belongs to nobody."""
    return {role.name: played_by(store, role).id for role in CAST} | {"UNKNOWN": unknown_user_id(store)}


def _usual_ids() -> dict[str, int]:
    store = Store()
    populate(store, 0)
    ids = ids_in(store)
    store.close()
    return ids


IDS = _usual_ids()


_TLS = ssl.create_default_context()
"""Shared, because making one takes longer than a hundred requests."""


class Users:
    """The cast at one pod; every member has a session."""

    def __init__(self, emulator: Emulator, address: str) -> None:
        self.emulator = emulator
        self.tokens = {role.name: emulator.sessions.open(played_by(emulator.pod.store, role).id) for role in CAST}
        self.http = httpx.Client(base_url=address, timeout=10, verify=_TLS)

    def send(self, role: str | None, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request as a member of the cast, or without a session."""
        headers = {**({"sessionToken": self.tokens[role]} if role else {}), **request.pop("headers", {})}
        return self.http.request(method, BASE + path, headers=headers, **request)

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
