"""What changed between two schemas, with the direction in which their values go.

More values allowed in a request break the pods that do not take them; in an answer they break the callers that do
not know them. Fewer values allowed break the other side.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from openapi.documents import Place, looked_up, place_of, shown

Direction = Literal["request", "answer"]
Kind = Literal["new", "gone", "different"]

_PROSE = ("description", "summary", "title", "example", "examples", "externalDocs", "$comment")


@dataclass(frozen=True)
class Found:
    """A difference at a place of an old document, before it is known which operations and quotes it concerns."""

    kind: Kind
    where: str
    says: str
    breaks: tuple[str, ...]
    place: Place | None = None


@dataclass(frozen=True)
class At:
    """A value in a document."""

    document: dict[str, Any]
    place: Place

    @property
    def value(self) -> Any:
        """The value itself."""
        return looked_up(self.document, self.place)

    def child(self, *names: str) -> "At":
        """A value within it."""
        return At(self.document, (*self.place, *names))

    def followed(self) -> "At":
        """What it refers to, if it is a reference within the document."""
        at = self
        for _ in range(20):
            value = at.value
            if not (isinstance(value, dict) and str(value.get("$ref", "")).startswith("#/")):
                break
            try:
                at = At(self.document, place_of(value["$ref"]))
                at.value  # noqa: B018 - a reference to nothing is left as it is
            except KeyError:
                return self
        return at


def member(value: Any, name: str, default: Any = None) -> Any:
    """A member of what may be no object."""
    return value.get(name, default) if isinstance(value, dict) else default


def said(at: At, name: str) -> Any:
    """A member of an object; None where it has none."""
    return at.value.get(name)


def value_text(value: Any) -> str:
    """A value for a sentence."""
    return "nothing" if value is None else shown(value)


def texts(old: At, new: At, where: str) -> Iterator[Found]:
    """Differences that break nobody: prose, examples and whether something is deprecated."""
    for name in _PROSE:
        ours, theirs = member(old.value, name), member(new.value, name)
        if ours != theirs:
            kind: Kind = "new" if ours is None else "gone" if theirs is None else "different"
            place = (*old.place, name) if ours is not None else None
            yield Found(kind, where, f"{name}: {value_text(ours)} is now {value_text(theirs)}", (), place)
    if bool(member(old.value, "deprecated")) != bool(member(new.value, "deprecated")):
        says = "deprecated now" if member(new.value, "deprecated") else "no longer deprecated"
        yield Found("different", where, says, ())


def others(old: At, new: At, handled: Iterable[str], where: str, breaks: tuple[str, ...]) -> Iterator[Found]:
    """Differences in the members of an object that nothing else looks at.

    Args:
        old: The object as it was.
        new: The object as it is.
        handled: The members that something else looks at, besides those that `texts` does.
        where: What it is, in the words of the API.
        breaks: Whom a difference breaks; one in an extension (``x-…``) breaks nobody.
    """
    for name in sorted((old.value.keys() | new.value.keys()) - {*handled, *_PROSE, "deprecated"}):
        ours, theirs = old.value.get(name), new.value.get(name)
        if ours != theirs:
            kind: Kind = "new" if name not in old.value else "gone" if name not in new.value else "different"
            place = (*old.place, name) if name in old.value else None
            says = f"{name}: {value_text(ours)} is now {value_text(theirs)}"
            yield Found(kind, where, says, () if name.startswith("x-") else breaks, place)


def broken_by(direction: Direction) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whom it breaks that more values are allowed than before, and that fewer are."""
    return (("pods",), ("callers",)) if direction == "request" else (("callers",), ("pods",))


_LARGEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SMALLEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


def schema_changes(
    old: At, new: At, direction: Direction, where: str, seen: frozenset[tuple[Place, Place]] = frozenset()
) -> Iterator[Found]:
    """Compare two schemas and everything in them.

    Args:
        old: The schema as it was.
        new: The schema as it is.
        direction: Which way its values go.
        where: What it describes, in the words of the API; a schema with a name is called by that.
        seen: The pairs of schemas around this one, so that a schema may hold itself.
    """
    ours_at, theirs_at = old.followed(), new.followed()
    if (ours_at.place, theirs_at.place) in seen:
        return
    seen = seen | {(ours_at.place, theirs_at.place)}
    yield from _beside_references(old, new, where)
    if (name := _named(ours_at)) is not None:
        where = f"{name} ({direction})"
        if _named(theirs_at) not in (None, name):
            yield Found("different", where, f"called {_named(theirs_at)} now", ("callers",), ours_at.place)
    ours, theirs = ours_at.value, theirs_at.value
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        if ours != theirs:
            yield Found(
                "different",
                where,
                f"{value_text(ours)} is now {value_text(theirs)}",
                ("callers", "pods"),
                ours_at.place,
            )
        return
    more, less = broken_by(direction)
    yield from _values(ours_at, theirs_at, where, more, less)
    yield from _bounds(ours_at, theirs_at, where, more, less)
    yield from texts(ours_at, theirs_at, where)
    yield from _properties(ours_at, theirs_at, direction, where, seen)
    for name in ("items", "additionalProperties", "not"):
        one, other = ours.get(name), theirs.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            inner = f"{where}, {'each item' if name == 'items' else name}"
            yield from schema_changes(ours_at.child(name), theirs_at.child(name), direction, inner, seen)
        elif one != other:
            breaks = more if other in (None, True) else less
            place = (*ours_at.place, name) if name in ours else None
            yield Found("different", where, f"{name}: {value_text(one)} is now {value_text(other)}", breaks, place)
    for name in ("allOf", "anyOf", "oneOf"):
        one, other = ours.get(name, []), theirs.get(name, [])
        if len(one) == len(other):
            for number in range(len(one)):
                here = ours_at.child(name, str(number))
                yield from schema_changes(here, theirs_at.child(name, str(number)), direction, where, seen)
        else:
            place = (*ours_at.place, name) if name in ours else None
            says = f"{name}: {len(one)} schemas are now {len(other)}"
            yield Found("different", where, says, ("callers", "pods"), place)
    known = {
        *_PROSE, *_LARGEST, *_SMALLEST, "type", "enum", "const", "properties", "required", "items", "default",
        "additionalProperties", "not", "allOf", "anyOf", "oneOf", "deprecated", "$ref",
    }  # fmt: skip
    for name in sorted((ours.keys() | theirs.keys()) - known):
        if ours.get(name) != theirs.get(name):
            breaks = () if name.startswith("x-") else ("callers", "pods")
            place = (*ours_at.place, name) if name in ours else None
            says = f"{name}: {value_text(ours.get(name))} is now {value_text(theirs.get(name))}"
            yield Found("different", where, says, breaks, place)
    if ours.get("default") != theirs.get("default"):
        breaks = ("pods",) if direction == "request" else ()
        place = (*ours_at.place, "default") if "default" in ours else None
        says = f"default: {value_text(ours.get('default'))} is now {value_text(theirs.get('default'))}"
        yield Found("different", where, says, breaks, place)


def _named(at: At) -> str | None:
    """The name of a schema that stands under `components/schemas`."""
    return at.place[2] if at.place[:2] == ("components", "schemas") and len(at.place) == 3 else None


def _beside_references(old: At, new: At, where: str) -> Iterator[Found]:
    """What stands beside a reference and not in what it refers to."""
    both = isinstance(old.value, dict) and isinstance(new.value, dict)
    if both and "$ref" in old.value and "$ref" in new.value:
        yield from texts(old, new, where)
        yield from others(old, new, ("$ref",), where, ("callers", "pods"))


def _values(old: At, new: At, where: str, more: tuple[str, ...], less: tuple[str, ...]) -> Iterator[Found]:
    """Types and enums, as sets of what is allowed."""
    for name in ("type", "enum"):
        one, other = _allowed(old.value, name), _allowed(new.value, name)
        if one == other:
            continue
        place = (*old.place, name) if name in old.value else None
        if one is None or other is None:
            ours, theirs = value_text(old.value.get(name)), value_text(new.value.get(name))
            yield Found("different", where, f"{name}: {ours} is now {theirs}", less if one is None else more, place)
            continue
        for added in sorted(other - one):
            yield Found("new", where, f"{name}: {added} is allowed now", more, place)
        for removed in sorted(one - other):
            yield Found("gone", where, f"{name}: {removed} is no longer allowed", less, place)


def _allowed(schema: dict[str, Any], name: str) -> set[str] | None:
    value = schema.get(name)
    if name == "enum" and "const" in schema:
        value = [schema["const"]]
    if value is None:
        return None
    return {shown(item) for item in (value if isinstance(value, list) else [value])}


def _bounds(old: At, new: At, where: str, more: tuple[str, ...], less: tuple[str, ...]) -> Iterator[Found]:
    for names, sign in ((_LARGEST, 1), (_SMALLEST, -1)):
        for name in names:
            ours, theirs = old.value.get(name), new.value.get(name)
            if ours == theirs:
                continue
            wider = theirs is None or (isinstance(ours, int | float) and (theirs - ours) * sign > 0)
            place = (*old.place, name) if name in old.value else None
            says = f"{name}: {value_text(ours)} is now {value_text(theirs)}"
            yield Found("different", where, says, more if wider else less, place)


def _properties(
    old: At, new: At, direction: Direction, where: str, seen: frozenset[tuple[Place, Place]]
) -> Iterator[Found]:
    ours, theirs = old.value.get("properties", {}), new.value.get("properties", {})
    ours_required, theirs_required = set(old.value.get("required", [])), set(new.value.get("required", []))
    unnamed = (ours_required ^ theirs_required) - ours.keys() - theirs.keys()
    for name in sorted(unnamed, key=str):
        must = name in theirs_required
        breaks: tuple[str, ...] = ("callers",) if must == (direction == "request") else ("pods",)
        place = (*old.place, "required") if "required" in old.value else None
        says = f"required {'now' if must else 'no longer'}, and not described"
        yield Found("different", f"{where}, member {name}", says, breaks, place)
    for name in [*theirs, *(name for name in ours if name not in theirs)]:
        here = f"{where}, member {name}"
        must = name in theirs_required
        if name not in ours:
            breaks = (("callers",) if must else ("pods",)) if direction == "request" else (("pods",) if must else ())
            yield Found("new", here, f"new, {'required' if must else 'optional'}", breaks)
            continue
        place = (*old.place, "properties", name)
        if name not in theirs:
            yield Found("gone", here, "gone", ("callers",), place)
            continue
        if must != (name in ours_required):
            breaks = ("callers",) if must == (direction == "request") else ("pods",)
            required = (*old.place, "required") if "required" in old.value else None
            yield Found("different", here, "required now" if must else "optional now", breaks, required)
        yield from schema_changes(old.child("properties", name), new.child("properties", name), direction, here, seen)
