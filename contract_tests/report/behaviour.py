"""The behaviour table of the pages beside what the pod did."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from ..contract.lawful import ACCEPTED, INCOMING, NONE, OTHER_SIDE, OUTGOING, REJECTED
from .results import Results, shown_verdict

Side = Literal["asked", "asker"]
Kind = Literal["seen", "broken", "unverified", "beyond"]

ACTIONS = {
    "createConnection": "Connect",
    "acceptConnection": "Accept",
    "rejectConnection": "Reject",
    "removeConnection": "Remove",
}
SIDES: Mapping[Side, str] = {"asker": "The user who asks", "asked": "The user who is asked"}
_PENDING: Mapping[Side, str] = {"asked": INCOMING, "asker": OUTGOING}


class TableRow(NamedTuple):
    """A row of the behaviour table, as the acting user reads the connection.

    Attributes:
        rule: The rule that holds the pod to it.
        before: The state before.
        operation: The operationId of the action.
        after: The state after.
        actor: The side that acts.
        reaches: The rules about what the other user reads then.
    """

    rule: str
    before: str
    operation: str
    after: str
    actor: Side
    reaches: tuple[str, ...]


TABLE = (
    TableRow(
        "connect-makes-pending",
        NONE,
        "createConnection",
        OUTGOING,
        "asker",
        ("sides-agree", "request-reaches-other-pod"),
    ),
    TableRow(
        "accept-makes-accepted",
        INCOMING,
        "acceptConnection",
        ACCEPTED,
        "asked",
        ("sides-agree", "decision-reaches-other-pod"),
    ),
    TableRow(
        "reject-makes-rejected",
        INCOMING,
        "rejectConnection",
        REJECTED,
        "asked",
        ("sides-agree", "decision-reaches-other-pod"),
    ),
)
"""The rows of the behaviour table."""


class Edge(NamedTuple):
    """A change of a connection, as one side reads it.

    Attributes:
        before: The state before.
        after: The state after.
        action: The word of the table for the operation.
        kind: ``seen``, ``broken`` or ``unverified`` for a row of the table; ``broken`` also for a change to another
            state than the row's; ``beyond`` for a change that was seen and that the table does not have.
        times: How often it was seen.
    """

    before: str
    after: str
    action: str
    kind: Kind
    times: int


class Row(NamedTuple):
    """A row of the table, and what the pod did.

    Attributes:
        rule: The rule that holds the pod to it.
        verdict: The rule's verdict; None if the rule was not part of the run.
        before: The state before, as the acting user reads it.
        action: The word of the table for the operation.
        after: The state after.
        did: What the pod did, in words.
    """

    rule: str
    verdict: str | None
    before: str
    action: str
    after: str
    did: str


def table_rows(results: Results) -> list[Row]:
    """Return each row of the behaviour table with what the pod did."""
    verdicts = _verdicts(results)
    faults = {line["rule"]: line["evidence"]["found"] for line in results.rules if line["evidence"]}
    found = []
    for row in TABLE:
        seen = {
            side: [edge for edge in edges(results, side) if edge.action == ACTIONS[row.operation]] for side in SIDES
        }
        words = []
        for side, name in (("actor", row.actor), ("other", "asked" if row.actor == "asker" else "asker")):
            who = "the acting user" if side == "actor" else "the other user"
            mine = [edge for edge in seen[name] if edge.times and edge.kind in ("seen", "broken")]
            words += [f"{who} then read {edge.after}, {_how_often(edge.times)}" for edge in mine]
        words += [f"but: {faults[row.rule]}"] if row.rule in faults else []
        did = "; ".join(words) or "not seen"
        found.append(Row(row.rule, verdicts.get(row.rule), row.before, ACTIONS[row.operation], row.after, did))
    return found


def edges(results: Results, side: Side) -> list[Edge]:
    """Return the changes of connections as one side reads them: the rows of the table first, then all others seen."""
    verdicts = _verdicts(results)
    counted: dict[tuple[str, str, str], int] = {}
    for before, after, operation, times in _seen_by(results.footer.get("transitions", []), side):
        counted[before, after, operation] = counted.get((before, after, operation), 0) + times
    found = []
    for row in TABLE:
        flip = row.actor != side
        before, after = (OTHER_SIDE[row.before], OTHER_SIDE[row.after]) if flip else (row.before, row.after)
        named = (row.rule, *(row.reaches if flip else ()))
        is_broken = any(verdicts.get(rule) in ("broken", "known") for rule in named)
        times = counted.pop((before, after, row.operation), 0)
        elsewhere = [key for key in counted if (key[0], key[2]) == (before, row.operation)]
        wrong = {key: counted.pop(key) for key in elsewhere}
        own_is_broken = is_broken and (not flip or bool(wrong))
        held = verdicts.get(row.rule) == "held" and not flip
        kind: Kind = "broken" if own_is_broken else "seen" if times or held else "unverified"
        action = ACTIONS[row.operation]
        found.append(Edge(before, after, action, kind, times))
        found += [Edge(before, key[1], action, "broken", count) for key, count in wrong.items() if is_broken]
    found += [
        Edge(before, after, ACTIONS[operation], "beyond", times)
        for (before, after, operation), times in counted.items()
        if before != after and operation in ACTIONS
    ]
    return found


def _how_often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _seen_by(transitions: Iterable[Mapping[str, Any]], side: Side) -> Iterable[tuple[str, str, str, int]]:
    """The transitions as one side reads them: the state before, the state after, the operation, how often."""
    for entry in transitions:
        before, operation, times = entry["before"], entry["operation"], entry["times"]
        if entry["status"] >= 400:
            continue  # what a refusal changed is a finding, and no change that the pod offers
        asker_acts = OUTGOING in (before, entry["after"]) or (before, operation) == (NONE, "createConnection")
        asked_acts = INCOMING in (before, entry["after"])
        actor, other = (before, entry["after"]), (OTHER_SIDE[before], entry["other_side"])
        # Where nothing is pending before or after, either user may have been the one who asked.
        is_either = asker_acts == asked_acts
        mine = {actor, other} if is_either else {actor if asker_acts == (side == "asker") else other}
        for was, after in mine:
            if after is not None:
                yield was, after, operation, times


def _verdicts(results: Results) -> dict[str, str]:
    return {line["rule"]: shown_verdict(line) for line in results.rules}


def states(side: Side) -> tuple[str, str, str, str]:
    """Return the states of a connection, as one side reads them."""
    return NONE, _PENDING[side], ACCEPTED, REJECTED
