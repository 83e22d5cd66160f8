"""Draws the states of a connection, and the changes between them, as one side reads them: where each line runs."""

from collections.abc import Iterable
from math import hypot
from typing import NamedTuple

from ..contract.lawful import OTHER_SIDE
from .behaviour import ACTIONS, TABLE, Edge, Kind, Side, states

WIDTH, HEIGHT = 460, 330
_BOX = (156, 34)
_PLACES = ((230, 28), (230, 140), (92, 292), (368, 292))  # none, pending, accepted, rejected
_BEND = 62  # how far a line that is no row of the table bends aside
_LOOP = 46
_MARKS: dict[Kind, str] = {"seen": "✓", "broken": "✗", "unverified": "?", "beyond": ""}

Point = tuple[float, float]


class Box(NamedTuple):
    """A state: its name, and the middle and the upper left corner of its box."""

    name: str
    x: int
    y: int
    left: int
    top: int


class Line(NamedTuple):
    """A change: the path of its line in the words of SVG, and where its label stands.

    Attributes:
        kind: How it is drawn.
        path: The ``d`` of the path.
        label: The action, with a mark that says what the colour says, and how often it was seen.
        x: The middle of the label.
        y: The base line of the label.
    """

    kind: Kind
    path: str
    label: str
    x: int
    y: int


class Diagram(NamedTuple):
    """A drawing of one side.

    Attributes:
        boxes: The states.
        lines: The changes.
        words: The same in words, for whoever cannot see it.
    """

    boxes: list[Box]
    lines: list[Line]
    words: str


def diagram(edges: Iterable[Edge], side: Side) -> Diagram:
    """Draw the changes of connections as one side reads them.

    Args:
        edges: The changes.
        side: The side.
    """
    places = dict(zip(states(side), _PLACES, strict=True))
    drawn = [edge for edge in _merged(edges) if {edge.before, edge.after} <= places.keys()]
    boxes = [Box(name, x, y, x - _BOX[0] // 2, y - _BOX[1] // 2) for name, (x, y) in places.items()]
    lines = [_line(edge, places[edge.before], places[edge.after]) for edge in drawn]
    words = ". ".join(f"{edge.action} in {edge.before} leads to {edge.after}: {_said(edge)}" for edge in drawn)
    return Diagram(boxes, lines, f"{words}." if words else "No change was seen.")


def _merged(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for all actions between two states that the table does not have."""
    found: list[Edge] = []
    for edge in edges:
        same = next((one for one in found if one[:2] == edge[:2] and one.kind == edge.kind == "beyond"), None)
        if same is None:
            found.append(edge)
        else:
            merged = same._replace(action=f"{same.action}, {edge.action}", times=same.times + edge.times)
            found[found.index(same)] = merged
    return found


def _said(edge: Edge) -> str:
    times = f", {edge.times} times" if edge.times else ""
    return {"beyond": "seen, not in the table"}.get(edge.kind, edge.kind) + times


def _line(edge: Edge, start: Point, end: Point) -> Line:
    mark = _MARKS[edge.kind]
    times = f" {edge.times}×" if edge.times else ""
    label = f"{edge.action} {mark}{times}".replace("  ", " ").strip()
    if start == end:
        return _loop(edge.kind, label, start)
    # A line down and a line up between the same two states run beside each other.
    bend = 0 if _is_row(edge) else _BEND + (30 if start[1] < end[1] else 0)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    length = hypot(end[0] - start[0], end[1] - start[1])
    across = (start[1] - end[1]) / length, (end[0] - start[0]) / length
    # A line bends away from the middle of the drawing, where the rows of the table are.
    if across[0] * (middle[0] - WIDTH / 2) + 0.1 * across[1] < 0:
        across = -across[0], -across[1]
    control = middle[0] + across[0] * bend * 1.6, middle[1] + across[1] * bend * 1.6
    first, last = _border(start, control), _border(end, control)
    path = f"M{first[0]:.0f} {first[1]:.0f} Q{control[0]:.0f} {control[1]:.0f} {last[0]:.0f} {last[1]:.0f}"
    x = first[0] / 4 + control[0] / 2 + last[0] / 4
    y = first[1] / 4 + control[1] / 2 + last[1] / 4
    return Line(edge.kind, path, label, round(x), _within(round(y) + 4))


def _loop(kind: Kind, label: str, middle: Point) -> Line:
    """A line from a box to itself, on its outer side, or on its inner side where the drawing ends."""
    x, y = middle
    outwards = 1 if x >= WIDTH / 2 else -1
    if not 0 <= x + outwards * (_BOX[0] / 2 + _LOOP) <= WIDTH:
        outwards = -outwards
    near, far = x + outwards * _BOX[0] / 2, x + outwards * (_BOX[0] / 2 + _LOOP)
    path = f"M{near:.0f} {y - 9:.0f} C{far:.0f} {y - 30:.0f} {far:.0f} {y + 30:.0f} {near:.0f} {y + 9:.0f}"
    return Line(kind, path, label, round(far), _within(round(y) - 24))


def _within(y: int) -> int:
    """A base line at which a label is within the drawing."""
    return min(max(y, 12), HEIGHT - 4)


def _is_row(edge: Edge) -> bool:
    """Whether an edge is a row of the behaviour table, as either side reads it."""
    row = next((row for row in TABLE if ACTIONS[row.operation] == edge.action), None)
    sides = () if row is None else ((row.before, row.after), (OTHER_SIDE[row.before], OTHER_SIDE[row.after]))
    return (edge.before, edge.after) in sides


def _border(centre: Point, towards: Point) -> Point:
    """Where a line from the middle of a box leaves the box."""
    across, down = towards[0] - centre[0], towards[1] - centre[1]
    half_width, half_height = _BOX[0] / 2 + 3, _BOX[1] / 2 + 3
    scale = min(half_width / abs(across) if across else 99, half_height / abs(down) if down else 99)
    return centre[0] + across * scale, centre[1] + down * scale
