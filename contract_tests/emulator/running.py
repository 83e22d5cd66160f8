"""The pods that a test or a program has started: where they are, who lives there, and the control interface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import httpx

from .control.client import EmulatedPods, PodInfo


@dataclass(frozen=True, slots=True)
class PodUser:
    """A user with a role.

    Attributes:
        role: The role, such as ``CALLER``.
        id: The user's id.
        username: The user's name for logins.
        pod: The name of the user's pod.
        url: The address of that pod with the context path, for ``POD_URL`` or a client.
        login_url: The address of its logins by RSA key.
        sessionauth_url: The address of its logins by certificate.
    """

    role: str
    id: int
    username: str
    pod: str
    url: str
    login_url: str
    sessionauth_url: str
    _token: str | None = field(repr=False)

    @property
    def token(self) -> str:
        """The token of the session that is open from the start, and again after each reset.

        Raises:
            LookupError: The user has none.
        """
        if self._token is None:
            raise LookupError(f"{self.role} has no session. open_session({self.id}) opens one.")
        return self._token


class RunningPods(EmulatedPods):
    """Emulated pods that run: their users by roles, and all calls of the control interface.

    Args:
        environment: The environment variables of the pods: ``POD_URL`` and the rest.
        transport: The way to the control interface; None is HTTP.

    Attributes:
        environment: The environment variables of the pods, for a client or for the suite.
    """

    def __init__(self, environment: Mapping[str, str], transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(environment["POD_URL"], transport=transport, ca_bundle=environment.get("POD_CA_BUNDLE"))
        self.environment = dict(environment)
        pods = self.pods()
        ids = {int(value): name for name, value in environment.items() if name.endswith("_USER_ID")}
        roles = {user_id: name.removeprefix("POD_").removesuffix("_USER_ID") for user_id, name in ids.items()}
        self._users = {
            roles[user.id]: self._user(roles[user.id], user.id, user.username, pods[user.pod])
            for user in self.users()
            if user.id in roles
        }

    @classmethod
    def at(cls, url: str) -> Self:
        """The pods that run at an address, such as ``http://127.0.0.1:8080``: in a container, or on a desk.

        Raises:
            ControlRefused: There is no control interface.
            httpx.TransportError: They cannot be reached.
        """
        with EmulatedPods(url) as pods:
            return cls(pods.variables())

    def user(self, role: str) -> PodUser:
        """The user with a role, such as ``CALLER``.

        Raises:
            LookupError: Nobody has it.
        """
        if role not in self._users:
            raise LookupError(f"Nobody has the role {role}. The roles are {', '.join(self._users) or 'none'}.")
        return self._users[role]

    @property
    def caller(self) -> PodUser:
        """The user who accepts and rejects: ``user("CALLER")``."""
        return self.user("CALLER")

    @property
    def requester(self) -> PodUser:
        """A user of another pod, who asks to connect: ``user("REQUESTER")``."""
        return self.user("REQUESTER")

    def status(self, owner: PodUser, other: PodUser) -> str | None:
        """The status of a connection as its owner sees it; None if there is no connection."""
        sides = (side for side in self.connections(owner.id) if side.owner_id == owner.id and side.other_id == other.id)
        return next((side.status for side in sides), None)

    def _user(self, role: str, user_id: int, username: str, pod: PodInfo) -> PodUser:
        token = self.environment.get(f"POD_{role}_TOKEN")
        return PodUser(role, user_id, username, pod.name, pod.url, pod.login_url, pod.sessionauth_url, token)
