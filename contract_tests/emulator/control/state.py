"""Routes for the whole state: readiness, reset, snapshots, the clock, and messages under way."""

from typing import Any

from ..emulation import Emulation
from ..messages import ConnectionChanged, Message
from .interface import ControlError, Given, Route
from .values import LIST, MAX_INT64, NAME, OBJECT, done


def health_route(emulation: Emulation) -> Route:
    """The route that says whether the pods are ready."""

    def health(_: Given) -> Any:
        return {"status": "ready", "pods": list(emulation.world.pods)}

    return Route("GET", "/health", "Say that the pods are ready.", health, OBJECT)


def routes(emulation: Emulation) -> list[Route]:
    """The routes."""

    def restore(given: Given) -> Any:
        name = given.path["name"]
        if name not in emulation.snapshots:
            raise ControlError(404, f"There is no snapshot {name!r}. There are: {', '.join(emulation.snapshots)}.")
        emulation.restore(name)
        return {}

    def drop(given: Given) -> Any:
        if emulation.snapshots.pop(given.path["name"], None) is None:
            raise ControlError(404, f"There is no snapshot {given.path['name']!r}.")
        return {}

    def clock(_: Given) -> Any:
        return {"now": emulation.clock.milliseconds(), "ahead": emulation.clock.ahead}

    def set_clock(given: Given) -> Any:
        if len(given.body) != 1:
            raise ControlError(400, "The body: expected either `advance` or `now`, in milliseconds.")
        now = emulation.clock.milliseconds()
        forward = given.body["advance"] if "advance" in given.body else given.body["now"] - now
        emulation.clock.ahead += forward
        if forward > 0:
            emulation.federation.network.advance(forward / 1000)
        return clock(given)

    def messages(_: Given) -> Any:
        return [_message(delivery.message) for delivery in emulation.federation.network.under_way]

    return [
        health_route(emulation),
        Route(
            "POST",
            "/reset",
            "Go back to the start: users, connections, sessions, clock, faults, journal and changes.",
            lambda _: done(emulation.reset),
            OBJECT,
        ),
        Route("GET", "/snapshots", "List the snapshots.", lambda _: list(emulation.snapshots), {"type": "array"}),
        Route(
            "POST",
            "/snapshots",
            "Keep the state of all pods under a name.",
            lambda given: {"name": emulation.take_snapshot(given.body.get("name"))},
            OBJECT,
            body={"name": NAME},
        ),
        Route("POST", "/snapshots/{name}/restore", "Go back to a snapshot.", restore, OBJECT),
        Route("DELETE", "/snapshots/{name}", "Forget a snapshot.", drop, OBJECT),
        Route("GET", "/clock", "Say what time it is at the pods.", clock, OBJECT),
        Route(
            "POST",
            "/clock",
            "Set the clock of the pods. Set forward, it lets sessions expire and messages arrive.",
            set_clock,
            OBJECT,
            body={
                "advance": {"type": "integer", "minimum": -MAX_INT64 // 2**20, "maximum": MAX_INT64 // 2**20},
                "now": {"type": "integer", "minimum": 0, "maximum": MAX_INT64 // 2**20},
            },
        ),
        Route("GET", "/messages", "List the messages between pods that have not arrived yet.", messages, LIST),
        Route(
            "POST",
            "/messages/deliver",
            "Let all messages between pods arrive now.",
            lambda _: {"delivered": emulation.federation.network.deliver()},
            OBJECT,
        ),
    ]


def _message(message: Message) -> dict[str, Any]:
    shown_message = {"kind": type(message).__name__, "sender": message.sender, "receiver": message.receiver}
    if isinstance(message, ConnectionChanged):
        status = message.connection.status if message.connection else None
        shown_message |= {"ownerId": message.owner_id, "otherId": message.other_id, "status": status}  # type: ignore[dict-item] # JSON
    return shown_message
