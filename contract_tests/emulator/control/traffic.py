"""Routes for requests: the journal of those that came, and faults for those to come."""

from typing import Any

from ..description import read_operations
from ..emulation import Emulation
from ..faults import KINDS, Fault
from ..journal import Entry, shown
from .interface import ControlError, Given, Route
from .values import BOOLEAN, ID, LIST, NAME, OBJECT, done, require_pod


def routes(emulation: Emulation) -> list[Route]:
    """The routes."""

    def journal(given: Given) -> Any:
        query = given.query

        def is_chosen(entry: Entry) -> bool:
            return (
                query.get("pod", entry.pod) == entry.pod
                and query.get("method", entry.method) == entry.method
                and query.get("path", "") in entry.path
                and query.get("user", entry.user_id) == entry.user_id
                and query.get("status", entry.status) == entry.status
                and entry.number > query.get("after", 0)
            )

        entries = emulation.journal.entries(is_chosen)[-query.get("limit", 1000) :]
        return [shown(entry, emulation.known_tokens) for entry in entries]

    def add_fault(given: Given) -> Any:
        body = given.body
        if "pod" in body:
            require_pod(emulation, body["pod"])
            if emulation.is_one_address:
                raise ControlError(400, "pod: all private pods share one address. Leave it out.")
        fault = Fault(
            kind=body["kind"],
            pod=body.get("pod"),
            operation=body.get("operation"),
            user_id=body.get("user"),
            status=body.get("status", 500),
            milliseconds=body.get("milliseconds", 0),
            retry_after=body.get("retryAfter", 1),
            is_carried_out=body.get("carriedOut", False),
            times=body.get("times"),
            probability=body.get("probability", 1.0),
            seed=body.get("seed", 0),
        )
        return fault_view(emulation.faults.add(fault))

    def remove_fault(given: Given) -> Any:
        number = given.path["number"]
        if not number.isdecimal() or not emulation.faults.remove(int(number[:9])):
            raise ControlError(404, f"There is no fault {number[:40]!r}.")
        return {}

    return [
        Route(
            "GET",
            "/journal",
            "List requests and answers, the oldest first, without secrets.",
            journal,
            LIST,
            query={
                "pod": NAME,
                "method": NAME,
                "path": {"type": "string"},
                "user": ID,
                "status": {"type": "integer"},
                "after": {"type": "integer", "minimum": 0},
                "limit": {"type": "integer", "minimum": 1},
            },
        ),
        Route("DELETE", "/journal", "Empty the journal.", lambda _: done(emulation.journal.clear), OBJECT),
        Route(
            "GET",
            "/faults",
            "List the faults that are set.",
            lambda _: [fault_view(fault) for fault in emulation.faults.all()],
            LIST,
        ),
        Route(
            "POST",
            "/faults",
            "Set a fault for certain requests: of a pod, an operation or a user; a number of times, or by chance.",
            add_fault,
            OBJECT,
            body={
                "kind": {"enum": list(KINDS)},
                "pod": NAME,
                "operation": {"enum": [operation.id for operation in read_operations()]},
                "user": ID,
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "milliseconds": {"type": "integer", "minimum": 0, "maximum": 600_000},
                "retryAfter": {"type": "integer", "minimum": 0, "maximum": 3600},
                "carriedOut": BOOLEAN,
                "times": {"type": "integer", "minimum": 1},
                "probability": {"type": "number", "minimum": 0, "maximum": 1},
                "seed": {"type": "integer"},
            },
            required=("kind",),
        ),
        Route("DELETE", "/faults/{number}", "Remove a fault.", remove_fault, OBJECT),
        Route("DELETE", "/faults", "Remove all faults.", lambda _: done(emulation.faults.clear), OBJECT),
    ]


def fault_view(fault: Fault) -> dict[str, Any]:
    """A fault as JSON shows it."""
    return {
        "number": fault.number,
        "kind": fault.kind,
        "pod": fault.pod,
        "operation": fault.operation,
        "user": fault.user_id,
        "status": fault.status,
        "milliseconds": fault.milliseconds,
        "retryAfter": fault.retry_after,
        "carriedOut": fault.is_carried_out,
        "times": fault.times,
        "probability": fault.probability,
        "seed": fault.seed,
    }
