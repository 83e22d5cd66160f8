"""The cast at the pods, for requests of the description and to the control interface."""

from typing import Any

import httpx

PROPAGATION_MS = 60_000
"""So long that messages arrive only when a test says so."""


class Cast:
    """The cast at the pods, for requests of the description.

    Attributes:
        environment: The environment variables of the pods.
        http: The client that sends the requests.
    """

    def __init__(self, environment: dict[str, str], http: httpx.Client) -> None:
        self.environment = environment
        self.http = http

    def id(self, role: str) -> int:
        return int(self.environment[f"POD_{role}_USER_ID"])

    def token(self, role: str) -> str:
        return self.environment[f"POD_{role}_TOKEN"]

    def url(self, role: str) -> str:
        return self.environment.get(f"POD_{role}_URL", self.environment["POD_URL"])

    def post(self, role: str, verb: str, other: int, token: str | None = None) -> httpx.Response:
        headers = {"sessionToken": token or self.token(role)}
        return self.http.post(f"{self.url(role)}/v1/connection/{verb}", headers=headers, json={"userId": other})

    def status(self, role: str, other: int) -> str | None:
        answer = self.http.get(
            f"{self.url(role)}/v1/connection/user/{other}/info", headers={"sessionToken": self.token(role)}
        )
        return str(answer.json()["status"]) if answer.status_code == 200 else None


def control(users: Cast, method: str, path: str, **request: Any) -> httpx.Response:
    """A request to the control interface, over HTTP."""
    origin = users.environment["POD_URL"].removesuffix("/pod")
    return users.http.request(method, f"{origin}/emulator{path}", **request)
