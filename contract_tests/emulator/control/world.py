"""Routes for what is in the pods: users, entitlements, crossPod settings and connections."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..emulation import Emulation
from ..environment import addresses
from ..messages import ConnectionChanged, UserAdded
from ..pod import ACCEPTED, PENDING_OUTGOING, REJECTED, mirrored
from ..records import Connection, User, Version
from ..store import Store
from .interface import ControlError, Given, Route
from .values import (
    BOOLEAN,
    ID,
    LIST,
    MAX_INT64,
    NAME,
    OBJECT,
    all_users,
    as_reached,
    path_id,
    require_pod,
    require_user,
)


def routes(emulation: Emulation, origins: Mapping[str, str]) -> list[Route]:
    """The routes.

    Args:
        emulation: The pods.
        origins: The address of each pod, without its path, by the pod's name.
    """

    def store_of(pod: str) -> Store:
        return emulation.federation.pods[pod].pod.store

    def variables(given: Given) -> Any:
        return {name: as_reached(value, given.host) for name, value in emulation.environment.items()}

    def pods(given: Given) -> Any:
        listed = []
        for name in emulation.federation.pods:
            urls = addresses(emulation, origins, name, "POD")
            cross_pod = {
                other: store_of(name).is_cross_pod_towards(name, other)
                for other in emulation.federation.pods
                if other != name
            }
            listed.append(
                {
                    "name": name,
                    "url": as_reached(urls["POD_URL"], given.host),
                    "loginUrl": as_reached(urls["POD_LOGIN_URL"], given.host),
                    "sessionauthUrl": as_reached(urls["POD_SESSIONAUTH_URL"], given.host),
                    "crossPod": cross_pod,
                }
            )
        return listed

    def set_cross_pod(given: Given) -> Any:
        name, towards = require_pod(emulation, given.path["pod"]), require_pod(emulation, given.path["towards"])
        if name == towards:
            raise ControlError(400, "crossPod is a setting between two pods.")
        pod = emulation.federation.pods[name].pod
        if pod.home is None:
            with pod.store.transaction():
                pod.store.set_cross_pod(name, towards, is_enabled=given.body["enabled"])
        else:
            pod.switch_cross_pod(towards, is_enabled=given.body["enabled"])
            _deliver_settings(emulation)
        return {}

    def users(given: Given) -> Any:
        names = (
            [require_pod(emulation, given.query["pod"])] if "pod" in given.query else list(emulation.federation.pods)
        )
        return [_user(user) for name in names for user in store_of(name).users(name)]

    def add_user(given: Given) -> Any:
        name = require_pod(emulation, given.body["pod"])
        local = store_of(name).users(name)
        user_id = given.body.get("id") or (local[-1].id + 1 if local else 1)
        user = User(user_id, given.body["username"], name, given.body.get("entitled", True))
        if store_of(name).user(user_id):
            raise ControlError(409, f"There is a user {user_id} already.")
        if user_id > MAX_INT64:
            raise ControlError(400, "The last user has the largest id. Name an id.")
        if store_of(name).user_named(user.username, name):
            raise ControlError(409, f"There is a user {user.username!r} in pod {name} already.")
        with store_of(name).transaction():
            store_of(name).add_user(user)
        if not emulation.is_one_address:
            for other in emulation.federation.pods:
                if other != name:
                    emulation.federation.pods[name].pod.tell(UserAdded(name, other, user))
            _deliver_settings(emulation)
        return _user(user)

    def set_user(given: Given) -> Any:
        user = require_user(emulation, path_id(given.path["id"]))
        store = store_of(user.pod)
        with store.transaction():
            store.set_entitlement(user.id, is_entitled=given.body["entitled"])
        return _user(replace(user, is_entitled=given.body["entitled"]))

    def connections(given: Given) -> Any:
        owners = [require_user(emulation, given.query["user"])] if "user" in given.query else all_users(emulation)
        return [_connection(side) for owner in owners for side in store_of(owner.pod).connections(owner.id)]

    def set_connection(given: Given) -> Any:
        asker, asked = require_user(emulation, given.body["requester"]), require_user(emulation, given.body["receiver"])
        if asker.pod == asked.pod:
            raise ControlError(400, "Users of the same pod are connected implicitly.")
        sides: tuple[Connection | None, Connection | None] = (None, None)
        now = emulation.clock.milliseconds()
        if given.body["status"] != "NONE":
            status = {"PENDING": PENDING_OUTGOING}.get(given.body["status"], given.body["status"])
            asker_s = Connection(asker.id, asked.id, status, True, now, now, 1)
            sides = asker_s, mirrored(asker_s)
        owners = (asker, asked), (asked, asker)
        versions = [store_of(owner.pod).version(owner.id, other.id) for owner, other in owners]
        # Larger than every version that a message under way can have.
        number = max(version.number for version in versions) + len(emulation.federation.network.under_way) + 1
        version = Version(number, is_decision=False, pod=asker.pod)
        for (owner, other), side in zip(owners, sides, strict=True):
            pod = emulation.federation.pods[owner.pod].pod
            with pod.store.transaction():
                pod.write(owner.id, other.id, side)
                pod.store.set_version(owner.id, other.id, version)
        return [_connection(side) for side in sides if side]

    return [
        Route(
            "GET",
            "/environment",
            "The environment variables that point a client at the pods, with the tokens of the start.",
            variables,
            OBJECT,
        ),
        Route("GET", "/pods", "List the pods with their addresses and crossPod settings.", pods, LIST),
        Route(
            "PUT",
            "/pods/{pod}/crossPod/{towards}",
            "Switch crossPod of one pod towards another on or off; the other pod has its own setting.",
            set_cross_pod,
            OBJECT,
            body={"enabled": BOOLEAN},
            required=("enabled",),
        ),
        Route("GET", "/users", "List the users of all pods, or of one.", users, LIST, query={"pod": NAME}),
        Route(
            "POST",
            "/users",
            "Add a user to a pod.",
            add_user,
            OBJECT,
            body={"pod": NAME, "username": NAME, "id": ID, "entitled": BOOLEAN},
            required=("pod", "username"),
        ),
        Route(
            "PATCH",
            "/users/{id}",
            "Give a user the entitlement to work with connections, or take it away.",
            set_user,
            OBJECT,
            body={"entitled": BOOLEAN},
            required=("entitled",),
        ),
        Route(
            "GET",
            "/connections",
            "List the sides of all connections, or of one user's, as their owners see them.",
            connections,
            LIST,
            query={"user": ID},
        ),
        Route(
            "PUT",
            "/connections",
            "Set both sides of a connection at once; NONE removes it.",
            set_connection,
            LIST,
            body={
                "requester": ID,
                "receiver": ID,
                "status": {"enum": ["PENDING", ACCEPTED, REJECTED, "NONE"]},
            },
            required=("requester", "receiver", "status"),
        ),
    ]


def _deliver_settings(emulation: Emulation) -> None:
    """Let the other pods know at once of what was set here; changes of connections take their time."""
    emulation.federation.network.deliver(lambda message: not isinstance(message, ConnectionChanged))


def _user(user: User) -> dict[str, Any]:
    return {"id": user.id, "username": user.username, "pod": user.pod, "entitled": user.is_entitled}


def _connection(side: Connection) -> dict[str, Any]:
    return {
        "ownerId": side.owner_id,
        "otherId": side.other_id,
        "status": side.status,
        "hasAsked": side.has_asked,
        "firstRequestedAt": side.first_requested_at,
        "updatedAt": side.updated_at,
        "requestCounter": side.request_counter,
    }
