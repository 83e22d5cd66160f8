"""A route with everything that the page shows, in one answer of limited size. Ids are strings in it.

A browser reads numbers as floats, which cannot hold every int64.
"""

from collections.abc import Mapping
from typing import Any

from ..emulation import Emulation
from ..environment import addresses
from ..journal import shown
from ..messages import ConnectionChanged
from ..network import Journey
from ..records import Connection, User
from .interface import Given, Route
from .traffic import fault_view
from .values import OBJECT

MOST_USERS = 40
"""How many users of a pod the page shows."""
MOST_CONNECTIONS = 300
"""How many sides of connections of a pod the page shows."""
MOST_ENTRIES = 200
"""How many requests the page shows."""


def routes(emulation: Emulation, origins: Mapping[str, str]) -> list[Route]:
    """The routes.

    Args:
        emulation: The pods.
        origins: The address of each pod, without its path, by the pod's name.
    """

    def view(given: Given) -> Any:
        pods, sides, is_cut = [], [], False
        for name, emulator in emulation.federation.pods.items():
            store = emulator.pod.store
            users = store.users(name, limit=MOST_USERS + 1)
            some = store.some_connections(name, MOST_CONNECTIONS + 1)
            is_cut = is_cut or len(some) > MOST_CONNECTIONS
            sides += [_side(side) for side in some[:MOST_CONNECTIONS]]
            pods.append(
                {
                    "name": name,
                    "url": addresses(emulation, origins, name, "POD")["POD_URL"],
                    "crossPod": {
                        other: store.is_cross_pod_towards(name, other)
                        for other in emulation.federation.pods
                        if other != name
                    },
                    "users": [_user(user) for user in users[:MOST_USERS]],
                    "hasMoreUsers": len(users) > MOST_USERS,
                }
            )
        network = emulation.federation.network
        return {
            "now": emulation.clock.milliseconds(),
            "ahead": emulation.clock.ahead,
            "pods": pods,
            "sides": sides,
            "hasMoreSides": is_cut,
            "messages": [_message(journey, network.now()) for journey in network.recent],
            "faults": [_fault(fault) for fault in map(fault_view, emulation.faults.all())],
            "changes": [
                {"kind": "defect" if change.breaks else "variant", "name": change.name, "sentence": change.sentence}
                for change in emulation.changes
            ],
            "journal": _journal(emulation, given.query.get("after", 0)),
        }

    return [
        Route(
            "GET",
            "/view",
            "Show what the page shows: pods, users, connections, messages, faults, changes, clock and journal.",
            view,
            OBJECT,
            query={"after": {"type": "integer", "minimum": 0}},
        )
    ]


def _user(user: User) -> dict[str, Any]:
    return {"id": str(user.id), "username": user.username, "entitled": user.is_entitled}


def _side(side: Connection) -> dict[str, Any]:
    return {
        "owner": str(side.owner_id),
        "other": str(side.other_id),
        "status": side.status,
        "hasAsked": side.has_asked,
        "updatedAt": side.updated_at,
    }


def _message(journey: Journey, now: float) -> dict[str, Any]:
    message = journey.delivery.message
    shown_message: dict[str, Any] = {
        # Numbers begin anew when the pods are built anew, and the time does not.
        "key": f"{journey.number}-{round(journey.sent * 1000)}",
        "kind": type(message).__name__,
        "sender": message.sender,
        "receiver": message.receiver,
        "isUnderWay": journey.is_under_way,
        "milliseconds": round(journey.delivery.seconds * 1000),
        "remaining": max(0, round((journey.due - now) * 1000)) if journey.is_under_way else 0,
    }
    if isinstance(message, ConnectionChanged):
        shown_message["from"], shown_message["to"] = str(message.other_id), str(message.owner_id)
        shown_message["status"] = message.connection.status if message.connection else None
    return shown_message


def _fault(fault: dict[str, Any]) -> dict[str, Any]:
    return {**fault, "user": None if fault["user"] is None else str(fault["user"])}


def _journal(emulation: Emulation, after: int) -> dict[str, Any]:
    entries = emulation.journal.entries(lambda _: True)
    new = [entry for entry in entries if entry.number > after][-MOST_ENTRIES:]
    shown_entries = [shown(entry, emulation.known_tokens) for entry in new]
    for entry in shown_entries:
        entry["userId"] = None if entry["userId"] is None else str(entry["userId"])
    return {"first": entries[0].number if entries else None, "entries": shown_entries}
